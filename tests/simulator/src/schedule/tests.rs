use super::*;
use crate::script::Scenario;

const RUN: &str = "
    [[pipeline]]
    id = 1
    name = 'a'
    [[pipeline.run.stage]]
    name = 'Build'
    [[pipeline.run.stage.job]]
    name = 'One'
    task = [{ name = 'a', duration = '2s' }, { name = 'b', condition = 'always' }, { name = 'c' }]
    [[pipeline.run.stage.job]]
    name = 'Two'
    wait-for-agent = '1s'
    task = [{ name = 'd', duration = '1s', result = 'failed', pages-at = ['300ms'], lines = ['x'] }]
    [[pipeline.run.stage.job]]
    name = 'Three'
    depends-on = ['One', 'Two']
    condition = 'succeededOrFailed'
    [[pipeline.run.stage]]
    name = 'Deploy'
    condition = 'succeededOrFailed'
    checks = [{ kind = 'Approval', for = '2s' }]
    [[pipeline.run.stage]]
    name = 'Report'
    condition = 'always'
";
const STEP: Span = Span::millis(100);

fn schedule(canceled: Option<Moment>) -> Schedule {
    let scenario = Scenario::from_toml(RUN).unwrap();
    let run = scenario.pipelines[0].run(0);
    let cancel = canceled.map(|at| Event::Canceled {
        stage: None,
        cancellation: Cancellation {
            at,
            obeyed: at.plus(run.cancel_takes),
            is_by_another: false,
        },
    });
    play(run, cancel.as_slice())
}

fn play(run: &RunScript, events: &[Event]) -> Schedule {
    let occasion = Occasion {
        build_id: 1,
        queued: Moment::EPOCH,
        paused: false,
        events,
        agents: &crate::script::AgentsScript::default(),
        turns: None,
    };
    Schedule::of(run, occasion)
}

#[test]
fn a_retry_changes_nothing_that_was_before_it_and_keeps_good_jobs() {
    let scenario = Scenario::from_toml(RUN).unwrap();
    let run = scenario.pipelines[0].run(0);
    let plain = play(run, &[]);
    let at = plain.finished.plus(STEP);
    let retried = play(
        run,
        &[Event::Retried(Retry {
            at,
            stage: None,
            all_jobs: false,
        })],
    );
    let old = plain
        .visible_records(at)
        .find(|r| r.kind == "Stage" && r.name == "Build");
    let new = retried
        .visible_records(at)
        .find(|r| r.kind == "Stage" && r.name == "Build");
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!(
        (new.attempt, &new.previous),
        (2, &vec![Previous::of(old, &old.id)])
    );
    assert!(
        retried.earlier(&old.id, at).is_some()
            && retried.earlier(&old.id, plain.finished).is_none()
    );
    let job = |schedule: &Schedule, name: &str| {
        let found = schedule
            .visible_records(at)
            .find(|r| r.kind == "Job" && r.name == name);
        found.map(|record| (record.id.clone(), record.attempt))
    };
    assert_eq!(job(&plain, "One"), job(&retried, "One"));
    assert_eq!(
        job(&retried, "Two"),
        None,
        "it is not there before it is ready"
    );
    assert!(retried.finished > at);
    let numbers =
        |schedule: &Schedule| -> Vec<Moment> { schedule.logs.iter().map(Log::created).collect() };
    assert!(numbers(&retried).starts_with(&numbers(&plain)));
}

fn moments() -> impl Iterator<Item = Moment> {
    (0..120).map(|number| Moment::EPOCH.plus(STEP.times(number)))
}

fn seen(schedule: &Schedule, now: Moment) -> String {
    let record = |record: &Record| {
        let log = record.log.and_then(|key| schedule.log_number(key, now));
        let result = (now >= record.finish).then_some(record.result);
        format!("{} {:?} {result:?} {log:?}", record.id, record.state(now))
    };
    let mut records: Vec<String> = schedule.visible_records(now).map(record).collect();
    records.sort();
    records.join("\n")
}

#[test]
fn a_cancellation_changes_nothing_that_was_before_it() {
    let plain = schedule(None);
    for at in moments() {
        let canceled = schedule(Some(at));
        for now in moments().take_while(|now| *now < at) {
            assert_eq!(
                seen(&plain, now),
                seen(&canceled, now),
                "canceled at {at}, seen at {now}"
            );
            assert_eq!(
                plain.status(now, None),
                canceled.status(now, Some(at)),
                "canceled at {at}, seen at {now}"
            );
        }
    }
}

#[test]
fn a_finished_run_is_consistent_whenever_it_was_canceled() {
    for at in moments().map(Some).chain([None]) {
        let schedule = schedule(at);
        let end = |id: &String| {
            schedule
                .records
                .iter()
                .find(|record| record.id == *id)
                .unwrap()
                .finish
        };
        for record in &schedule.records {
            assert!(record.finish <= schedule.finished, "{record:?}");
            assert!(
                record.start.is_none_or(|start| start <= record.finish),
                "{record:?}"
            );
            assert!(
                record
                    .parent
                    .as_ref()
                    .is_none_or(|parent| end(parent) >= record.finish),
                "{record:?}"
            );
        }
        if at.is_some_and(|at| at < schedule.finished) {
            assert_eq!(schedule.result, BuildResult::Canceled);
        }
    }
}

#[test]
fn an_always_stage_runs_after_a_cancellation() {
    let schedule = schedule(Some(Moment::EPOCH.plus(Span::millis(2000))));
    let result = |name: &str| {
        let stage = schedule
            .records
            .iter()
            .find(|record| record.kind == "Stage" && record.name == name);
        stage.map(|stage| stage.result)
    };
    assert_eq!(result("Build"), Some(RecordResult::Canceled));
    assert_eq!(result("Deploy"), Some(RecordResult::Skipped));
    assert_eq!(result("Report"), Some(RecordResult::Succeeded));
}
