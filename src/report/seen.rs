//! What a run shows while it goes on, and its records do not keep.

use super::attempt::Attempt;
use super::failed_task::failed_tasks;
use super::finding::{Origin, findings};
use super::problems::LogProblems;
use super::tail::Tails;
use crate::build::{Build, BuildEvent, Timeline, Waiting};

/// What the current run has shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    problems: LogProblems,
    tails: Tails,
    /// The jobs that were seen waiting for an agent.
    awaited_agents: Vec<String>,
    /// Whether its commit was known before.
    has_version: bool,
}

impl Seen {
    /// Takes note of an event of the run.
    pub(super) fn event(&mut self, event: &BuildEvent<'_>) {
        match event {
            BuildEvent::LogOpened(source) => {
                self.problems.open(source);
                self.tails.open(source);
            }
            BuildEvent::LogLine(line) => {
                self.problems.read(line);
                self.tails.read(line);
            }
            BuildEvent::LogClosed(source) => {
                self.problems.close(source);
                self.tails.close(source);
            }
            BuildEvent::Waiting {
                what: Waiting::Agent { job, .. },
                ..
            } => self.awaited_agents.push(job.clone()),
            _ => {}
        }
    }

    /// The commit that the run builds, when it is known for the first time.
    pub(super) fn new_version<'b>(&mut self, build: &'b Build) -> Option<&'b str> {
        let version = build.source_version.as_deref()?;
        let was_known = std::mem::replace(&mut self.has_version, true);
        (!was_known).then_some(version)
    }

    /// The run as it is in the end; `repository` is the workflow's, `owner/name`, and `is_own_repository`
    /// whether the run's files are in it.
    pub(super) fn attempt(
        &self,
        build: &Build,
        timeline: &Timeline,
        repository: Option<&str>,
        is_own_repository: bool,
    ) -> Attempt {
        let origin = Origin {
            problems: &self.problems,
            repository,
            is_own_repository,
        };
        Attempt {
            build: build.clone(),
            timeline: timeline.clone(),
            findings: findings(build, timeline, origin),
            failed_tasks: failed_tasks(timeline, &build.page, &self.tails),
            awaited_agents: self.awaited_agents.clone(),
        }
    }
}
