//! The post step: cancels the run that a step has left going which could not end by itself, and tells
//! GitHub that it did.

use std::io::Write;
use std::time::Duration;

use super::held::HeldRun;
use super::reported::Reported;
use super::search::{Found, Search};
use super::teller::end_reported;
use super::{github, network, wait};
use crate::Work;
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
    let client = match client(environment, reports.new_secrets()) {
        Ok(client) => client,
        Err(error) => {
            reports.warning(&not_canceled(None, held, &format!("{error:#}")));
            return;
        }
    };
    match in_time(shutdown, Box::pin(cancel_held(&client, held))).await {
        Ok(Ok(Some(build))) => reports.line(&wording::cleaned_up(&build)),
        Ok(Ok(None)) => {}
        Ok(Err(warning)) => reports.warning(&warning),
        Err(why) => reports.warning(&not_canceled(Some(&client), held, why)),
    }
}

/// Ends what GitHub was told of a run that was going on. Says that it did, or why it could not.
pub(crate) async fn end_report<W: Write>(
    environment: &Environment,
    reported: Reported,
    shutdown: &Shutdown,
    reports: &mut Reports<W>,
) {
    let warnings = match in_time(shutdown, Box::pin(end_on_github(environment, reported))).await {
        Ok(Ok(warnings)) => warnings,
        Ok(Err(error)) => vec![wording::report_not_ended(&format!("{error:#}"))],
        Err(why) => vec![wording::report_not_ended(why)],
    };
    if warnings.is_empty() {
        reports.line(&wording::report_ended());
    }
    for warning in &warnings {
        reports.warning(warning);
    }
}

/// What `work` gives, or why it was left, as a clause.
async fn in_time<T>(shutdown: &Shutdown, work: Work<'_, T>) -> Result<T, &'static str> {
    // The signals that have ended the step do not end this.
    let signal = shutdown.count().saturating_add(1);
    let work = tokio::time::timeout(TIME, work);
    match shutdown.clone().unless_requested(signal, work).await {
        Some(Ok(done)) => Ok(done),
        Some(Err(_)) => Err(wording::NO_ANSWER),
        None => Err(wording::POST_STEP_CANCELED),
    }
}

async fn end_on_github(
    environment: &Environment,
    reported: Reported,
) -> anyhow::Result<Vec<String>> {
    let inputs = Inputs::from_environment(environment)?;
    let variable = |name: &str| environment.get(name).cloned();
    let context = Context {
        repository: Some(reported.repository.clone()),
        api_url: variable("GITHUB_API_URL").filter(|url| !url.is_empty()),
        ..Context::default()
    };
    let network = network(&inputs, environment, Patience::default())?;
    let api = github::api(&network, &inputs, &context)?;
    let page = inputs.project.run_page(BuildId(reported.run));
    let standing = Standing::abandoned(reported.run, page.url());
    Ok(end_reported(api, reported, &standing).await)
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
    let network = network(&inputs, environment, Patience::default())?;
    let authorization = Authorization::new(&inputs.sign_in, &network, secrets)?;
    Ok(Client::new(network, inputs.project, authorization))
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
