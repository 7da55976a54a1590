//! `run`: plan → queue → follow → (another attempt → follow)* → verdict.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::rc::Rc;

use super::in_place::{self, InPlace};
use super::queue::{self, Queued};
use super::step::Step;
use super::{github, pipeline, request, resume};
use crate::azure::{Pipeline, QueueStatus, RunRequest, template_text};
use crate::build::{Build, BuildEvent, LeaveReason, Report, Timeline};
use crate::follow::Follower;
use crate::github::context::{Context, PullRequest};
use crate::inputs::{InputError, RetryMode, RunInputs};
use crate::mark::{Mark, is_claim};
use crate::outcome::Outcome;
use crate::report::{Line, wording};
use crate::source::{self, Source, SourcePlan};

/// Starts a run, follows it and says how it ended.
pub(super) async fn run<W: Write>(
    mut step: Step<'_, W>,
    run: &RunInputs,
) -> anyhow::Result<Outcome> {
    // What the inputs and the event alone decide is decided before anything is sent.
    let plan = source::plan(&run.source, step.context)?;
    if let Some(tag) = run.request.run_tags.iter().find(|tag| is_claim(tag)) {
        return Err(InputError::new(wording::foreign_claim(tag)).into());
    }
    let mut shutdown = step.shutdown.clone();
    let found = find(&mut step, run, plan);
    let found = shutdown.unless_requested(1, found).await.transpose()?;
    let Some((pipeline, source, asked)) = found else {
        step.reports.line(&wording::interrupted_early());
        return Ok(Outcome::Interrupted);
    };
    let is_own = github::is_own_repository(step.context, pipeline.repository.as_ref());
    let source = Some(source).filter(|_| is_own || is_source_given(run));
    step.reports.expect(
        source.as_ref().and_then(|source| source.version.as_deref()),
        is_own,
    );
    let page = step.client.address().pipeline_page(pipeline.id);
    step.reports.about(&pipeline.name, page);
    announce(&mut step, &pipeline, source.as_ref());
    let request = request::request(&step.client, &run.request, &pipeline, source.as_ref());
    let Some(request) = step.unless_interrupted(Box::pin(request)).await? else {
        step.reports.line(&wording::interrupted_early());
        return Ok(Outcome::Interrupted);
    };
    let own = source.as_ref().filter(|_| is_own);
    let own = own.map(|source| (source.branch.as_str(), source.version.as_deref()));
    step.publish(&pipeline.name, own, asked.as_ref());
    let mut run = Run {
        mark: mark(step.context, run, &request),
        step,
        request,
        wait: run.wait,
        resume: run.resume,
    };
    let outcome = run.attempts().await;
    run.step.conclude(&outcome).await;
    outcome
}

/// What is run, and which code: before it is known, nothing is sent that changes anything.
async fn find<W: Write>(
    step: &mut Step<'_, W>,
    run: &RunInputs,
    plan: SourcePlan,
) -> anyhow::Result<(Pipeline, Source, Option<PullRequest>)> {
    let (source, asked) = find_source(step, run, plan).await?;
    let pipeline = pipeline::find(&step.client, &run.pipeline).await?;
    Ok((pipeline, source, asked))
}

/// Asks GitHub for the commit where the payload has none; gives the pull request that was looked up,
/// too.
pub(super) async fn find_source<W: Write>(
    step: &mut Step<'_, W>,
    run: &RunInputs,
    plan: SourcePlan,
) -> anyhow::Result<(Source, Option<PullRequest>)> {
    match plan {
        SourcePlan::Known(source) => Ok((source, None)),
        SourcePlan::AskGitHub { number } => {
            let asked = step.github()?.pull_request(number).await?;
            let source = source::from_pull_request(&run.source, step.context, &asked)?;
            Ok((source, Some(asked)))
        }
    }
}

/// Whether the inputs name the source, which is sent in any case.
pub(super) fn is_source_given(run: &RunInputs) -> bool {
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
            .line(&Line::text(wording::other_repository(own, &workflow)));
    }
    if pipeline.queue_status == QueueStatus::Paused {
        step.reports
            .warning(&wording::paused_pipeline(&pipeline.name));
    }
}

/// The mark of the step, by all that tells its run from others. Of what is secret the names count.
fn mark(context: &Context, run: &RunInputs, request: &RunRequest) -> Mark {
    let optional = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let (branch, version) = (
        optional(&request.source_branch),
        optional(&request.source_version),
    );
    let mut asked = vec![request.pipeline.to_string(), branch, version];
    for (name, value) in &request.variables {
        asked.extend([name.clone(), value.clone()]);
    }
    for (name, value) in &request.template_parameters {
        asked.extend([name.clone(), template_text(value)]);
    }
    let secret = request.secret_variables.iter();
    let queue = request.agent_queue.map(|id| id.to_string());
    let priority = request.priority.map(str::to_owned);
    let resources = request.resources.without_tokens();
    let others: [(&str, Vec<String>); 7] = [
        (
            "secret-variables",
            secret.map(|one| one.name.clone()).collect(),
        ),
        ("resources", resources.into_iter().collect()),
        ("stages-to-skip", request.stages_to_skip.clone()),
        ("demands", request.demands.clone()),
        ("agent-queue", queue.into_iter().collect()),
        ("priority", priority.into_iter().collect()),
        ("run-tags", request.tags.clone()),
    ];
    for (input, values) in others {
        if !values.is_empty() {
            asked.push(input.to_owned());
            asked.extend(values);
        }
    }
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    Mark::new(context, &run.resume_key, &asked)
}

