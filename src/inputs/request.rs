//! What a run is given, besides its code.

use serde_json::Value;

use super::InputError;
use super::given::Given;
use super::parse::position;
use super::resources::resources;
use crate::azure::Resources;
use crate::secret::Secret;

/// The longest tag that the service takes.
const LONGEST_TAG: usize = 256;

/// The service's words for priorities.
const PRIORITIES: [&str; 5] = ["low", "belowNormal", "normal", "aboveNormal", "high"];

/// What a run is given, as far as the inputs say so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestInputs {
    /// `azure-pipeline-variables`.
    pub variables: Vec<(String, String)>,
    /// `secret-variables`.
    pub secret_variables: Vec<(String, Secret)>,
    /// `template-parameters`.
    pub template_parameters: Vec<(String, Value)>,
    /// `resources`.
    pub resources: Resources,
    /// `stages-to-skip`.
    pub stages_to_skip: Vec<String>,
    /// `demands`.
    pub demands: Vec<String>,
    /// `agent-queue`.
    pub agent_queue: Option<AgentQueueInput>,
    /// `priority`, in the service's words.
    pub priority: Option<&'static str>,
    /// `run-tags`.
    pub run_tags: Vec<String>,
}

/// Which agent queue takes a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentQueueInput {
    /// By its id.
    Id(u64),
    /// By its name.
    Name(String),
}

