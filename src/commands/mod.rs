//! The use cases: they wire the other modules together.

mod run;

use std::io::Write;

use crate::azure;
use crate::github::api::LookupError;
use crate::github::context::{Context, ContextError};
use crate::inputs::{Command, Environment, InputError, Inputs};
use crate::outcome::{self, Outcome};
use crate::report::{Choices, Reports};
use crate::shutdown::Shutdown;
use crate::source::SourceError;

/// Reads the inputs and does what they say.
pub(crate) async fn dispatch<W: Write>(
    environment: &Environment,
    shutdown: &mut Shutdown,
    reports: &mut Reports<W>,
) -> anyhow::Result<Outcome> {
    let inputs = Inputs::from_environment(environment)?;
    let context = Context::from_env(
        |name| environment.get(name).cloned(),
        |path| std::fs::read(path),
    )?;
    reports.configure(
        Choices {
            timestamps: inputs.timestamps,
            annotations: inputs.annotations,
        },
        &inputs.project,
    );
    let trust = azure::Trust {
        system: ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .iter()
            .any(|name| environment.contains_key(*name)),
        certificates: run::certificates(&inputs)?,
    };
    match inputs.command {
        Command::Run => run::run(&inputs, &context, &trust, shutdown, reports).await,
    }
}

/// The exit code for an error that ended the step.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is = |wrong: bool, code: u8| wrong.then_some(code);
    is(
        error.is::<InputError>() || error.is::<ContextError>() || error.is::<SourceError>(),
        outcome::WRONG_INPUTS,
    )
    .or(is(
        error.is::<azure::Error>() || error.is::<LookupError>(),
        outcome::SERVICE_FAILED,
    ))
    .unwrap_or(outcome::SERVICE_FAILED)
}
