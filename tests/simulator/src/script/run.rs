//! What is written below `[[pipeline.run]]`: stages with their checks, and jobs.

use serde::de::value::StringDeserializer;
use serde::{Deserialize, Deserializer};

use super::output::{ArtifactScript, TestsScript};
use super::task::TaskScript;
use super::{ScenarioError, one_or_many};
use crate::clock::Span;

/// One run of a pipeline.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RunScript {
    pub(crate) queue_for: Span,
    pub(crate) cancel_takes: Span,
    /// How long it is called postponed, of the time that it is in the queue.
    pub(crate) postponed_for: Span,
    /// Its place in the queue at first; it goes down evenly.
    pub(crate) queue_position: Option<usize>,
    /// Somebody else cancels the run so long after it was queued.
    pub(crate) canceled_after: Option<Span>,
    /// Errors that refuse the run when it is queued.
    pub(crate) validation: Vec<String>,
    /// Warnings that refuse it unless the caller ignores warnings.
    pub(crate) warnings: Vec<String>,
    /// The run ends as failed without starting, with these validation errors (may be an empty list).
    pub(crate) fails_to_start: Option<Vec<String>>,
    /// The commit reported, whatever was asked for.
    pub(crate) source_version: Option<String>,
    /// The commit is missing until the run starts.
    pub(crate) source_version_late: bool,
    /// The build number; absent: the day and how many runs there were before.
    pub(crate) build_number: Option<String>,
    /// The build number is the id until the run starts.
    pub(crate) build_number_late: bool,
    /// Somebody else counts as the one who queued it.
    pub(crate) by_another: bool,
    /// Overrides the result that follows from the stages.
    pub(crate) result: Option<BuildResult>,
    /// Published when the run ends.
    pub(crate) artifacts: Vec<ArtifactScript>,
    pub(crate) tests: Option<TestsScript>,
    #[serde(rename = "stage", deserialize_with = "one_or_many::deserialize")]
    pub(crate) stages: Vec<StageScript>,
    /// Short form, as in YAML: the jobs of the only stage.
    #[serde(rename = "job", deserialize_with = "one_or_many::deserialize")]
    jobs: Vec<JobScript>,
    /// Short form, as in YAML: the tasks of the only job.
    #[serde(rename = "task", deserialize_with = "one_or_many::deserialize")]
    tasks: Vec<TaskScript>,
}

impl Default for RunScript {
    fn default() -> Self {
        Self {
            queue_for: Span::millis(1000),
            cancel_takes: Span::millis(1000),
            postponed_for: Span::ZERO,
            queue_position: None,
            canceled_after: None,
            validation: Vec::new(),
            warnings: Vec::new(),
            fails_to_start: None,
            source_version: None,
            source_version_late: false,
            build_number: None,
            build_number_late: false,
            by_another: false,
            result: None,
            artifacts: Vec::new(),
            tests: None,
            stages: Vec::new(),
            jobs: Vec::new(),
            tasks: Vec::new(),
        }
    }
}

impl RunScript {
    /// Turns the short forms into stages and checks the names in `depends-on`.
    pub(crate) fn settle(&mut self) -> Result<(), ScenarioError> {
        let forms = [
            !self.stages.is_empty(),
            !self.jobs.is_empty(),
            !self.tasks.is_empty(),
        ];
        if forms.iter().filter(|used| **used).count() > 1 {
            return Err(ScenarioError::new(
                "a run has stages, or jobs, or tasks, not two of them",
            ));
        }
        if !self.tasks.is_empty() {
            let tasks = std::mem::take(&mut self.tasks);
            self.jobs.push(JobScript {
                tasks,
                ..JobScript::default()
            });
        }
        if self.stages.is_empty() {
            let jobs = std::mem::take(&mut self.jobs);
            self.stages.push(StageScript {
                jobs,
                ..StageScript::default()
            });
        }
        for stage in &mut self.stages {
            if stage.jobs.is_empty() {
                stage.jobs.push(JobScript::default());
            }
            check_names(
                stage
                    .jobs
                    .iter()
                    .map(|job| (job.identifier(), job.depends_on.as_slice())),
            )?;
        }
        check_names(self.stages.iter().map(|stage| {
            (
                stage.identifier(),
                stage.depends_on.as_deref().unwrap_or(&[]),
            )
        }))
    }
}

