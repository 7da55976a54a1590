//! A step that has run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::runner::RunnerView;

/// A step that has run.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Nothing where a signal has ended it.
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) view: RunnerView,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) state: BTreeMap<String, String>,
    pub(crate) summary: String,
}

impl Finished {
    /// It ended by itself, with this exit code.
    #[track_caller]
    pub(crate) fn ended_with(&self, exit_code: i32) {
        assert_eq!(self.exit_code, Some(exit_code), "{}", self.log());
    }

    /// Its log has this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        assert!(self.stdout.contains(text), "{text:?} in\n{}", self.stdout);
    }

    /// Its log does not have this text.
    #[track_caller]
    pub(crate) fn does_not_say(&self, text: &str) {
        assert!(!self.stdout.contains(text), "{text:?} in\n{}", self.stdout);
    }

    /// The log with escape characters made visible and without the masks.
    pub(crate) fn log(&self) -> String {
        self.stdout
            .lines()
            .filter(|line| !line.contains("add-mask"))
            .fold(String::new(), |mut log, line| {
                let _ = writeln!(log, "{}", line.replace('\x1b', "␛"));
                log
            })
    }

    /// The one error that ended the step.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        let errors = self.annotations("error");
        assert_eq!(errors.len(), 1, "{}", self.stdout);
        errors[0]
    }

    /// The messages of the annotations of a level: `error`, `warning`, `notice`.
    pub(crate) fn annotations(&self, level: &str) -> Vec<&str> {
        let annotations = self.view.annotations.iter();
        let of_level = annotations.filter(|annotation| annotation.level == level);
        of_level
            .map(|annotation| annotation.message.as_str())
            .collect()
    }

    /// `name=value`, a line each.
    pub(crate) fn output_lines(&self) -> String {
        self.outputs
            .iter()
            .fold(String::new(), |mut lines, (name, value)| {
                let _ = writeln!(lines, "{name}={value}");
                lines
            })
    }
}
