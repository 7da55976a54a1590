//! What a run waits for besides its own work.

use std::collections::HashSet;

use super::{Build, BuildStatus, JobRecords, Record, RecordKind, RecordState, Timeline};

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// Its turn; position 1 is next, where the service says it.
    Queue(Option<u64>),
    /// Somebody to resume the pipeline, or the run.
    Postponed,
    /// An agent, while none of its jobs runs.
    Agent {
        /// The first job that waits for one, as `Stage / Job`.
        job: String,
        /// How many others do.
        others: usize,
        /// Whether the run has not waited for an agent before, so that it is to be said what can be
        /// done.
        is_first: bool,
    },
    /// More agents, while some of its jobs run.
    MoreAgents,
    /// A check in front of a stage.
    Check {
        /// The stage's name; nothing where the YAML has no stages.
        stage: Option<String>,
        /// How often the stage was started, from 1.
        attempt: u32,
        /// The service's name for the check, such as `Approval`.
        kind: String,
    },
    /// The end of a run that is being canceled.
    Canceling {
        /// By whom, where the service says it.
        by: Option<String>,
    },
    /// Something this version does not know, by the service's word.
    Unknown(String),
}

/// Remembers what was told, so that each reason for waiting is told once.
#[derive(Debug, Default)]
pub struct Waits {
    told: HashSet<Waiting>,
    /// What the run waited for when it was last looked at.
    last: HashSet<Waiting>,
    has_told_of_agents: bool,
}

impl Waits {
    /// What is to be told now, once for each look at the run.
    pub fn news(&mut self, build: &Build, timeline: &Timeline) -> Vec<Waiting> {
        let mut reasons = reasons(build, timeline);
        let now: HashSet<Waiting> = reasons.iter().map(Waiting::reason).collect();
        reasons.retain(|waiting| {
            let reason = waiting.reason();
            (waiting.needs_a_person() || self.last.contains(&reason)) && self.told.insert(reason)
        });
        self.last = now;
        for waiting in &mut reasons {
            if let Waiting::Agent { is_first, .. } = waiting {
                *is_first = !std::mem::replace(&mut self.has_told_of_agents, true);
            }
        }
        reasons
    }

    /// Takes it for told that the run is being canceled.
    pub fn knows_of_canceling(&mut self) {
        self.told.insert(Waiting::Canceling { by: None });
    }
}

impl Waiting {
    /// What stays the same while the run waits for one thing: a queue position that changes is no
    /// new reason.
    fn reason(&self) -> Self {
        match self {
            Self::Queue(_) => Self::Queue(None),
            Self::Canceling { .. } => Self::Canceling { by: None },
            Self::Agent { job, .. } => Self::Agent {
                job: job.clone(),
                others: 0,
                is_first: false,
            },
            other => other.clone(),
        }
    }

    /// Whether it is worth telling at once. The queue and agents often take but a moment, and are told of
    /// when a second look finds the run waiting still.
    fn needs_a_person(&self) -> bool {
        !matches!(self, Self::Queue(_) | Self::Agent { .. } | Self::MoreAgents)
    }
}

fn reasons(build: &Build, timeline: &Timeline) -> Vec<Waiting> {
    match &build.status {
        BuildStatus::Completed => Vec::new(),
        BuildStatus::Canceling => vec![Waiting::Canceling {
            by: build.canceled_by().map(str::to_owned),
        }],
        BuildStatus::Postponed => vec![Waiting::Postponed],
        BuildStatus::NotStarted if timeline.is_empty() => {
            vec![Waiting::Queue(build.queue_position)]
        }
        BuildStatus::Other(word) => vec![Waiting::Unknown(word.clone())],
        BuildStatus::NotStarted | BuildStatus::InProgress => {
            let mut reasons = checks(timeline);
            reasons.extend(agents(timeline));
            reasons
        }
    }
}

/// Checks that are under way, in reading order. Some captures show the stage itself under way, so
/// that only its end counts.
fn checks(timeline: &Timeline) -> Vec<Waiting> {
    let stages = timeline.stages().filter(|stage| !stage.is_completed());
    let checks = stages.flat_map(|stage| timeline.checks(stage).map(move |check| (stage, check)));
    checks
        .filter(|(_, check)| check.state == RecordState::InProgress)
        .filter_map(|(stage, check)| match &check.kind {
            RecordKind::Check(kind) => Some(Waiting::Check {
                stage: stage.display_name().map(str::to_owned),
                attempt: stage.attempt,
                kind: kind.clone(),
            }),
            _ => None,
        })
        .collect()
}

/// Jobs without an agent. The service makes the record of a job when it asks for one.
fn agents(timeline: &Timeline) -> Option<Waiting> {
    let jobs = timeline.jobs();
    let open = || jobs.iter().filter(|job| !job.is_over());
    let is_pending = |job: &Record| job.state == RecordState::Pending;
    let mut pending = open().filter(|job| job.job.is_some_and(is_pending));
    let first = pending.next()?;
    Some(if open().any(JobRecords::is_running) {
        Waiting::MoreAgents
    } else {
        Waiting::Agent {
            job: first.title(),
            others: pending.count(),
            is_first: true,
        }
    })
}

#[cfg(test)]
mod tests;
