//! The domain: a build, its timeline, its log lines, and what can happen to them.
//!
//! Plain types, no I/O. They know nothing of HTTP, JSON or GitHub.

mod event;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fixture;
mod job;
mod listed;
mod log_line;
mod log_source;
mod mishap;
mod page;
mod published;
mod record;
mod shown_logs;
mod timeline;
mod waited;
mod waiting;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use event::{BuildEvent, LeaveReason, Limit, Report, RunProgress};
pub use job::{JobPath, JobRecords};
pub use listed::ListedRun;
pub use log_line::{LogLine, Marker};
pub use log_source::{LogSource, TaskKey};
pub use mishap::Mishap;
pub use page::RunPage;
pub use published::{Artifact, FailedTest, Published, Tests};
pub use record::{
    Issue, IssueKind, LogId, Record, RecordId, RecordKind, RecordResult, RecordState,
};
pub use shown_logs::ShownLogs;
pub use timeline::Timeline;
pub use waited::{Waited, WaitedFor, waits};
pub use waiting::{Waiting, Waits};

/// The id of a run, in the REST resources and in the page's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildId(pub u64);

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One run of a pipeline, as the service last described it.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// The run's id.
    pub id: BuildId,
    /// The run's name; can still change while it has not started.
    pub number: String,
    /// Where it is in its life.
    pub status: BuildStatus,
    /// How it ended; nothing before.
    pub result: Option<BuildResult>,
    /// The name of its pipeline.
    pub pipeline: String,
    /// The ref that is built.
    pub source_branch: Option<String>,
    /// The commit that is built; the service may learn it late.
    pub source_version: Option<String>,
    /// When it was put into the queue.
    pub queued: Option<DateTime<Utc>>,
    /// When its first job started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// Position in the queue, 1 is next.
    pub queue_position: Option<u64>,
    /// Who changed it last; for a canceled run, who canceled it.
    pub last_changed_by: Option<String>,
    /// The id of its plan, which orders its jobs.
    pub plan: Option<String>,
    /// What the service found wrong with the request or the YAML.
    pub validation: Vec<Validation>,
    /// Where a person looks at it.
    pub page: RunPage,
}

/// Where a build is in its life (REST: `BuildStatus`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildStatus {
    /// In the queue.
    NotStarted,
    /// In the queue, but inactive, as behind a paused pipeline.
    Postponed,
    /// Running.
    InProgress,
    /// Asked to cancel; tasks that always run still run.
    Canceling,
    /// Over: the one final state.
    Completed,
    /// A value this version does not know: taken for "still going".
    Other(String),
}

/// How a build ended (REST: `BuildResult`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildResult {
    /// Everything succeeded.
    Succeeded,
    /// Something succeeded with issues.
    PartiallySucceeded,
    /// Something failed.
    Failed,
    /// Somebody, or the service, canceled it.
    Canceled,
    /// A value this version does not know: not a success.
    Other(String),
}

/// One message of the service about a build that it would not, or only with a warning, queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// Whether it prevents the build.
    pub is_error: bool,
    /// The service's words.
    pub message: String,
}

/// The time between two of the service's stamps.
#[must_use]
pub fn duration(
    started: Option<DateTime<Utc>>,
    finished: Option<DateTime<Utc>>,
) -> Option<Duration> {
    (finished? - started?).to_std().ok()
}

impl Build {
    /// Whether the run is over.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.status == BuildStatus::Completed
    }

    /// Who canceled the run, if it was canceled and the service names a person. Where one of its own
    /// accounts changed the run last, it does not say who.
    #[must_use]
    pub fn canceled_by(&self) -> Option<&str> {
        let is_canceled =
            self.result == Some(BuildResult::Canceled) || self.status == BuildStatus::Canceling;
        self.last_changed_by
            .as_deref()
            .filter(|name| is_canceled && !name.starts_with("Microsoft.VisualStudio."))
    }
}

impl BuildStatus {
    /// The service's word, with one *l* in `canceling`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::NotStarted => "notStarted",
            Self::Postponed => "postponed",
            Self::InProgress => "inProgress",
            Self::Canceling => "canceling",
            Self::Completed => "completed",
            Self::Other(word) => word,
        }
    }
}

impl BuildResult {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Succeeded => "succeeded",
            Self::PartiallySucceeded => "partiallySucceeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Other(word) => word,
        }
    }
}
