//! What every command works with, and what those that follow a run share.

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::Instant;

use super::github;
use super::held::{Held, HeldRun};
use super::publisher::Publisher;
use crate::Work;
use crate::azure::{Authorization, Client, Patience, backoff};
use crate::build::{Build, BuildId, Published};
use crate::follow::{Clock, End, FollowOptions, Follower, Limits, Pace};
use crate::github::api::{Api, ApiError};
use crate::github::context::Context;
use crate::github::files;
use crate::inputs::{Inputs, PollInterval};
use crate::network::Network;
use crate::outcome::Outcome;
use crate::report::{self, ActionOutput, Reports, wording};
use crate::shutdown::Shutdown;
use crate::untrusted::Markdown;

/// How long the service is asked for what a run published.
const PUBLISHED_TIME: Duration = Duration::from_secs(10);

/// How long an interrupted step tells GitHub of the end: its run was followed for six seconds already,
/// and the runner kills it after ten (runner: `ProcessInvoker.cs`).
const TELLING_AFTER_INTERRUPT: Duration = Duration::from_secs(2);

/// One step of a workflow: what it was told, whom it talks to, and where it tells.
pub(super) struct Step<'a, W: Write> {
    pub(super) inputs: &'a Inputs,
    pub(super) context: &'a Context,
    pub(super) network: Network,
    /// Shared with the follower, which borrows it while the step goes on.
    pub(super) client: Rc<Client>,
    pub(super) shutdown: &'a mut Shutdown,
    pub(super) reports: &'a mut Reports<W>,
    held: &'a Held,
    /// Who tells GitHub of the run, if anybody does.
    pub(super) publisher: Option<Publisher>,
    /// Whether it was said that GitHub is asked in the clear.
    is_warned: bool,
    start: Instant,
}

impl<'a, W: Write> Step<'a, W> {
    /// Prepares the clients; nothing is sent.
    pub(super) fn new(
        inputs: &'a Inputs,
        context: &'a Context,
        (network, patience): (Network, Patience),
        shutdown: &'a mut Shutdown,
        reports: &'a mut Reports<W>,
        held: &'a Held,
    ) -> anyhow::Result<Self> {
        let authorization = Authorization::new(&inputs.sign_in, &network, reports.new_secrets())?;
        let client = Client::new(network.clone(), inputs.project.clone(), authorization)
            .with_patience(patience);
        if inputs.project.is_plain_http() {
            reports.warning(&wording::plain_http(
                "`azure-devops-project-url`",
                &inputs.project.host(),
            ));
        }
        Ok(Self {
            inputs,
            context,
            network,
            client: Rc::new(client),
            shutdown,
            reports,
            held,
            publisher: None,
            is_warned: false,
            start: Instant::now(),
        })
    }

    /// GitHub's API for the workflow's repository. Says so, once, where the token travels to it in the clear.
    pub(super) fn github(&mut self) -> Result<Api, ApiError> {
        let api = github::api(&self.network, self.inputs, self.context)?;
        let host = github::host_in_the_clear(self.inputs, self.context);
        if let Some(host) = host.filter(|_| !self.is_warned) {
            self.is_warned = true;
            let warning = wording::plain_http("GITHUB_API_URL", &host);
            self.reports.warning(&warning);
        }
        Ok(api)
    }

    /// The run as it is now; nothing if the step is interrupted first.
    pub(super) async fn get_build(&self, id: BuildId) -> anyhow::Result<Option<Build>> {
        let answer = Box::pin(async { Ok(backoff::resend(|| self.client.get_build(id)).await?) });
        self.unless_interrupted(answer).await
    }

    /// How often the service is asked.
    pub(super) fn pace(&self) -> Pace {
        match self.inputs.follow.poll_interval {
            PollInterval::Auto => Pace::auto(),
            PollInterval::Fixed(interval) => Pace::fixed(interval),
        }
    }

    /// How long a run that is followed from now on may take.
    fn limits(&self) -> Limits {
        Limits {
            queue: self.inputs.follow.queue_timeout,
            total: self.inputs.follow.timeout,
            spent: self.start.elapsed(),
        }
    }

    /// Whether something that begins after `delay` can begin within `timeout`; says so if not.
    pub(super) fn has_time_after(&mut self, delay: Duration) -> bool {
        let timeout = self.inputs.follow.timeout;
        let has_time = timeout.is_none_or(|timeout| self.start.elapsed() + delay < timeout);
        if !has_time {
            self.reports.line(&wording::no_time_left());
        }
        has_time
    }

    /// Writes what is known of a run before it is followed, and holds it where it must not go on
    /// without this step.
    pub(super) fn write_known(&mut self, build: &Build, attempt: u32) {
        self.hold(HeldRun::Known(build.id));
        self.write_outputs(&report::queued(build, attempt));
    }

    /// Holds a run in place of the one that was held, if it must not go on without this step.
    pub(super) fn hold(&mut self, run: HeldRun) {
        if self.inputs.follow.cancel_on_interrupt {
            self.replace_held(Some(run));
        }
    }

    /// Lets go of the run that was held: it is over, may go on by itself, or does not exist.
    pub(super) fn let_go(&mut self) {
        self.replace_held(None);
    }

    fn replace_held(&mut self, run: Option<HeldRun>) {
        if let Err(error) = self.held.hold(run, self.context.state_file.as_deref()) {
            self.reports.warning(&error.to_string());
        }
    }

