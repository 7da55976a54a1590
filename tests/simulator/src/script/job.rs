//! What is written below `[[pipeline.run.stage.job]]`.

use serde::Deserialize;

use super::one_or_many;
use super::output::{ArtifactScript, TestsScript};
use super::run::{Condition, identifier_from, nth};
use super::task::TaskScript;
use crate::clock::Span;

/// One job of the YAML. Jobs of a stage run side by side unless they depend on each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct JobScript {
    pub(crate) name: Option<String>,
    pub(super) identifier: Option<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) condition: Condition,
    pub(crate) agent: String,
    pub(crate) wait_for_agent: Span,
    pub(crate) lost: Option<Loss>,
    pub(crate) lost_after: Span,
    /// The service cancels the job when it has run so long (`timeoutInMinutes`).
    pub(crate) timeout: Option<Span>,
    /// What its agent must offer, see `[agents]`.
    pub(crate) demands: Vec<String>,
    /// So many agents take the job and never begin it: the service gives it to the next one by itself.
    pub(crate) abandoned_attempts: u32,
    pub(crate) abandoned_after: Span,
    /// What differs in the n-th attempt of its stage; the last entry repeats.
    pub(crate) attempts: Vec<JobAttempt>,
    /// Without "Initialize job" and "Finalize Job".
    pub(crate) bare: bool,
    /// Published when the job ends, unless its agent was lost.
    pub(crate) artifacts: Vec<ArtifactScript>,
    pub(crate) tests: Option<TestsScript>,
    #[serde(rename = "task", deserialize_with = "one_or_many::deserialize")]
    pub(crate) tasks: Vec<TaskScript>,
}

impl Default for JobScript {
    fn default() -> Self {
        Self {
            name: None,
            identifier: None,
            depends_on: Vec::new(),
            condition: Condition::default(),
            agent: "Azure Pipelines 2".to_owned(),
            wait_for_agent: Span::ZERO,
            lost: None,
            lost_after: Span::millis(1000),
            timeout: None,
            demands: Vec::new(),
            abandoned_attempts: 0,
            abandoned_after: Span::millis(1000),
            attempts: Vec::new(),
            bare: false,
            artifacts: Vec::new(),
            tests: None,
            tasks: Vec::new(),
        }
    }
}

impl JobScript {
    pub(crate) fn name(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.identifier.clone())
            .unwrap_or_else(|| "Job".to_owned())
    }

    pub(crate) fn identifier(&self) -> String {
        self.identifier
            .clone()
            .unwrap_or_else(|| identifier_from(&self.name()))
    }

    /// The job as it is in the n-th attempt of its stage, counted from 1.
    pub(crate) fn in_attempt(&self, number: u32) -> Self {
        let mut job = self.clone();
        job.tasks = self
            .tasks
            .iter()
            .map(|task| task.in_attempt(number))
            .collect();
        if number > 1 {
            job.abandoned_attempts = 0;
        }
        if let Some(attempt) = nth(&self.attempts, number) {
            job.agent = attempt.agent.clone().unwrap_or(job.agent);
            job.lost = attempt.lost;
            job.lost_after = attempt.lost_after.unwrap_or(job.lost_after);
        }
        job
    }
}

/// One attempt of a job, where it differs from the job as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct JobAttempt {
    agent: Option<String>,
    /// Absent: the agent is not lost.
    lost: Option<Loss>,
    lost_after: Option<Span>,
}

/// How a job ended that its tasks did not end; each was seen to leave other traces in the timeline.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Loss {
    /// The hosted machine was withdrawn: only a warning says so, and the job stays open until its stage ends.
    Deprovisioned,
    /// The same, with the job canceled and an error about provisioning.
    Disconnected,
    /// The agent did not renew its lock.
    StoppedHearing,
    /// The process that runs the tasks was killed for want of memory.
    WorkerKilled,
    /// The agent was stopped, as when its machine is shut down.
    ShutDown,
    /// The service itself failed.
    ServiceError,
}
