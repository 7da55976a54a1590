//! `[[person]]`: somebody who can ask for runs, besides the caller.

use serde::Deserialize;

use crate::ids;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Person {
    pub(crate) name: String,
    /// The account, mostly an e-mail address.
    pub(crate) unique_name: String,
    /// The name within the directory.
    pub(crate) alias: Option<String>,
    /// The directory.
    pub(crate) domain: Option<String>,
}

impl Person {
    pub(crate) fn id(&self) -> String {
        ids::guid(&format!("person/{}", self.unique_name))
    }

    pub(crate) fn descriptor(&self) -> String {
        format!("aad.{}", ids::commit(&self.unique_name))
    }
}
