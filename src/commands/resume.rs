//! Going on with a run that an earlier attempt of the same workflow job started.

use std::io::Write;
use std::time::Duration;

use super::search;
use super::step::Step;
use crate::azure::{Client, Error, RunQuery, backoff};
use crate::build::{Build, BuildStatus};
use crate::mark::{Claim, Earlier, Mark};
use crate::report::wording;

/// How long an interrupted step goes on looking.
const AFTER_INTERRUPT: Duration = Duration::from_secs(2);

/// The run of an earlier attempt that is still going, claimed for this one. Where that is in doubt,
/// none: to follow a run of another step would be worse than to start one more.
pub(super) async fn earlier_run<W: Write>(
    step: &mut Step<'_, W>,
    pipeline: u64,
    mark: &Mark,
    claim: &Claim,
) -> Option<Build> {
    let tag = mark.earlier()?;
    // An interruption is no reason to leave a run alone that would be canceled a moment later.
    let shutdown = step.shutdown.clone();
    let resumed = resume(step, pipeline, tag, mark, claim);
    match shutdown.hurry(AFTER_INTERRUPT, resumed).await? {
        Ok(resumed) => resumed,
        Err(error) => {
            let warning = wording::not_resumed(&error.to_string());
            step.reports.warning(&warning);
            None
        }
    }
}

async fn resume<W: Write>(
    step: &mut Step<'_, W>,
    pipeline: u64,
    tag: &str,
    mark: &Mark,
    claim: &Claim,
) -> Result<Option<Build>, Error> {
    let build = match find(&step.client, pipeline, tag, mark).await? {
        Earlier::None => return Ok(None),
        Earlier::Unclear => {
            step.reports.line(&wording::unclear_earlier_run());
            return Ok(None);
        }
        Earlier::Run(build) => build,
    };
    if search::claim(&step.client, &build, claim).await? {
        return Ok(Some(build));
    }
    step.reports.line(&wording::earlier_run_taken(&build));
    Ok(None)
}

async fn find(
    client: &Client,
    pipeline: u64,
    tag: &str,
    mark: &Mark,
) -> Result<Earlier<Build>, Error> {
    let query = RunQuery {
        pipeline,
        source_branch: None,
        queued_since: None,
        tag: Some(tag),
    };
    let runs = backoff::resend(|| client.find_runs(&query)).await?;
    let runs = runs.into_iter().map(|run| {
        let is_going = matches!(
            run.build.status,
            BuildStatus::NotStarted | BuildStatus::Postponed | BuildStatus::InProgress
        );
        (run.build, run.tags, is_going)
    });
    Ok(mark.pick(runs.collect()))
}
