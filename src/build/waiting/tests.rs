use super::*;
use crate::build::fixture::{build, record};
use crate::build::{BuildResult, RecordResult};

fn check(stage: &str, kind: &str) -> Vec<Record> {
    let id = format!("{stage} checks");
    let check = RecordKind::Check(kind.to_owned());
    vec![
        record(RecordKind::Stage, stage, "").pending(),
        record(RecordKind::Checkpoint, &id, stage),
        record(check, &format!("{stage} {kind}"), &id),
    ]
}

/// A stage `Build` with these jobs.
fn jobs(jobs: impl IntoIterator<Item = Record>) -> Timeline {
    let mut records = vec![record(RecordKind::Stage, "Build", "")];
    for job in jobs {
        let phase = format!("{} phase", job.name);
        records.push(record(RecordKind::Phase, &phase, "Build"));
        records.push(Record {
            parent: Some(crate::build::RecordId(phase)),
            ..job
        });
    }
    Timeline::new(records)
}

fn job(name: &str) -> Record {
    record(RecordKind::Job, name, "")
}

fn with_status(status: BuildStatus) -> Build {
    Build {
        status,
        ..build(None)
    }
}

fn agent(job: &str, others: usize, is_first: bool) -> Waiting {
    Waiting::Agent {
        job: job.to_owned(),
        others,
        is_first,
    }
}

#[test]
fn a_reason_is_derived_from_each_state() {
    let waiting = |timeline: Timeline| reasons(&build(None), &timeline);
    let found = waiting(Timeline::new(check("Deploy", "Approval")));
    let expected = Waiting::Check {
        stage: Some("Deploy".to_owned()),
        attempt: 1,
        kind: "Approval".to_owned(),
    };
    assert_eq!(found, [expected]);
    let two = [job("Linux").pending(), job("Windows").pending()];
    assert_eq!(waiting(jobs(two)), [agent("Build / Linux", 1, true)]);
    let running = [job("Linux"), job("Windows").pending()];
    assert_eq!(waiting(jobs(running)), [Waiting::MoreAgents]);
    assert_eq!(waiting(jobs([job("Linux")])), []);
    assert_eq!(waiting(Timeline::default()), []);
}

#[test]
fn the_status_of_the_run_decides_first() {
    let timeline = jobs([job("Linux").pending()]);
    let found = |build: &Build| reasons(build, &timeline);
    assert_eq!(
        found(&with_status(BuildStatus::Postponed)),
        [Waiting::Postponed]
    );
    let unknown = "resting".to_owned();
    assert_eq!(
        found(&with_status(BuildStatus::Other(unknown.clone()))),
        [Waiting::Unknown(unknown)]
    );
    assert_eq!(found(&build(Some(BuildResult::Failed))), []);
    let canceled = Build {
        last_changed_by: Some("Robin".to_owned()),
        ..with_status(BuildStatus::Canceling)
    };
    let by = Some("Robin".to_owned());
    assert_eq!(found(&canceled), [Waiting::Canceling { by }]);
    assert_eq!(
        found(&with_status(BuildStatus::Canceling)),
        [Waiting::Canceling { by: None }]
    );
    assert_eq!(
        found(&with_status(BuildStatus::NotStarted)),
        [agent("Build / Linux", 0, true)]
    );
}

#[test]
fn a_position_that_changes_is_told_once_and_only_if_it_lasts() {
    let mut waits = Waits::default();
    let mut news = |position| {
        let build = Build {
            queue_position: position,
            ..with_status(BuildStatus::NotStarted)
        };
        waits.news(&build, &Timeline::default())
    };
    assert_eq!(news(Some(3)), []);
    assert_eq!(news(Some(2)), [Waiting::Queue(Some(2))]);
    assert_eq!(news(Some(1)), []);
    assert_eq!(news(None), []);
}

#[test]
fn a_check_is_told_at_once_and_once_for_each_attempt() {
    let mut waits = Waits::default();
    let mut records = check("Deploy", "Approval");
    let mut look = |records: &[Record]| {
        waits
            .news(&build(None), &Timeline::new(records.to_vec()))
            .len()
    };
    assert_eq!(look(&records), 1);
    assert_eq!(look(&records), 0);
    records[0].attempt = 2;
    assert_eq!(look(&records), 1);
    let passed = records[2].clone().ended(RecordResult::Succeeded);
    records[2] = passed;
    assert_eq!(look(&records), 0);
}

#[test]
fn what_can_be_done_about_agents_is_said_for_the_first_only() {
    let mut waits = Waits::default();
    let mut look = |pending: &[&str]| {
        let timeline = jobs(pending.iter().map(|name| job(name).pending()));
        waits.news(&build(None), &timeline)
    };
    assert_eq!(look(&["A", "B"]), []);
    assert_eq!(look(&["A", "B"]), [agent("Build / A", 1, true)]);
    assert_eq!(look(&["A"]), []);
    assert_eq!(look(&["B"]), []);
    assert_eq!(look(&["B"]), [agent("Build / B", 0, false)]);
}

#[test]
fn more_agents_are_told_of_once_for_the_run() {
    let mut waits = Waits::default();
    let mut look = |pending: &[&str]| {
        let waiting = pending.iter().map(|name| job(name).pending());
        let timeline = jobs(std::iter::once(job("Running")).chain(waiting));
        waits.news(&build(None), &timeline)
    };
    assert_eq!(look(&["A", "B"]), []);
    assert_eq!(look(&["A", "B"]), [Waiting::MoreAgents]);
    assert_eq!(look(&["B"]), []);
    assert_eq!(look(&["C"]), []);
}

#[test]
fn a_cancel_of_our_own_is_not_told() {
    let mut waits = Waits::default();
    waits.knows_of_canceling();
    let canceling = with_status(BuildStatus::Canceling);
    assert_eq!(waits.news(&canceling, &Timeline::default()), []);
}
