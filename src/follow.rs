//! Following a run to its end: poll, compare, fetch logs, tell.
//!
//! The one place that waits between polls. It knows nothing of GitHub and prints nothing.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::azure::{Client, Error, backoff};
use crate::build::{
    Build, BuildEvent, BuildId, BuildStatus, JobPath, JobRecords, LeaveReason, LogLine, LogSource,
    RecordState, Report, TaskKey, Timeline, Waiting,
};
use crate::inputs::PollInterval;
use crate::shutdown::Shutdown;

/// How long a canceled run is followed: the runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s
/// later (runner: `ProcessInvoker.cs`), and the summary has to be written before that.
const AFTER_CANCEL: Duration = Duration::from_secs(6);

/// Polls for which the log of a task that has ended, or its last page, may be missing before the next
/// task is shown. The agent uploads it within a second or two; of an agent that was lost it never
/// comes.
const POLLS_FOR_LOG: u32 = 3;

/// Answers of 401 in a row that are taken for a slip of the service while a run is followed.
const STRAY_REFUSALS: u32 = 2;

/// How a run is followed.
#[derive(Debug, Clone, Copy)]
pub struct FollowOptions {
    /// How often to ask.
    pub poll_interval: PollInterval,
    /// Whether an interrupted step cancels the run.
    pub cancel_on_interrupt: bool,
}

/// How following ended.
#[derive(Debug)]
pub enum Followed {
    /// The run is over.
    Completed {
        /// The run in the end.
        build: Build,
        /// Its records in the end.
        timeline: Timeline,
        /// Whether the step was interrupted meanwhile.
        is_interrupted: bool,
    },
    /// The step has to end before the run does.
    Left {
        /// The run as last seen, if it was seen at all.
        build: Option<Build>,
        /// Its records as last seen.
        timeline: Timeline,
    },
}

/// Follows one run.
#[derive(Debug)]
pub struct Follower<'a> {
    client: &'a Client,
    id: BuildId,
    options: FollowOptions,
    /// Which of the runs this is, from 1.
    attempt: u32,
    logs: HashMap<TaskKey, LogProgress>,
    /// The job whose logs are being shown: until it is done, no other job's are.
    focus: Option<JobPath>,
    shown_jobs: HashSet<JobPath>,
    open_log: Option<LogSource>,
    said: HashSet<Waiting>,
    has_started: bool,
    build: Option<Build>,
    timeline: Timeline,
    pace: Pace,
    /// Polls since the run was over while a log was still missing.
    drain_polls: u32,
}

/// What has been shown of one log.
#[derive(Debug, Default)]
struct LogProgress {
    /// Lines shown.
    lines: u64,
    /// Whether the first line is the one with which the agent begins a step.
    has_begun: bool,
    /// Whether the last line shown is the one with which the agent ends a step.
    has_ended: bool,
    /// Polls since the task was over without its log being complete.
    polls_over: u32,
    is_done: bool,
}

enum Turn {
    Interrupted,
    OutOfTime,
    Polled(Result<bool, Error>),
}

impl<'a> Follower<'a> {
    /// Prepares to follow the run `id`, which is attempt number `attempt`.
    #[must_use]
    pub fn new(client: &'a Client, id: BuildId, attempt: u32, options: FollowOptions) -> Self {
        Self {
            client,
            id,
            options,
            attempt,
            logs: HashMap::new(),
            focus: None,
            shown_jobs: HashSet::new(),
            open_log: None,
            said: HashSet::new(),
            has_started: false,
            build: None,
            timeline: Timeline::default(),
            pace: Pace::new(options.poll_interval),
            drain_polls: 0,
        }
    }

