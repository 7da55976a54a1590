//! A log that is to be shown.

use std::time::Duration;

use super::{JobPath, LogId, RecordId, RecordResult};

/// A task's, or a phase's that never got to its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSource {
    /// What it belongs to, across attempts and polls.
    pub key: TaskKey,
    /// Its record in the timeline at hand.
    pub record: RecordId,
    /// `Stage / Job`.
    pub job_title: String,
    /// The task's name; nothing for a phase.
    pub task: Option<String>,
    /// Where the text is, once there is any.
    pub log: Option<LogId>,
    /// Whether the task has begun and not ended.
    pub is_running: bool,
    /// Whether the task has ended. Its log may still come.
    pub is_over: bool,
    /// Whether there must be a log in the end.
    pub is_expected: bool,
    /// How it ended.
    pub result: Option<RecordResult>,
    /// How long it ran, once it is over.
    pub duration: Option<Duration>,
}

/// What makes a task the same one in two timelines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskKey {
    /// Its job.
    pub job: JobPath,
    /// Its place in the job.
    pub order: i64,
    /// Its name.
    pub name: String,
}

impl LogSource {
    /// Whether the task has failed, or may still.
    #[must_use]
    pub fn may_have_failed(&self) -> bool {
        matches!(self.result, None | Some(RecordResult::Failed))
    }

    /// `Stage / Job / Task`.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.task {
            Some(task) => format!("{} / {task}", self.job_title),
            None => self.job_title.clone(),
        }
    }
}
