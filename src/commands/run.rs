//! `run`: plan → queue → follow → (another run → follow)* → verdict.

use std::io::Write;
use std::time::Duration;

use super::pipeline;
use super::step::Step;
use crate::azure::{Error, Pipeline, QueueStatus, RunRequest, backoff};
use crate::build::{Build, BuildEvent, LeaveReason, Report, Timeline};
use crate::github::api;
use crate::github::context::Context;
use crate::inputs::RunInputs;
use crate::outcome::Outcome;
use crate::report::{self, wording};
use crate::source::{self, Source, SourcePlan};

/// How long the answer to a queue request is waited for once the step is interrupted: without it the
/// run that may exist could not be canceled.
const AFTER_INTERRUPT: Duration = Duration::from_secs(4);

/// Starts a run, follows it and says how it ended.
pub(super) async fn run<W: Write>(
    mut step: Step<'_, W>,
    run: &RunInputs,
) -> anyhow::Result<Outcome> {
    // What the inputs and the event alone decide is decided before anything is sent.
    let plan = source::plan(&run.source, step.context)?;
    let prepare = async {
        let source = find_source(&step, run, plan).await?;
        Ok::<_, anyhow::Error>((pipeline::find(&step.client, &run.pipeline).await?, source))
    };
    let mut shutdown = step.shutdown.clone();
    let (pipeline, source) = tokio::select! {
        biased;
        () = shutdown.requested(1) => {
            step.reports.line(&wording::interrupted_early());
            return Ok(Outcome::Interrupted);
        }
        prepared = prepare => prepared?,
    };
    let is_own = is_own_repository(step.context, &pipeline);
    let source = Some(source).filter(|_| is_own || is_source_given(run));
    step.reports.expect(
        source.as_ref().and_then(|source| source.version.as_deref()),
        is_own,
    );
    announce(&mut step, &pipeline, source.as_ref());
    let request = request(run, &pipeline, source);
    let mut run = Run {
        step,
        request,
        wait: run.wait,
    };
    let outcome = run.attempts().await;
    run.step
        .conclude(outcome.as_ref().unwrap_or(&Outcome::Lost));
    outcome
}

/// Asks GitHub for the commit where the payload has none.
async fn find_source<W: Write>(
    step: &Step<'_, W>,
    run: &RunInputs,
    plan: SourcePlan,
) -> anyhow::Result<Source> {
    match plan {
        SourcePlan::Known(source) => Ok(source),
        SourcePlan::AskGitHub { number } => {
            let repository = step.context.this_repository().unwrap_or_default();
            let api_url = step.context.api_url.as_deref();
            let api_url = api_url.unwrap_or("https://api.github.com");
            let token = step.inputs.github_token.as_ref();
            let pull_request =
                api::pull_request(step.http.clone(), api_url, token, &repository, number).await?;
            Ok(source::from_pull_request(
                &run.source,
                step.context,
                &pull_request,
            )?)
        }
    }
}

/// Whether the pipeline's code is in this workflow's repository: only then does its ref mean
/// something to the pipeline.
fn is_own_repository(context: &Context, pipeline: &Pipeline) -> bool {
    let repository = context.this_repository().unwrap_or_default();
    let server_url = context.server_url.as_deref();
    let server_url = server_url.unwrap_or("https://github.com");
    let own = pipeline.repository.as_ref();
    own.is_some_and(|own| own.is_on_github(&repository, server_url))
}

/// Whether the inputs name the source, which is sent in any case.
fn is_source_given(run: &RunInputs) -> bool {
    run.source.branch.is_some() || run.source.version.is_some()
}

/// Says what will be built, and what a person should know about it.
fn announce<W: Write>(step: &mut Step<'_, W>, pipeline: &Pipeline, source: Option<&Source>) {
    let planned = source.map(|source| {
        (
            source.branch.as_str(),
            source.version.as_deref(),
            source.why.as_str(),
        )
    });
    step.reports.line(&wording::plan(
        &pipeline.name,
        step.inputs.project.project(),
        planned,
    ));
    if let Some(source) = source {
        source
            .notes
            .iter()
            .for_each(|note| step.reports.warning(note));
    } else {
        let own = pipeline.repository.as_ref();
        let own = own.map(|own| (own.name.as_str(), own.kind.as_str()));
        let workflow = step.context.this_repository().unwrap_or_default();
        step.reports
            .line(&wording::other_repository(own, &workflow));
    }
    if pipeline.queue_status == QueueStatus::Paused {
        step.reports
            .warning(&wording::paused_pipeline(&pipeline.name));
    }
}

