//! Starts an Azure DevOps pipeline from a GitHub workflow, follows it as if it ran there, and makes
//! its verdict the step's verdict.
//!
//! # Layout
//!
//! - [`inputs`]: the action's inputs, from strings to types
//! - [`source`]: which commit the event means
//! - [`build`]: the domain: runs, timelines, log lines, events
//! - [`azure`]: the Azure DevOps edge
//! - [`github`]: the GitHub edge
//! - [`network`]: the way to both: trust, proxies, failures
//! - [`follow`]: the one loop: poll, compare, fetch logs, tell
//! - [`report`]: events become text
//! - `mark`: the tags by which a run is known to be a step's own
//! - [`outcome`]: what the end of a run means; exit codes
//! - [`untrusted`]: foreign text, and its one way into each place
//! - [`secret`]: what must not be shown
//! - [`shutdown`]: the signals, counted
//! - [`zone`]: the time zone of what is written
//! - `commands`: the use cases, which wire the others together

pub mod azure;
pub mod build;
mod commands;
pub mod follow;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod github;
pub mod inputs;
mod mark;
pub mod network;
pub mod outcome;
pub mod report;
pub mod secret;
pub mod shutdown;
pub mod source;
pub mod untrusted;
pub mod zone;

use std::future::poll_fn;
use std::io::{Stdout, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use azure::Patience;
use commands::Held;
use inputs::Environment;
use report::Reports;
use shutdown::Shutdown;

/// Work behind a pointer: a crate that polls a future of another one compiles it, and all that it polls, once more.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// [`run`], as the binary runs it.
#[must_use]
pub fn step(environment: &Environment, shutdown: Shutdown, out: Stdout) -> Work<'_, u8> {
    Box::pin(run(environment, shutdown, out))
}

/// Does what the inputs in `environment` say, writes the log to `out`, and returns the exit code
/// ([`outcome`]). Files that the environment names are read and appended to.
pub async fn run<W: Write>(environment: &Environment, shutdown: Shutdown, out: W) -> u8 {
    run_with(environment, shutdown, out, Patience::default()).await
}

/// The same, waiting for the service as long as `patience` says.
pub async fn run_with<W: Write>(
    environment: &Environment,
    mut shutdown: Shutdown,
    out: W,
    patience: Patience,
) -> u8 {
    let mut reports = Reports::new(out, &inputs::secrets(environment));
    reports.explain_at(commands::manual(environment));
    let held = Held::default();
    let work = commands::dispatch(environment, &mut shutdown, &mut reports, patience, &held);
    let exit_code = match caught(Box::pin(work)).await {
        Some(Ok(exit_code)) => exit_code,
        Some(Err(error)) => {
            commands::tell(&mut reports, &error);
            if shutdown.count() > 0 {
                outcome::INTERRUPTED
            } else {
                commands::exit_code(&error)
            }
        }
        // A bug must not leave a run going that nobody watches.
        None => {
            if let Some(run) = held.run() {
                commands::clean_up(environment, &run, &shutdown, &mut reports).await;
            }
            outcome::SERVICE_FAILED
        }
    };
    // A log that cannot be written does not change the verdict, and there is nowhere to say so.
    drop(reports.finish());
    exit_code
}

/// The post step: cancels a run that [`step`] has left going because it was killed, ends what GitHub was
/// told of it, and tells so in `out`. Does and says nothing where there is neither.
#[must_use]
pub fn clean_up(environment: &Environment, shutdown: Shutdown, out: Stdout) -> Work<'_, ()> {
    Box::pin(async move {
        let run = commands::left_behind(environment);
        let reported = commands::left_reported(environment);
        if run.is_none() && reported.is_none() {
            return;
        }
        let mut reports = Reports::new(out, &inputs::secrets(environment));
        if let Some(run) = run {
            commands::clean_up(environment, &run, &shutdown, &mut reports).await;
        }
        if let Some(reported) = reported {
            commands::end_report(environment, reported, &shutdown, &mut reports).await;
        }
        drop(reports.finish());
    })
}

/// What `work` gives; nothing if it panics.
async fn caught<T>(mut work: Work<'_, T>) -> Option<T> {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}
