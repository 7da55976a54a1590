//! `run`: plan → queue → follow → (another run → follow)* → verdict.

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;

use crate::azure::{
    Client, Error, Pipeline, PipelineName, QueueStatus, RunRequest, Trust, backoff, http_client,
};
use crate::build::{Build, BuildEvent, LeaveReason, Report, Timeline};
use crate::follow::{FollowOptions, Followed, Follower};
use crate::github::context::Context;
use crate::github::{api, files};
use crate::inputs::{CaCertificate, InputError, Inputs, PipelineInput};
use crate::outcome::Outcome;
use crate::report::{self, ActionOutput, Reports, wording};
use crate::shutdown::Shutdown;
use crate::source::{self, Source, SourcePlan};

/// How long the answer to a queue request is waited for once the step is interrupted: without it the
/// run that may exist could not be canceled.
const AFTER_INTERRUPT: Duration = Duration::from_secs(4);

/// How many names are offered for one that does not exist.
const SUGGESTIONS: usize = 3;

/// Starts a run, follows it and says how it ended.
pub(super) async fn run<W: Write>(
    inputs: &Inputs,
    context: &Context,
    trust: &Trust,
    shutdown: &mut Shutdown,
    reports: &mut Reports<W>,
) -> anyhow::Result<Outcome> {
    // What the inputs and the event alone decide is decided before anything is sent.
    let plan = source::plan(&inputs.source, context)?;
    let http = http_client(trust)?;
    if inputs.project.is_plain_http() {
        reports.warning(&wording::plain_http(&inputs.project));
    }
    let client = Client::new(
        http.clone(),
        inputs.project.clone(),
        inputs.credential.clone(),
    );
    let prepared = tokio::select! {
        biased;
        () = shutdown.requested(1) => {
            reports.line(&wording::interrupted_early());
            return Ok(Outcome::Interrupted);
        }
        prepared = prepare(inputs, context, plan, &client, http) => prepared?,
    };
    let (pipeline, source) = prepared;
    let request = request(inputs, context, &pipeline, source, reports);
    reports.expect_version(request.source_version.as_deref());
    let outcome = attempts(inputs, context, &client, &request, shutdown, reports).await?;
    reports.conclude(&outcome);
    if let Some(markdown) = reports.summary(&outcome).filter(|_| inputs.summary) {
        let written = files::append_summary(context.summary_file.as_deref(), &markdown);
        if let Err(error) = written {
            reports.warning(&error.to_string());
        }
    }
    Ok(outcome)
}

/// Reads the certificates that the input gives or names.
pub(super) fn certificates(inputs: &Inputs) -> Result<Option<Vec<u8>>, InputError> {
    match &inputs.ca_certificate {
        None => Ok(None),
        Some(CaCertificate::Text(pem)) => Ok(Some(pem.clone().into_bytes())),
        Some(CaCertificate::File(path)) => std::fs::read(path).map(Some).map_err(|error| {
            InputError::new(format!(
                "ca-certificate: failed to read the file {path}: {error}"
            ))
        }),
    }
}

/// Asks GitHub for the commit where the payload has none, and Azure DevOps for the pipeline.
async fn prepare(
    inputs: &Inputs,
    context: &Context,
    plan: SourcePlan,
    client: &Client,
    http: reqwest::Client,
) -> anyhow::Result<(Pipeline, Source)> {
    let source = match plan {
        SourcePlan::Known(source) => source,
        SourcePlan::AskGitHub { number, .. } => {
            let repository = context.this_repository().unwrap_or_default();
            let api_url = context
                .api_url
                .as_deref()
                .unwrap_or("https://api.github.com");
            let token = inputs.github_token.as_ref();
            let pull_request = api::pull_request(http, api_url, token, &repository, number).await?;
            source::from_pull_request(&inputs.source, context, &pull_request)?
        }
    };
    let pipeline = find_pipeline(client, &inputs.pipeline).await?;
    Ok((pipeline, source))
}

