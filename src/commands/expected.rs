//! A run that was asked for and whose id is not known.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::azure::{Api, FoundRun, RunQuery, RunRequest, template_text};
use crate::mark::{self, Claim};

/// How far the clocks of the service's machines may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// All by which the run can be recognized. As text it is one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expected {
    pipeline: u64,
    branch: Option<String>,
    commit: Option<String>,
    /// A hash of each, because their values may be more private than their author thought.
    variables: Vec<u64>,
    /// A hash of the name of each secret variable. Nothing is kept of their values, which the service
    /// tells nobody.
    secrets: Vec<u64>,
    /// A hash of the template parameters.
    parameters: u64,
    /// Whether it is asked for by the Pipelines API. Nobody says what the Build API tells then.
    is_by_pipelines: bool,
    claim: Claim,
    /// The service's clock before the request was sent.
    since: Option<DateTime<Utc>>,
}

/// Whether a run is the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
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
    /// The run of a request that is sent to `api` after `since`.
    pub(super) fn new(
        request: &RunRequest,
        api: Api,
        claim: &Claim,
        since: Option<DateTime<Utc>>,
    ) -> Self {
        let variables = request.variables.iter();
        let secrets = request.secret_variables.iter();
        let parameters = request.template_parameters.iter();
        let parameters = parameters.map(|(name, value)| (name.clone(), template_text(value)));
        Self {
            pipeline: request.pipeline,
            branch: request.source_branch.clone(),
            commit: request.source_version.clone(),
            variables: sorted(variables.map(|(name, value)| hash(&[name, value]))),
            secrets: sorted(secrets.map(|one| hash(&[&one.name]))),
            parameters: hash_of_all(parameters.collect()),
            is_by_pipelines: api == Api::Pipelines,
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
        self.since?.checked_sub_signed(SKEW)
    }

    /// What finds it.
    pub(crate) fn query(&self) -> RunQuery<'_> {
        RunQuery {
            pipeline: self.pipeline,
            source_branch: self.branch.as_deref(),
            queued_since: self.since(),
            tag: None,
        }
    }

    /// Compares a run with it. The commit may be another one, as where a pull request moves, and so
    /// may variables, which the service masks, or parameters, which it may complete: that makes a run doubtful, not another.
    pub(crate) fn likeness(&self, run: &FoundRun) -> Likeness {
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
            && self.has_parameters(run.template_parameters.as_deref());
        if is_commit && since.is_some() && is_asked {
            Likeness::Alike
        } else {
            Likeness::Possible
        }
    }

    /// Whether a run was queued with the same variables, as far as they are told.
    fn has_variables(&self, json: Option<&str>) -> bool {
        let Some(json) = json else {
            return self.is_by_pipelines || self.variables.is_empty();
        };
        let Ok(known) = serde_json::from_str::<Map<String, Value>>(json) else {
            return false;
        };
        let is_secret = |name: &String| self.secrets.contains(&hash(&[name]));
        let plain = known.iter().filter(|(name, _)| !is_secret(name));
        let hashes = plain.map(|(name, value)| Some(hash(&[name, value.as_str()?])));
        let known: Option<Vec<u64>> = hashes.collect();
        known.is_some_and(|known| sorted(known.into_iter()) == self.variables)
    }

    /// The same for the template parameters.
    fn has_parameters(&self, known: Option<&[(String, String)]>) -> bool {
        known.is_none_or(|known| {
            let is_told = !(self.is_by_pipelines && known.is_empty());
            !is_told || hash_of_all(known.to_vec()) == self.parameters
        })
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

fn hash(parts: &[&str]) -> u64 {
    mark::hash(parts.iter().copied())
}

fn sorted(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut hashes: Vec<u64> = hashes.collect();
    hashes.sort_unstable();
    hashes
}

/// A hash of names and values in any order.
fn hash_of_all(mut pairs: Vec<(String, String)>) -> u64 {
    pairs.sort_unstable();
    let parts = pairs.iter();
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
    use crate::azure::SecretVariable;
    use crate::build::{Build, BuildId, BuildStatus, RunPage};
    use crate::github::context::Context;
    use crate::mark::Mark;
    use crate::secret::Secret;

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
            template_parameters: Some(Vec::new()),
        }
    }

    fn sought(request: &RunRequest, api: Api, since: Option<DateTime<Utc>>) -> Expected {
        let own = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        Expected::new(request, api, &own, since)
    }

    #[test]
    fn a_run_is_alike_only_where_everything_fits() {
        let own = Mark::new(&Context::default(), "", &[]).claim(1, 1);
        let foreign = Mark::new(&Context::default(), "other", &[]).claim(1, 2);
        let check = |expected, change: &dyn Fn(&mut FoundRun)| {
            let mut run = run();
            change(&mut run);
            let sought = sought(&request(), Api::Build, Some(DateTime::UNIX_EPOCH));
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
            run.template_parameters = Some(vec![("environment".into(), "test".into())]);
        });
        check(Likeness::Alike, &|run| run.template_parameters = None);
    }

    #[test]
    fn what_the_service_may_keep_to_itself_makes_no_difference() {
        let secret = SecretVariable {
            name: "password".into(),
            value: Secret::new("hunter2"),
            is_declared: false,
        };
        let request = RunRequest {
            secret_variables: vec![secret],
            template_parameters: vec![("count".into(), 3.into())],
            ..request()
        };
        let check = |api, variables: Option<&str>, parameters: &[(&str, &str)], expected| {
            let pairs = parameters.iter();
            let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let run = FoundRun {
                variables: variables.map(str::to_owned),
                template_parameters: Some(pairs.collect()),
                ..run()
            };
            let sought = sought(&request, api, Some(DateTime::UNIX_EPOCH));
            assert_eq!(sought.likeness(&run), expected, "{api:?} {run:?}");
        };
        let (plain, count) = ("{\"who\":\"world\"}", [("count", "3")]);
        let masked = "{\"password\":\"***\",\"who\":\"world\"}";
        let hidden = "{\"password\":null,\"who\":\"world\"}";
        for api in [Api::Build, Api::Pipelines] {
            for variables in [plain, masked, hidden] {
                check(api, Some(variables), &count, Likeness::Alike);
            }
            check(api, Some("{}"), &count, Likeness::Possible);
            check(api, Some(plain), &[("count", "4")], Likeness::Possible);
        }
        check(Api::Build, None, &count, Likeness::Possible);
        check(Api::Build, Some(plain), &[], Likeness::Possible);
        check(Api::Pipelines, None, &count, Likeness::Alike);
        check(Api::Pipelines, Some(plain), &[], Likeness::Alike);
    }

    #[test]
    fn without_a_clock_no_run_is_alike() {
        let sought = sought(&request(), Api::Build, None);
        assert_eq!(sought.likeness(&run()), Likeness::Possible);
    }

    #[test]
    fn before_the_first_moment_there_is_none() {
        let sought = sought(&request(), Api::Build, Some(DateTime::<Utc>::MIN_UTC));
        assert_eq!(sought.query().queued_since, None);
        assert_eq!(sought.likeness(&run()), Likeness::Possible);
    }

    #[test]
    fn it_can_be_written_down_without_the_variables() {
        let sought = sought(&request(), Api::Pipelines, Some(DateTime::UNIX_EPOCH));
        let written = sought.to_string();
        assert!(
            !written.contains("who") && !written.contains("world"),
            "{written}"
        );
        assert_eq!(written.parse::<Expected>().expect("valid"), sought);
    }
}
