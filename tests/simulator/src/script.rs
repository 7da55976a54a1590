//! A scenario as data: what the organization holds, how its runs go, and what goes wrong.
//!
//! Almost every key has a default. Each table has a file of its own.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use crate::clock::{Pace, Span};
use crate::faults::FaultScript;
use crate::github::{GitHubScript, PullRequest};

mod agents;
mod auth;
mod history;
pub(crate) mod job;
mod one_or_many;
pub(crate) mod output;
mod parameter;
mod person;
mod pipeline;
pub(crate) mod run;
mod sign_in;
pub(crate) mod stage;
pub(crate) mod task;

pub(crate) use agents::{AgentsScript, WhenUnmet};
use auth::AuthScript;
pub(crate) use auth::{AuthScheme, SignInAnswer};
pub(crate) use history::PastRun;
pub(crate) use parameter::{ParameterScript, VariableScript};
pub(crate) use person::Person;
pub(crate) use pipeline::{PipelineScript, QueueStatus, RepositoryScript};
pub use sign_in::TEST_REQUEST_TOKEN;
pub(crate) use sign_in::{ApplicationScript, FederatedScript, MachineScript, SignInScript};

/// The personal access token that the simulated service accepts when the scenario names none.
///
/// It has the length and the alphabet of the service's older tokens, and is no secret.
pub const TEST_TOKEN: &str = "simulatorsimulatorsimulatorsimulatorsimulatorsimulat";

/// Everything a simulator needs to know: read from TOML, see the crate's README for the keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scenario {
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) token: String,
    pub(crate) auth: AuthScript,
    pub(crate) sign_in: SignInScript,
    /// Absent: the library steps by polls, the program runs with the wall clock.
    pub(crate) clock: Option<Pace>,
    pub(crate) product: Product,
    pub(crate) first_build_id: u32,
    pub(crate) github: GitHubScript,
    pub(crate) agents: AgentsScript,
    /// Nobody may read the console feed.
    pub(crate) feed_refused: bool,
    /// Tags of a request that queues a run are kept; as reported, the service drops them.
    pub(crate) queue_tags: bool,
    /// Whether only variables that are settable at queue time can be set; absent: where pipelines list theirs.
    pub(crate) limit_variables: Option<bool>,
    /// The variables of a run that the Pipelines API started are not told by the Build API.
    pub(crate) run_variables_hidden: bool,
    /// The project's agent queues, besides the one that runs have by themselves.
    #[serde(rename = "queue")]
    pub(crate) queues: Vec<QueueScript>,
    /// The directory that the caller is from; absent: connection data do not tell it, as recorded.
    pub(crate) domain: Option<String>,
    /// When the scenario begins, counted from the epoch: after its history.
    pub(crate) starts_at: Span,
    /// How many builds a list gives at once, whatever is asked for.
    pub(crate) largest_page: usize,
    /// Who may have asked for a run, besides the caller.
    #[serde(rename = "person")]
    pub(crate) people: Vec<Person>,
    /// The runs that were queued before the scenario begins, in that order.
    #[serde(rename = "past-run")]
    pub(crate) history: Vec<PastRun>,
    #[serde(rename = "pipeline")]
    pub(crate) pipelines: Vec<PipelineScript>,
    #[serde(rename = "fault")]
    pub(crate) faults: Vec<FaultScript>,
    #[serde(rename = "pull-request")]
    pub(crate) pull_requests: Vec<PullRequest>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            organization: "fabrikam".to_owned(),
            project: "Fabrikam".to_owned(),
            token: TEST_TOKEN.to_owned(),
            auth: AuthScript::default(),
            sign_in: SignInScript::default(),
            clock: None,
            product: Product::default(),
            first_build_id: 1,
            github: GitHubScript::default(),
            agents: AgentsScript::default(),
            feed_refused: false,
            queue_tags: false,
            limit_variables: None,
            run_variables_hidden: false,
            queues: Vec::new(),
            domain: None,
            starts_at: Span::ZERO,
            largest_page: 1000,
            people: Vec::new(),
            history: Vec::new(),
            pipelines: Vec::new(),
            faults: Vec::new(),
            pull_requests: Vec::new(),
        }
    }
}

impl Scenario {
    /// Reads a scenario; the error is one sentence with the line of the mistake.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError::at(text, &error))?;
        for pipeline in &mut scenario.pipelines {
            pipeline.settle()?;
        }
        let ids: BTreeSet<u32> = scenario
            .pipelines
            .iter()
            .map(|pipeline| pipeline.id)
            .collect();
        if ids.len() < scenario.pipelines.len() {
            return Err(ScenarioError("two pipelines have the same id".to_owned()));
        }
        history::check(&scenario)?;
        scenario.faults.iter().try_for_each(FaultScript::check)?;
        Ok(scenario)
    }

    /// Makes simulated time run with the wall clock unless the scenario says how it runs.
    #[must_use]
    pub fn in_real_time_by_default(mut self) -> Self {
        self.clock.get_or_insert(Pace::Real(1.0));
        self
    }

    /// The personal access token the simulated service accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn pace(&self) -> Pace {
        self.clock.unwrap_or(Pace::Polls(Span::millis(1000)))
    }

    /// The setting "Limit variables that can be set at queue time".
    pub(crate) fn limits_variables(&self) -> bool {
        let lists_variables = |pipeline: &PipelineScript| pipeline.variables.is_some();
        self.limit_variables
            .unwrap_or_else(|| self.pipelines.iter().any(lists_variables))
    }
}

/// A scenario that cannot be played: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError(String);

impl ScenarioError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    fn at(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().trim().replace('\n', " ");
        match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => Self(format!(
                "line {}: {message}",
                before.matches('\n').count() + 1
            )),
            None => Self(message),
        }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScenarioError {}

/// The product played; it decides which api-versions are served.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Product {
    #[default]
    #[serde(rename = "services")]
    Services,
    #[serde(rename = "server-2019")]
    Server2019,
    #[serde(rename = "server-2020")]
    Server2020,
    #[serde(rename = "server-2022")]
    Server2022,
    #[serde(rename = "server-2022.1")]
    Server2022Update1,
}

/// An agent queue of the project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct QueueScript {
    pub(crate) id: u32,
    pub(crate) name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        Scenario::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_scenario_is_a_scenario() {
        let scenario = Scenario::from_toml("").unwrap();
        assert_eq!(scenario.organization, "fabrikam");
        assert_eq!(scenario.pace(), Pace::Polls(Span::millis(1000)));
    }

    #[test]
    fn the_clock_is_stepped_or_real() {
        let real = Scenario::from_toml("clock = { real = 10.0 }").unwrap();
        assert_eq!(real.pace(), Pace::Real(10.0));
        let polls = Scenario::from_toml("clock = { polls = '250ms' }").unwrap();
        assert_eq!(polls.pace(), Pace::Polls(Span::millis(250)));
    }

    #[test]
    fn mistakes_are_one_sentence_with_a_line() {
        let unknown = error_of("[[pipeline]]\nid = 1\nname = 'x'\ncolour = 'red'\n");
        assert!(
            unknown.starts_with("line 4: unknown field `colour`"),
            "{unknown}"
        );
        let duration = error_of("clock = { polls = '3 days' }");
        assert!(
            duration.starts_with("line 1: `3 days` is not a duration"),
            "{duration}"
        );
        let twice = error_of("[[pipeline]]\nid=1\nname='a'\n[[pipeline]]\nid=1\nname='b'\n");
        assert_eq!(twice, "two pipelines have the same id");
    }
}
