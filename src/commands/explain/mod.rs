//! What an error of the service means here: the names that come close, and every reason by itself.

use std::io::Write;

use super::nearest::nearest;
use crate::azure::{self, Client, Error, backoff};
use crate::inputs::{Command, Environment};
use crate::report::{Reports, wording};
use crate::shutdown::Shutdown;

/// The same error, or what it says about the inputs: the service's words know nothing of them.
pub(super) async fn explain(
    error: anyhow::Error,
    client: &Client,
    command: &Command,
    shutdown: &Shutdown,
) -> anyhow::Error {
    let Some(Error::NotFound {
        type_key, message, ..
    }) = alone(&error)
    else {
        return error;
    };
    let project = client.address().project();
    if type_key.starts_with("ProjectDoesNotExist") {
        // The other exception is for an id, which is not like any name.
        let is_name = type_key == "ProjectDoesNotExistWithNameException";
        let nearest = if is_name {
            nearest_projects(client, shutdown).await
        } else {
            None
        };
        let organization = client.address().organization();
        let code = message.split(':').next().unwrap_or_default();
        let sentence = wording::unknown_project(project, &organization, code, nearest.as_deref());
        return anyhow::Error::msg(sentence);
    }
    match command.run_id() {
        Some(id) if type_key == "BuildNotFoundException" => {
            anyhow::Error::msg(wording::unknown_run(id.0, project))
        }
        _ => error,
    }
}

/// The projects that are called nearly the same, if they are told and nobody ends the step meanwhile.
async fn nearest_projects(client: &Client, shutdown: &Shutdown) -> Option<Vec<String>> {
    let listed = backoff::resend(|| client.project_names());
    let listed = shutdown.clone().unless_requested(1, listed).await;
    let all = listed?.ok()?;
    Some(nearest(client.address().project(), &all))
}

/// Tells an error that ends the step; what a validation found, each by itself.
pub(crate) fn tell<W: Write>(reports: &mut Reports<W>, error: &anyhow::Error) {
    let sentence = match alone(error) {
        Some(Error::Refused {
            request,
            status,
            validation,
            ..
        }) if !validation.is_empty() && reports.validation(validation) => {
            wording::not_started(request, *status, validation.len())
        }
        _ => {
            let is_passing = error.downcast_ref::<azure::Error>().is_some_and(|error| {
                matches!(error, Error::Server { .. } | Error::Throttled { .. })
            });
            let later = if is_passing { wording::LATER } else { "" };
            format!("{error:#}{later}")
        }
    };
    reports.error(&sentence);
}

/// The page about errors, in this action's repository at the version that runs. Nothing where the runner does not say
/// which that is (`uses: ./`), and on other servers than github.com, which may take actions from there ("Default
/// environment variables").
pub(crate) fn manual(environment: &Environment) -> Option<String> {
    let given = |name| environment.get(name).filter(|value| !value.is_empty());
    let server = given("GITHUB_SERVER_URL").filter(|server| *server == "https://github.com")?;
    let repository = given("GITHUB_ACTION_REPOSITORY")?;
    let version = given("GITHUB_ACTION_REF")?;
    Some(format!(
        "{server}/{repository}/blob/{version}/docs/troubleshooting.md"
    ))
}

/// An error of the service that nobody has said more about.
pub(super) fn alone(error: &anyhow::Error) -> Option<&azure::Error> {
    error.downcast_ref().filter(|_| error.chain().count() == 1)
}

#[cfg(test)]
mod tests;
