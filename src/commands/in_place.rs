//! Starting the failed stages of a run again, in the same run.

use std::borrow::Cow;
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
    /// They do not, and will not; why, as a clause.
    Refused(String),
    /// It is not known, or asking is not possible any more.
    Failed(Error),
}

/// Starts the failed stages of the run again, which is over. A request that was lost is sent again
/// only where the run has not moved: a second one would start them once more.
pub(super) async fn retry_failed_stages<W: Write>(
    step: &mut Step<'_, W>,
    build: &Build,
    timeline: &Timeline,
) -> InPlace {
    let timeline = match with_failed_stages(&step.client, build, timeline).await {
        Ok(timeline) => timeline,
        Err(error) => return InPlace::Failed(error),
    };
    let failed = failed_stages(&timeline);
    if failed.is_empty() {
        return InPlace::Refused(wording::NO_FAILED_STAGE.to_owned());
    }
    let mut pauses = backoff::brief();
    loop {
        let answer = send(&step.client, build, &failed);
        let error = match step.shutdown.hurry(AFTER_INTERRUPT, answer).await {
            None => return InPlace::Started,
            Some(Ok(())) => return started(step, build, &failed),
            Some(Err(error)) => error,
        };
        match error.fate() {
            Fate::Refused if !matches!(error, Error::Unauthorized { .. }) => {
                return InPlace::Refused(error.to_string());
            }
            Fate::Refused | Fate::Unhandled => {}
            Fate::Unknown | Fate::Pending => {
                let shutdown = step.shutdown.clone();
                let looks = has_moved(step, build, &timeline);
                match shutdown.hurry(Duration::ZERO, looks).await {
                    // It may go on, and is to be canceled before the runner's patience ends.
                    None => return InPlace::Started,
                    Some(Ok(true)) => return started(step, build, &failed),
                    Some(Ok(false)) => {}
                    Some(Err(error)) => return InPlace::Failed(error),
                }
            }
        }
        let Some(pause) = pauses.next() else {
            return InPlace::Failed(error);
        };
        let pause = backoff::pause(pause, error.retry_after());
        if step.is_interrupted_within(pause).await {
            return InPlace::Started;
        }
    }
}

/// The timeline; that of now where no stage in it has failed, because the last look may not have come.
async fn with_failed_stages<'t>(
    client: &Client,
    build: &Build,
    timeline: &'t Timeline,
) -> Result<Cow<'t, Timeline>, Error> {
    if failed_stages(timeline).is_empty() {
        let now = backoff::resend(|| client.get_timeline(build.id)).await?;
        Ok(Cow::Owned(now))
    } else {
        Ok(Cow::Borrowed(timeline))
    }
}

fn started<W: Write>(step: &mut Step<'_, W>, build: &Build, failed: &[&Record]) -> InPlace {
    let names: Vec<&str> = failed.iter().map(|stage| stage.name.as_str()).collect();
    step.reports.line(&wording::retried_in_place(build, &names));
    InPlace::Started
}

fn failed_stages(timeline: &Timeline) -> Vec<&Record> {
    let stages = timeline.stages();
    stages.filter(|stage| stage.has_failed()).collect()
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
        if !now.is_completed() || records.attempts() > timeline.attempts() {
            return Ok(true);
        }
    }
    Ok(false)
}
