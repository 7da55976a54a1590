//! An identity of the organization (docs: "Identities - Read Identities").

use serde_json::{Map, Value, json};

use crate::script::{Person, Scenario};
use crate::world::Build;

/// The caller.
pub(super) const USER_ID: &str = "6ade41fc-0f24-5a66-8734-5ce7aa4310d7";
pub(super) const USER_DESCRIPTOR: &str = "aad.55474da163a03b50b77044287e710279102377e16258fde5";
pub(super) const USER_NAME: &str = "Test User 1";
pub(super) const USER_ACCOUNT: &str = "user1@example.com";

/// What the older kind of descriptor begins with; the account follows.
pub(super) const CLAIMS: &str =
    "Microsoft.IdentityModel.Claims.ClaimsIdentity;00000000-1111-2222-3333-444444444444\\";

/// What the header `x-vss-userdata` says of the caller.
pub(crate) fn user_data() -> String {
    format!("{USER_ID}:{USER_ACCOUNT}")
}

/// Somebody who can ask for runs: the caller, or a person of the scenario.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    id: String,
    descriptor: String,
    name: &'a str,
    unique_name: &'a str,
    alias: Option<&'a str>,
    domain: Option<&'a str>,
    is_caller: bool,
}

/// The caller, then the people of the scenario.
pub(crate) fn all(scenario: &Scenario) -> impl Iterator<Item = Identity<'_>> {
    std::iter::once(Identity::caller(scenario)).chain(scenario.people.iter().map(Identity::of))
}

impl<'a> Identity<'a> {
    pub(crate) fn caller(scenario: &'a Scenario) -> Self {
        Self {
            id: USER_ID.to_owned(),
            descriptor: USER_DESCRIPTOR.to_owned(),
            name: USER_NAME,
            unique_name: USER_ACCOUNT,
            alias: Some("user1"),
            domain: scenario.domain.as_deref(),
            is_caller: true,
        }
    }

    fn of(person: &'a Person) -> Self {
        Self {
            id: person.id(),
            descriptor: person.descriptor(),
            name: &person.name,
            unique_name: &person.unique_name,
            alias: person.alias.as_deref(),
            domain: person.domain.as_deref(),
            is_caller: false,
        }
    }

    /// Whether the build was queued for it.
    pub(crate) fn asked_for(&self, build: &Build) -> bool {
        match &build.asked.requested_for {
            Some(name) => !self.is_caller && name == self.unique_name,
            None => self.is_caller,
        }
    }

    /// Builds are listed by the name, the account or the id.
    pub(crate) fn is_called(&self, who: &str) -> bool {
        [self.name, self.unique_name, &self.id]
            .iter()
            .any(|name| name.to_lowercase() == who.to_lowercase())
    }

    /// Whether a search finds it; nothing for a search that does not exist.
    pub(crate) fn matches(&self, search: &str, value: &str) -> Option<bool> {
        let is = |name: &str| name.to_lowercase() == value.to_lowercase();
        let by_alias = self.alias.is_some_and(is);
        Some(match search.to_ascii_lowercase().as_str() {
            "accountname" | "mailaddress" => is(self.unique_name),
            "displayname" => is(self.name),
            "directoryalias" => by_alias,
            // A guess: whatever people may know of somebody.
            "general" => is(self.name) || is(self.unique_name),
            _ => return None,
        })
    }

    /// What connection data tell of it, and lists of identities.
    pub(crate) fn properties(&self) -> Value {
        let text = |value: &str| json!({"$type": "System.String", "$value": value});
        let mut properties = Map::new();
        properties.insert("Account".to_owned(), text(self.unique_name));
        if let Some(domain) = self.domain {
            properties.insert("Domain".to_owned(), text(domain));
        }
        properties.into()
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "id": self.id,
            "descriptor": format!("{CLAIMS}{}", self.unique_name),
            "subjectDescriptor": self.descriptor,
            "providerDisplayName": self.name,
            "isActive": true,
            "members": [],
            "memberOf": [],
            "memberIds": [],
            "properties": self.properties(),
            "resourceVersion": 2,
            "metaTypeId": 0,
        })
    }
}
