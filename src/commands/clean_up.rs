//! The post step: cancels the run that a step has left going which could not end by itself.

use std::io::Write;
use std::time::Duration;

use crate::azure::{Client, Error, Patience, backoff, http_client};
use crate::build::{Build, BuildId, BuildStatus};
use crate::inputs::{Environment, Inputs};
use crate::report::{Reports, wording};
use crate::shutdown::Shutdown;

/// How long it may take: a workflow that is being canceled has five minutes in all (GitHub Docs,
/// "Canceling a workflow").
const TIME: Duration = Duration::from_mins(1);

/// Cancels the run unless it is over or being canceled. Says what it did, or why it could not.
pub(crate) async fn clean_up<W: Write>(
    environment: &Environment,
    id: BuildId,
    shutdown: &Shutdown,
    reports: &mut Reports<W>,
) {
    let mut shutdown = shutdown.clone();
    // The signals that have ended the step do not end this.
    let signal = shutdown.count().saturating_add(1);
    let client = match client(environment) {
        Ok(client) => client,
        Err(error) => {
            reports.warning(&wording::not_cleaned_up(id, None, &format!("{error:#}")));
            return;
        }
    };
    let work = tokio::time::timeout(TIME, cancel(&client, id));
    let failure = match shutdown.unless_requested(signal, work).await {
        Some(Ok(Ok(Some(build)))) => {
            reports.line(&wording::cleaned_up(&build));
            return;
        }
        Some(Ok(Ok(None))) => return,
        Some(Ok(Err(error))) => error.to_string(),
        Some(Err(_)) => wording::NO_ANSWER.to_owned(),
        None => wording::POST_STEP_CANCELED.to_owned(),
    };
    let page = client.address().run_page(id);
    reports.warning(&wording::not_cleaned_up(id, Some(page.url()), &failure));
}

fn client(environment: &Environment) -> anyhow::Result<Client> {
    let inputs = Inputs::from_environment(environment)?;
    let http = http_client(&super::trust(&inputs, environment)?, Patience::default())?;
    Ok(Client::new(http, inputs.project, &inputs.credential)?)
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