/// What every attempt needs.
struct Run<'a, W: Write> {
    step: Step<'a, W>,
    request: RunRequest,
    mark: Mark,
    wait: bool,
    resume: bool,
}

impl<W: Write> Run<'_, W> {
    /// One attempt after the other, until one is good enough or no more are allowed.
    async fn attempts(&mut self) -> anyhow::Result<Outcome> {
        let client = Rc::clone(&self.step.client);
        let mut attempt = 1;
        loop {
            let Some(build) = self.start(attempt).await? else {
                self.step.reports.line(&wording::interrupted_early());
                return Ok(Outcome::Interrupted);
            };
            // An interruption meanwhile is for the follower, which cancels the run.
            if !self.wait && self.step.shutdown.count() == 0 {
                self.step.reports.event(&BuildEvent::Left {
                    reason: LeaveReason::NotAwaited,
                    build: &build,
                    timeline: &Timeline::default(),
                });
                self.step.let_go();
                return Ok(Outcome::Queued);
            }
            let mut follower = self.step.follower(&client, build);
            loop {
                let outcome = self.step.follow(&mut follower).await?;
                if !self.is_another_due(attempt, &outcome) {
                    return Ok(outcome);
                }
                attempt += 1;
                if self.is_interrupted_before(attempt, &outcome).await {
                    return Ok(Outcome::Interrupted);
                }
                if self.step.inputs.follow.retry.mode == RetryMode::NewRun {
                    break;
                }
                match self.retry_in_place(&follower, attempt).await {
                    InPlace::Started => follower.retried(),
                    InPlace::Refused(_) => break,
                    InPlace::Failed(_) => return Ok(outcome),
                }
            }
        }
    }

    /// The run to follow: that of an earlier attempt of the workflow job, or a new one.
    async fn start(&mut self, attempt: u32) -> anyhow::Result<Option<Build>> {
        let claim = self.mark.claim(attempt, nonce());
        let resumed = if self.resume && attempt == 1 {
            resume::earlier_run(&mut self.step, self.request.pipeline, &self.mark, &claim).await
        } else {
            None
        };
        let is_resumed = resumed.is_some();
        let queued = if let Some(build) = resumed {
            let tags = claim.tags().to_vec();
            Queued { build, tags }
        } else {
            let tags = claim.tags().iter().chain(&self.request.tags);
            let request = RunRequest {
                tags: tags.cloned().collect(),
                ..self.request.clone()
            };
            match queue::queue(&mut self.step, &request, &claim).await? {
                Some(queued) => queued,
                None => return Ok(None),
            }
        };
        let build = &queued.build;
        self.step.reports.event(&BuildEvent::Queued {
            build,
            attempt,
            is_resumed,
        });
        self.step.write_known(build, attempt);
        queue::mark(&mut self.step, &queued, &claim, &self.request.tags).await;
        Ok(Some(queued.build))
    }

    fn is_another_due(&mut self, attempt: u32, outcome: &Outcome) -> bool {
        let policy = self.step.inputs.follow.retry;
        attempt < policy.max_attempts
            && outcome.deserves_retry(policy.on)
            && self
                .step
                .has_time_after(policy.delay.saturating_mul(attempt))
    }

    /// The pause before an attempt.
    async fn is_interrupted_before(&mut self, attempt: u32, outcome: &Outcome) -> bool {
        let policy = self.step.inputs.follow.retry;
        let delay = policy.delay.saturating_mul(attempt - 1);
        self.step.reports.event(&BuildEvent::Retrying {
            attempt,
            max_attempts: policy.max_attempts,
            delay,
            why: wording::retry_reason(outcome),
        });
        self.step.is_interrupted_within(delay).await
    }

    /// Starts the failed stages of the run again and says what came of it.
    async fn retry_in_place(&mut self, follower: &Follower<'_>, attempt: u32) -> InPlace {
        let (build, timeline) = (follower.build(), follower.timeline());
        let retried = in_place::retry_failed_stages(&mut self.step, build, timeline).await;
        let step = &mut self.step;
        match &retried {
            InPlace::Started => step.write_known(build, attempt),
            InPlace::Refused(why) => step.reports.line(&wording::new_run_instead(build, why)),
            InPlace::Failed(error) => {
                let warning = wording::not_retried(&error.to_string());
                step.reports.warning(&warning);
            }
        }
        retried
    }
}

/// A random number. The hashers of the standard library are keyed with those of the system.
fn nonce() -> u32 {
    let random = RandomState::new().build_hasher().finish();
    u32::try_from(random & u64::from(u32::MAX)).unwrap_or_default()
}
