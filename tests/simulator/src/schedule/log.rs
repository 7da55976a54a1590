//! A log of the run, and when which of its lines reach the service.

use crate::clock::Moment;
use crate::log_text::LogText;

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(super) key: LogKey,
    /// From each moment on, so many lines are there.
    pub(crate) pages: Vec<(Moment, usize)>,
    pub(crate) text: LogText,
    /// Whose text it is, for logs of tasks.
    pub(crate) task: Option<TaskPlace>,
}

impl Log {
    pub(crate) fn key(&self) -> LogKey {
        self.key
    }

    pub(crate) fn created(&self) -> Moment {
        self.pages.first().map_or(Moment::NEVER, |page| page.0)
    }

    pub(crate) fn visible_lines(&self, now: Moment) -> usize {
        self.pages
            .iter()
            .rev()
            .find(|page| page.0 <= now)
            .map_or(0, |page| page.1)
    }

    pub(crate) fn last_change(&self, now: Moment) -> Moment {
        self.pages
            .iter()
            .rev()
            .find(|page| page.0 <= now)
            .map_or(Moment::EPOCH, |page| page.0)
    }
}

/// Names a log before it has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogKey(pub(super) usize);

/// The names of a task and of what it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct TaskPlace {
    pub(crate) stage: String,
    pub(crate) job: String,
    pub(crate) task: String,
    pub(crate) attempt: u32,
    /// The place of the task in its job, from 1.
    pub(crate) order: usize,
    /// The records of the job and of the task.
    pub(crate) job_id: String,
    pub(crate) task_id: String,
    /// When the job began and when the task ran.
    pub(crate) job_start: Moment,
    pub(crate) start: Moment,
    pub(crate) finish: Moment,
}
