//! What a test may look at: the state of the simulated service as plain data.

use std::time::Instant;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::clock::Clock;
use crate::github::GitHubSnapshot;
use crate::ids;
use crate::journal::Exchange;
use crate::schedule::Schedule;
use crate::wire::word;
use crate::world::{Build, World};

/// The simulated service at one moment, for [`Simulator::wait_until`](crate::Simulator::wait_until).
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// All builds in the order in which they were queued.
    pub builds: Vec<BuildSnapshot>,
    /// All requests so far.
    pub journal: Vec<Exchange>,
    /// What GitHub knows.
    pub github: GitHubSnapshot,
}

/// One build at one moment.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BuildSnapshot {
    /// The number of the build.
    pub id: u32,
    /// The id of its plan, and of its timeline.
    pub plan: String,
    /// The number of its pipeline.
    pub definition: u32,
    /// As on the wire: `notStarted`, `inProgress`, `cancelling`, `completed`.
    pub status: String,
    /// As on the wire, once the build is completed.
    pub result: Option<String>,
    /// The branch it builds.
    pub source_branch: String,
    /// The commit it builds, also where the service does not tell it yet.
    pub source_version: String,
    /// The text with the queue-time variables, as sent.
    pub parameters: Option<String>,
    /// The template parameters in the order of their names.
    #[serde(serialize_with = "as_object")]
    pub template_parameters: Vec<(String, String)>,
    /// The stages that it leaves out, by their names in the YAML.
    pub stages_to_skip: Vec<String>,
    /// Of a run that the Pipelines API started: the resources that were asked for, without its own repository.
    pub resources: Option<Value>,
    /// All tags.
    pub tags: Vec<String>,
    /// Somebody asked for its cancellation.
    pub cancel_requested: bool,
}

impl BuildSnapshot {
    pub(crate) fn of(build: &Build, world: &World) -> Self {
        let now = world.now();
        Self {
            id: build.id,
            plan: ids::plan(build.id),
            definition: world.pipeline_of(build).id,
            status: word(&build.status(now)),
            result: build.result(now).map(|result| word(&result)),
            source_branch: build.source_branch.clone(),
            source_version: build.source_version.clone(),
            parameters: build.asked.parameters.clone(),
            template_parameters: build.asked.template_parameters.clone(),
            stages_to_skip: build.asked.stages_to_skip.clone(),
            resources: build.asked.run.as_ref().map(|run| run.resources.clone()),
            tags: build.tags.clone(),
            cancel_requested: build.was_ever_canceled(),
        }
    }
}

fn as_object<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// The whole text of one task, as it is once everything has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskLog {
    /// The name of the stage.
    pub stage: String,
    /// The name of the job.
    pub job: String,
    /// The name of the task.
    pub task: String,
    /// Which attempt of the task it was, from 1.
    pub attempt: u32,
    /// The number of the log in the service.
    pub log_id: usize,
    /// The place of the task in its job, from 1.
    pub order: usize,
    /// Whether its record stands in the timeline of the build; a further attempt moves it to an earlier one.
    pub is_current: bool,
    /// The lines as the service keeps them, with byte order mark and time stamps, without line ends.
    pub lines: Vec<Vec<u8>>,
    /// The same, byte by byte, with line ends.
    pub text: Vec<u8>,
    /// All that the agent wrote; more than arrived where the agent was lost.
    pub written: Vec<u8>,
}

impl TaskLog {
    pub(crate) fn all_of(schedule: &Schedule) -> Vec<Self> {
        let numbered = schedule.logs.iter().enumerate();
        let of_tasks = numbered.filter_map(|(place, log)| {
            let names = log.task.as_ref()?;
            let count = log.pages.last().map_or(0, |page| page.1);
            let bytes = |count| log.text.clone().chunks(0..count).flatten().collect();
            Some(Self {
                stage: names.stage.clone(),
                job: names.job.clone(),
                task: names.task.clone(),
                attempt: names.attempt,
                log_id: place + 1,
                order: names.order,
                is_current: schedule.is_current(log.key()),
                lines: (0..count).map(|index| log.text.line(index)).collect(),
                text: bytes(count),
                written: bytes(log.text.line_count()),
            })
        });
        of_tasks.collect()
    }
}

/// When a line of a task could first be read, on the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineAppearance {
    /// The line without its time stamp.
    pub text: String,
    /// In the log; `None` where it never is.
    pub in_log: Option<Instant>,
    /// In the console feed; `None` where it was not posted.
    pub in_feed: Option<Instant>,
}

impl LineAppearance {
    pub(crate) fn all_of(schedule: &Schedule, clock: &Clock) -> Vec<Self> {
        let appearances = schedule.appearances().into_iter();
        appearances
            .map(|line| Self {
                text: line.text,
                in_log: clock.instant(line.in_log),
                in_feed: line.in_feed.and_then(|post| clock.instant(post)),
            })
            .collect()
    }
}