/// The one pipeline that the input names.
async fn find_pipeline(client: &Client, input: &PipelineInput) -> anyhow::Result<Pipeline> {
    let id = match input {
        PipelineInput::Id(id) => *id,
        PipelineInput::Name(name) => {
            let found = backoff::resend(|| client.find_pipelines(name)).await?;
            match found.as_slice() {
                [(id, _)] => *id,
                [] => {
                    let all = backoff::resend(|| client.pipeline_names())
                        .await
                        .unwrap_or_default();
                    let names = nearest(name, &all);
                    let sentence = wording::unknown_pipeline(
                        &name.to_string(),
                        client.address().project(),
                        &names,
                    );
                    anyhow::bail!(sentence);
                }
                several => {
                    let names: Vec<String> =
                        several.iter().map(|(_, name)| name.to_string()).collect();
                    anyhow::bail!(wording::ambiguous_pipeline(&name.to_string(), &names));
                }
            }
        }
    };
    let pipeline = backoff::resend(|| client.get_pipeline(id)).await?;
    if pipeline.queue_status == QueueStatus::Disabled {
        anyhow::bail!(wording::disabled_pipeline(&pipeline));
    }
    Ok(pipeline)
}

/// The existing names that are most like `name`.
fn nearest(name: &PipelineName, all: &[PipelineName]) -> Vec<String> {
    let wanted = name.to_string().to_lowercase();
    let mut ranked: Vec<(f64, String)> = all
        .iter()
        .map(|candidate| {
            let text = candidate.to_string().trim_start_matches('/').to_owned();
            (strsim::jaro_winkler(&wanted, &text.to_lowercase()), text)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name)
        .collect()
}

/// What is queued. A ref of this workflow's repository means something only if the pipeline's code
/// is there too; a ref that was given is sent in any case.
fn request<W: Write>(
    inputs: &Inputs,
    context: &Context,
    pipeline: &Pipeline,
    source: Source,
    reports: &mut Reports<W>,
) -> RunRequest {
    let repository = context.this_repository().unwrap_or_default();
    let server_url = context
        .server_url
        .as_deref()
        .unwrap_or("https://github.com");
    let is_own = pipeline
        .repository
        .as_ref()
        .is_some_and(|own| own.is_on_github(&repository, server_url));
    let is_given = inputs.source.branch.is_some() || inputs.source.version.is_some();
    let source = (is_own || is_given).then_some(source);
    reports.line(&wording::plan(pipeline, &inputs.project, source.as_ref()));
    match &source {
        Some(source) => source.notes.iter().for_each(|note| reports.warning(note)),
        None => reports.line(&wording::other_repository(
            pipeline.repository.as_ref(),
            &repository,
        )),
    }
    if pipeline.queue_status == QueueStatus::Paused {
        reports.warning(&wording::paused_pipeline(pipeline));
    }
    let (source_branch, source_version) =
        source.map(|source| (source.branch, source.version)).unzip();
    RunRequest {
        pipeline: pipeline.id,
        source_branch,
        source_version: source_version.flatten(),
        variables: inputs.variables.clone(),
        template_parameters: inputs.template_parameters.clone(),
    }
}

/// One run after the other, until one is good enough or no more are allowed.
async fn attempts<W: Write>(
    inputs: &Inputs,
    context: &Context,
    client: &Client,
    request: &RunRequest,
    shutdown: &mut Shutdown,
    reports: &mut Reports<W>,
) -> anyhow::Result<Outcome> {
    let mut attempt = 1;
    loop {
        let Some(build) = queue(client, request, shutdown).await? else {
            reports.line(&wording::interrupted_early());
            return Ok(Outcome::Interrupted);
        };
        reports.event(&BuildEvent::Queued {
            build: &build,
            attempt,
        });
        write_outputs(
            context,
            reports,
            &report::queued(&build, attempt, client.address()),
        );
        for validation in &build.validation {
            reports.warning(&validation.message);
        }
        if !inputs.wait {
            reports.event(&BuildEvent::Left {
                reason: LeaveReason::NotAwaited,
                build: Some(&build),
                timeline: &Timeline::default(),
            });
            return Ok(Outcome::Queued);
        }
        let outcome = follow(inputs, context, client, &build, attempt, shutdown, reports).await?;
        if attempt >= inputs.retry.max_attempts || !outcome.deserves_retry(inputs.retry.on) {
            return Ok(outcome);
        }
        let delay = inputs.retry.delay.saturating_mul(attempt);
        attempt += 1;
        reports.event(&BuildEvent::Retrying {
            attempt,
            max_attempts: inputs.retry.max_attempts,
            delay,
            why: wording::retry_reason(&outcome),
        });
        if is_interrupted_within(delay, shutdown).await {
            return Ok(Outcome::Interrupted);
        }
    }
}

/// Queues the run. It is sent once: a second request could start a second run. An interruption
/// before it is sent prevents it; one while it is on its way waits for the answer, which alone tells
/// what to cancel.
async fn queue(
    client: &Client,
    request: &RunRequest,
    shutdown: &mut Shutdown,
) -> anyhow::Result<Option<Build>> {
    if shutdown.count() > 0 {
        return Ok(None);
    }
    let answer = client.queue(request);
    tokio::pin!(answer);
    let answered = tokio::select! {
        biased;
        answered = &mut answer => answered,
        () = shutdown.requested(1) => match tokio::time::timeout(AFTER_INTERRUPT, answer).await {
            Ok(answered) => answered,
            Err(_) => anyhow::bail!(wording::lost_queue_request()),
        },
    };
    answered.map(Some).map_err(|error| match error {
        // Whether the service has handled it cannot be known.
        Error::Transport {
            is_unsent: false, ..
        }
        | Error::Decode { .. }
        | Error::Server { .. } => {
            anyhow::Error::new(error).context(wording::uncertain_queue_request())
        }
        error => error.into(),
    })
}

/// Follows one run and writes its outputs.
async fn follow<W: Write>(
    inputs: &Inputs,
    context: &Context,
    client: &Client,
    build: &Build,
    attempt: u32,
    shutdown: &mut Shutdown,
    reports: &mut Reports<W>,
) -> anyhow::Result<Outcome> {
    let options = FollowOptions {
        poll_interval: inputs.poll_interval,
        cancel_on_interrupt: inputs.cancel_on_interrupt,
    };
    let followed = Follower::new(client, build.id, attempt, options)
        .follow(shutdown, reports)
        .await
        .with_context(|| wording::lost_run(&build.number, &client.address().run_page(build.id)))?;
    let (outcome, seen) = match &followed {
        Followed::Completed {
            build,
            timeline,
            is_interrupted,
        } => {
            let outcome = if *is_interrupted {
                Outcome::Interrupted
            } else {
                Outcome::of(build, timeline, inputs.partially_succeeded)
            };
            (outcome, Some((build, timeline)))
        }
        Followed::Left { build, timeline } => (
            Outcome::Interrupted,
            build.as_ref().map(|build| (build, timeline)),
        ),
    };
    if let Some((build, timeline)) = seen {
        write_outputs(
            context,
            reports,
            &report::finished(build, timeline, client.address()),
        );
    }
    Ok(outcome)
}

#[expect(clippy::disallowed_methods, reason = "the pause before another run")]
async fn is_interrupted_within(delay: Duration, shutdown: &mut Shutdown) -> bool {
    tokio::select! {
        biased;
        () = shutdown.requested(1) => true,
        () = tokio::time::sleep(delay) => false,
    }
}

/// A step without a file for outputs, as outside of GitHub, goes on without them.
fn write_outputs<W: Write>(context: &Context, reports: &mut Reports<W>, outputs: &[ActionOutput]) {
    for (name, value) in outputs {
        if let Err(error) = files::append_output(context.output_file.as_deref(), name, value) {
            reports.warning(&error.to_string());
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let all: Vec<PipelineName> = ["Deploy", "team/App CI", "App CI", "Nightly", "App CD"]
            .map(PipelineName::parse)
            .into();
        assert_eq!(
            nearest(&PipelineName::parse("app ci2"), &all),
            ["App CI", "App CD", "team/App CI"]
        );
    }
}
