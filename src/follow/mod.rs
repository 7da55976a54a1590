//! Following a run to its end: poll, compare, fetch logs, tell.
//!
//! The one place that waits between polls. It knows nothing of GitHub and prints nothing.

mod logs;
mod pace;
mod trouble;

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::azure::{Client, Error};
use crate::build::{
    Build, BuildEvent, BuildId, BuildStatus, LeaveReason, Report, Timeline, Waiting,
};
use crate::shutdown::Shutdown;

pub use pace::Pace;

use logs::Logs;
use trouble::Trouble;

/// How long a canceled run is followed: the runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s
/// later (runner: `ProcessInvoker.cs`), and the summary has to be written before that.
const AFTER_CANCEL: Duration = Duration::from_secs(6);

/// How long a cancel request that is on its way may go on after a second signal.
const AFTER_SECOND_SIGNAL: Duration = Duration::from_secs(1);

/// The pause between cancel requests, as long as they fail.
const BETWEEN_CANCELS: Duration = Duration::from_millis(300);

/// How a run is followed.
#[derive(Debug, Clone, Copy)]
pub struct FollowOptions {
    /// How often to ask.
    pub pace: Pace,
    /// Whether an interrupted step cancels the run.
    pub cancel_on_interrupt: bool,
}

/// A run as far as it was followed.
#[derive(Debug)]
pub struct Followed {
    /// The run as last seen.
    pub build: Build,
    /// Its records as last seen.
    pub timeline: Timeline,
    /// Why following ended.
    pub end: End,
}

/// Why following ended.
#[derive(Debug)]
pub enum End {
    /// The run is over.
    Completed,
    /// The step was interrupted; the run may be over all the same.
    Interrupted,
    /// The service does not let it be followed any more.
    Lost(Error),
}

/// Follows one run.
#[derive(Debug)]
pub struct Follower<'a> {
    client: &'a Client,
    options: FollowOptions,
    logs: Logs<'a>,
    said: HashSet<Waiting>,
    has_started: bool,
    build: Build,
    timeline: Timeline,
}

enum Turn {
    Interrupted,
    OutOfTime,
    Polled(Result<bool, Error>),
}

impl<'a> Follower<'a> {
    /// Prepares to follow a run that was queued.
    #[must_use]
    pub fn new(client: &'a Client, build: Build, options: FollowOptions) -> Self {
        Self {
            client,
            options,
            logs: Logs::new(client, build.id),
            said: HashSet::new(),
            has_started: false,
            build,
            timeline: Timeline::default(),
        }
    }

