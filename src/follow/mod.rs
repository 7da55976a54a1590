//! Following a run to its end: poll, compare, fetch logs, tell.
//!
//! The one place that waits between polls. It knows nothing of GitHub and prints nothing.

mod logs;
mod pace;
mod trouble;

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

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

/// How a run is followed.
#[derive(Debug, Clone, Copy)]
pub struct FollowOptions {
    /// How often to ask.
    pub pace: Pace,
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
    logs: Logs<'a>,
    said: HashSet<Waiting>,
    has_started: bool,
    build: Option<Build>,
    timeline: Timeline,
}

enum Turn {
    Interrupted,
    OutOfTime,
    Polled(Result<bool, Error>),
}

impl<'a> Follower<'a> {
    /// Prepares to follow the run `id`.
    #[must_use]
    pub fn new(client: &'a Client, id: BuildId, options: FollowOptions) -> Self {
        Self {
            client,
            id,
            options,
            logs: Logs::new(client, id),
            said: HashSet::new(),
            has_started: false,
            build: None,
            timeline: Timeline::default(),
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
        let mut deadline = None;
        loop {
            // Once the run has been asked to cancel, only a second signal matters.
            let signal = 1 + u8::from(deadline.is_some());
            let turn = tokio::select! {
                biased;
                () = shutdown.requested(signal) => Turn::Interrupted,
                () = until(deadline) => Turn::OutOfTime,
                polled = self.poll_after(pause, report) => Turn::Polled(polled),
            };
            pause = match turn {
                Turn::Interrupted if deadline.is_none() && self.options.cancel_on_interrupt => {
                    deadline = Some(Instant::now() + AFTER_CANCEL);
                    self.cancel(shutdown, report).await;
                    Duration::ZERO
                }
                Turn::Interrupted | Turn::OutOfTime => {
                    return Ok(self.leave(LeaveReason::Interrupted, report));
                }
                Turn::Polled(Ok(true)) => return Ok(self.complete(deadline.is_some(), report)),
                Turn::Polled(Ok(false)) => {
                    trouble = Trouble::default();
                    let asked = self.client.take_retry_after().unwrap_or_default();
                    self.options.pace.pause(deadline.is_some()).max(asked)
                }
                Turn::Polled(Err(error)) => match trouble.pause(error, report) {
                    Ok(pause) => pause,
                    Err(error) => {
                        self.leave(LeaveReason::Lost, report);
                        return Err(error);
                    }
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
        let build = self.client.get_build(self.id).await?;
        let timeline = self.client.get_timeline(self.id).await?;
        let old_status = self.build.as_ref().map(|build| &build.status);
        let has_changed = old_status != Some(&build.status) || self.timeline != timeline;
        self.options.pace.saw(has_changed);
        if !self.has_started && timeline.has_started() {
            self.has_started = true;
            report.event(&BuildEvent::Started(&build));
        }
        let is_completed = build.is_completed();
        self.build = Some(build);
        self.timeline = timeline;
        self.logs.show(&self.timeline, report).await?;
        self.say_waiting(report);
        if !is_completed {
            return Ok(false);
        }
        self.logs.drain(&self.timeline, report).await
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
            BuildStatus::NotStarted | BuildStatus::InProgress => {}
        }
        for reason in reasons {
            if self.said.insert(reason.clone()) {
                report.event(&BuildEvent::Waiting(&reason));
            }
        }
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

    fn leave(mut self, reason: LeaveReason, report: &mut dyn Report) -> Followed {
        self.logs.close(report);
        report.event(&BuildEvent::Left {
            reason,
            build: self.build.as_ref(),
            timeline: &self.timeline,
        });
        Followed::Left {
            build: self.build,
            timeline: self.timeline,
        }
    }

    fn complete(mut self, is_interrupted: bool, report: &mut dyn Report) -> Followed {
        self.logs.close(report);
        let timeline = self.timeline;
        match self.build {
            Some(build) => {
                report.event(&BuildEvent::Finished {
                    build: &build,
                    timeline: &timeline,
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

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
