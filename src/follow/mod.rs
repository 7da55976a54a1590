//! Following a run to its end: poll, compare, fetch logs, tell.
//!
//! The one place that waits between polls. It knows nothing of GitHub and prints nothing.

mod clock;
mod feed;
mod limits;
mod logs;
mod pace;
mod trouble;

use std::collections::HashSet;
use std::time::Duration;

use crate::azure::{Client, Error};
use crate::build::{
    Build, BuildEvent, BuildId, BuildStatus, LeaveReason, Limit, Report, ShownLogs, Timeline, Waits,
};
use crate::shutdown::Shutdown;

pub use clock::Clock;
pub use limits::Limits;
pub use pace::Pace;

use clock::Moment;
use logs::{Logs, Look};
use trouble::Trouble;

/// How long a canceled run is followed: the runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s
/// later (runner: `ProcessInvoker.cs`), and the summary has to be written before that.
const AFTER_CANCEL: Duration = Duration::from_secs(6);

/// How long a run whose time is up is followed: agents give tasks that always run five minutes
/// unless the YAML says otherwise (`cancelTimeoutInMinutes`).
const AFTER_LIMIT: Duration = Duration::from_mins(6);

/// How long the run may take to say whether it is over, before it is canceled because of a limit.
const LOOK: Duration = Duration::from_secs(2);

/// How long a cancel request that is on its way may go on after a second signal.
const AFTER_SECOND_SIGNAL: Duration = Duration::from_secs(1);

/// The pause after a cancel request that failed; it doubles up to the longest.
const BETWEEN_CANCELS: Duration = Duration::from_millis(300);
const LONGEST_BETWEEN_CANCELS: Duration = Duration::from_secs(5);

/// How long the run itself may go unasked while a task's lines are followed: its timeline tells
/// nearly everything sooner.
const BUILD_INTERVAL: Duration = Duration::from_secs(5);

/// How many polls at least ask for a task's lines before one asks for the run instead, however long
/// the pauses between them are.
const BUILD_POLLS: u32 = 3;

/// How long a run that was retried in place may still be called completed.
const RETRY_BEGINS: Duration = Duration::from_mins(1);

/// How long after a retry the last logs of the attempt before it may still come.
const UPLOAD: Duration = Duration::from_secs(10);

/// How often a run that is called completed is looked at again while its records do not say so: they
/// may be missing for a moment, or belong to an attempt that somebody has just begun. Runs that
/// never had any records exist.
const LOOKS_IN_DOUBT: u8 = 4;

/// How a run is followed.
#[derive(Debug, Clone, Copy)]
pub struct FollowOptions {
    /// How often to ask.
    pub pace: Pace,
    /// The clock that pauses and limits go by.
    pub clock: Clock,
    /// How long the run may take.
    pub limits: Limits,
    /// Whose logs are shown.
    pub logs: ShownLogs,
    /// Whether lines are shown live, before their log exists. They have no time stamps.
    pub live: bool,
    /// Whether an interrupted step cancels the run.
    pub cancel_on_interrupt: bool,
}

/// Why following ended.
#[derive(Debug)]
pub enum End {
    /// The run is over.
    Completed,
    /// The step was interrupted; the run may be over all the same.
    Interrupted,
    /// The run took too long and was canceled; it may be over by now.
    TimedOut(Limit),
    /// The service does not let it be followed any more.
    Lost(Error),
}

/// Follows one run.
#[derive(Debug)]
pub struct Follower<'a> {
    client: &'a Client,
    options: FollowOptions,
    logs: Logs<'a>,
    waits: Waits,
    start: Moment,
    has_started: bool,
    build: Build,
    /// When the run itself was last asked for.
    build_seen: Option<Moment>,
    /// How many polls there have been since.
    polls: u32,
    timeline: Timeline,
    /// When the timeline was last seen.
    timeline_seen: Moment,
    /// How often the run was called completed without records that say so.
    looks_in_doubt: u8,
    /// The records of earlier attempts, which are no longer in the run's timeline.
    earlier: Vec<Timeline>,
    /// When the last of them was found.
    earlier_since: Moment,
    /// The ids of earlier timelines that have been fetched, or need not be.
    known_earlier: HashSet<String>,
    /// Set while a retry in place may not show yet: until when, and how many attempts there were before.
    retried: Option<(Moment, u32)>,
}

enum Turn {
    Interrupted,
    OutOfTime,
    Polled(Result<bool, Error>),
}

/// The run was asked to end, and is followed until then.
#[derive(Clone, Copy)]
struct Ending {
    until: Moment,
    /// Nothing when the step was interrupted.
    limit: Option<Limit>,
    /// Whether the service has heard that the run is to be canceled.
    is_heard: bool,
}

impl Ending {
    fn end(self) -> End {
        self.limit.map_or(End::Interrupted, End::TimedOut)
    }
}

