//! A run that was asked for and whose id is not known.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::azure::{FoundRun, RunQuery, RunRequest};
use crate::mark::{self, Claim};

/// How far the clocks of the service's machines may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// All by which the run can be recognized. As text it is one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expected {
    pipeline: u64,
    branch: Option<String>,
    commit: Option<String>,
    /// A hash, because their values may be secret.
    variables: u64,
    /// A hash of the template parameters.
    parameters: u64,
    claim: Claim,
    /// The service's clock before the request was sent.
    since: Option<DateTime<Utc>>,
}

/// Whether a run is the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It carries this very claim.
    Own,
    /// All that is known fits, and nobody has claimed it.
    Alike,
    /// It may be, but something differs that can differ.
    Possible,
    /// It is not.
    Other,
}

impl Expected {
    /// The run of a request that is sent after `since`.
    pub(super) fn new(request: &RunRequest, claim: &Claim, since: Option<DateTime<Utc>>) -> Self {
        Self {
            pipeline: request.pipeline,
            branch: request.source_branch.clone(),
            commit: request.source_version.clone(),
            variables: hash(&request.variables),
            parameters: hash(&request.template_parameters),
            claim: claim.clone(),
            since,
        }
    }

    /// The definition's id.
    pub(super) fn pipeline(&self) -> u64 {
        self.pipeline
    }

    /// The claim that it is to carry.
    pub(super) fn claim(&self) -> &Claim {
        &self.claim
    }

    /// The earliest moment at which it can have been queued, by the clock of any of the service's
    /// machines.
    fn since(&self) -> Option<DateTime<Utc>> {
        self.since.map(|since| since - SKEW)
    }

    /// What finds it.
    pub(super) fn query(&self) -> RunQuery<'_> {
        RunQuery {
            pipeline: self.pipeline,
            source_branch: self.branch.as_deref(),
            queued_since: self.since(),
            tag: None,
        }
    }

    /// Compares a run with it. The commit may be another one, as where a pull request moves, and so
    /// may variables, which the service masks, or parameters, which it may complete: that makes a run doubtful, not another.
    pub(super) fn likeness(&self, run: &FoundRun) -> Likeness {
        let since = self.since();
        if since.is_some_and(|since| run.build.queued.is_some_and(|queued| queued < since)) {
            return Likeness::Other;
        }
        if self.claim.is_in(&run.tags) {
            return Likeness::Own;
        }
        let is_pipeline = run.pipeline.is_none_or(|id| id == self.pipeline);
        let is_branch = same(self.branch.as_deref(), run.build.source_branch.as_deref());
        if !is_pipeline || !is_branch || mark::is_claimed(&run.tags) {
            return Likeness::Other;
        }
        let there = run.build.source_version.as_deref();
        let is_commit =
            self.commit.is_none() || there.is_some() && same(self.commit.as_deref(), there);
        // Without a clock nothing tells it from an earlier run.
        let is_asked = self.has_variables(run.variables.as_deref())
            && self.parameters == hash(&run.template_parameters);
        if is_commit && since.is_some() && is_asked {
            Likeness::Alike
        } else {
            Likeness::Possible
        }
    }

    /// Whether a run was queued with the same variables.
    fn has_variables(&self, json: Option<&str>) -> bool {
        let known: Map<String, Value> = json
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
        let known = known.into_iter().map(text).collect::<Option<Vec<_>>>();
        known.is_some_and(|known| hash(&known) == self.variables)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Expected {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// A hash of names and values in any order.
fn hash(pairs: &[(String, String)]) -> u64 {
    let mut pairs: Vec<&(String, String)> = pairs.iter().collect();
    pairs.sort_unstable();
    let parts = pairs.into_iter();
    mark::hash(parts.flat_map(|(name, value)| [name.as_str(), value.as_str()]))
}

/// Whether what was asked for, if anything, is what is there, if that is known.
fn same(asked: Option<&str>, there: Option<&str>) -> bool {
    match (asked, there) {
        (Some(asked), Some(there)) => asked.eq_ignore_ascii_case(there),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Build, BuildId, BuildStatus, RunPage};
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
                page: RunPage::new(crate::untrusted::Link::literal("")),
            },
            pipeline: Some(12),
            tags: Vec::new(),
            requested_for: None,
            variables: Some("{\"who\":\"world\"}".into()),
            template_parameters: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_alike_only_where_everything_fits() {
        let own = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        let foreign = Mark::new(&Context::default(), "other", &[]).claim(1, 2);
        let check = |expected, change: &dyn Fn(&mut FoundRun)| {
            let mut run = run();
            change(&mut run);
            let sought = Expected::new(&request(), &own, Some(DateTime::UNIX_EPOCH));
            assert_eq!(sought.likeness(&run), expected, "{run:?}");
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
        check(Likeness::Possible, &|run| {
            run.template_parameters = vec![("environment".into(), "test".into())];
        });
    }

    #[test]
    fn without_a_clock_no_run_is_alike() {
        let claim = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        let sought = Expected::new(&request(), &claim, None);
        assert_eq!(sought.likeness(&run()), Likeness::Possible);
    }

    #[test]
    fn it_can_be_written_down_without_the_variables() {
        let claim = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        let sought = Expected::new(&request(), &claim, Some(DateTime::UNIX_EPOCH));
        let written = sought.to_string();
        assert!(
            !written.contains("who") && !written.contains("world"),
            "{written}"
        );
        assert_eq!(written.parse::<Expected>().expect("valid"), sought);
    }
}
