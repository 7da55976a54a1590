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
#[cfg(test)]
mod tests;
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