    /// Follows the run until it is over, or until the step has to end. Failures that may pass are
    /// waited out; any other error ends it.
    pub async fn follow(
        mut self,
        shutdown: &mut Shutdown,
        report: &mut dyn Report,
    ) -> Result<Followed, Error> {
        let mut trouble = Trouble::default();
        let mut pause = Duration::ZERO;
        let mut signals = 0;
        let mut deadline = None;
        loop {
            let turn = tokio::select! {
                biased;
                () = shutdown.requested(signals + 1) => Turn::Interrupted,
                () = until(deadline) => Turn::OutOfTime,
                polled = self.poll_after(pause, report) => Turn::Polled(polled),
            };
            pause = match turn {
                Turn::Interrupted => {
                    signals += 1;
                    if signals > 1 || !self.options.cancel_on_interrupt {
                        return Ok(self.leave(report));
                    }
                    deadline = Some(Instant::now() + AFTER_CANCEL);
                    self.cancel(shutdown, report).await;
                    Duration::ZERO
                }
                Turn::OutOfTime => return Ok(self.leave(report)),
                Turn::Polled(Ok(true)) => return Ok(self.complete(signals > 0, report)),
                Turn::Polled(Ok(false)) => {
                    trouble = Trouble::default();
                    let asked = self.client.take_retry_after().unwrap_or_default();
                    self.pace.pause(deadline.is_some()).max(asked)
                }
                Turn::Polled(Err(error)) => trouble.pause(error, report)?,
            };
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the follower's pause between polls"
    )]
    async fn poll_after(
        &mut self,
        pause: Duration,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        report.flush();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        self.poll(report).await
    }

    /// Asks once and tells what is new. Says whether the run is over and everything was shown. May
    /// be dropped at any await: what was told is remembered line by line.
    async fn poll(&mut self, report: &mut dyn Report) -> Result<bool, Error> {
        let build = self.client.get_build(self.id).await?;
        let timeline = self.client.get_timeline(self.id).await?;
        self.pace.saw(
            self.timeline != timeline
                || self.build.as_ref().map(|b| &b.status) != Some(&build.status),
        );
        if !self.has_started && timeline.has_started() {
            self.has_started = true;
            report.event(&BuildEvent::Started(&build));
        }
        let is_completed = build.is_completed();
        self.build = Some(build);
        self.timeline = timeline;
        self.show_logs(report).await?;
        self.say_waiting(report);
        if !is_completed {
            return Ok(false);
        }
        self.drain(report).await
    }

    /// Says each reason for waiting once.
    fn say_waiting(&mut self, report: &mut dyn Report) {
        let Some(build) = &self.build else { return };
        let mut reasons = self.timeline.waiting();
        match &build.status {
            BuildStatus::NotStarted if reasons.is_empty() && self.said.is_empty() => {
                reasons.push(Waiting::Queue(build.queue_position));
            }
            BuildStatus::Postponed => reasons.push(Waiting::Postponed),
            BuildStatus::Canceling => reasons = vec![Waiting::Canceling],
            BuildStatus::Other(word) => reasons.push(Waiting::Unknown(word.clone())),
            BuildStatus::Completed => reasons.clear(),
            _ => {}
        }
        for reason in reasons {
            let key = match reason {
                // A new position is the same reason.
                Waiting::Queue(_) => Waiting::Queue(None),
                _ => reason.clone(),
            };
            if self.said.insert(key) {
                report.event(&BuildEvent::Waiting(&reason));
            }
        }
    }

    /// Shows what there is of the logs, one job after the other.
    async fn show_logs(&mut self, report: &mut dyn Report) -> Result<(), Error> {
        loop {
            let timeline = std::mem::take(&mut self.timeline);
            let shown = self.show_next_job(&timeline, report).await;
            self.timeline = timeline;
            if !shown? {
                return Ok(());
            }
        }
    }

    /// Shows one job as far as it goes; says whether it was shown to its end.
    async fn show_next_job(
        &mut self,
        timeline: &Timeline,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let jobs = timeline.jobs();
        let Some(job) = self.choose(&jobs) else {
            return Ok(false);
        };
        let path = job.path();
        if self.focus.as_ref() != Some(&path) {
            self.close_log(report);
            self.focus = Some(path.clone());
        }
        for source in timeline.log_sources(job) {
            if !self.show_log(&source, report).await? {
                return Ok(false);
            }
        }
        if !job.is_over() {
            return Ok(false);
        }
        self.focus = None;
        self.shown_jobs.insert(path);
        if let Some(record) = job.job {
            report.event(&BuildEvent::JobFinished {
                title: &job.title(),
                result: record.result.as_ref(),
                duration: duration(record.started, record.finished),
            });
        }
        Ok(true)
    }

