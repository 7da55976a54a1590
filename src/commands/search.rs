//! Looking for the run that a queue request started whose answer was lost.

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::step::Step;
use crate::azure::{Error, FoundRun, RunQuery, RunRequest, backoff};
use crate::build::Build;
use crate::mark::{self, Claim};
use crate::report::wording;

/// The pauses before each look: the request may still be on its way, and other steps need a moment
/// to mark the runs that are theirs.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
];

/// How far the clocks of the service's machines may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// What is looked for.
pub(super) struct Search<'a> {
    pub(super) request: &'a RunRequest,
    pub(super) claim: &'a Claim,
    /// The service's clock before the request was sent.
    pub(super) since: Option<DateTime<Utc>>,
}

/// What was found.
pub(super) enum Found {
    /// The run.
    Run(Box<Build>),
    /// No run that could be it.
    Nothing,
    /// It cannot be decided; why, as a clause.
    Unclear(String),
}

/// Whether a run is the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// It carries this very claim.
    Own,
    /// All that is known fits, and nobody has claimed it.
    Alike,
    /// It may be, but something differs that can differ.
    Possible,
    /// It is not.
    Other,
}

impl Search<'_> {
    /// Looks several times and decides in the end; at once when the run carries the claim, or when
    /// the step is interrupted.
    pub(super) async fn run<W: Write>(&self, step: &mut Step<'_, W>) -> Found {
        let mut seen: Result<Vec<(Likeness, FoundRun)>, Error> = Ok(Vec::new());
        for pause in LOOKS {
            let asked = seen.as_ref().err().and_then(Error::retry_after);
            step.is_interrupted_within(backoff::pause(pause, asked))
                .await;
            seen = self.look(step).await;
            let runs = seen.iter().flatten();
            if let Some((_, run)) = runs.into_iter().find(|(like, _)| *like == Likeness::Own) {
                step.reports.line(&wording::found_run(&run.build));
                return Found::Run(Box::new(run.build.clone()));
            }
        }
        match self.decide(step, seen).await {
            Ok(found) => found,
            Err(error) => Found::Unclear(wording::not_searched(&error.to_string())),
        }
    }

    /// What the last look means.
    async fn decide<W: Write>(
        &self,
        step: &mut Step<'_, W>,
        seen: Result<Vec<(Likeness, FoundRun)>, Error>,
    ) -> Result<Found, Error> {
        let mut seen = seen?;
        if seen.is_empty() {
            return Ok(Found::Nothing);
        }
        let user = backoff::resend(|| step.client.user_id()).await?;
        seen.retain(|(_, run)| {
            let who = run.requested_for.as_deref();
            who.is_none_or(|who| who.eq_ignore_ascii_case(&user))
        });
        match (seen.pop(), seen.is_empty()) {
            (None, _) => Ok(Found::Nothing),
            (Some((Likeness::Alike, run)), true) => self.adopt(step, run.build).await,
            _ => Ok(Found::Unclear(wording::SEVERAL_ALIKE.to_owned())),
        }
    }

    /// The runs that may be the one that is looked for.
    async fn look<W: Write>(&self, step: &Step<'_, W>) -> Result<Vec<(Likeness, FoundRun)>, Error> {
        let client = &step.client;
        let since = self.since.map(|since| since - SKEW);
        let query = RunQuery {
            pipeline: self.request.pipeline,
            source_branch: self.request.source_branch.as_deref(),
            queued_since: since,
            tag: None,
        };
        let mut runs = client.find_runs(&query).await?;
        runs.retain(|run| since.is_none_or(|since| run.build.queued.is_none_or(|at| at >= since)));
        let judged = |run: FoundRun| match likeness(self.request, self.claim, &run) {
            // Without a clock nothing tells it from an earlier run.
            Likeness::Alike if since.is_none() => (Likeness::Possible, run),
            likeness => (likeness, run),
        };
        let judged = runs.into_iter().map(judged);
        Ok(judged
            .filter(|(likeness, _)| *likeness != Likeness::Other)
            .collect())
    }

    /// Claims the run, unless another step does at the same time.
    async fn adopt<W: Write>(&self, step: &mut Step<'_, W>, build: Build) -> Result<Found, Error> {
        if !claim(step, &build, self.claim).await? {
            return Ok(Found::Unclear(wording::CLAIMED_BY_ANOTHER.to_owned()));
        }
        step.reports.line(&wording::found_run(&build));
        Ok(Found::Run(Box::new(build)))
    }
}