    /// What follows `build`.
    pub(super) fn follower<'c>(&self, client: &'c Client, build: Build) -> Follower<'c> {
        let options = FollowOptions {
            pace: self.pace(),
            clock: Clock::scaled(client.patience().haste),
            logs: self.inputs.follow.logs,
            // The console feed has no time stamps.
            live: self.inputs.follow.live && !self.inputs.timestamps,
            limits: self.limits(),
            cancel_on_interrupt: self.inputs.follow.cancel_on_interrupt,
        };
        Follower::new(client, build, options)
    }

    /// Follows a run, to its end or to that of another attempt in it, and writes its outputs.
    pub(super) async fn follow(&mut self, follower: &mut Follower<'_>) -> anyhow::Result<Outcome> {
        let end = follower.follow(self.shutdown, self.reports).await;
        let (build, timeline) = (follower.build(), follower.timeline());
        let outputs = report::finished(build, timeline);
        let is_canceled = matches!(end, End::TimedOut(_) | End::Interrupted);
        // The post step asks once more for the end of a run that may not have heard of it.
        let is_left = build.is_completed() || !is_canceled;
        let outcome = match end {
            End::Completed => {
                let partially_succeeded = self.inputs.follow.partially_succeeded;
                Ok(Outcome::of(build, timeline, partially_succeeded))
            }
            End::Interrupted => Ok(Outcome::Interrupted),
            End::TimedOut(limit) => Ok(Outcome::TimedOut(limit)),
            End::Lost(error) => {
                Err(error).with_context(|| wording::lost_run(&build.number, build.page.url()))
            }
        };
        if is_left {
            self.let_go();
        }
        self.write_outputs(&outputs);
        outcome
    }

    /// Waits that long; says whether the step is interrupted, which ends the pause.
    #[expect(
        clippy::disallowed_methods,
        reason = "the pauses between runs and requests"
    )]
    pub(super) async fn is_interrupted_within(&mut self, delay: Duration) -> bool {
        let delay = delay.div_f64(self.client.patience().haste);
        tokio::select! {
            biased;
            () = self.shutdown.requested(1) => true,
            () = tokio::time::sleep(delay) => false,
        }
    }

    /// Ends the log, writes the summary and tells GitHub how the run ended. After an error nobody knows.
    pub(super) async fn conclude(&mut self, outcome: &anyhow::Result<Outcome>) {
        let outcome = outcome.as_ref().unwrap_or(&Outcome::Lost);
        self.reports.conclude(outcome);
        let told = self.publisher.take();
        if !self.inputs.summary && told.is_none() {
            return;
        }
        let published = match self.reports.ended_run() {
            Some(run) => self.published(run).await,
            None => Published::default(),
        };
        if let Some(markdown) = self.reports.summary(outcome, &published) {
            self.write_summary(&markdown);
        }
        let Some(told) = told else { return };
        let told = told.finish(self.reports.standing(outcome, &published));
        // The post step tells GitHub what this one has no time for.
        let warnings = self.shutdown.hurry(TELLING_AFTER_INTERRUPT, told).await;
        for warning in warnings.unwrap_or_default() {
            self.reports.warning(&warning);
        }
    }

    /// What a run published, as far as the service tells it in a short time, and unless the step is interrupted. Without
    /// it the summary is shorter, which is no reason for a warning: the token may lack the scope Test (read).
    async fn published(&self, run: BuildId) -> Published {
        let ask = async {
            let artifacts = backoff::resend(|| self.client.artifacts(run)).await;
            let tests = self.client.tests(run).await;
            Published {
                artifacts: artifacts.unwrap_or_default(),
                tests: tests.unwrap_or_default(),
            }
        };
        let ask = tokio::time::timeout(PUBLISHED_TIME, ask);
        let mut shutdown = self.shutdown.clone();
        let answer = shutdown.unless_requested(1, ask).await;
        answer.and_then(Result::ok).unwrap_or_default()
    }

    /// Writes the summary, if one is wanted.
    pub(super) fn write_summary(&mut self, markdown: &Markdown) {
        if !self.inputs.summary {
            return;
        }
        if let Err(error) = files::append_summary(self.context.summary_file.as_deref(), markdown) {
            self.reports.warning(&error.to_string());
        }
    }

    /// Does what only asks, or may be done twice, unless the step is interrupted meanwhile.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: Work<'_, anyhow::Result<T>>,
    ) -> anyhow::Result<Option<T>> {
        let mut shutdown = self.shutdown.clone();
        shutdown.unless_requested(1, work).await.transpose()
    }

    /// Says that the step was interrupted before it was done.
    pub(super) fn interrupted(&mut self) -> Outcome {
        self.reports.line(&wording::interrupted());
        Outcome::Interrupted
    }

    /// Writes an output with JSON about `count` things, unless GitHub would not take it.
    pub(super) fn write_document(&mut self, output: &ActionOutput, count: usize) {
        let (name, value) = output;
        match report::too_long(value) {
            Some(size) => {
                self.reports
                    .warning(&wording::output_too_long(name, count, size));
            }
            None => self.write_outputs(std::slice::from_ref(output)),
        }
    }

    /// A step without a file for outputs, as outside of GitHub, goes on without them.
    pub(super) fn write_outputs(&mut self, outputs: &[ActionOutput]) {
        for (name, value) in outputs {
            if let Err(error) =
                files::append_output(self.context.output_file.as_deref(), name, value)
            {
                self.reports.warning(&error.to_string());
                return;
            }
        }
    }
}