    /// Follows the run until it is over and everything was shown, or until the step has to end.
    /// Failures that may pass are waited out.
    pub async fn follow(mut self, shutdown: &mut Shutdown, report: &mut dyn Report) -> Followed {
        let mut trouble = Trouble::default();
        let mut pause = Duration::ZERO;
        let mut deadline = None;
        loop {
            // Once the end has been asked for, only a second signal matters.
            let signal = 1 + u8::from(deadline.is_some());
            let lines = self.logs.lines();
            let turn = tokio::select! {
                biased;
                () = shutdown.requested(signal) => Turn::Interrupted,
                () = until(deadline) => Turn::OutOfTime,
                polled = self.poll_after(pause, report) => Turn::Polled(polled),
            };
            if self.logs.lines() > lines {
                trouble = Trouble::default();
            }
            pause = match turn {
                Turn::Interrupted if deadline.is_none() && self.is_worth_following() => {
                    let end = Instant::now() + AFTER_CANCEL;
                    deadline = Some(end);
                    self.cancel(end, shutdown, report).await;
                    Duration::ZERO
                }
                Turn::Interrupted | Turn::OutOfTime => return self.end(End::Interrupted, report),
                Turn::Polled(Ok(true)) if deadline.is_some() => {
                    return self.end(End::Interrupted, report);
                }
                Turn::Polled(Ok(true)) => return self.end(End::Completed, report),
                Turn::Polled(Ok(false)) => {
                    trouble = Trouble::default();
                    let is_hurried = deadline.is_some() || self.is_completed();
                    let asked = self.client.take_retry_after().unwrap_or_default();
                    self.options.pace.pause(is_hurried).max(asked)
                }
                Turn::Polled(Err(error)) => match trouble.pause(error, report) {
                    Ok(pause) => pause,
                    Err(error) => return self.give_up(error, deadline.is_some(), report),
                },
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
        let build = self.client.get_build(self.build.id).await?;
        let timeline = self.client.get_timeline(self.build.id).await?;
        let has_changed = self.build.status != build.status || self.timeline != timeline;
        if !self.has_started && timeline.has_started() {
            self.has_started = true;
            report.event(&BuildEvent::Started(&build));
        }
        self.build = build;
        self.timeline = timeline;
        let lines = self.logs.lines();
        self.logs.show(&self.timeline, report).await?;
        self.options
            .pace
            .saw(has_changed || self.logs.lines() > lines);
        self.say_waiting(report);
        if !self.is_completed() {
            return Ok(false);
        }
        self.logs.drain(&self.timeline, report).await
    }

    /// Says each reason for waiting once.
    fn say_waiting(&mut self, report: &mut dyn Report) {
        let build = &self.build;
        let mut reasons = self.timeline.waiting();
        match &build.status {
            BuildStatus::NotStarted if reasons.is_empty() && self.said.is_empty() => {
                reasons.push(Waiting::Queue(build.queue_position));
            }
            BuildStatus::Postponed => reasons.push(Waiting::Postponed),
            BuildStatus::Canceling => reasons = vec![Waiting::Canceling],
            BuildStatus::Other(word) => reasons.push(Waiting::Unknown(word.clone())),
            BuildStatus::Completed => reasons.clear(),
            BuildStatus::NotStarted | BuildStatus::InProgress => {}
        }
        for reason in reasons {
            if self.said.insert(reason.clone()) {
                report.event(&BuildEvent::Waiting(&reason));
            }
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
    /// After a second signal the request that is on its way has only a moment more.
    async fn cancel(&mut self, end: Instant, shutdown: &mut Shutdown, report: &mut dyn Report) {
        if self.is_completed() {
            return;
        }
        let hurry = async {
            shutdown.requested(2).await;
            sleep_until(Instant::now() + AFTER_SECOND_SIGNAL).await;
        };
        let mut failure = None;
        let is_heard = tokio::select! {
            biased;
            is_heard = ask_to_cancel(self.client, self.build.id, &mut failure) => is_heard,
            () = sleep_until(end) => false,
            () = hurry => false,
        };
        self.said.insert(Waiting::Canceling);
        let error = failure.unwrap_or_else(|| "no answer came in time".to_owned());
        let error = (!is_heard).then_some(error.as_str());
        report.event(&BuildEvent::CancelRequested { error });
    }

    /// What to do when the service refuses to be asked further. The verdict of a run that is over
    /// does not depend on its logs.
    fn give_up(self, error: Error, is_interrupted: bool, report: &mut dyn Report) -> Followed {
        if !self.is_completed() {
            return self.end(End::Lost(error), report);
        }
        report.event(&BuildEvent::LogsUnchecked(&error.to_string()));
        let end = if is_interrupted {
            End::Interrupted
        } else {
            End::Completed
        };
        self.end(end, report)
    }

    fn end(mut self, end: End, report: &mut dyn Report) -> Followed {
        self.logs.close(report);
        let (build, timeline) = (&self.build, &self.timeline);
        let event = if build.is_completed() {
            BuildEvent::Finished { build, timeline }
        } else {
            let reason = match end {
                End::Lost(_) => LeaveReason::Lost,
                End::Interrupted | End::Completed => LeaveReason::Interrupted,
            };
            BuildEvent::Left {
                reason,
                build,
                timeline,
            }
        };
        report.event(&event);
        Followed {
            build: self.build,
            timeline: self.timeline,
            end,
        }
    }
}

/// Sends the cancel request until the service has heard it; the last failure is left in `failure`.
/// Asking twice does no harm. Gives up where asking again does not help.
async fn ask_to_cancel(client: &Client, id: BuildId, failure: &mut Option<String>) -> bool {
    while let Err(error) = client.cancel(id).await {
        *failure = Some(error.to_string());
        if !error.is_transient() && !matches!(error, Error::Unauthorized { .. }) {
            return false;
        }
        sleep_until(Instant::now() + BETWEEN_CANCELS).await;
    }
    true
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
