//! `cancel`: cancels a run and waits until it is over.

use std::io::Write;
use std::time::Duration;

use tokio::time::Instant;

use super::step::Step;
use crate::azure::{Error, backoff};
use crate::build::{Build, BuildId, Timeline};
use crate::outcome;
use crate::report::{self, wording};

/// How long the end of the run is waited for: jobs have five minutes by default before their agents
/// end them (`cancelTimeoutInMinutes`), and their stages and the run then take a moment to close.
const PATIENCE: Duration = Duration::from_mins(10);

/// Cancels the run; gives the exit code.
pub(super) async fn cancel<W: Write>(mut step: Step<'_, W>, id: BuildId) -> anyhow::Result<u8> {
    let Some(build) = step.get_build(id).await? else {
        return Ok(step.interrupted().exit_code());
    };
    step.write_outputs(&report::queued(&build, 0));
    if build.is_completed() {
        step.reports.line(&wording::over_already(&build));
        step.write_outputs(&report::finished(&build, &Timeline::default()));
        return Ok(outcome::SUCCESS);
    }
    if !request(&step, id).await? {
        anyhow::bail!(wording::cancel_unanswered(&build));
    }
    step.reports.line(&wording::canceling(&build));
    let build = wait_for_end(&mut step, build).await?;
    step.write_outputs(&report::finished(&build, &Timeline::default()));
    if build.is_completed() {
        step.reports.line(&wording::canceled(&build));
        Ok(outcome::SUCCESS)
    } else if step.shutdown.count() > 0 {
        step.reports.line(&wording::still_canceling(&build));
        Ok(outcome::INTERRUPTED)
    } else {
        step.reports
            .error(&wording::cancel_takes_long(&build, PATIENCE));
        Ok(outcome::TIMED_OUT)
    }
}

/// Sends the cancel request until the service has heard it, and says whether it has: only a second
/// signal prevents that. The service may refuse because the run has ended meanwhile.
async fn request<W: Write>(step: &Step<'_, W>, id: BuildId) -> anyhow::Result<bool> {
    let mut shutdown = step.shutdown.clone();
    let sent = backoff::resend(|| step.client.cancel(id));
    match shutdown.unless_requested(2, sent).await {
        None => Ok(false),
        Some(Err(error @ Error::Refused { .. })) => {
            let is_over = step.client.get_build(id).await?.is_completed();
            if is_over { Ok(true) } else { Err(error.into()) }
        }
        Some(answer) => Ok(answer.map(|()| true)?),
    }
}

/// Asks until the run is over, the step is interrupted, or it takes too long; gives the run as last
/// seen.
async fn wait_for_end<W: Write>(step: &mut Step<'_, W>, build: Build) -> anyhow::Result<Build> {
    let start = Instant::now();
    let mut pace = step.pace();
    let mut last = build;
    while let Some(build) = step.get_build(last.id).await? {
        pace.saw(build.status != last.status, start.elapsed());
        last = build;
        let pause = pace
            .pause(false)
            .max(step.client.take_retry_after().unwrap_or_default());
        if last.is_completed()
            || start.elapsed() + pause > PATIENCE
            || step.is_interrupted_within(pause).await
        {
            break;
        }
    }
    Ok(last)
}