impl<'a> Follower<'a> {
    /// Prepares to follow a run. Its time limits count from now on.
    #[must_use]
    pub fn new(client: &'a Client, build: Build, options: FollowOptions) -> Self {
        Self {
            client,
            options,
            logs: Logs::new(client, &build, options.logs, options.live),
            waits: Waits::default(),
            start: options.clock.now(),
            has_started: false,
            build,
            build_seen: None,
            polls: 0,
            timeline: Timeline::default(),
            timeline_seen: options.clock.now(),
            looks_in_doubt: 0,
            earlier: Vec::new(),
            earlier_since: Moment::ZERO,
            known_earlier: HashSet::new(),
            retried: None,
        }
    }

    /// The run as last seen.
    #[must_use]
    pub fn build(&self) -> &Build {
        &self.build
    }

    /// Its records as last seen.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Takes the logs of what is over in `timeline` for shown, and `timeline` for what was seen last.
    pub fn skip(&mut self, timeline: Timeline) {
        self.logs.skip(&timeline);
        let earlier = timeline.earlier();
        self.known_earlier
            .extend(earlier.into_iter().map(str::to_owned));
        self.timeline = timeline;
    }

    /// Takes note that the run, which was over, has been retried in place: [`follow`](Self::follow)
    /// then shows what is new. The service may call the run completed for a moment longer.
    pub fn retried(&mut self) {
        let until = self.options.clock.now() + RETRY_BEGINS;
        self.retried = Some((until, self.timeline.attempts()));
        self.build_seen = None;
        // It is to be canceled if the step is interrupted before the first look.
        self.build.status = BuildStatus::InProgress;
        self.build.result = None;
    }

    /// Follows the run until it is over and everything was shown, or until the step has to end.
    /// Failures that may pass are waited out.
    pub async fn follow(&mut self, shutdown: &mut Shutdown, report: &mut dyn Report) -> End {
        let mut trouble = Trouble::default();
        let mut pause = Duration::ZERO;
        let mut ending: Option<Ending> = None;
        loop {
            let clock = self.options.clock;
            // Once the end has been asked for by a signal, only a second one matters.
            let is_interrupted = ending.is_some_and(|ending| ending.limit.is_none());
            let signal = 1 + u8::from(is_interrupted);
            let limit = self.limit().map(|(when, _)| when);
            let deadline = ending.map_or(limit, |ending| Some(ending.until));
            let lines = self.logs.lines();
            let turn = tokio::select! {
                biased;
                () = shutdown.requested(signal) => Turn::Interrupted,
                () = until(clock, deadline) => Turn::OutOfTime,
                polled = self.poll_after(pause, report) => Turn::Polled(polled),
            };
            if self.logs.lines() > lines {
                trouble = Trouble::default();
            }
            pause = match turn {
                Turn::Interrupted if !is_interrupted && self.is_worth_following() => {
                    let until = clock.now() + AFTER_CANCEL;
                    let is_heard = match ending {
                        Some(ending) if ending.is_heard => true,
                        _ => self.cancel(until, shutdown, report, None).await,
                    };
                    ending = Some(Ending {
                        until,
                        limit: None,
                        is_heard,
                    });
                    Duration::ZERO
                }
                Turn::OutOfTime if ending.is_none() => {
                    // The poll that was broken off may have seen that the limit counts no longer, or may
                    // have read logs while the run ended.
                    self.look(shutdown).await;
                    let passed = self.limit().filter(|(when, _)| *when <= clock.now());
                    if let Some((_, limit)) = passed {
                        let (until, limit) = (clock.now() + AFTER_LIMIT, Some(limit));
                        let is_heard = self.cancel(until, shutdown, report, limit).await;
                        ending = Some(Ending {
                            until,
                            limit,
                            is_heard,
                        });
                    }
                    Duration::ZERO
                }
                Turn::Interrupted => return self.end(End::Interrupted, report),
                Turn::OutOfTime | Turn::Polled(Ok(true)) => {
                    return self.end(ending.map_or(End::Completed, Ending::end), report);
                }
                Turn::Polled(Ok(false)) => {
                    trouble = Trouble::default();
                    self.say_sign_in_trouble(report);
                    let is_hurried = is_interrupted || self.is_completed();
                    let asked = self.client.take_retry_after().unwrap_or_default();
                    self.options.pace.pause(is_hurried).max(asked)
                }
                Turn::Polled(Err(error)) => match trouble.pause(error, report) {
                    Ok(pause) => pause,
                    Err(error) => return self.give_up(error, ending, report),
                },
            };
        }
    }

