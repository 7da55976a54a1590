//! A definition in its three forms: within a build, in a list, alone (docs: "Definitions - List", "- Get").

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::identity_ref::IdentityRef;
use super::project::Project;
use super::queue::{HOSTED_POOL, Pool, QUEUE_ID, QUEUE_NAME};
use super::{Href, home};
use crate::script::{PipelineScript, QueueStatus, Scenario, VariableScript};

/// Within a build.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DefinitionReference {
    drafts: [(); 0],
    id: u32,
    name: String,
    url: String,
    uri: String,
    path: String,
    #[serde(rename = "type")]
    kind: &'static str,
    queue_status: QueueStatus,
    revision: u32,
    project: Project,
}

impl DefinitionReference {
    pub(crate) fn new(base: &str, scenario: &Scenario, pipeline: &PipelineScript) -> Self {
        Self {
            drafts: [],
            id: pipeline.id,
            name: pipeline.name.clone(),
            url: address(base, pipeline),
            uri: format!("vstfs:///Build/Definition/{}", pipeline.id),
            path: pipeline.folder.clone(),
            kind: "build",
            queue_status: pipeline.queue_status,
            revision: 1,
            project: Project::new(base, scenario),
        }
    }
}

fn address(base: &str, pipeline: &PipelineScript) -> String {
    let home = home(base);
    format!("{home}/_apis/build/Definitions/{}?revision=1", pipeline.id)
}

/// An item of the list: without repository, process and variables.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DefinitionItem {
    #[serde(rename = "_links")]
    links: Links,
    #[serde(flatten)]
    common: Common,
}

/// What stands in both forms, after the links.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    quality: &'static str,
    authored_by: IdentityRef,
    drafts: [(); 0],
    queue: Queue,
    id: u32,
    name: String,
    url: String,
    uri: String,
    path: String,
    #[serde(rename = "type")]
    kind: &'static str,
    queue_status: QueueStatus,
    revision: u32,
    created_date: &'static str,
    project: Project,
}

#[derive(Debug, Serialize)]
struct Links {
    #[serde(rename = "self")]
    itself: Href,
    web: Href,
    editor: Href,
    badge: Href,
}

impl Links {
    fn new(base: &str, pipeline: &PipelineScript) -> Self {
        let (home, id) = (home(base), pipeline.id);
        Self {
            itself: Href::new(address(base, pipeline)),
            web: Href::new(format!("{home}/_build/definition?definitionId={id}")),
            editor: Href::new(format!(
                "{home}/_build/designer?id={id}&_a=edit-build-definition"
            )),
            badge: Href::new(format!("{home}/_apis/build/status/{id}")),
        }
    }
}

#[derive(Debug, Serialize)]
struct Queue {
    #[serde(rename = "_links")]
    links: SelfLink,
    id: u32,
    name: &'static str,
    url: String,
    pool: Pool,
}

#[derive(Debug, Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    itself: Href,
}

impl DefinitionItem {
    pub(crate) fn new(base: &str, scenario: &Scenario, pipeline: &PipelineScript) -> Self {
        Self {
            links: Links::new(base, pipeline),
            common: Common::new(base, scenario, pipeline),
        }
    }
}

impl Common {
    fn new(base: &str, scenario: &Scenario, pipeline: &PipelineScript) -> Self {
        let queue = format!("{base}/_apis/build/Queues/{QUEUE_ID}");
        Self {
            quality: "definition",
            authored_by: IdentityRef::caller(base),
            drafts: [],
            queue: Queue {
                links: SelfLink {
                    itself: Href::new(&queue),
                },
                id: QUEUE_ID,
                name: QUEUE_NAME,
                url: queue,
                pool: HOSTED_POOL,
            },
            id: pipeline.id,
            name: pipeline.name.clone(),
            url: address(base, pipeline),
            uri: format!("vstfs:///Build/Definition/{}", pipeline.id),
            path: pipeline.folder.clone(),
            kind: "build",
            queue_status: pipeline.queue_status,
            revision: 1,
            created_date: "2026-01-07T04:49:37.713Z",
            project: Project::new(base, scenario),
        }
    }
}

/// The whole definition.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Definition {
    triggers: [Trigger; 1],
    /// Left out when there are none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<String, Variable>,
    properties: Map<String, Value>,
    tags: [(); 0],
    #[serde(rename = "_links")]
    links: Links,
    job_authorization_scope: &'static str,
    process: Process,
    repository: Repository,
    #[serde(flatten)]
    common: Common,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    branch_filters: [(); 0],
    path_filters: [(); 0],
    settings_source_type: u32,
    batch_changes: bool,
    max_concurrent_builds_per_branch: u32,
    #[serde(rename = "triggerType")]
    kind: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    yaml_filename: &'static str,
    #[serde(rename = "type")]
    kind: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    properties: BTreeMap<&'static str, String>,
    id: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    url: String,
    default_branch: String,
    clean: Option<String>,
    checkout_submodules: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    /// Of a secret one nobody is told it.
    value: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_override: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_secret: bool,
}

impl Definition {
    pub(crate) fn new(base: &str, scenario: &Scenario, pipeline: &PipelineScript) -> Self {
        let variables = pipeline.variables.iter().flatten();
        let variable = |script: &VariableScript| {
            (
                script.name.clone(),
                Variable {
                    value: (!script.secret).then_some(""),
                    allow_override: script.settable,
                    is_secret: script.secret,
                },
            )
        };
        Self {
            triggers: [Trigger {
                branch_filters: [],
                path_filters: [],
                settings_source_type: 2,
                batch_changes: false,
                max_concurrent_builds_per_branch: 1,
                kind: "continuousIntegration",
            }],
            properties: Map::new(),
            tags: [],
            links: Links::new(base, pipeline),
            job_authorization_scope: "projectCollection",
            process: Process {
                yaml_filename: "azure-pipelines.yml",
                kind: 2,
            },
            repository: Repository::new(base, scenario, pipeline),
            variables: variables.map(variable).collect(),
            common: Common::new(base, scenario, pipeline),
        }
    }
}

impl Repository {
    fn new(base: &str, scenario: &Scenario, pipeline: &PipelineScript) -> Self {
        let script = &pipeline.repository;
        let own = script.is_in_azure();
        let name = if own {
            scenario.project.clone()
        } else {
            script.id.clone()
        };
        let url = if own {
            format!("{base}/{}/_git/{name}", scenario.project)
        } else {
            format!("https://github.com/{name}.git")
        };
        Self {
            properties: BTreeMap::from([
                ("fullName", name.clone()),
                ("reportBuildStatus", "true".to_owned()),
            ]),
            id: script.id.clone(),
            kind: script.kind.clone(),
            name,
            url,
            default_branch: pipeline.default_branch.clone(),
            clean: None,
            checkout_submodules: false,
        }
    }
}
