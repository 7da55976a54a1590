//! Following a run to its end: poll, compare, fetch logs, tell.
//!
//! The one place that waits between polls. It knows nothing of GitHub and prints nothing.

mod cancel;
mod clock;
mod earlier;
mod feed;
mod limits;
mod logs;
mod pace;
mod poll;
mod trouble;

use std::time::Duration;

use crate::azure::{Client, Error};
use crate::build::{
    Build, BuildEvent, BuildStatus, LeaveReason, Limit, Report, ShownLogs, Timeline, Waits,
};
use crate::shutdown::Shutdown;

pub use clock::Clock;
pub use limits::Limits;
pub use pace::Pace;

use cancel::cancel;
use clock::Moment;
use earlier::Earlier;
use logs::Logs;
use trouble::Trouble;

/// How long a canceled run is followed: the runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s
/// later (runner: `ProcessInvoker.cs`), and the summary has to be written before that.
const AFTER_CANCEL: Duration = Duration::from_secs(6);

/// How long a run whose time is up is followed: agents give tasks that always run five minutes
/// unless the YAML says otherwise (`cancelTimeoutInMinutes`).
const AFTER_LIMIT: Duration = Duration::from_mins(6);

/// How long the run may take to say whether it is over, before it is canceled because of a limit.
const LOOK: Duration = Duration::from_secs(2);

/// How long a run that was retried in place may still be called completed.
const RETRY_BEGINS: Duration = Duration::from_mins(1);

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
    earlier: Earlier<'a>,
    /// Set while a retry in place may not show yet: until when, and how many attempts there were before.
    retried: Option<(Moment, u32)>,
}

/// What ended a pause or a poll.
enum Turn {
    /// A signal that matters.
    Interrupted,
    /// The run has no time left.
    OutOfTime,
    /// The poll itself: whether the run is over and everything was shown.
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
    fn is_interrupted(self) -> bool {
        self.limit.is_none()
    }

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
            earlier: Earlier::new(client, build.id, options.clock),
            waits: Waits::default(),
            start: options.clock.now(),
            has_started: false,
            build,
            build_seen: None,
            polls: 0,
            timeline: Timeline::default(),
            timeline_seen: options.clock.now(),
            looks_in_doubt: 0,
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
        self.earlier.skip(&timeline);
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
            let is_interrupted = ending.is_some_and(Ending::is_interrupted);
            let lines = self.logs.lines();
            let turn = self.turn(pause, ending, shutdown, report).await;
            if self.logs.lines() > lines {
                trouble = Trouble::default();
            }
            pause = match turn {
                Turn::Interrupted if !is_interrupted && self.is_worth_following() => {
                    ending = Some(self.interrupt(ending, shutdown, report).await);
                    Duration::ZERO
                }
                Turn::OutOfTime if ending.is_none() => {
                    ending = self.enforce_limit(shutdown, report).await;
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

    /// Polls after a pause, unless something comes before the poll is done.
    async fn turn(
        &mut self,
        pause: Duration,
        ending: Option<Ending>,
        shutdown: &mut Shutdown,
        report: &mut dyn Report,
    ) -> Turn {
        let clock = self.options.clock;
        // Once the end has been asked for by a signal, only a second one matters.
        let signal = 1 + u8::from(ending.is_some_and(Ending::is_interrupted));
        let limit = self.limit().map(|(when, _)| when);
        let deadline = ending.map_or(limit, |ending| Some(ending.until));
        tokio::select! {
            biased;
            () = shutdown.requested(signal) => Turn::Interrupted,
            () = until(clock, deadline) => Turn::OutOfTime,
            polled = self.poll_after(pause, report) => Turn::Polled(polled),
        }
    }

    /// Cancels the run because of a signal.
    async fn interrupt(
        &mut self,
        ending: Option<Ending>,
        shutdown: &mut Shutdown,
        report: &mut dyn Report,
    ) -> Ending {
        let until = self.options.clock.now() + AFTER_CANCEL;
        let is_heard = match ending {
            Some(ending) if ending.is_heard => true,
            _ => self.cancel(until, shutdown, report, None).await,
        };
        Ending {
            until,
            limit: None,
            is_heard,
        }
    }

    /// Cancels the run if it has taken too long.
    async fn enforce_limit(
        &mut self,
        shutdown: &mut Shutdown,
        report: &mut dyn Report,
    ) -> Option<Ending> {
        // The poll that was broken off may have seen that the limit counts no longer, or may
        // have read logs while the run ended.
        self.look(shutdown).await;
        let now = self.options.clock.now();
        let (_, limit) = self.limit().filter(|(when, _)| *when <= now)?;
        let until = now + AFTER_LIMIT;
        let is_heard = self.cancel(until, shutdown, report, Some(limit)).await;
        Some(Ending {
            until,
            limit: Some(limit),
            is_heard,
        })
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

    /// Says that the token could not be renewed in time, although it still holds.
    fn say_sign_in_trouble(&self, report: &mut dyn Report) {
        if let Some((error, pause)) = self.client.take_sign_in_trouble() {
            let error = &error.to_string();
            report.event(&BuildEvent::ServiceTrouble { error, pause });
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

    /// Cancels the run, for which there is time until `end`; says whether the service has heard.
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
        let heard = cancel(
            self.client,
            self.build.id,
            self.options.clock,
            end,
            shutdown,
        )
        .await;
        self.waits.knows_of_canceling();
        let error = heard.as_ref().err().map(String::as_str);
        report.event(&BuildEvent::CancelRequested { error, limit });
        heard.is_ok()
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

async fn until(clock: Clock, deadline: Option<Moment>) {
    match deadline {
        Some(deadline) => clock.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
