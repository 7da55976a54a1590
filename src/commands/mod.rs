//! The use cases: they wire the other modules together.

mod cancel;
mod check;
mod clean_up;
mod expected;
mod explain;
mod github;
mod held;
mod in_place;
mod list;
mod nearest;
mod pipeline;
mod publish;
mod publisher;
mod queue;
mod reported;
mod request;
mod resume;
mod retry;
mod run;
mod search;
mod show;
mod step;
mod tags;
mod teller;
mod watch;

use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use crate::azure::{self, Patience};
use crate::github::context::{Context, ContextError};
use crate::inputs::{CaCertificate, Command, Environment, InputError, Inputs};
use crate::network::{Network, Proxies, Settings, SetupError, Trust};
use crate::outcome;
use crate::report::Reports;
use crate::shutdown::Shutdown;
use crate::source::SourceError;

use step::Step;

pub(crate) use clean_up::{clean_up, end_report};
pub(crate) use explain::{manual, tell};
#[cfg(feature = "fuzzing")]
pub(crate) use held::HeldRun;
pub(crate) use held::{Held, left_behind};
pub(crate) use reported::left_reported;

/// Reads the inputs and does what they say; gives the exit code.
pub(crate) async fn dispatch<W: Write>(
    environment: &Environment,
    shutdown: &mut Shutdown,
    reports: &mut Reports<W>,
    patience: Patience,
    held: &Held,
) -> anyhow::Result<u8> {
    let inputs = Inputs::from_environment(environment)?;
    let context = Context::from_env(
        |name| environment.get(name).cloned(),
        |path| std::fs::read(path),
    )?;
    let network = network(&inputs, environment, patience)?;
    reports.configure(
        inputs.timestamps,
        inputs.annotations,
        context.this_repository(),
    );
    let step = Step::new(
        &inputs,
        &context,
        (network, patience),
        shutdown,
        reports,
        held,
    )?;
    let client = Rc::clone(&step.client);
    match obey(step, &inputs.command).await {
        Ok(exit_code) => Ok(exit_code),
        Err(error) => Err(explain::explain(error, &client, &inputs.command, shutdown).await),
    }
}

async fn obey<W: Write>(step: Step<'_, W>, command: &Command) -> anyhow::Result<u8> {
    let outcome = match command {
        Command::Run(run) => run::run(step, run).await?,
        Command::Check(run) => return check::check(step, run).await,
        Command::Watch(id) => watch::watch(step, *id).await?,
        Command::Retry(id) => retry::retry(step, *id).await?,
        Command::Cancel(id) => return cancel::cancel(step, *id).await,
        Command::List(list) => list::list(step, list).await?,
        Command::Show(show) => show::show(step, show).await?,
        Command::TagAdd(add) => tags::add(step, add).await?,
        Command::TagList(run) => tags::list(step, *run).await?,
        Command::TagDelete(delete) => tags::delete(step, delete).await?,
    };
    Ok(outcome.exit_code())
}

/// The way to the services, with the certificates that the input gives or names.
fn network(
    inputs: &Inputs,
    environment: &Environment,
    patience: Patience,
) -> anyhow::Result<Network> {
    let certificates = match &inputs.ca_certificate {
        None => None,
        Some(CaCertificate::Text(pem)) => Some(pem.clone().into_bytes()),
        Some(CaCertificate::File(path)) => Some(std::fs::read(path).map_err(|error| {
            InputError::new(format!(
                "`ca-certificate` is \"{path}\", a file that could not be read: {error}; give PEM text or the path of \
                 such a file in the workspace"
            ))
        })?),
    };
    let path = |name: &str| {
        let value = environment.get(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let settings = Settings {
        trust: Trust {
            certificates,
            file: path("SSL_CERT_FILE"),
            directory: path("SSL_CERT_DIR"),
        },
        proxies: Proxies::read(|name| environment.get(name).cloned())?,
    };
    Ok(Network::new(&settings, patience.request)?)
}

/// Lets time pass.
#[expect(
    clippy::disallowed_methods,
    reason = "the pauses between requests, which end with the task or by a signal"
)]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// The exit code for an error that ended the step.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is_input = error.is::<InputError>()
        || error.is::<ContextError>()
        || error.is::<SourceError>()
        || error.is::<SetupError>()
        || error.downcast_ref().is_some_and(azure::Error::is_input);
    if is_input {
        outcome::WRONG_INPUTS
    } else {
        outcome::SERVICE_FAILED
    }
}