fn request(run: &RunInputs, pipeline: &Pipeline, source: Option<Source>) -> RunRequest {
    let (source_branch, source_version) =
        source.map(|source| (source.branch, source.version)).unzip();
    RunRequest {
        pipeline: pipeline.id,
        source_branch,
        source_version: source_version.flatten(),
        variables: run.variables.clone(),
        template_parameters: run.template_parameters.clone(),
    }
}

/// Says of an error whether a run may have been started all the same.
fn queue_error(error: Error) -> anyhow::Error {
    let is_uncertain = matches!(
        error,
        Error::Transport {
            is_unsent: false,
            ..
        } | Error::Decode { .. }
            | Error::Server { .. }
    );
    let error = anyhow::Error::new(error);
    if is_uncertain {
        error.context(wording::uncertain_queue_request())
    } else {
        error
    }
}

/// What every attempt needs.
struct Run<'a, W: Write> {
    step: Step<'a, W>,
    request: RunRequest,
    wait: bool,
}

impl<W: Write> Run<'_, W> {
    /// One run after the other, until one is good enough or no more are allowed.
    async fn attempts(&mut self) -> anyhow::Result<Outcome> {
        let policy = self.step.inputs.follow.retry;
        let mut attempt = 1;
        loop {
            let Some(build) = self.queue().await? else {
                self.step.reports.line(&wording::interrupted_early());
                return Ok(Outcome::Interrupted);
            };
            self.step.reports.event(&BuildEvent::Queued {
                build: &build,
                attempt,
            });
            self.step.write_outputs(&report::queued(&build, attempt));
            // An interruption meanwhile is for the follower, which cancels the run.
            if !self.wait && self.step.shutdown.count() == 0 {
                self.step.reports.event(&BuildEvent::Left {
                    reason: LeaveReason::NotAwaited,
                    build: &build,
                    timeline: &Timeline::default(),
                });
                return Ok(Outcome::Queued);
            }
            let outcome = self.step.follow(build).await?;
            if attempt >= policy.max_attempts || !outcome.deserves_retry(policy.on) {
                return Ok(outcome);
            }
            let delay = policy.delay.saturating_mul(attempt);
            attempt += 1;
            self.step.reports.event(&BuildEvent::Retrying {
                attempt,
                max_attempts: policy.max_attempts,
                delay,
                why: wording::retry_reason(&outcome),
            });
            if self.step.is_interrupted_within(delay).await {
                return Ok(Outcome::Interrupted);
            }
        }
    }

    /// Queues the run. What the service may have handled is not sent twice: a second request could
    /// start a second run. What it refused for lack of room, or never got, is sent again.
    async fn queue(&mut self) -> anyhow::Result<Option<Build>> {
        let mut pauses = backoff::brief();
        loop {
            if self.step.shutdown.count() > 0 {
                return Ok(None);
            }
            let error = match self.send_queue_request().await? {
                Ok(build) => return Ok(Some(build)),
                Err(error) => error,
            };
            let is_unhandled = matches!(
                error,
                Error::Throttled { .. }
                    | Error::Transport {
                        is_unsent: true,
                        ..
                    }
            );
            match pauses.next().filter(|_| is_unhandled) {
                Some(pause) => {
                    let pause = backoff::pause(pause, error.retry_after());
                    self.step.is_interrupted_within(pause).await;
                }
                None => return Err(queue_error(error)),
            }
        }
    }

    /// Sends the queue request once. An interruption while it is on its way waits for the answer,
    /// which alone tells what to cancel.
    async fn send_queue_request(&mut self) -> anyhow::Result<Result<Build, Error>> {
        let answer = self.step.client.queue(&self.request);
        tokio::pin!(answer);
        tokio::select! {
            biased;
            answered = &mut answer => Ok(answered),
            () = self.step.shutdown.requested(1) => {
                let answered = tokio::time::timeout(AFTER_INTERRUPT, answer).await;
                answered.map_err(|_| anyhow::anyhow!(wording::lost_queue_request()))
            }
        }
    }
}
