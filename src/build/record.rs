//! One node of a build's timeline.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The id of a record. The same job has the same id in every build, and another one in every
/// attempt, so it identifies a record only within one timeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub String);

/// The number of a log within its build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId(pub u64);

/// A stage, phase, job, task or checkpoint of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id within this timeline.
    pub id: RecordId,
    /// The record above it.
    pub parent: Option<RecordId>,
    /// Its level.
    pub kind: RecordKind,
    /// The name people gave it.
    pub name: String,
    /// The name in the YAML, where the service says it.
    pub identifier: Option<String>,
    /// Where it is in its life.
    pub state: RecordState,
    /// How it ended.
    pub result: Option<RecordResult>,
    /// When it started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// Its place among its siblings.
    pub order: i64,
    /// How often it was started, from 1.
    pub attempt: u32,
    /// The ids of the timelines that hold its earlier attempts.
    pub earlier: Vec<String>,
    /// Its log, once there is one.
    pub log: Option<LogId>,
    /// Errors and warnings; the service keeps at most ten of each.
    pub issues: Vec<Issue>,
}

/// The level of a record (REST: `TimelineRecord.type`, a free string).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKind {
    /// A stage; `__default` when the YAML has none.
    Stage,
    /// A job of the YAML; hidden from people, who know its jobs.
    Phase,
    /// A job on an agent.
    Job,
    /// A task: what the YAML calls a step.
    Task,
    /// The gate in front of a stage.
    Checkpoint,
    /// One thing a checkpoint waits for, by its name behind `Checkpoint.`.
    Check(String),
    /// Anything else.
    Other(String),
}

/// Where a record is in its life (REST: `TimelineRecordState`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordState {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// Over.
    Completed,
    /// A value this version does not know: taken for "still going".
    Other(String),
}

/// How a record ended (REST: `TaskResult`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordResult {
    /// All is well.
    Succeeded,
    /// Went on in spite of problems.
    SucceededWithIssues,
    /// Failed.
    Failed,
    /// Was canceled.
    Canceled,
    /// Its condition was false.
    Skipped,
    /// Its agent was lost, or never came.
    Abandoned,
    /// A value this version does not know: not a success.
    Other(String),
}

/// An error or warning that a task reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Error or warning.
    pub kind: IssueKind,
    /// The words.
    pub message: String,
    /// The source file, as the agent saw it.
    pub file: Option<String>,
    /// Line in the source file, from 1.
    pub line: Option<u32>,
    /// Column in the source file, from 1.
    pub column: Option<u32>,
    /// Line within the task's log, from 1. The agent does not count `##[endgroup]` lines.
    pub log_line: Option<u64>,
}

/// How grave an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueKind {
    /// An error.
    Error,
    /// A warning, or a kind this version does not know.
    Warning,
}

impl Record {
    /// The name as people know it: what the YAML does not name is called `__default`, or nothing.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.trim().is_empty() && *name != "__default")
    }

    /// How long it ran.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        super::duration(self.started, self.finished)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.state == RecordState::Completed
    }

    /// Whether it did not do what it should: failed, canceled or abandoned.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(
            self.result,
            Some(RecordResult::Failed | RecordResult::Canceled | RecordResult::Abandoned)
        )
    }

    /// Whether it ran at all: a skipped or abandoned task never has a log.
    #[must_use]
    pub fn has_run(&self) -> bool {
        self.started.is_some()
            && !matches!(
                self.result,
                Some(RecordResult::Skipped | RecordResult::Abandoned)
            )
    }
}

impl RecordState {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "inProgress",
            Self::Completed => "completed",
            Self::Other(word) => word,
        }
    }
}

impl RecordResult {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Succeeded => "succeeded",
            Self::SucceededWithIssues => "succeededWithIssues",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Abandoned => "abandoned",
            Self::Other(word) => word,
        }
    }
}
