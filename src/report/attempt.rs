//! One of the runs of a step, as it was last seen.

use super::failed_task::FailedTask;
use super::finding::Findings;
use crate::build::{Build, Timeline};

/// A run that is over, or was left.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) build: Build,
    pub(super) timeline: Timeline,
    pub(super) findings: Findings,
    /// Some of them, and how many there are besides.
    pub(super) failed_tasks: (Vec<FailedTask>, usize),
    /// The jobs that were seen waiting for an agent.
    pub(super) awaited_agents: Vec<String>,
}
