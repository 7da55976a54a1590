//! The inputs as the runner passes them: texts by the names that `action.yml` gives them.
//!
//! The runner passes input `NAME` as the variable `INPUT_NAME`, in upper case with hyphens kept, and
//! an input that is not set as an empty string (runner: `Handler.AddInputsToEnvironment`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{Environment, InputError, parse};
use crate::secret::Secret;

/// What the names of their variables begin with.
const PREFIX: &str = "INPUT_";

/// The inputs that are given; one that is blank is not.
pub(super) struct Given(BTreeMap<String, String>);

impl Given {
    /// Finds them among a process' variables.
    pub(super) fn read(environment: &Environment) -> Result<Self, InputError> {
        let given = environment
            .iter()
            .filter(|(_, value)| !value.trim().is_empty());
        let unread = |why: String| {
            Err(InputError::new(format!(
                "The inputs could not be read: {why}"
            )))
        };
        if let Some(name) = twice(given.clone().map(|(name, _)| name.as_str())) {
            return unread(format!("`{name}` is given twice, in upper and lower case"));
        }
        let given = given.map(|(name, value)| (name.clone(), value.clone()));
        match envy::prefixed(PREFIX).from_iter(given) {
            Ok(texts) => Ok(Self(texts)),
            Err(error) => unread(error.to_string()),
        }
    }

    /// The text as it was given.
    pub(super) fn whole(&self, input: &str) -> Option<&str> {
        self.0.get(input).map(String::as_str)
    }

    /// The text without blanks around it.
    pub(super) fn text(&self, input: &str) -> Option<&str> {
        self.whole(input).map(str::trim)
    }

    /// The text as it was given, which nobody may see.
    pub(super) fn secret(&self, input: &str) -> Option<Secret> {
        self.whole(input).map(Secret::new)
    }

    /// One of a few words, in any case.
    pub(super) fn choice<T: Copy>(
        &self,
        input: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, InputError> {
        let text = self.text(input);
        text.map(|text| parse::choice(input, text, words))
            .transpose()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, input: &str, default: bool) -> Result<bool, InputError> {
        let given = self.choice(input, &[("true", true), ("false", false)])?;
        Ok(given.unwrap_or(default))
    }

    /// A number from 1 to `most`.
    pub(super) fn count(&self, input: &str, most: u32) -> Result<Option<u32>, InputError> {
        let text = self.text(input);
        text.map(|text| parse::count(input, text, most)).transpose()
    }

    /// A duration with its unit.
    pub(super) fn duration(&self, input: &str) -> Result<Option<Duration>, InputError> {
        let text = self.text(input);
        text.map(|text| parse::duration(input, text)).transpose()
    }

    /// Values between commas and line ends, each once.
    pub(super) fn list(&self, input: &str) -> Vec<String> {
        parse::list(self.whole(input).unwrap_or_default())
    }

    /// Names and values, which may be private: a JSON object, or lines of `name=value`.
    pub(super) fn pairs(&self, input: &str) -> Result<Vec<(String, String)>, InputError> {
        let text = self.whole(input);
        text.map_or(Ok(Vec::new()), |text| parse::pairs(input, text))
    }

    /// The same, with the types that JSON has.
    pub(super) fn typed_pairs(&self, input: &str) -> Result<Vec<(String, Value)>, InputError> {
        let text = self.whole(input);
        text.map_or(Ok(Vec::new()), |text| parse::typed_pairs(input, text))
    }
}

/// An input that two variables are meant for. Names of inputs are letters and hyphens.
fn twice<'v>(variables: impl Iterator<Item = &'v str>) -> Option<String> {
    let names = variables.filter_map(|variable| variable.strip_prefix(PREFIX));
    let is_name = |name: &&str| name.bytes().all(|c| c.is_ascii_alphabetic() || c == b'-');
    let mut seen = BTreeSet::new();
    let mut names = names.filter(is_name).map(str::to_ascii_lowercase);
    names.find(|name| !seen.insert(name.clone()))
}

#[cfg(test)]
impl Given {
    /// Inputs that a test gives.
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let texts = texts.iter();
        let texts = texts.map(|(input, text)| ((*input).to_owned(), (*text).to_owned()));
        Self(texts.collect())
    }
}