/// Puts the claim on a run that somebody else may claim, too; says whether it is this step's alone.
pub(super) async fn claim<W: Write>(
    step: &Step<'_, W>,
    build: &Build,
    claim: &Claim,
) -> Result<bool, Error> {
    let client = &step.client;
    let tags = backoff::resend(|| client.add_tags(build.id, claim.tags())).await?;
    if claim.is_contested(&tags) {
        return Ok(false);
    }
    // The service may have answered before it knew of a claim of the same moment.
    let tags = backoff::resend(|| client.tags(build.id)).await?;
    Ok(claim.is_in(&tags) && !claim.is_contested(&tags))
}

/// Compares a run with what was asked for. The commit may be another one, as where a pull request
/// moves, and so may variables, which the service masks: that makes a run doubtful, not another.
fn likeness(request: &RunRequest, claim: &Claim, run: &FoundRun) -> Likeness {
    if claim.is_in(&run.tags) {
        return Likeness::Own;
    }
    let is_pipeline = run.pipeline.is_none_or(|id| id == request.pipeline);
    let is_branch = same(
        request.source_branch.as_deref(),
        run.build.source_branch.as_deref(),
    );
    if !is_pipeline || !is_branch || mark::is_claimed(&run.tags) {
        return Likeness::Other;
    }
    let is_version = request.source_version.is_none()
        || run.build.source_version.is_some()
            && same(
                request.source_version.as_deref(),
                run.build.source_version.as_deref(),
            );
    if is_version && has_variables(request, run.variables.as_deref()) {
        Likeness::Alike
    } else {
        Likeness::Possible
    }
}

/// Whether what was asked for, if anything, is what is there, if that is known.
fn same(asked: Option<&str>, there: Option<&str>) -> bool {
    match (asked, there) {
        (Some(asked), Some(there)) => asked.eq_ignore_ascii_case(there),
        _ => true,
    }
}

/// Whether a run was queued with these variables.
fn has_variables(request: &RunRequest, json: Option<&str>) -> bool {
    let known: Map<String, Value> = json
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let mut asked = request.variables.iter();
    known.len() == request.variables.len()
        && asked.all(|(name, value)| known.get(name).and_then(Value::as_str) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{BuildId, BuildStatus, RunPage};
    use crate::github::context::Context;
    use crate::mark::Mark;

    fn request() -> RunRequest {
        RunRequest {
            pipeline: 12,
            source_branch: Some("refs/heads/main".into()),
            source_version: Some("1".repeat(40)),
            variables: vec![("who".into(), "world".into())],
            ..RunRequest::default()
        }
    }

    fn run() -> FoundRun {
        FoundRun {
            build: Build {
                id: BuildId(1),
                number: "1".into(),
                status: BuildStatus::NotStarted,
                result: None,
                pipeline: "App CI".into(),
                source_branch: Some("refs/heads/main".into()),
                source_version: Some("1".repeat(40)),
                queued: None,
                started: None,
                finished: None,
                queue_position: None,
                last_changed_by: None,
                plan: None,
                validation: Vec::new(),
                page: RunPage::new(String::new()),
            },
            pipeline: Some(12),
            tags: Vec::new(),
            requested_for: None,
            variables: Some("{\"who\":\"world\"}".into()),
        }
    }

    #[test]
    fn a_run_is_alike_only_where_everything_fits() {
        let own = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        let foreign = Mark::new(&Context::default(), "other", &[]).claim(1, 2);
        let check = |expected, change: &dyn Fn(&mut FoundRun)| {
            let mut run = run();
            change(&mut run);
            assert_eq!(likeness(&request(), &own, &run), expected, "{run:?}");
        };
        check(Likeness::Alike, &|_| {});
        check(Likeness::Alike, &|run| run.tags = vec!["nightly".into()]);
        check(Likeness::Own, &|run| run.tags = own.tags().to_vec());
        check(Likeness::Other, &|run| run.tags = foreign.tags().to_vec());
        check(Likeness::Other, &|run| run.pipeline = Some(13));
        check(Likeness::Other, &|run| {
            run.build.source_branch = Some("refs/heads/topic".into());
        });
        check(Likeness::Possible, &|run| {
            run.build.source_version = Some("2".repeat(40));
        });
        check(Likeness::Possible, &|run| run.build.source_version = None);
        check(Likeness::Possible, &|run| {
            run.variables = Some("{\"who\":\"moon\"}".into());
        });
        check(Likeness::Possible, &|run| run.variables = None);
    }
}
