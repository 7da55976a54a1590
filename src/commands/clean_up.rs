//! The post step: cancels the run that a step has left going which could not end by itself, and tells
//! GitHub that it did.

use std::io::Write;
use std::time::Duration;

use super::held::HeldRun;
use super::publisher::end_reported;
use super::reported::Reported;
use super::search::{Found, Search};
use super::step::github;
use crate::azure::{Authorization, Client, Error, Patience, backoff};
use crate::build::{Build, BuildId, BuildStatus, RunPage};
use crate::github::context::Context;
use crate::inputs::{Environment, Inputs};
use crate::report::{Reports, Standing, wording};
use crate::secret::NewSecrets;
use crate::shutdown::Shutdown;

/// How long it may take: a workflow that is being canceled has five minutes in all (GitHub Docs,
/// "Canceling a workflow").
const TIME: Duration = Duration::from_mins(1);

/// Cancels the run unless it is over or being canceled. Says what it did, or why it could not.
pub(crate) async fn clean_up<W: Write>(
    environment: &Environment,
    held: &HeldRun,
    shutdown: &Shutdown,
    reports: &mut Reports<W>,
) {
    let mut shutdown = shutdown.clone();
    // The signals that have ended the step do not end this.
    let signal = shutdown.count().saturating_add(1);
    let client = match client(environment, reports.new_secrets()) {
        Ok(client) => client,
        Err(error) => {
            reports.warning(&not_canceled(None, held, &format!("{error:#}")));
            return;
        }
    };
    let work = tokio::time::timeout(TIME, cancel_held(&client, held));
    let warning = match shutdown.unless_requested(signal, work).await {
        Some(Ok(Ok(Some(build)))) => {
            reports.line(&wording::cleaned_up(&build));
            return;
        }
        Some(Ok(Ok(None))) => return,
        Some(Ok(Err(warning))) => warning,
        Some(Err(_)) => not_canceled(Some(&client), held, wording::NO_ANSWER),
        None => not_canceled(Some(&client), held, wording::POST_STEP_CANCELED),
    };
    reports.warning(&warning);
}

/// Ends what GitHub was told of a run that was going on. Says that it did, or why it could not.
pub(crate) async fn end_report<W: Write>(
    environment: &Environment,
    reported: &Reported,
    shutdown: &Shutdown,
    reports: &mut Reports<W>,
) {
    let mut shutdown = shutdown.clone();
    let signal = shutdown.count().saturating_add(1);
    let work = tokio::time::timeout(TIME, end_on_github(environment, reported));
    let warnings = match shutdown.unless_requested(signal, work).await {
        Some(Ok(Ok(warnings))) => warnings,
        Some(Ok(Err(error))) => vec![wording::report_not_ended(&format!("{error:#}"))],
        Some(Err(_)) => vec![wording::report_not_ended(wording::NO_ANSWER)],
        None => vec![wording::report_not_ended(wording::POST_STEP_CANCELED)],
    };
    if warnings.is_empty() {
        reports.line(&wording::report_ended());
    }
    for warning in &warnings {
        reports.warning(warning);
    }
}

async fn end_on_github(
    environment: &Environment,
    reported: &Reported,
) -> anyhow::Result<Vec<String>> {
    let inputs = Inputs::from_environment(environment)?;
    let variable = |name: &str| environment.get(name).cloned();
    let context = Context {
        repository: Some(reported.repository.clone()),
        api_url: variable("GITHUB_API_URL").filter(|url| !url.is_empty()),
        ..Context::default()
    };
    let network = super::network(&inputs, environment, Patience::default())?;
    let mut api = github(&network, &inputs, &context)?;
    let page = inputs.project.run_page(BuildId(reported.run));
    let standing = Standing::abandoned(reported.run, page.url());
    Ok(end_reported(&mut api, reported, &standing).await)
}

/// The warning that what was held may still be going; `why` is a clause.
fn not_canceled(client: Option<&Client>, held: &HeldRun, why: &str) -> String {
    let address = client.map(Client::address);
    match held {
        HeldRun::Known(id) => {
            let page = address.map(|address| address.run_page(*id));
            wording::not_cleaned_up(*id, page.as_ref().map(RunPage::url), why)
        }
        HeldRun::Expected(expected) => {
            let page = address.map(|address| address.pipeline_page(expected.pipeline()));
            wording::not_looked_after(page.as_ref(), why)
        }
    }
}

fn client(environment: &Environment, secrets: NewSecrets) -> anyhow::Result<Client> {
    let inputs = Inputs::from_environment(environment)?;
    let network = super::network(&inputs, environment, Patience::default())?;
    let authorization = Authorization::new(&inputs.sign_in, &network, secrets)?;
    Ok(Client::authorized(network, inputs.project, authorization))
}

/// Cancels what was held, which may have to be looked for first; nothing where nothing was to be
/// done, a warning where it could not be.
async fn cancel_held(client: &Client, held: &HeldRun) -> Result<Option<Build>, String> {
    let id = match held {
        HeldRun::Known(id) => *id,
        HeldRun::Expected(expected) => match (Search { client, expected }).run(wait).await {
            Found::Run(build) => build.id,
            Found::Nothing => return Ok(None),
            Found::Unclear(why) => return Err(not_canceled(Some(client), held, &why)),
        },
    };
    let canceled = cancel(client, id).await;
    canceled.map_err(|error| not_canceled(Some(client), &HeldRun::Known(id), &error.to_string()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the pauses between looks, which a signal ends with all the rest"
)]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// Cancels the run; nothing where nothing was to be done.
async fn cancel(client: &Client, id: BuildId) -> Result<Option<Build>, Error> {
    let build = backoff::resend(|| client.get_build(id)).await?;
    if matches!(
        build.status,
        BuildStatus::Completed | BuildStatus::Canceling
    ) {
        return Ok(None);
    }
    backoff::resend(|| client.cancel(id)).await?;
    Ok(Some(build))
}
