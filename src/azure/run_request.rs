//! What is to be queued, and the two forms in which it can be sent. Pure.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::secret::Secret;

/// What is queued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunRequest {
    /// The definition's id.
    pub pipeline: u64,
    /// The full ref; nothing for the pipeline's default branch.
    pub source_branch: Option<String>,
    /// The commit; nothing for the tip of the branch.
    pub source_version: Option<String>,
    /// Variables set for this run; each must be settable at queue time.
    pub variables: Vec<(String, String)>,
    /// The same, with values that nobody may see.
    pub secret_variables: Vec<SecretVariable>,
    /// Runtime parameters of the YAML.
    pub template_parameters: Vec<(String, Value)>,
    /// Versions of what the pipeline uses.
    pub resources: Resources,
    /// Stages that are left out, by their names in the YAML.
    pub stages_to_skip: Vec<String>,
    /// What an agent must offer, such as `docker` or `Agent.OS -equals Linux`.
    pub demands: Vec<String>,
    /// The id of the agent queue; nothing for the pipeline's own.
    pub agent_queue: Option<u64>,
    /// Its place among what waits, in the service's words; nothing for the usual one.
    pub priority: Option<&'static str>,
    /// Tags, in case the request carries them and the service keeps them; it is reported to drop
    /// them.
    pub tags: Vec<String>,
}

/// A variable with a secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// Whether the pipeline knows it as secret, so that it stays so however it is sent.
    pub is_declared: bool,
}

/// Versions of repositories, pipelines and other resources, as the service's own model has them
/// (`RunResourcesParameters`). There may be tokens in it, which `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Resources(pub Map<String, Value>);

/// The part of the service that is asked for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Builds - Queue.
    Build,
    /// Runs - Run Pipeline.
    Pipelines,
}

impl RunRequest {
    /// The first input, if any, that only the Build API can carry.
    pub(super) fn only_for_builds(&self) -> Option<&'static str> {
        let inputs = [
            ("demands", !self.demands.is_empty()),
            ("agent-queue", self.agent_queue.is_some()),
            ("priority", self.priority.is_some()),
        ];
        let mut given = inputs.into_iter().filter(|(_, is_given)| *is_given);
        given.next().map(|(input, _)| input)
    }

    /// Whether there is a secret that the Build API would show to everybody.
    pub(super) fn has_secret_at_stake(&self) -> bool {
        self.secret_variables.iter().any(|one| !one.is_declared)
    }

    /// The body for the Build API (`Build`).
    pub(super) fn as_build(&self) -> Value {
        let secret = self.secret_variables.iter();
        let secret = secret.map(|one| (one.name.as_str(), one.value.expose()));
        let plain = self.variables.iter();
        let plain = plain.map(|(name, value)| (name.as_str(), value.as_str()));
        let variables: Map<String, Value> = plain
            .chain(secret)
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let variables = (!variables.is_empty()).then(|| Value::from(variables).to_string());
        let queue = self.agent_queue.map(|id| json!({ "id": id }));
        given([
            ("definition", json!({ "id": self.pipeline })),
            ("sourceBranch", json!(self.source_branch)),
            ("sourceVersion", json!(self.source_version)),
            // A string that holds JSON, not JSON ("Builds - Queue", `parameters`).
            ("parameters", json!(variables)),
            ("templateParameters", self.template_texts()),
            // Texts in the vendor's clients; objects in the documents.
            ("demands", json!(self.demands)),
            ("queue", json!(queue)),
            ("priority", json!(self.priority)),
            ("tags", json!(self.tags)),
        ])
    }

    /// The body for the Pipelines API (`RunPipelineParameters`), which has no tags.
    pub(super) fn as_run(&self) -> Value {
        let secret = self.secret_variables.iter().map(|one| {
            let value = json!({ "value": one.value.expose(), "isSecret": true });
            (one.name.clone(), value)
        });
        let plain = self.variables.iter();
        let plain = plain.map(|(name, value)| (name.clone(), json!({ "value": value })));
        let variables: Map<String, Value> = plain.chain(secret).collect();
        given([
            ("resources", self.all_resources()),
            ("templateParameters", self.template_texts()),
            ("variables", variables.into()),
            ("stagesToSkip", json!(self.stages_to_skip)),
        ])
    }

    /// The resources with the pipeline's own repository.
    fn all_resources(&self) -> Value {
        let own = given([
            ("refName", json!(self.source_branch)),
            ("version", json!(self.source_version)),
        ]);
        let mut resources = self.resources.0.clone();
        if let Value::Object(own) = own
            && !own.is_empty()
        {
            let repositories = resources.entry("repositories").or_insert_with(|| json!({}));
            for (name, value) in own {
                repositories["self"][name] = value;
            }
        }
        resources.into()
    }

    /// Both models take texts only. What is no text goes as JSON, which is YAML, and gets the type
    /// that the parameter is declared with.
    fn template_texts(&self) -> Value {
        let pairs = self.template_parameters.iter();
        let texts: Map<String, Value> = pairs
            .map(|(name, value)| (name.clone(), template_text(value).into()))
            .collect();
        texts.into()
    }
}