impl RunScript {
    /// Leaves stages out: what depends on them goes on as if they were not there, which is a guess.
    pub(crate) fn skip(&mut self, names: &[String]) {
        let mut before: Vec<String> = Vec::new();
        let mut left_out: Vec<(String, Vec<String>)> = Vec::new();
        for stage in &mut self.stages {
            let name = stage.identifier();
            let needed = stage.depends_on.take().unwrap_or(before);
            let needed = needed.into_iter().flat_map(|needed| {
                match left_out.iter().find(|(name, _)| *name == needed) {
                    Some((_, instead)) => instead.clone(),
                    None => vec![needed],
                }
            });
            let needed: Vec<String> = needed.collect();
            if names.contains(&name) {
                stage.condition = Condition::Never;
                left_out.push((name.clone(), needed.clone()));
            }
            stage.depends_on = Some(needed);
            before = vec![name];
        }
    }
}

/// Names are unique and depend on earlier ones, so that a plan can be made in one pass.
fn check_names<'a>(
    nodes: impl Iterator<Item = (String, &'a [String])>,
) -> Result<(), ScenarioError> {
    let mut known: Vec<String> = Vec::new();
    for (name, dependencies) in nodes {
        if known.contains(&name) {
            return Err(ScenarioError::new(format!(
                "the name `{name}` is used twice"
            )));
        }
        if let Some(missing) = dependencies
            .iter()
            .find(|dependency| !known.contains(dependency))
        {
            return Err(ScenarioError::new(format!(
                "`{name}` depends on `{missing}`, which is not written before it"
            )));
        }
        known.push(name);
    }
    Ok(())
}

/// One stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct StageScript {
    pub(crate) name: Option<String>,
    identifier: Option<String>,
    /// Absent: the stage before.
    pub(crate) depends_on: Option<Vec<String>>,
    pub(crate) condition: Condition,
    pub(crate) checks: Vec<CheckScript>,
    #[serde(rename = "job", deserialize_with = "one_or_many::deserialize")]
    pub(crate) jobs: Vec<JobScript>,
}

impl StageScript {
    pub(crate) fn name(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.identifier.clone())
            .unwrap_or_else(|| "__default".to_owned())
    }

    pub(crate) fn identifier(&self) -> String {
        self.identifier
            .clone()
            .unwrap_or_else(|| identifier_from(&self.name()))
    }
}

/// What a stage waits for before it starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CheckScript {
    /// `Approval`, `Authorization`, `TaskCheck`, …: the service may invent others.
    pub(crate) kind: String,
    #[serde(default, rename = "for")]
    pub(crate) takes: CheckWait,
    #[serde(default)]
    pub(crate) result: CheckResult,
}

/// How long a check takes: a length of time, or `"until-approved"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckWait {
    For(Span),
    UntilApproved,
}

impl Default for CheckWait {
    fn default() -> Self {
        Self::For(Span::ZERO)
    }
}

impl<'de> Deserialize<'de> for CheckWait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "until-approved" {
            return Ok(Self::UntilApproved);
        }
        Span::deserialize(StringDeserializer::new(text)).map(Self::For)
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CheckResult {
    #[default]
    Succeeded,
    /// Rejected: the stage fails.
    Failed,
    /// Timed out: the stage is skipped.
    Skipped,
}

/// One job of the YAML. Jobs of a stage run side by side unless they depend on each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct JobScript {
    pub(crate) name: Option<String>,
    identifier: Option<String>,
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
}

/// One attempt of a job, where it differs from the job as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct JobAttempt {
    agent: Option<String>,
    wait_for_agent: Option<Span>,
    /// Absent: the agent is not lost.
    lost: Option<Loss>,
    lost_after: Option<Span>,
}

impl JobScript {
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
            job.wait_for_agent = attempt.wait_for_agent.unwrap_or(job.wait_for_agent);
            job.lost = attempt.lost;
            job.lost_after = attempt.lost_after.unwrap_or(job.lost_after);
        }
        job
    }
}

/// The n-th entry, counted from 1, or the last.
pub(super) fn nth<T>(entries: &[T], number: u32) -> Option<&T> {
    let place = usize::try_from(number)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    entries.get(place).or(entries.last())
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

/// When a stage, job or task runs.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Condition {
    #[default]
    Succeeded,
    Failed,
    SucceededOrFailed,
    Always,
    /// The condition is false: skipped.
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BuildResult {
    Succeeded,
    PartiallySucceeded,
    Failed,
    Canceled,
}

/// `Deploy to test` becomes `Deploy_to_test`.
fn identifier_from(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}
