//! Values of enums as callers send them: words in any case, or the numbers behind them, which the vendor's Node
//! client sends (names and numbers: its source). Numbers of flags may be sums.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The words of one enum with their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enumeration(&'static [(&'static str, u32)]);

pub(crate) const STATUS: Enumeration = Enumeration(&[
    ("inProgress", 1),
    ("completed", 2),
    ("cancelling", 4),
    ("postponed", 8),
    ("notStarted", 32),
    ("all", 47),
]);

pub(crate) const RESULT: Enumeration = Enumeration(&[
    ("succeeded", 2),
    ("partiallySucceeded", 4),
    ("failed", 8),
    ("canceled", 32),
]);

pub(crate) const REASON: Enumeration = Enumeration(&[
    ("manual", 1),
    ("individualCI", 2),
    ("batchedCI", 4),
    ("schedule", 8),
    ("scheduleForced", 16),
    ("userCreated", 32),
    ("validateShelveset", 64),
    ("checkInShelveset", 128),
    ("pullRequest", 256),
    ("buildCompletion", 512),
    ("resourceTrigger", 1024),
    ("triggered", 1967),
    ("all", 2031),
]);

pub(crate) const PRIORITY: Enumeration = Enumeration(&[
    ("high", 1),
    ("aboveNormal", 2),
    ("normal", 3),
    ("belowNormal", 4),
    ("low", 5),
]);

pub(crate) const BUILD_ORDER: Enumeration = Enumeration(&[
    ("finishTimeAscending", 2),
    ("finishTimeDescending", 3),
    ("queueTimeDescending", 4),
    ("queueTimeAscending", 5),
    ("startTimeDescending", 6),
    ("startTimeAscending", 7),
]);

pub(crate) const DEFINITION_ORDER: Enumeration = Enumeration(&[
    ("lastModifiedAscending", 1),
    ("lastModifiedDescending", 2),
    ("definitionNameAscending", 3),
    ("definitionNameDescending", 4),
]);

pub(crate) const DELETED: Enumeration = Enumeration(&[("includeDeleted", 1), ("onlyDeleted", 2)]);

pub(crate) const STAGE_UPDATE: Enumeration = Enumeration(&[("cancel", 0), ("retry", 1)]);

pub(crate) const OUTCOME: Enumeration =
    Enumeration(&[("Passed", 2), ("Failed", 3), ("NotExecuted", 8)]);

impl Enumeration {
    /// The word for a word in any case or for its number; other texts stay as they are.
    pub(crate) fn word(self, text: &str) -> String {
        let number: Option<u32> = text.parse().ok();
        let found = self.0.iter().find(|(word, value)| {
            word.eq_ignore_ascii_case(text) || number.is_some_and(|number| number == *value)
        });
        found.map_or_else(|| text.to_owned(), |(word, _)| (*word).to_owned())
    }

    /// Whether a value is among what a caller wants; every value is among sums that hold it.
    pub(crate) fn holds(self, wanted: &str, value: &str) -> bool {
        let number = |text: &str| {
            let known = self
                .0
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text));
            text.parse().ok().or(known.map(|(_, number)| *number))
        };
        match (number(wanted), number(value)) {
            (Some(wanted), Some(value)) => wanted & value != 0,
            _ => wanted.eq_ignore_ascii_case(value) || wanted.eq_ignore_ascii_case("all"),
        }
    }
}

/// Reads a word or a number as text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_mean_the_same() {
        assert_eq!(STATUS.word("4"), "cancelling");
        assert_eq!(STATUS.word("Cancelling"), "cancelling");
        assert_eq!(STATUS.word("odd"), "odd");
        for wanted in ["2", "47", "completed", "all", "3"] {
            assert!(STATUS.holds(wanted, "completed"), "{wanted}");
        }
        assert!(!STATUS.holds("33", "completed"));
        assert!(!RESULT.holds("succeeded", "none"));
        assert!(REASON.holds("triggered", "pullRequest"));
    }
}
