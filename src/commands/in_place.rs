//! Starting the failed stages of a run again, in the same run.

use std::io::Write;
use std::time::Duration;

use super::step::Step;
use crate::azure::{Client, Error, Fate, backoff};
use crate::build::{Build, Record, Timeline};
use crate::report::wording;

/// The pauses before each look at a run whose retry request was lost.
const LOOKS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// How long an interrupted step waits for the answer to a retry request that is on its way.
const AFTER_INTERRUPT: Duration = Duration::from_secs(2);

/// Whether the failed stages run again.
pub(super) enum InPlace {
    /// They do, or may: the answer was still awaited when the step was interrupted.
    Started,
    /// They do not; why, as a clause.
    Refused(String),
}

/// Starts the failed stages of the run again, which is over. A request that was lost is sent again
/// only where the run has not moved: a second one would start them once more.
pub(super) async fn retry_failed_stages<W: Write>(
    step: &mut Step<'_, W>,
    build: &Build,
    timeline: &Timeline,
) -> anyhow::Result<InPlace> {
    let failed: Vec<&Record> = timeline
        .stages()
        .filter(|stage| stage.has_failed())
        .collect();
    if failed.is_empty() {
        return Ok(InPlace::Refused(wording::NO_FAILED_STAGE.to_owned()));
    }
    let names: Vec<&str> = failed.iter().map(|stage| stage.name.as_str()).collect();
    let mut pauses = backoff::brief();
    loop {
        let answer = send(&step.client, build, &failed);
        let Some(answer) = step.shutdown.hurry(AFTER_INTERRUPT, answer).await else {
            return Ok(InPlace::Started);
        };
        let error = match answer {
            Ok(()) => {
                step.reports.line(&wording::retried_in_place(build, &names));
                return Ok(InPlace::Started);
            }
            Err(error) => error,
        };
        match error.fate() {
            Fate::Refused => return Ok(InPlace::Refused(error.to_string())),
            Fate::Unhandled => {}
            Fate::Unknown | Fate::Pending => {
                if has_moved(step, build, timeline).await? {
                    step.reports.line(&wording::retried_in_place(build, &names));
                    return Ok(InPlace::Started);
                }
            }
        }
        let Some(pause) = pauses.next() else {
            return Ok(InPlace::Refused(error.to_string()));
        };
        let pause = backoff::pause(pause, error.retry_after());
        if step.is_interrupted_within(pause).await {
            return Ok(InPlace::Started);
        }
    }
}

async fn send(client: &Client, build: &Build, failed: &[&Record]) -> Result<(), Error> {
    match failed {
        [stage] => {
            let name = stage.identifier.as_deref().unwrap_or(&stage.name);
            client.retry_stage(build.id, name).await
        }
        // While one stage runs again, the service takes no request for another.
        _ => client.retry_build(build.id).await,
    }
}

/// Whether the run, which was over, goes on or has gone on.
async fn has_moved<W: Write>(
    step: &mut Step<'_, W>,
    build: &Build,
    timeline: &Timeline,
) -> Result<bool, Error> {
    for pause in LOOKS {
        step.is_interrupted_within(pause).await;
        let client = &step.client;
        let now = backoff::resend(|| client.get_build(build.id)).await?;
        let records = backoff::resend(|| client.get_timeline(build.id)).await?;
        if !now.is_completed() || records.last_attempt() > timeline.last_attempt() {
            return Ok(true);
        }
    }
    Ok(false)
}
