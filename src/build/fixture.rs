//! Small builds and records for unit tests and fuzz targets.

use super::{
    Build, BuildId, BuildResult, BuildStatus, Record, RecordId, RecordKind, RecordState, RunPage,
};
#[cfg(test)]
use super::{Issue, IssueKind, RecordResult};

/// A build that is over, or runs.
pub(crate) fn build(result: Option<BuildResult>) -> Build {
    Build {
        id: BuildId(7),
        number: "20260302.1".to_owned(),
        status: match result {
            Some(_) => BuildStatus::Completed,
            None => BuildStatus::InProgress,
        },
        result,
        pipeline: "App CI".to_owned(),
        source_branch: None,
        source_version: None,
        queued: None,
        started: None,
        finished: None,
        queue_position: None,
        last_changed_by: Some("Microsoft.VisualStudio.Services.TFS".to_owned()),
        plan: None,
        validation: Vec::new(),
        page: RunPage::new(crate::untrusted::Link::literal(
            "https://example.com/_build/results?buildId=7",
        )),
    }
}

/// A record that is its own name, below `parent` unless that is empty, which has begun.
pub(crate) fn record(kind: RecordKind, name: &str, parent: &str) -> Record {
    Record {
        id: RecordId(name.to_owned()),
        parent: (!parent.is_empty()).then(|| RecordId(parent.to_owned())),
        kind,
        name: name.to_owned(),
        identifier: None,
        state: RecordState::InProgress,
        result: None,
        started: Some(chrono::DateTime::UNIX_EPOCH),
        finished: None,
        order: 1,
        attempt: 1,
        earlier: Vec::new(),
        log: None,
        issues: Vec::new(),
    }
}

#[cfg(test)]
impl Record {
    /// The record as it is when it is over.
    pub(crate) fn ended(self, result: RecordResult) -> Self {
        Self {
            state: RecordState::Completed,
            result: Some(result),
            ..self
        }
    }

    /// The record before it begins.
    pub(crate) fn pending(self) -> Self {
        Self {
            state: RecordState::Pending,
            started: None,
            ..self
        }
    }

    /// The record with one more issue.
    pub(crate) fn with_issue(mut self, kind: IssueKind, message: &str) -> Self {
        self.issues.push(Issue {
            kind,
            message: message.to_owned(),
            file: None,
            line: None,
            column: None,
            log_line: None,
        });
        self
    }
}