    /// The job to show: the one that is being shown, else one that has failed, one that is over, or
    /// the first that runs.
    fn choose<'t>(&self, jobs: &'t [JobRecords<'t>]) -> Option<&'t JobRecords<'t>> {
        let left = || {
            jobs.iter()
                .filter(|job| !self.shown_jobs.contains(&job.path()))
        };
        let has_failed =
            |job: &JobRecords<'_>| job.record().is_some_and(crate::build::Record::has_failed);
        let is_running = |job: &JobRecords<'_>| {
            job.job
                .is_some_and(|record| record.state == RecordState::InProgress)
        };
        left()
            .find(|job| Some(job.path()) == self.focus)
            .or_else(|| left().find(|job| job.is_over() && has_failed(job)))
            .or_else(|| left().find(|job| job.is_over()))
            .or_else(|| left().find(|job| is_running(job)))
    }

    /// Shows one log as far as it goes; says whether the next one may follow.
    async fn show_log(
        &mut self,
        source: &LogSource,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let progress = self.logs.entry(source.key.clone()).or_default();
        if progress.is_done {
            return Ok(true);
        }
        let before = progress.lines;
        if source.log.is_some() {
            self.read_lines(source, report).await?;
        }
        let progress = self.logs.entry(source.key.clone()).or_default();
        if !source.is_over {
            return Ok(false);
        }
        // A log that does not begin as a step's need not end as one: it is over when it rests.
        let is_quiet = source.log.is_some()
            && !progress.has_begun
            && progress.lines == before
            && progress.polls_over > 0;
        if source.log.is_none() && !source.has_run || progress.has_ended || is_quiet {
            progress.is_done = true;
            self.close_log(report);
            return Ok(true);
        }
        progress.polls_over += 1;
        // What comes later still is shown when the run is over.
        Ok(progress.polls_over > POLLS_FOR_LOG)
    }

    /// Shows the lines of one log that have not been shown.
    async fn read_lines(
        &mut self,
        source: &LogSource,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let Some(log) = source.log else { return Ok(()) };
        let progress = self.logs.entry(source.key.clone()).or_default();
        let open_log = &mut self.open_log;
        self.client
            .read_log(self.id, log, progress.lines + 1, |bytes| {
                if open_log.as_ref().map(|open| &open.key) != Some(&source.key) {
                    if let Some(open) = open_log.take() {
                        report.event(&BuildEvent::LogClosed(&open));
                    }
                    report.event(&BuildEvent::LogOpened(source));
                    *open_log = Some(source.clone());
                }
                let text = String::from_utf8_lossy(bytes);
                let line = LogLine::parse(&text);
                progress.lines += 1;
                progress.has_begun |= progress.lines == 1 && line.begins_step();
                progress.has_ended = line.ends_step();
                report.event(&BuildEvent::LogLine(line));
            })
            .await
    }

    fn close_log(&mut self, report: &mut dyn Report) {
        if let Some(open) = self.open_log.take() {
            report.event(&BuildEvent::LogClosed(&open));
        }
    }

    /// Once the run is over: waits for logs that are still being uploaded, then compares the number
    /// of lines shown with what the service has, and shows what is missing. Says whether all is done.
    async fn drain(&mut self, report: &mut dyn Report) -> Result<bool, Error> {
        let sources: Vec<LogSource> = self
            .timeline
            .jobs()
            .iter()
            .flat_map(|job| self.timeline.log_sources(job))
            .collect();
        let is_missing = |source: &LogSource| {
            source.has_run
                && !self
                    .logs
                    .get(&source.key)
                    .is_some_and(|progress| progress.is_done)
        };
        if sources.iter().any(is_missing) && self.drain_polls < POLLS_FOR_LOG {
            self.drain_polls += 1;
            return Ok(false);
        }
        let counts = self.client.line_counts(self.id).await?;
        for source in sources.iter().filter(|source| source.log.is_some()) {
            let shown = self
                .logs
                .get(&source.key)
                .map_or(0, |progress| progress.lines);
            let there = source
                .log
                .and_then(|log| counts.get(&log))
                .copied()
                .unwrap_or_default();
            if there > shown {
                self.read_lines(source, report).await?;
                self.close_log(report);
            }
        }
        Ok(true)
    }

    /// Asks the service to cancel the run. A second signal ends the asking.
    async fn cancel(&mut self, shutdown: &mut Shutdown, report: &mut dyn Report) {
        let asked = tokio::select! {
            biased;
            () = shutdown.requested(2) => return,
            asked = self.client.cancel(self.id) => asked,
        };
        self.said.insert(Waiting::Canceling);
        let error = asked.err().map(|error| error.to_string());
        report.event(&BuildEvent::CancelRequested {
            error: error.as_deref(),
        });
    }

    fn leave(mut self, report: &mut dyn Report) -> Followed {
        self.close_log(report);
        report.event(&BuildEvent::Left {
            reason: LeaveReason::Interrupted,
            build: self.build.as_ref(),
            timeline: &self.timeline,
        });
        Followed::Left {
            build: self.build,
            timeline: self.timeline,
        }
    }

    fn complete(mut self, is_interrupted: bool, report: &mut dyn Report) -> Followed {
        self.close_log(report);
        let timeline = self.timeline;
        match self.build {
            Some(build) => {
                report.event(&BuildEvent::Finished {
                    build: &build,
                    timeline: &timeline,
                    attempt: self.attempt,
                });
                Followed::Completed {
                    build,
                    timeline,
                    is_interrupted,
                }
            }
            None => Followed::Left {
                build: None,
                timeline,
            },
        }
    }
}

