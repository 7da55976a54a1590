//! A task that failed, with the end of its log.

use std::time::Duration;

use super::tail::Tails;
use crate::build::{RecordResult, RunPage, Timeline};
use crate::untrusted::Link;

/// How many are kept.
const MOST: usize = 20;

/// A task that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedTask {
    /// `Stage / Job / Task`.
    pub(super) title: String,
    /// Its log.
    pub(super) link: Link,
    pub(super) took: Option<Duration>,
    /// The last lines of its log; nothing where it had none, or none was read.
    pub(super) tail: Option<String>,
}

/// The tasks that failed, in reading order, and how many there are besides.
pub(super) fn failed_tasks(
    timeline: &Timeline,
    page: &RunPage,
    tails: &Tails,
) -> (Vec<FailedTask>, usize) {
    let mut tasks = Vec::new();
    let mut more = 0;
    for job in timeline.jobs() {
        let Some(record) = job.record() else { continue };
        for source in timeline.log_sources(&job) {
            if source.task.is_none() || source.result != Some(RecordResult::Failed) {
                continue;
            }
            if tasks.len() == MOST {
                more += 1;
                continue;
            }
            tasks.push(FailedTask {
                title: source.title(),
                link: page.task(&record.id, &source.record, None),
                took: source.duration,
                tail: tails.of(&source.key),
            });
        }
    }
    (tasks, more)
}
