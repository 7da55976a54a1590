//! Putting a run into the queue, once.

use std::fmt;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use super::expected::Expected;
use super::held::HeldRun;
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

/// The end of a step that does not know whether its run exists.
#[derive(Debug)]
struct Uncertain(String);

impl fmt::Display for Uncertain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Queues the run. Nothing where the step was interrupted and no run was started.
///
/// The run is held before it is asked for: a step that is killed meanwhile cannot look for it.
pub(super) async fn queue<W: Write>(
    step: &mut Step<'_, W>,
    request: &RunRequest,
    claim: &Claim,
) -> anyhow::Result<Option<Queued>> {
    let api = step.client.api_for(request)?;
    // The time is that before the first request: one that was lost earlier may have its run later.
    let expected = Expected::new(request, api, claim, step.client.service_time());
    let queued = queue_expected(step, request, &expected).await;
    let is_queued = matches!(queued, Ok(Some(_)));
    let is_uncertain = queued.as_ref().is_err_and(anyhow::Error::is::<Uncertain>);
    // The post step has more time to look than an interrupted step.
    let may_be_found = is_uncertain && step.shutdown.count() > 0;
    if !is_queued && !may_be_found {
        step.let_go();
    }
    queued
}

/// What the service may have carried out is not sent again before the service was asked for the run:
/// a second request could start a second one.
async fn queue_expected<W: Write>(
    step: &mut Step<'_, W>,
    request: &RunRequest,
    expected: &Expected,
) -> anyhow::Result<Option<Queued>> {
    let mut pauses = backoff::brief();
    let mut resends = 0..RESENDS;
    loop {
        if step.shutdown.count() > 0 {
            return Ok(None);
        }
        step.hold(HeldRun::Expected(Box::new(expected.clone())));
        // An interruption while the request is on its way waits for the answer.
        let answer = step.client.queue(request);
        let error = match step.shutdown.hurry(AFTER_INTERRUPT, answer).await {
            Some(Ok((build, tags))) => return Ok(Some(Queued { build, tags })),
            Some(Err(error)) => Some(error),
            None => None,
        };
        let fate = error.as_ref().map_or(Fate::Pending, Error::fate);
        if matches!(fate, Fate::Unknown | Fate::Pending) {
            match lost_run(step, expected, fate, error.as_ref()).await {
                Ok(Some(queued)) => return Ok(Some(queued)),
                Ok(None) => {}
                Err(why) => return Err(uncertain(error, &why)),
            }
        }
        let may_go_on = match fate {
            Fate::Unhandled => true,
            Fate::Unknown => resends.next().is_some(),
            Fate::Refused | Fate::Pending => false,
        };
        match (pauses.next().filter(|_| may_go_on), error) {
            (Some(pause), Some(error)) => {
                let pause = backoff::pause(pause, error.retry_after());
                if fate == Fate::Unknown {
                    step.reports.line(&wording::queueing_again(pause));
                }
                step.is_interrupted_within(pause).await;
            }
            (None, Some(error)) if fate != Fate::Unknown => return Err(error.into()),
            (_, error) => return Err(uncertain(error, wording::NEVER_FOUND)),
        }
    }
}

/// The run of a request whose answer was lost; nothing where it does not exist, so that the request may
/// be sent again. Where that is not certain: why, as a clause.
async fn lost_run<W: Write>(
    step: &mut Step<'_, W>,
    expected: &Expected,
    fate: Fate,
    error: Option<&Error>,
) -> Result<Option<Queued>, String> {
    let error = error.map(ToString::to_string);
    step.reports.line(&wording::lost_answer(error));
    let client = Rc::clone(&step.client);
    let search = Search {
        client: &client,
        expected,
    };
    let shutdown = step.shutdown.clone();
    let search = search.run(async |pause| {
        step.is_interrupted_within(pause).await;
    });
    match shutdown.hurry(SEARCH_AFTER_INTERRUPT, search).await {
        Some(Found::Run(build)) => {
            step.reports.line(&wording::found_run(&build));
            let (build, tags) = (*build, expected.claim().tags().to_vec());
            Ok(Some(Queued { build, tags }))
        }
        Some(Found::Nothing) if fate == Fate::Unknown && shutdown.count() == 0 => Ok(None),
        Some(Found::Nothing) => Err(wording::NOT_FOUND_YET.to_owned()),
        Some(Found::Unclear(why)) => Err(why),
        None => Err(wording::INTERRUPTED_SEARCH.to_owned()),
    }
}

/// Puts the claim's tags, and `own`, on a run whose request did not carry them to it. The run goes on
/// without them, too.
pub(super) async fn mark<W: Write>(
    step: &mut Step<'_, W>,
    queued: &Queued,
    claim: &Claim,
    own: &[String],
) {
    let is_there = |tag: &&String| {
        let mut there = queued.tags.iter();
        there.any(|there| there.eq_ignore_ascii_case(tag))
    };
    let wanted = claim.tags().iter().chain(own);
    let missing: Vec<String> = wanted.filter(|tag| !is_there(tag)).cloned().collect();
    if missing.is_empty() {
        return;
    }
    let tag = backoff::resend(|| step.client.add_tags(queued.build.id, &missing));
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

fn uncertain(error: Option<Error>, why: &str) -> anyhow::Error {
    let sentence = Uncertain(wording::uncertain_queue_request(why));
    match error {
        Some(error) => anyhow::Error::new(error).context(sentence),
        None => anyhow::Error::msg(sentence),
    }
}