/// A template parameter as it is sent.
#[must_use]
pub(crate) fn template_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Resources {
    /// All of it as a text, but for what is secret; nothing where there is nothing.
    pub(crate) fn without_tokens(&self) -> Option<String> {
        let mut public = self.0.clone();
        let repositories = public.get_mut("repositories");
        let repositories = repositories.and_then(Value::as_object_mut);
        for (_, repository) in repositories.into_iter().flatten() {
            if let Some(repository) = repository.as_object_mut() {
                repository.remove("token");
            }
        }
        (!public.is_empty()).then(|| Value::from(public).to_string())
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An object of the fields that say something.
fn given<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    let given = fields.into_iter().filter(|(_, value)| !is_empty(value));
    let object: Map<String, Value> = given
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut RunRequest), build: Value, run: &Value) {
        let mut request = RunRequest {
            pipeline: 12,
            ..RunRequest::default()
        };
        change(&mut request);
        let mut with_definition = build;
        with_definition["definition"] = json!({"id": 12});
        assert_eq!(request.as_build(), with_definition);
        assert_eq!(request.as_run(), *run);
    }

    fn pair(name: &str, value: impl Into<Value>) -> (String, Value) {
        (name.to_owned(), value.into())
    }

    #[test]
    fn nothing_is_sent_that_was_not_asked_for() {
        check(|_| {}, json!({}), &json!({}));
    }

    #[test]
    fn the_source_is_a_field_or_the_repository_of_its_own() {
        check(
            |run| run.source_branch = Some("refs/heads/main".into()),
            json!({"sourceBranch": "refs/heads/main"}),
            &json!({"resources": {"repositories": {"self": {"refName": "refs/heads/main"}}}}),
        );
        check(
            |run| {
                run.source_branch = Some("refs/tags/v1".into());
                run.source_version = Some("1".repeat(40));
            },
            json!({"sourceBranch": "refs/tags/v1", "sourceVersion": "1".repeat(40)}),
            &json!({"resources": {"repositories": {"self": {"refName": "refs/tags/v1", "version": "1".repeat(40)}}}}),
        );
    }

    #[test]
    fn variables_are_a_string_of_json_or_objects() {
        check(
            |run| run.variables = vec![("who".into(), "a \"b\"".into())],
            json!({"parameters": "{\"who\":\"a \\\"b\\\"\"}"}),
            &json!({"variables": {"who": {"value": "a \"b\""}}}),
        );
        check(
            |run| {
                run.variables = vec![("who".into(), "world".into())];
                run.secret_variables = vec![SecretVariable {
                    name: "password".into(),
                    value: Secret::new("hunter2"),
                    is_declared: true,
                }];
            },
            json!({"parameters": "{\"password\":\"hunter2\",\"who\":\"world\"}"}),
            &json!({"variables": {"who": {"value": "world"}, "password": {"value": "hunter2", "isSecret": true}}}),
        );
    }

    #[test]
    fn template_parameters_are_texts() {
        let texts = json!({"templateParameters": {
            "text": "07", "yes": "true", "count": "3", "list": "[1,\"two\"]", "map": "{\"a\":{\"b\":null}}",
        }});
        check(
            |run| {
                run.template_parameters = vec![
                    pair("text", "07"),
                    pair("yes", true),
                    pair("count", 3),
                    pair("list", json!([1, "two"])),
                    pair("map", json!({"a": {"b": null}})),
                ];
            },
            texts.clone(),
            &texts,
        );
    }

    #[test]
    fn some_things_have_a_place_in_one_form_only() {
        check(
            |run| {
                run.demands = vec!["docker".into(), "Agent.OS -equals Linux".into()];
                run.agent_queue = Some(80);
                run.priority = Some("high");
                run.tags = vec!["nightly".into()];
            },
            json!({"demands": ["docker", "Agent.OS -equals Linux"], "queue": {"id": 80}, "priority": "high",
                "tags": ["nightly"]}),
            &json!({}),
        );
        check(
            |run| run.stages_to_skip = vec!["deploy".into()],
            json!({}),
            &json!({"stagesToSkip": ["deploy"]}),
        );
    }

    #[test]
    fn resources_keep_what_is_theirs() {
        let resources = json!({
            "pipelines": {"base": {"version": "20260302.3"}},
            "repositories": {"tools": {"refName": "refs/heads/main"}, "self": {"token": "t", "tokenType": "Basic"}},
        });
        let mut whole = resources.clone();
        whole["repositories"]["self"]["refName"] = "refs/heads/topic".into();
        check(
            |run| {
                run.source_branch = Some("refs/heads/topic".into());
                run.resources = Resources(resources.as_object().cloned().unwrap_or_default());
                assert!(!format!("{run:?}").contains("Basic"));
                let public = run.resources.without_tokens().expect("a text");
                assert!(public.contains("Basic") && !public.contains("\"t\""));
            },
            json!({"sourceBranch": "refs/heads/topic"}),
            &json!({ "resources": whole }),
        );
    }
}
