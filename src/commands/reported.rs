//! What GitHub was told of a run that was going on.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::github::files::{self, FileError};
use crate::inputs::{Environment, ReportKind};

/// The state's name for it; empty while there is nothing to take back.
const REPORTED: &str = "reported";

/// What says on GitHub that a run goes on, and has to be ended if the step is killed. As text it is one
/// line of JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reported {
    /// `owner/name`.
    pub(super) repository: String,
    /// The run's id.
    pub(super) run: u64,
    /// The name of status, check run and comment.
    pub(super) name: String,
    /// The commit with a status.
    pub(super) status: Option<String>,
    /// The id of a check run.
    pub(super) check: Option<u64>,
    /// The number of a pull request with a comment.
    pub(super) comment: Option<u64>,
}

impl Reported {
    /// The kinds of what has to be ended.
    pub(super) fn kinds(&self) -> Vec<ReportKind> {
        let all = [
            (ReportKind::CommitStatus, self.status.is_some()),
            (ReportKind::CheckRun, self.check.is_some()),
            (ReportKind::Comment, self.comment.is_some()),
        ];
        let left = all.into_iter().filter(|(_, is_left)| *is_left);
        left.map(|(kind, _)| kind).collect()
    }

    /// Nothing of this kind has to be ended any more.
    pub(super) fn take_back(&mut self, kind: ReportKind) {
        match kind {
            ReportKind::CommitStatus => self.status = None,
            ReportKind::CheckRun => self.check = None,
            ReportKind::Comment => self.comment = None,
        }
    }

    /// Leaves it to the post step, in the `GITHUB_STATE` at `file`; nothing where nothing has to be ended.
    pub(super) fn keep(&self, file: Option<&Path>) -> Result<(), FileError> {
        let text = if self.kinds().is_empty() {
            String::new()
        } else {
            // Its parts are text and numbers.
            serde_json::to_string(self).unwrap_or_default()
        };
        files::append_state(file, REPORTED, &text).map(drop)
    }
}

/// What the main process left, in the post step's variables.
pub(crate) fn left_reported(environment: &Environment) -> Option<Reported> {
    let text = environment.get(&format!("STATE_{REPORTED}"))?;
    serde_json::from_str(text).ok()
}
