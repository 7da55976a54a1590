//! What can happen while a run is followed: the interface between following and reporting.

use std::time::Duration;

use super::{Build, LogLine, LogSource, RecordResult, RunPage, Timeline, Waiting};

/// Something a reader may want to know.
#[derive(Debug)]
pub enum BuildEvent<'a> {
    /// The service has accepted the run.
    Queued {
        /// As the service answered.
        build: &'a Build,
        /// 1 for the first run, more after a retry.
        attempt: u32,
        /// Whether an earlier attempt of the workflow job started it.
        is_resumed: bool,
    },
    /// The run left the queue. Its number and commit are final.
    Started(&'a Build),
    /// The run waits. Sent once for each reason.
    Waiting {
        /// For what.
        what: &'a Waiting,
        /// Where a person can do something about it.
        page: &'a RunPage,
    },
    /// The lines that follow are of this log.
    LogOpened(&'a LogSource),
    /// One line of the open log.
    LogLine(LogLine<'a>),
    /// The open log is complete for now.
    LogClosed(&'a LogSource),
    /// A task ran, and its log never came.
    LogMissing(&'a LogSource),
    /// The run is over, but whether its logs were shown completely could not be found out. Why.
    LogsUnchecked(&'a str),
    /// A job has failed whose logs have to wait, because a task of another job is followed.
    JobFailed {
        /// `Stage / Job`.
        title: &'a str,
    },
    /// All logs of a job have been shown.
    JobFinished {
        /// `Stage / Job`.
        title: &'a str,
        /// How it ended.
        result: Option<&'a RecordResult>,
        /// How long it ran.
        duration: Option<Duration>,
        /// How far the run is with it, where it has several.
        progress: Option<RunProgress>,
    },
    /// A request failed in a way that may pass; it is sent again after `pause`. Sent once for each
    /// run of failures.
    ServiceTrouble {
        /// What went wrong, in one sentence.
        error: &'a str,
        /// Until it is sent again.
        pause: Duration,
    },
    /// Azure was asked to cancel the run.
    CancelRequested {
        /// The limit that has passed; nothing when the step was interrupted.
        limit: Option<Limit>,
        /// What went wrong with asking, if anything.
        error: Option<&'a str>,
    },
    /// The run, or a record of it, has changed.
    Progressed {
        /// As last seen.
        build: &'a Build,
        /// Its records as last seen.
        timeline: &'a Timeline,
    },
    /// The run is left to itself, still going.
    Left {
        /// Why.
        reason: LeaveReason,
        /// As last seen.
        build: &'a Build,
        /// Its records as last seen.
        timeline: &'a Timeline,
    },
    /// The run is over.
    Finished {
        /// As the service describes it in the end.
        build: &'a Build,
        /// All its records in the end.
        timeline: &'a Timeline,
    },
    /// Another run is started after `delay`.
    Retrying {
        /// The attempt that comes, from 2.
        attempt: u32,
        /// How many there can be.
        max_attempts: u32,
        /// Until it is queued.
        delay: Duration,
        /// Why, as a clause.
        why: &'a str,
    },
}

/// How many jobs of a run are over and have been shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunProgress {
    /// Those that have been shown.
    pub done: usize,
    /// Those of them that did not do what they should.
    pub failed: usize,
    /// All that are known.
    pub total: usize,
    /// From the first job's start to the last end of those that have been shown.
    pub elapsed: Option<Duration>,
}

/// Why a run is left to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// The workflow was canceled, and there is no time left, or no wish, to see the run's end.
    Interrupted,
    /// It took too long and was asked to end, but has not ended either.
    TimedOut,
    /// Nobody wants to wait for it.
    NotAwaited,
    /// It can no longer be followed.
    Lost,
}

/// A time limit of a run, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Until its first job starts.
    Queue(Duration),
    /// Until it has ended.
    Total(Duration),
}

/// Takes part in telling people what happens.
pub trait Report {
    /// Called for each event, in order.
    fn event(&mut self, event: &BuildEvent<'_>);

    /// Called when there is nothing more to tell for a while, so that nothing is held back.
    fn flush(&mut self);
}
