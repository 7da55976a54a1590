//! The course of one run, worked out in advance: what each record and log will be at any moment.
//!
//! The state of a build is a function of time. What callers do to it (cancel, decide, retry) works the course out
//! anew; what happened before that stays as it was.

use crate::clock::{Moment, Span};
use crate::script::run::{BuildResult, RunScript};

mod event;
mod feed;
mod job;
mod log;
mod loss;
mod output;
mod plan;
mod record;
mod retry;
mod stage;
mod task;
mod turn;

pub(crate) use event::{Cancellation, Decision, Event, Occasion, Retry};
pub(crate) use log::{Log, LogKey, TaskPlace};
pub(crate) use plan::expanded_yaml;
pub(crate) use record::{Earlier, Previous, Record, RecordResult, RecordState};
pub(crate) use turn::{Turns, share};

/// The whole course of one run.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// From here on there is a timeline.
    pub(crate) expanded: Moment,
    pub(crate) started: Moment,
    pub(crate) finished: Moment,
    pub(crate) result: BuildResult,
    pub(crate) records: Vec<Record>,
    /// In the order in which the service makes them: the number of a log is its place, counted from 1.
    pub(crate) logs: Vec<Log>,
    /// In the order in which they were published.
    outputs: Vec<output::Output>,
    /// The timelines of attempts that are over.
    earlier: Vec<Earlier>,
    turns: Vec<turn::Turn>,
    /// Moments at which the timeline's change number goes up.
    changes: Vec<Moment>,
}

impl Schedule {
    pub(crate) fn of(run: &RunScript, occasion: Occasion<'_>) -> Self {
        plan::plan(run, occasion)
    }

    /// The course of a run that has none yet.
    pub(crate) fn unplanned() -> Self {
        plan::without_timeline(Moment::NEVER, BuildResult::Failed)
    }

    pub(crate) fn status(&self, now: Moment, canceled: Option<Moment>) -> BuildStatus {
        if now >= self.finished {
            BuildStatus::Completed
        } else if canceled.is_some_and(|at| now >= at) {
            BuildStatus::Canceling
        } else if now >= self.started {
            BuildStatus::InProgress
        } else {
            BuildStatus::NotStarted
        }
    }

    pub(crate) fn visible_records(&self, now: Moment) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |record| record.appears <= now && now < record.vanishes)
    }

    /// The timeline of an attempt that is over.
    pub(crate) fn earlier(&self, id: &str, now: Moment) -> Option<&Earlier> {
        self.earlier
            .iter()
            .find(|timeline| timeline.id == id && timeline.at <= now)
    }

    /// All records that ever were, in whatever timeline.
    pub(crate) fn all_records(&self) -> impl Iterator<Item = &Record> {
        let of_earlier = self.earlier.iter().flat_map(|timeline| &timeline.records);
        self.records.iter().chain(of_earlier)
    }

    /// The number of a log by its key, once the service has made it.
    pub(crate) fn log_number(&self, key: LogKey, now: Moment) -> Option<usize> {
        let place = self.logs.iter().position(|log| log.key == key)?;
        (self.logs[place].created() <= now).then_some(place + 1)
    }

    /// Whether a record of the build's own timeline refers to the log.
    pub(crate) fn is_current(&self, key: LogKey) -> bool {
        self.records.iter().any(|record| record.log == Some(key))
    }

    pub(crate) fn log(&self, number: usize, now: Moment) -> Option<&Log> {
        let log = self.logs.get(number.checked_sub(1)?)?;
        (log.created() <= now).then_some(log)
    }

    /// The timeline's change number. Stages and lost jobs close without raising it, as in every recorded
    /// timeline, so a reader who waits for a new number misses the end.
    pub(crate) fn change_id(&self, now: Moment) -> usize {
        self.changes.partition_point(|change| *change <= now)
    }

    pub(crate) fn last_change(&self, now: Moment) -> Moment {
        self.changes[..self.change_id(now)]
            .last()
            .copied()
            .unwrap_or(self.expanded)
    }

    pub(crate) fn change_id_of(&self, record: &Record, now: Moment) -> usize {
        let touched = self.touches(record).filter(|touch| *touch <= now).max();
        touched.map_or(0, |touch| self.change_id(touch))
    }

    fn touches<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = Moment> + 'a {
        let is_loud = move |moment: &Moment| !record.closes_quietly || *moment != record.finish;
        let log = self.logs.iter().find(|log| Some(log.key) == record.log);
        let issues = (!record.issues.is_empty()).then_some(record.issues_at);
        let of_record = [record.start, Some(record.finish)]
            .into_iter()
            .flatten()
            .filter(is_loud);
        let others = [
            Some(record.appears),
            log.map(Log::created),
            issues,
            record.moved,
        ];
        of_record.chain(others.into_iter().flatten())
    }

    fn number_logs_and_changes(mut self) -> Self {
        self.logs.sort_by_key(Log::created);
        let mut changes: Vec<Moment> = self
            .all_records()
            .flat_map(|record| self.touches(record))
            .collect();
        changes.sort_unstable();
        changes.dedup();
        self.changes = changes;
        self.outputs.retain(|output| !output.is_empty());
        self.outputs.sort_by_key(|output| output.at);
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BuildStatus {
    NotStarted,
    Postponed,
    InProgress,
    /// The service writes it with two l.
    #[serde(rename = "cancelling")]
    Canceling,
    Completed,
}

/// How long after the end of a job its phase ends; the service needs a moment.
const PHASE_LAG: Span = Span::millis(200);
/// How long after its last phase a stage ends.
const STAGE_LAG: Span = Span::millis(300);
/// How long after its last stage a build ends.
const BUILD_LAG: Span = Span::millis(200);
/// How long after a job's end its log arrives.
const JOB_LOG_LAG: Span = Span::millis(500);

#[cfg(test)]
mod tests {
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
        let numbers = |schedule: &Schedule| -> Vec<Moment> {
            schedule.logs.iter().map(Log::created).collect()
        };
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
}
