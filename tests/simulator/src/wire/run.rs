//! A run, as the Pipelines API calls a build (docs: "Runs - Run Pipeline"; order of the fields as reported).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::build::{build_number, source_version};
use super::{Href, home};
use crate::clock::Moment;
use crate::ids;
use crate::schedule::BuildStatus;
use crate::script::run::BuildResult;
use crate::script::{PipelineScript, RepositoryScript};
use crate::version::ApiVersion;
use crate::world::{self, World};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    #[serde(rename = "_links")]
    links: Links,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<String, Variable>,
    /// Empty whatever was given, as reported; since 7.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_parameters: Option<Map<String, Value>>,
    pipeline: Pipeline,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    created_date: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_date: Option<Moment>,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Resources>,
    id: u32,
    name: String,
}

#[derive(Debug, Serialize)]
struct Links {
    #[serde(rename = "self")]
    itself: Href,
    web: Href,
    #[serde(rename = "pipeline.web")]
    pipeline_web: Href,
    pipeline: Href,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Debug, Serialize)]
struct Pipeline {
    url: String,
    id: u32,
    revision: u32,
    name: String,
    folder: String,
}

#[derive(Debug, Serialize)]
struct Resources {
    repositories: Repositories,
}

#[derive(Debug, Serialize)]
struct Repositories {
    #[serde(rename = "self")]
    itself: RepositoryResource,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryResource {
    repository: Repository,
    ref_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    #[serde(skip_serializing_if = "Option::is_none")]
    full_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Connection {
    id: String,
}

impl Run {
    pub(crate) fn new(
        world: &World,
        build: &world::Build,
        base: &str,
        version: &ApiVersion,
    ) -> Self {
        let now = world.now();
        let pipeline = world.pipeline_of(build);
        let home = home(base);
        let own = format!("{home}/_apis/pipelines/{}?revision=1", pipeline.id);
        let itself = format!("{home}/_apis/pipelines/{}/runs/{}", pipeline.id, build.id);
        let page = format!("{home}/_build/results?buildId={}", build.id);
        let pipeline_page = format!("{home}/_build/definition?definitionId={}", pipeline.id);
        let is_seven = version.is_at_least(7, 0);
        Self {
            links: Links {
                itself: Href::new(&itself),
                web: Href::new(page),
                pipeline_web: Href::new(pipeline_page),
                pipeline: Href::new(&own),
            },
            variables: variables(build),
            template_parameters: version.is_at_least(7, 1).then(Map::new),
            pipeline: Pipeline::new(pipeline, own),
            state: state(build.status(now)),
            result: build.result(now).map(result),
            created_date: build.queued,
            finished_date: build.finish_time(now),
            url: itself,
            resources: Some(Resources::new(world, build, is_seven)),
            id: build.id,
            name: build_number(world, build),
        }
    }

    /// As it stands in a list: without resources.
    pub(crate) fn listed(self) -> Self {
        Self {
            resources: None,
            ..self
        }
    }
}

impl Pipeline {
    fn new(script: &PipelineScript, url: String) -> Self {
        Self {
            url,
            id: script.id,
            revision: 1,
            name: script.name.clone(),
            folder: script.folder.clone(),
        }
    }
}

impl Resources {
    fn new(world: &World, build: &world::Build, is_seven: bool) -> Self {
        let script = &world.pipeline_of(build).repository;
        Self {
            repositories: Repositories {
                itself: RepositoryResource {
                    repository: Repository::new(script, is_seven),
                    ref_name: build.source_branch.clone(),
                    version: source_version(world, build),
                },
            },
        }
    }
}

impl Repository {
    fn new(script: &RepositoryScript, is_seven: bool) -> Self {
        let kind = match script.kind.as_str() {
            "GitHub" => "gitHub",
            "TfsGit" => "azureReposGit",
            "GitHubEnterprise" if is_seven => "gitHubEnterprise",
            _ => "unknown",
        };
        let is_github = kind.starts_with("gitHub");
        let connection = ids::guid(&format!("connection/{}", script.id));
        Self {
            full_name: is_github.then(|| script.id.clone()),
            connection: is_github.then_some(Connection { id: connection }),
            id: (kind == "azureReposGit").then(|| script.id.clone()),
            kind,
        }
    }
}

fn variables(build: &world::Build) -> BTreeMap<String, Variable> {
    let given = build.asked.run.iter().flat_map(|run| &run.variables);
    let variable = |(name, value): (&String, &Option<String>)| {
        let variable = Variable {
            is_secret: value.is_none(),
            value: value.clone(),
        };
        (name.clone(), variable)
    };
    given.map(variable).collect()
}

/// There is no state for a run that waits.
fn state(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::NotStarted | BuildStatus::Postponed | BuildStatus::InProgress => "inProgress",
        BuildStatus::Canceling => "canceling",
        BuildStatus::Completed => "completed",
    }
}

/// What a run is called that succeeded in part is a guess: there is no word for it.
fn result(result: BuildResult) -> &'static str {
    match result {
        BuildResult::Succeeded | BuildResult::PartiallySucceeded => "succeeded",
        BuildResult::Failed => "failed",
        BuildResult::Canceled => "canceled",
    }
}
