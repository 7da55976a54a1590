//! What a run is given, besides its code.

use serde_json::Value;

use super::parse::{choice, list, pairs, typed_pairs};
use super::resources::resources;
use super::{InputError, RawInputs};
use crate::azure::Resources;
use crate::secret::Secret;

/// The longest tag that the service takes.
const LONGEST_TAG: usize = 256;

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
    pub(super) fn read(raw: &RawInputs) -> Result<Self, InputError> {
        let secret = raw.secret_variables.as_ref().map(Secret::expose);
        let request = Self {
            variables: pairs(
                "azure-pipeline-variables",
                raw.azure_pipeline_variables.as_deref(),
            )?,
            secret_variables: pairs("secret-variables", secret)?
                .into_iter()
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
            template_parameters: typed_pairs(
                "template-parameters",
                raw.template_parameters.as_deref(),
            )?,
            resources: resources(raw.resources.as_ref().map(Secret::expose))?,
            stages_to_skip: list(raw.stages_to_skip.as_deref()),
            demands: demands(raw.demands.as_deref())?,
            agent_queue: raw.agent_queue.as_deref().map(AgentQueueInput::read),
            priority: choice("priority", raw.priority.as_deref(), &PRIORITIES)?,
            run_tags: run_tags(raw.run_tags.as_deref())?,
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
        let text = text.trim();
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

const PRIORITIES: [(&str, &str); 5] = [
    ("low", "low"),
    ("belowNormal", "belowNormal"),
    ("normal", "normal"),
    ("aboveNormal", "aboveNormal"),
    ("high", "high"),
];

/// `NAME`, or `NAME -equals VALUE` ("Specify demands").
fn demands(text: Option<&str>) -> Result<Vec<String>, InputError> {
    let demands = list(text);
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

fn run_tags(text: Option<&str>) -> Result<Vec<String>, InputError> {
    let tags = list(text);
    for tag in &tags {
        let fault = if tag.contains(';') {
            "in which there must be no \";\""
        } else if tag.chars().count() > LONGEST_TAG {
            "which is longer than 256 characters"
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

    fn raw() -> RawInputs {
        RawInputs::default()
    }

    #[track_caller]
    fn refused(raw: &RawInputs, sentence: &str) {
        let error = RequestInputs::read(raw).expect_err(sentence).to_string();
        assert_eq!(error, sentence);
    }

    #[test]
    fn lists_have_commas_or_line_ends_and_queues_names_or_ids() {
        let request = RequestInputs::read(&RawInputs {
            stages_to_skip: Some("deploy, report\n".into()),
            demands: Some("docker\nAgent.OS -equals Linux".into()),
            agent_queue: Some(" Lab pool ".into()),
            priority: None,
            run_tags: Some("nightly,team a".into()),
            ..raw()
        });
        // Both forms are needed at once.
        assert!(request.is_err());
        let request = RequestInputs::read(&RawInputs {
            demands: Some("docker\nAgent.OS -equals Linux".into()),
            agent_queue: Some(" Lab pool ".into()),
            priority: Some("BELOWNORMAL".into()),
            run_tags: Some("nightly,team a".into()),
            ..raw()
        })
        .expect("valid");
        assert_eq!(request.demands, ["docker", "Agent.OS -equals Linux"]);
        let lab = AgentQueueInput::Name("Lab pool".into());
        assert_eq!(request.agent_queue, Some(lab));
        assert_eq!(request.priority, Some("belowNormal"));
        assert_eq!(request.run_tags, ["nightly", "team a"]);
        assert_eq!(AgentQueueInput::read("80"), AgentQueueInput::Id(80));
    }

    #[test]
    fn secret_values_are_not_shown() {
        let request = RequestInputs::read(&RawInputs {
            secret_variables: Some(Secret::new("password=hunter2")),
            ..raw()
        })
        .expect("valid");
        assert_eq!(request.secret_variables[0].1.expose(), "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn what_no_request_carries_is_refused() {
        let check = |one: &str, other: &str, raw: RawInputs| {
            let sentence = format!(
                "`{one}` and `{other}` are both given, and Azure DevOps has no request that carries both: leave one of \
                 them out"
            );
            refused(&raw, &sentence);
        };
        let some = |text: &str| Some(text.to_owned());
        let resources = || Some(Secret::new(r#"{"pipelines":{"base":{"version":"1"}}}"#));
        check(
            "demands",
            "stages-to-skip",
            RawInputs {
                demands: some("docker"),
                stages_to_skip: some("deploy"),
                ..raw()
            },
        );
        check(
            "agent-queue",
            "resources",
            RawInputs {
                agent_queue: some("Lab"),
                resources: resources(),
                ..raw()
            },
        );
        check(
            "priority",
            "stages-to-skip",
            RawInputs {
                priority: some("high"),
                stages_to_skip: some("deploy"),
                resources: resources(),
                ..raw()
            },
        );
    }

    #[test]
    fn mistakes_are_one_sentence() {
        let some = |text: &str| Some(text.to_owned());
        refused(
            &RawInputs {
                azure_pipeline_variables: some("who=world"),
                secret_variables: Some(Secret::new("WHO=moon")),
                ..raw()
            },
            "`azure-pipeline-variables` and `secret-variables` both set \"WHO\": leave it out of one of them",
        );
        refused(
            &RawInputs {
                demands: some("Agent.OS=Linux"),
                ..raw()
            },
            "`demands` has \"Agent.OS=Linux\": allowed are `NAME` and `NAME -equals VALUE`, separated by commas or line \
             ends",
        );
        refused(
            &RawInputs {
                priority: some("urgent"),
                ..raw()
            },
            "`priority` is \"urgent\": allowed are `low`, `belowNormal`, `normal`, `aboveNormal` and `high`",
        );
        refused(
            &RawInputs {
                run_tags: some("a;b"),
                ..raw()
            },
            "`run-tags` has \"a;b\", in which there must be no \";\": choose another tag",
        );
    }
}