impl RequestInputs {
    pub(super) fn read(given: &Given) -> Result<Self, InputError> {
        let secret = given.pairs("secret-variables")?.into_iter();
        let queue = given.text("agent-queue");
        let request = Self {
            variables: given.pairs("azure-pipeline-variables")?,
            secret_variables: secret
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
            template_parameters: given.typed_pairs("template-parameters")?,
            resources: resources(given.whole("resources"))?,
            stages_to_skip: given.list("stages-to-skip"),
            demands: demands(given.list("demands"))?,
            agent_queue: queue.map(AgentQueueInput::read),
            priority: priority(given.text("priority"))?,
            run_tags: run_tags(given.list("run-tags"))?,
        };
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), InputError> {
        let is_both = |(name, _): &&(String, Secret)| {
            let mut plain = self.variables.iter();
            plain.any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if let Some((name, _)) = self.secret_variables.iter().find(is_both) {
            return Err(InputError::new(format!(
                "`azure-pipeline-variables` and `secret-variables` both set \"{name}\": leave it out of one of them"
            )));
        }
        // The service has two requests that start a run, and neither has a place for all of this.
        let one = [
            ("demands", !self.demands.is_empty()),
            ("agent-queue", self.agent_queue.is_some()),
            ("priority", self.priority.is_some()),
        ];
        let other = [
            ("stages-to-skip", !self.stages_to_skip.is_empty()),
            ("resources", !self.resources.0.is_empty()),
        ];
        let given = |inputs: &[(&'static str, bool)]| {
            let mut given = inputs.iter().filter(|(_, is_given)| *is_given);
            given.next().map(|(input, _)| *input)
        };
        match (given(&one), given(&other)) {
            (Some(one), Some(other)) => Err(InputError::new(format!(
                "`{one}` and `{other}` are both given, and Azure DevOps has no request that carries both: leave one of \
                 them out"
            ))),
            _ => Ok(()),
        }
    }
}

impl AgentQueueInput {
    fn read(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

fn priority(text: Option<&str>) -> Result<Option<&'static str>, InputError> {
    let Some(text) = text else { return Ok(None) };
    let at = position("priority", text, &PRIORITIES)?;
    Ok(Some(PRIORITIES[at]))
}

/// `NAME`, or `NAME -equals VALUE` ("Specify demands").
fn demands(demands: Vec<String>) -> Result<Vec<String>, InputError> {
    let is_demand = |demand: &&String| {
        let mut words = demand.split_whitespace();
        let is_name = words.next().is_some_and(|name| !name.contains('='));
        let operator = words.next();
        is_name
            && operator.is_none_or(|operator| operator.starts_with('-') && words.next().is_some())
    };
    match demands.iter().find(|demand| !is_demand(demand)) {
        Some(wrong) => Err(InputError::new(format!(
            "`demands` has \"{wrong}\": allowed are `NAME` and `NAME -equals VALUE`, separated by commas or line ends"
        ))),
        None => Ok(demands),
    }
}

fn run_tags(tags: Vec<String>) -> Result<Vec<String>, InputError> {
    for tag in &tags {
        let fault = if tag.contains(';') {
            "in which there must be no \";\"".to_owned()
        } else if tag.chars().count() > LONGEST_TAG {
            format!("which is longer than {LONGEST_TAG} characters")
        } else {
            continue;
        };
        return Err(InputError::new(format!(
            "`run-tags` has \"{tag}\", {fault}: choose another tag"
        )));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<RequestInputs, InputError> {
        RequestInputs::read(&Given::of(given))
    }

    #[track_caller]
    fn refused(given: &[(&str, &str)], sentence: &str) {
        let error = read(given).expect_err(sentence).to_string();
        assert_eq!(error, sentence);
    }

    #[test]
    fn lists_have_commas_or_line_ends_and_queues_names_or_ids() {
        let request = read(&[
            ("demands", "docker\nAgent.OS -equals Linux"),
            ("agent-queue", " Lab pool "),
            ("priority", "BELOWNORMAL"),
            ("run-tags", "nightly,team a"),
        ])
        .expect("valid");
        assert_eq!(request.demands, ["docker", "Agent.OS -equals Linux"]);
        let lab = AgentQueueInput::Name("Lab pool".into());
        assert_eq!(request.agent_queue, Some(lab));
        assert_eq!(request.priority, Some("belowNormal"));
        assert_eq!(request.run_tags, ["nightly", "team a"]);
        assert_eq!(AgentQueueInput::read("80"), AgentQueueInput::Id(80));
        let request = read(&[("stages-to-skip", "deploy, report\n")]).expect("valid");
        assert_eq!(request.stages_to_skip, ["deploy", "report"]);
    }

    #[test]
    fn secret_values_are_not_shown() {
        let request = read(&[("secret-variables", "password=hunter2")]).expect("valid");
        assert_eq!(request.secret_variables[0].1.expose(), "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn what_no_request_carries_is_refused() {
        let (demands, skip) = (("demands", "docker"), ("stages-to-skip", "deploy"));
        let (queue, priority) = (("agent-queue", "Lab"), ("priority", "high"));
        let resources = ("resources", r#"{"pipelines":{"base":{"version":"1"}}}"#);
        let check = |one: &str, other: &str, given: &[(&str, &str)]| {
            let sentence = format!(
                "`{one}` and `{other}` are both given, and Azure DevOps has no request that carries both: leave one of \
                 them out"
            );
            refused(given, &sentence);
        };
        check("demands", "stages-to-skip", &[demands, skip]);
        check("agent-queue", "resources", &[queue, resources]);
        check("priority", "stages-to-skip", &[priority, skip, resources]);
    }

    #[test]
    fn mistakes_are_one_sentence() {
        refused(
            &[
                ("azure-pipeline-variables", "who=world"),
                ("secret-variables", "WHO=moon"),
            ],
            "`azure-pipeline-variables` and `secret-variables` both set \"WHO\": leave it out of one of them",
        );
        refused(
            &[("demands", "Agent.OS=Linux")],
            "`demands` has \"Agent.OS=Linux\": allowed are `NAME` and `NAME -equals VALUE`, separated by commas or line \
             ends",
        );
        refused(
            &[("priority", "urgent")],
            "`priority` is \"urgent\": allowed are `low`, `belowNormal`, `normal`, `aboveNormal` and `high`",
        );
        refused(
            &[("run-tags", "a;b")],
            "`run-tags` has \"a;b\", in which there must be no \";\": choose another tag",
        );
        let long = "x".repeat(257);
        refused(
            &[("run-tags", &long)],
            &format!(
                "`run-tags` has \"{long}\", which is longer than 256 characters: choose another tag"
            ),
        );
    }
}
