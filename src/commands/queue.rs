//! Putting a run into the queue, once.

use std::io::Write;
use std::time::Duration;

use super::search::{Found, Search};
use super::step::Step;
use crate::azure::{Error, Fate, RunRequest, backoff};
use crate::build::Build;
use crate::mark::Claim;
use crate::report::wording;

/// How long an interrupted step waits for the answer to a queue request that is on its way: without
/// it the run that may exist could not be canceled.
const AFTER_INTERRUPT: Duration = Duration::from_secs(4);

/// How long it looks for the run of a request whose answer was lost.
const SEARCH_AFTER_INTERRUPT: Duration = Duration::from_secs(2);

/// How often a queue request is sent again whose answer was lost and whose run does not exist.
const RESENDS: usize = 2;

/// A run in the queue.
pub(super) struct Queued {
    pub(super) build: Build,
    /// Its tags as far as they are known.
    pub(super) tags: Vec<String>,
}

/// Queues the run. Nothing where the step was interrupted and no run was started.
///
/// What the service may have carried out is not sent again before the service was asked for the run:
/// a second request could start a second one.
pub(super) async fn queue<W: Write>(
    step: &mut Step<'_, W>,
    request: &RunRequest,
    claim: &Claim,
) -> anyhow::Result<Option<Queued>> {
    let mut pauses = backoff::brief();
    let mut resends = 0..RESENDS;
    // A request that was lost earlier may have its run later.
    let since = step.client.service_time();
    loop {
        if step.shutdown.count() > 0 {
            return Ok(None);
        }
        // An interruption while the request is on its way waits for the answer.
        let answer = step.client.queue(request);
        let error = match step.shutdown.hurry(AFTER_INTERRUPT, answer).await {
            Some(Ok((build, tags))) => return Ok(Some(Queued { build, tags })),
            Some(Err(error)) => Some(error),
            None => None,
        };
        let fate = error.as_ref().map_or(Fate::Pending, Error::fate);
        if matches!(fate, Fate::Unknown | Fate::Pending) {
            step.reports.line(&wording::lost_answer(
                error.as_ref().map(ToString::to_string),
            ));
            let shutdown = step.shutdown.clone();
            let search = Search {
                request,
                claim,
                since,
            };
            let found = shutdown
                .hurry(SEARCH_AFTER_INTERRUPT, search.run(step))
                .await;
            let interrupted = || Found::Unclear(wording::INTERRUPTED_SEARCH.to_owned());
            let found = found.unwrap_or_else(interrupted);
            match found {
                Found::Run(build) => {
                    let (build, tags) = (*build, claim.tags().to_vec());
                    return Ok(Some(Queued { build, tags }));
                }
                Found::Nothing if fate == Fate::Unknown && step.shutdown.count() == 0 => {}
                Found::Nothing => return Err(uncertain(error, wording::NOT_FOUND_YET)),
                Found::Unclear(why) => return Err(uncertain(error, &why)),
            }
        }
        let may_go_on = match fate {
            Fate::Unhandled => true,
            Fate::Unknown => resends.next().is_some(),
            Fate::Refused | Fate::Pending => false,
        };
        let pause = pauses.next().filter(|_| may_go_on);
        match (pause, error) {
            (Some(pause), Some(error)) => {
                let pause = backoff::pause(pause, error.retry_after());
                if fate == Fate::Unknown {
                    step.reports.line(&wording::queueing_again(pause));
                }
                step.is_interrupted_within(pause).await;
            }
            (_, Some(error)) if fate == Fate::Unknown => {
                return Err(uncertain(Some(error), wording::NEVER_FOUND));
            }
            (_, Some(error)) => return Err(error.into()),
            (_, None) => return Err(uncertain(None, wording::NOT_FOUND_YET)),
        }
    }
}

/// Puts the claim's tags on a run whose request did not carry them to it. The run goes on without
/// them, too.
pub(super) async fn mark<W: Write>(step: &mut Step<'_, W>, queued: &Queued, claim: &Claim) {
    if claim.is_in(&queued.tags) {
        return;
    }
    let tag = backoff::resend(|| step.client.add_tags(queued.build.id, claim.tags()));
    // The run is canceled first of all when the step is interrupted.
    let Some(marked) = step.shutdown.hurry(Duration::ZERO, tag).await else {
        return;
    };
    match marked {
        Ok(tags) if claim.is_contested(&tags) => step.reports.warning(wording::CONTESTED),
        Ok(_) => {}
        Err(error) => step.reports.warning(&wording::unmarked(&error.to_string())),
    }
}

/// The end of a step that does not know whether its run exists.
fn uncertain(error: Option<Error>, why: &str) -> anyhow::Error {
    let sentence = wording::uncertain_queue_request(why);
    match error {
        Some(error) => anyhow::Error::new(error).context(sentence),
        None => anyhow::anyhow!(sentence),
    }
}