/// A run of failures.
struct Trouble {
    backoff: backon::ExponentialBackoff,
    is_said: bool,
    refusals: u32,
}

impl Default for Trouble {
    fn default() -> Self {
        Self {
            backoff: backoff::patient(),
            is_said: false,
            refusals: 0,
        }
    }
}

impl Trouble {
    /// How long to wait after `error`, or the error where waiting does not help.
    fn pause(&mut self, error: Error, report: &mut dyn Report) -> Result<Duration, Error> {
        let is_stray =
            matches!(error, Error::Unauthorized { .. }) && self.refusals < STRAY_REFUSALS;
        self.refusals += u32::from(is_stray);
        let pause = (error.is_transient() || is_stray)
            .then(|| self.backoff.next())
            .flatten();
        let Some(pause) = pause.map(|pause| backoff::pause(pause, &error)) else {
            return Err(error);
        };
        if !is_stray && !self.is_said {
            self.is_said = true;
            report.event(&BuildEvent::ServiceTrouble {
                error: &error.to_string(),
                pause,
            });
        }
        Ok(pause)
    }
}

/// The pause between polls.
#[derive(Debug)]
struct Pace {
    interval: PollInterval,
    pause: Duration,
}

impl Pace {
    const FAST: Duration = Duration::from_secs(1);
    const SLOW: Duration = Duration::from_secs(15);

    fn new(interval: PollInterval) -> Self {
        Self {
            interval,
            pause: Self::FAST,
        }
    }

    fn saw(&mut self, change: bool) {
        self.pause = if change {
            Self::FAST
        } else {
            self.pause.mul_f64(1.5).min(Self::SLOW)
        };
    }

    fn pause(&self, is_hurried: bool) -> Duration {
        match self.interval {
            PollInterval::Fixed(interval) if is_hurried => interval.min(Self::FAST),
            PollInterval::Fixed(interval) => interval,
            PollInterval::Auto if is_hurried => Self::FAST / 2,
            PollInterval::Auto => self.pause,
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The time between two of Azure's stamps.
#[must_use]
pub fn duration(
    started: Option<DateTime<Utc>>,
    finished: Option<DateTime<Utc>>,
) -> Option<Duration> {
    (finished? - started?).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_slow_down_while_nothing_changes() {
        let mut pace = Pace::new(PollInterval::Auto);
        assert_eq!(pace.pause(false), Duration::from_secs(1));
        for _ in 0..20 {
            pace.saw(false);
        }
        assert_eq!(pace.pause(false), Duration::from_secs(15));
        pace.saw(true);
        assert_eq!(pace.pause(false), Duration::from_secs(1));
        assert_eq!(pace.pause(true), Duration::from_millis(500));
        let fixed = Pace::new(PollInterval::Fixed(Duration::from_millis(1)));
        assert_eq!(fixed.pause(false), Duration::from_millis(1));
    }
}
