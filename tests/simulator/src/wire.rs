//! The bodies of good answers, with the service's field names in the order in which it writes them.
//!
//! Builds leave out what has no value, timeline records write their nulls.

use serde::Serialize;

pub(crate) mod approval;
pub(crate) mod area;
pub(crate) mod artifact;
pub(crate) mod build;
pub(crate) mod connection_data;
pub(crate) mod definition;
pub(crate) mod identity;
pub(crate) mod identity_ref;
mod issue;
pub(crate) mod location;
pub(crate) mod log;
pub(crate) mod project;
pub(crate) mod queue;
mod record;
pub(crate) mod run;
pub(crate) mod test_run;
pub(crate) mod test_summary;
pub(crate) mod timeline;

use project::PROJECT_ID;

const ORGANIZATION_ID: &str = "2ad38d1e-3eaf-4769-931c-3a2da67bbb01";

/// The address of the project by its id. `base` is `http://host/organization`.
pub(crate) fn home(base: &str) -> String {
    format!("{base}/{PROJECT_ID}")
}

/// The word for a value of an enum, as it is written on the wire.
pub(crate) fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[derive(Clone, Debug, Serialize)]
struct Href {
    href: String,
}

impl Href {
    fn new(href: impl Into<String>) -> Self {
        Self { href: href.into() }
    }
}
