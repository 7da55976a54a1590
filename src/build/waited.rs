//! What a run has waited for, by the service's stamps. They do not tell waits for agents: a phase has the same start as
//! its job.

use std::time::Duration;

use super::{Build, RecordKind, Timeline, duration};

/// A wait of at least a second, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// What for.
    pub what: WaitedFor,
    /// How long.
    pub took: Duration,
}

/// What a run has waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitedFor {
    /// Its turn.
    Queue,
    /// A check in front of a stage that is over.
    Check {
        /// The service's name for the check, such as `Approval`.
        kind: String,
        /// The stage's name; nothing where the YAML has no stages.
        stage: Option<String>,
    },
}

/// The waits of a run, in the order in which they come.
#[must_use]
pub fn waits(build: &Build, timeline: &Timeline) -> Vec<Waited> {
    let queue = duration(build.queued, build.started).filter(|_| timeline.has_started());
    let queue = queue.map(|took| (WaitedFor::Queue, took));
    let checks = timeline
        .stages()
        .flat_map(|stage| timeline.checks(stage).map(move |check| (stage, check)));
    let checks = checks.filter_map(|(stage, check)| {
        let RecordKind::Check(kind) = &check.kind else {
            return None;
        };
        let what = WaitedFor::Check {
            kind: kind.clone(),
            stage: stage.display_name().map(str::to_owned),
        };
        Some((what, check.duration()?))
    });
    let all = queue.into_iter().chain(checks);
    all.filter(|(_, took)| took.as_secs() > 0)
        .map(|(what, took)| Waited { what, took })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::super::fixture::{build, record};
    use super::super::{BuildResult, Record, RecordResult};
    use super::*;

    #[test]
    fn every_wait_of_a_second_or_more_is_told() {
        let at = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0);
        let over = |record: Record, from: i64, to: i64| Record {
            started: at(from),
            finished: at(to),
            ..record.ended(RecordResult::Succeeded)
        };
        let records = vec![
            over(record(RecordKind::Stage, "Deploy", ""), 10, 200),
            over(record(RecordKind::Checkpoint, "gate", "Deploy"), 10, 70),
            over(
                record(RecordKind::Check("Approval".into()), "a", "gate"),
                10,
                70,
            ),
            over(
                record(RecordKind::Check("ExclusiveLock".into()), "b", "gate"),
                10,
                10,
            ),
            over(record(RecordKind::Job, "One", "Deploy"), 73, 100),
        ];
        let run = Build {
            queued: at(1),
            started: at(8),
            ..build(Some(BuildResult::Succeeded))
        };
        let told: Vec<(WaitedFor, u64)> = waits(&run, &Timeline::new(records))
            .into_iter()
            .map(|waited| (waited.what, waited.took.as_secs()))
            .collect();
        let approval = WaitedFor::Check {
            kind: "Approval".into(),
            stage: Some("Deploy".into()),
        };
        assert_eq!(told, [(WaitedFor::Queue, 7), (approval, 60)]);
        assert_eq!(waits(&run, &Timeline::default()), []);
    }
}
