//! The bodies of good answers, with the service's field names in the order in which it writes them.
//!
//! Builds leave out what has no value, timeline records write their nulls.

use serde::Serialize;

use crate::script::{Person, Scenario};

pub(crate) mod approval;
pub(crate) mod artifact;
pub(crate) mod build;
pub(crate) mod definition;
pub(crate) mod identity;
pub(crate) mod locations;
pub(crate) mod organization;
pub(crate) mod queue;
pub(crate) mod run;
pub(crate) mod test_run;
pub(crate) mod timeline;

const OTHER_USER_ID: &str = "b1da75e2-5d07-6c11-9e0a-3c1f2a7be4d5";
const USER_ID: &str = "6ade41fc-0f24-5a66-8734-5ce7aa4310d7";
const USER_DESCRIPTOR: &str = "aad.55474da163a03b50b77044287e710279102377e16258fde5";
/// The identity under which the service itself changes builds.
const SERVICE_ID: &str = "00000002-0000-8888-8000-000000000000";
const ORGANIZATION_ID: &str = "2ad38d1e-3eaf-4769-931c-3a2da67bbb01";

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Href {
    href: String,
}

impl Href {
    fn new(href: impl Into<String>) -> Self {
        Self { href: href.into() }
    }
}

/// A person or the service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
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

impl Identity {
    pub(crate) fn caller(base: &str) -> Self {
        Self::new(
            base,
            "Test User 1",
            USER_ID,
            "user1@example.com",
            USER_DESCRIPTOR,
        )
    }

    /// Somebody else, who starts and cancels runs, too.
    pub(crate) fn another(base: &str) -> Self {
        Self::new(
            base,
            "Test User 2",
            OTHER_USER_ID,
            "user2@example.com",
            "aad.YjFkYTc1ZTItNWQwNy03",
        )
    }

    pub(crate) fn service(base: &str) -> Self {
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

    pub(crate) fn of(base: &str, person: &Person) -> Self {
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

/// The short form of a project, as it stands within builds and definitions.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project {
    id: String,
    name: String,
    url: String,
    state: &'static str,
    revision: u32,
    visibility: &'static str,
    last_update_time: &'static str,
}

impl Project {
    pub(crate) fn new(base: &str, scenario: &Scenario) -> Self {
        Self {
            id: scenario.project_id.clone(),
            name: scenario.project.clone(),
            url: format!("{base}/_apis/projects/{}", scenario.project_id),
            state: "wellFormed",
            revision: 28889,
            visibility: "private",
            last_update_time: "2026-02-26T06:41:44.027Z",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pool {
    id: u32,
    name: &'static str,
    is_hosted: bool,
}

const HOSTED_POOL: Pool = Pool {
    id: 9,
    name: QUEUE_NAME,
    is_hosted: true,
};
/// The agent queue that every run has by itself.
pub(crate) const QUEUE_ID: u32 = 72;
pub(crate) const QUEUE_NAME: &str = "Azure Pipelines";
