//! Who has done something, as it stands within builds, definitions and test runs (`IdentityRef`).

use serde::Serialize;

use super::Href;
use super::identity::{USER_ACCOUNT, USER_DESCRIPTOR, USER_ID, USER_NAME};
use crate::script::Person;

/// The identity under which the service itself changes builds.
pub(super) const SERVICE_ID: &str = "00000002-0000-8888-8000-000000000000";

/// A person or the service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityRef {
    display_name: String,
    url: String,
    #[serde(rename = "_links")]
    links: AvatarLink,
    id: String,
    unique_name: String,
    image_url: String,
    descriptor: String,
}

#[derive(Clone, Debug, Serialize)]
struct AvatarLink {
    avatar: Href,
}

impl IdentityRef {
    pub(super) fn caller(base: &str) -> Self {
        Self::new(base, USER_NAME, USER_ID, USER_ACCOUNT, USER_DESCRIPTOR)
    }

    /// Somebody else, who cancels runs, too.
    pub(super) fn another(base: &str) -> Self {
        Self::new(
            base,
            "Test User 2",
            "b1da75e2-5d07-6c11-9e0a-3c1f2a7be4d5",
            "user2@example.com",
            "aad.YjFkYTc1ZTItNWQwNy03",
        )
    }

    pub(super) fn service(base: &str) -> Self {
        let unique_name =
            "00000002-0000-8888-8000-000000000000@2c895908-04e0-4952-89fd-54b0046d6288";
        Self::new(
            base,
            "Microsoft.VisualStudio.Services.TFS",
            SERVICE_ID,
            unique_name,
            "s2s.MDAwMDAwMDI",
        )
    }

    pub(super) fn of(base: &str, person: &Person) -> Self {
        let name = &person.unique_name;
        Self::new(base, &person.name, &person.id(), name, &person.descriptor())
    }

    fn new(base: &str, name: &str, id: &str, unique_name: &str, descriptor: &str) -> Self {
        let avatar = format!("{base}/_apis/GraphProfile/MemberAvatars/{descriptor}");
        Self {
            display_name: name.to_owned(),
            url: format!(
                "https://spsprodcin2.vssps.visualstudio.com/A9bae0de/_apis/Identities/{id}"
            ),
            links: AvatarLink {
                avatar: Href::new(&avatar),
            },
            id: id.to_owned(),
            unique_name: unique_name.to_owned(),
            image_url: avatar,
            descriptor: descriptor.to_owned(),
        }
    }
}