    /// When the run has taken too long, and by which limit; nothing once it is over.
    fn limit(&self) -> Option<(Moment, Limit)> {
        let limits = self.options.limits;
        let next = limits
            .next(self.has_started)
            .filter(|_| !self.is_completed());
        next.map(|(after, limit)| (self.start + after, limit))
    }

    /// Asks for the run alone, with little patience.
    async fn look(&mut self, shutdown: &mut Shutdown) {
        let clock = self.options.clock;
        tokio::select! {
            biased;
            () = shutdown.requested(1) => {}
            () = clock.sleep(LOOK) => {}
            // If it cannot be asked for, it is taken to be what it was.
            _ = self.get_build() => {}
        }
    }

    async fn poll_after(
        &mut self,
        pause: Duration,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        report.flush();
        self.options.clock.sleep(pause).await;
        self.poll(report).await
    }

    /// Asks once and tells what is new. Says whether the run is over and everything was shown. May
    /// be dropped at any await: what was told is remembered line by line.
    ///
    /// When nothing has changed this takes two requests at most: the timeline, and the run itself or
    /// the lines of the task that is followed.
    async fn poll(&mut self, report: &mut dyn Report) -> Result<bool, Error> {
        let (is_build_due, before) = (self.is_build_due(), self.build.status.clone());
        self.polls = self.polls.saturating_add(1);
        if is_build_due {
            self.get_build().await?;
        }
        let mut timeline = self.client.get_timeline(self.build.id).await?;
        if timeline.is_over() && !is_build_due && !self.is_completed() {
            self.get_build().await?;
            if self.is_completed() {
                // Its last records may have changed since.
                timeline = self.client.get_timeline(self.build.id).await?;
            }
        }
        let is_doubtful = !timeline.is_over();
        if timeline.is_empty() {
            // A run that had records has them still: this is a slip of the service.
            timeline = self.timeline.clone();
        } else {
            self.timeline_seen = self.options.clock.now();
        }
        let has_changed = self.build.status != before || timeline != self.timeline;
        self.get_earlier(&timeline).await?;
        if !self.has_started && timeline.has_started() {
            if !is_build_due {
                self.get_build().await?;
            }
            self.has_started = true;
            report.event(&BuildEvent::Started(&self.build));
        }
        self.timeline = timeline;
        if has_changed {
            let (build, timeline) = (&self.build, &self.timeline);
            report.event(&BuildEvent::Progressed { build, timeline });
        }
        self.show(has_changed, is_build_due, report).await?;
        self.say_waiting(report);
        if !self.is_completed() {
            self.retried = None;
        }
        if !self.is_completed() || self.is_retry_awaited() {
            self.looks_in_doubt = 0;
            self.logs.goes_on();
            return Ok(false);
        }
        if is_doubtful && self.looks_in_doubt < LOOKS_IN_DOUBT {
            self.looks_in_doubt += 1;
            self.build_seen = None;
            return Ok(false);
        }
        self.logs
            .drain(&self.earlier, &self.timeline, self.timeline_seen, report)
            .await
    }

    /// Shows what is new in the logs.
    async fn show(
        &mut self,
        has_changed: bool,
        is_build_due: bool,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let lines = self.logs.lines();
        let look = Look {
            seen: self.timeline_seen,
            follows: has_changed || !is_build_due,
        };
        let shown = self
            .logs
            .show(&self.earlier, &self.timeline, look, report)
            .await;
        let has_grown = self.logs.lines() > lines;
        let now = self.options.clock.now();
        self.options.pace.saw(has_changed || has_grown, now);
        shown
    }

    /// Whether the run itself is to be asked for, and not its timeline alone.
    fn is_build_due(&self) -> bool {
        let now = self.options.clock.now();
        let is_old = |seen| now.saturating_sub(seen) >= BUILD_INTERVAL;
        match self.build_seen {
            Some(seen) if self.is_completed() => is_old(seen),
            Some(seen) => !self.logs.is_following() || self.polls >= BUILD_POLLS && is_old(seen),
            None => true,
        }
    }

    async fn get_build(&mut self) -> Result<(), Error> {
        self.build = self.client.get_build(self.build.id).await?;
        self.build_seen = Some(self.options.clock.now());
        self.polls = 0;
        Ok(())
    }

    /// Fetches the records of earlier attempts, which `timeline` no longer has.
    async fn get_earlier(&mut self, timeline: &Timeline) -> Result<(), Error> {
        for id in timeline.earlier() {
            if !self.known_earlier.contains(id) {
                let found = self.client.get_earlier_timeline(self.build.id, id).await;
                self.earlier.extend(absent(found)?);
                self.earlier_since = self.options.clock.now();
                self.known_earlier.insert(id.to_owned());
            }
        }
        self.refresh_earlier().await
    }

    /// Fetches once more what was retried so soon that its last logs had not come yet.
    async fn refresh_earlier(&mut self) -> Result<(), Error> {
        if self.options.clock.now() > self.earlier_since + UPLOAD {
            return Ok(());
        }
        for timeline in &mut self.earlier {
            let Some(id) = timeline.id().filter(|_| self.logs.lacks(timeline)) else {
                continue;
            };
            let found = self.client.get_earlier_timeline(self.build.id, id).await;
            if let Some(found) = absent(found)?.filter(|found| !found.is_empty()) {
                *timeline = found;
            }
        }
        Ok(())
    }

    /// Whether the run was retried in place, and this does not show yet, or only in the timeline: the
    /// run itself was asked for before.
    fn is_retry_awaited(&mut self) -> bool {
        let Some((until, before)) = self.retried else {
            return false;
        };
        self.build_seen = None;
        if self.timeline.attempts() > before || self.options.clock.now() > until {
            self.retried = None;
        }
        true
    }

    /// Says that the token could not be renewed in time, although it still holds.
    fn say_sign_in_trouble(&self, report: &mut dyn Report) {
        if let Some((error, pause)) = self.client.take_sign_in_trouble() {
            let error = &error.to_string();
            report.event(&BuildEvent::ServiceTrouble { error, pause });
        }
    }

    /// Says each reason for waiting once.
    fn say_waiting(&mut self, report: &mut dyn Report) {
        let page = &self.build.page;
        for what in &self.waits.news(&self.build, &self.timeline) {
            report.event(&BuildEvent::Waiting { what, page });
        }
    }

    fn is_completed(&self) -> bool {
        self.build.is_completed()
    }

    /// Whether an interrupted step still has something to do: cancel the run, or show the rest of
    /// one that is over.
    fn is_worth_following(&self) -> bool {
        self.options.cancel_on_interrupt || self.is_completed()
    }

    /// Asks the service to cancel the run, again and again until it has heard or `end` has come.
    /// Says whether it has heard. After a further signal the request that is on its way has only a moment more.
    async fn cancel(
        &mut self,
        end: Moment,
        shutdown: &mut Shutdown,
        report: &mut dyn Report,
        limit: Option<Limit>,
    ) -> bool {
        if self.is_completed() {
            return true;
        }
        let clock = self.options.clock;
        let signal = shutdown.count().saturating_add(1);
        let hurry = async {
            shutdown.requested(signal).await;
            clock.sleep(AFTER_SECOND_SIGNAL).await;
        };
        let mut failure = None;
        let is_heard = tokio::select! {
            biased;
            is_heard = ask_to_cancel(self.client, self.build.id, clock, &mut failure) => is_heard,
            () = clock.sleep_until(end) => false,
            () = hurry => false,
        };
        self.waits.knows_of_canceling();
        let error = failure.unwrap_or_else(|| "no answer came in time".to_owned());
        let error = (!is_heard).then_some(error.as_str());
        report.event(&BuildEvent::CancelRequested { error, limit });
        is_heard
    }

    /// What to do when the service refuses to be asked further. The verdict of a run that is over
    /// does not depend on its logs.
    fn give_up(&mut self, error: Error, ending: Option<Ending>, report: &mut dyn Report) -> End {
        if !self.is_completed() {
            return self.end(End::Lost(error), report);
        }
        report.event(&BuildEvent::LogsUnchecked(&error.to_string()));
        self.end(ending.map_or(End::Completed, Ending::end), report)
    }

    fn end(&mut self, end: End, report: &mut dyn Report) -> End {
        self.logs.close(report);
        let (build, timeline) = (&self.build, &self.timeline);
        let event = if build.is_completed() {
            BuildEvent::Finished { build, timeline }
        } else {
            let reason = match end {
                End::Lost(_) => LeaveReason::Lost,
                End::TimedOut(_) => LeaveReason::TimedOut,
                End::Interrupted | End::Completed => LeaveReason::Interrupted,
            };
            BuildEvent::Left {
                reason,
                build,
                timeline,
            }
        };
        report.event(&event);
        end
    }
}

/// Sends the cancel request until the service has heard it; the last failure is left in `failure`.
/// Asking twice does no harm. Gives up where asking again does not help.
async fn ask_to_cancel(
    client: &Client,
    id: BuildId,
    clock: Clock,
    failure: &mut Option<String>,
) -> bool {
    let mut pause = BETWEEN_CANCELS;
    while let Err(error) = client.cancel(id).await {
        *failure = Some(error.to_string());
        if !error.is_transient() && !matches!(error, Error::Unauthorized { .. }) {
            return false;
        }
        clock.sleep(pause).await;
        pause = (2 * pause).min(LONGEST_BETWEEN_CANCELS);
    }
    true
}

/// What is not there is no error.
fn absent<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(Error::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}

async fn until(clock: Clock, deadline: Option<Moment>) {
    match deadline {
        Some(deadline) => clock.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
