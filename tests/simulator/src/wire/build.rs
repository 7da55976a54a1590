//! A build (docs: "Builds - Get").

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::definition::DefinitionReference;
use super::identity_ref::IdentityRef;
use super::project::Project;
use super::queue::{QUEUE_ID, QUEUE_NAME, QueueReference};
use super::{Href, home};
use crate::clock::Moment;
use crate::ids;
use crate::refusal::ValidationResult;
use crate::schedule::BuildStatus;
use crate::script::run::{BuildResult, RunScript};
use crate::script::{Product, RepositoryScript};
use crate::version::ApiVersion;
use crate::world::{self, World};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
pub(crate) struct Build {
    #[serde(rename = "_links")]
    links: Links,
    properties: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_parameters: Option<BTreeMap<String, String>>,
    tags: Vec<String>,
    validation_results: Vec<ValidationResult>,
    plans: [Plan; 1],
    trigger_info: BTreeMap<String, String>,
    id: u32,
    build_number: String,
    status: BuildStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<BuildResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_time: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_time: Option<Moment>,
    url: String,
    definition: DefinitionReference,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_number_revision: Option<usize>,
    project: Project,
    uri: String,
    source_branch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_version: Option<String>,
    queue: QueueReference,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    demands: Vec<String>,
    priority: String,
    reason: String,
    requested_for: IdentityRef,
    requested_by: IdentityRef,
    last_changed_date: Moment,
    last_changed_by: IdentityRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<String>,
    orchestration_plan: Plan,
    logs: LogsReference,
    repository: Repository,
    /// Newer api-versions have leases instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_forever: Option<bool>,
    retained_by_release: bool,
    triggered_by_build: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    append_commit_message_to_run_name: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Links {
    #[serde(rename = "self")]
    itself: Href,
    web: Href,
    source_version_display_uri: Href,
    timeline: Href,
    badge: Href,
}

impl Links {
    fn new(home: &str, id: u32, pipeline: u32) -> Self {
        let builds = format!("{home}/_apis/build/builds");
        Self {
            itself: Href::new(format!("{home}/_apis/build/Builds/{id}")),
            web: Href::new(format!("{home}/_build/results?buildId={id}")),
            source_version_display_uri: Href::new(format!("{builds}/{id}/sources")),
            timeline: Href::new(format!("{builds}/{id}/Timeline")),
            badge: Href::new(format!("{home}/_apis/build/status/{pipeline}")),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    plan_id: String,
}

impl Plan {
    fn of(build: u32) -> Self {
        Self {
            plan_id: ids::plan(build),
        }
    }
}

#[derive(Debug, Serialize)]
struct LogsReference {
    id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

impl LogsReference {
    fn new(home: &str, build: u32) -> Self {
        Self {
            id: 0,
            kind: "Container",
            url: format!("{home}/_apis/build/builds/{build}/logs"),
        }
    }
}

/// The repository within a build: name and address only for Azure's own repositories, as recorded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    clean: Option<String>,
    checkout_submodules: bool,
}

impl Repository {
    fn new(base: &str, script: &RepositoryScript, project: &str) -> Self {
        let own = script.is_in_azure();
        Self {
            id: script.id.clone(),
            kind: script.kind.clone(),
            name: own.then(|| project.to_owned()),
            url: own.then(|| format!("{base}/{project}/_git/{project}")),
            clean: None,
            checkout_submodules: false,
        }
    }
}

impl Build {
    pub(crate) fn new(
        world: &World,
        build: &world::Build,
        base: &str,
        version: &ApiVersion,
    ) -> Self {
        let now = world.now();
        let scenario = &world.scenario;
        let (pipeline, run) = (world.pipeline_of(build), world.run_of(build));
        let id = build.id;
        let home = home(base);
        let asking = match world.person_of(build) {
            Some(person) => IdentityRef::of(base, person),
            None => IdentityRef::caller(base),
        };
        Self {
            links: Links::new(&home, id, pipeline.id),
            properties: Map::new(),
            template_parameters: template_parameters(build, version),
            tags: build.tags.clone(),
            validation_results: failed_validation(build, run, now),
            plans: [Plan::of(id)],
            trigger_info: build.trigger_info.clone(),
            id,
            build_number: build_number(world, build),
            status: build.status(now),
            result: build.result(now),
            queue_time: Some(build.queued).filter(|_| !build.without_queue_time),
            start_time: build.start_time(now),
            finish_time: build.finish_time(now),
            url: format!("{home}/_apis/build/Builds/{id}"),
            definition: DefinitionReference::new(base, scenario, pipeline),
            queue_position: queue_position(build, run, now),
            build_number_revision: is_numbered(world, build).then_some(build.number + 1),
            project: Project::new(base, scenario),
            uri: format!("vstfs:///Build/Build/{id}"),
            source_branch: build.source_branch.clone(),
            source_version: source_version(world, build),
            queue: queue(world, build),
            demands: build.asked.demands.clone(),
            priority: build.asked.priority().to_owned(),
            reason: build.asked.reason().to_owned(),
            requested_by: asking.clone(),
            requested_for: asking.clone(),
            last_changed_date: build.last_changed(now),
            last_changed_by: last_changed_by(build, now, asking, base),
            parameters: build.asked.parameters.clone(),
            orchestration_plan: Plan::of(id),
            logs: LogsReference::new(&home, id),
            repository: Repository::new(base, &pipeline.repository, &scenario.project),
            keep_forever: (!version.is_at_least(7, 0)).then_some(build.keep_forever),
            retained_by_release: false,
            triggered_by_build: None,
            append_commit_message_to_run_name: (scenario.product == Product::Services)
                .then_some(true),
        }
    }
}

/// The model has them from 7.0 on.
fn template_parameters(
    build: &world::Build,
    version: &ApiVersion,
) -> Option<BTreeMap<String, String>> {
    let given = &build.asked.template_parameters;
    let is_told = !given.is_empty() && version.is_at_least(7, 0);
    is_told.then(|| given.iter().cloned().collect())
}

/// A build whose number is late has its id for a number until it starts.
pub(crate) fn build_number(world: &World, build: &world::Build) -> String {
    if !is_numbered(world, build) {
        return build.id.to_string();
    }
    let scripted = world.run_of(build).build_number.clone();
    scripted.unwrap_or_else(|| format!("{}.{}", build.queued.date_digits(), build.number + 1))
}

fn is_numbered(world: &World, build: &world::Build) -> bool {
    !world.run_of(build).build_number_late || build.start_time(world.now()).is_some()
}

/// The commit, where it is known already.
pub(super) fn source_version(world: &World, build: &world::Build) -> Option<String> {
    let is_late = world.run_of(build).source_version_late;
    let is_known = !is_late || build.start_time(world.now()).is_some();
    is_known.then(|| build.source_version.clone())
}

fn queue(world: &World, build: &world::Build) -> QueueReference {
    let id = build.asked.queue.unwrap_or(QUEUE_ID);
    let queues = world.queues();
    let named = queues.iter().find(|(known, _)| *known == id);
    QueueReference::new(id, named.map_or(QUEUE_NAME, |(_, name)| name))
}

/// Recorded for runs that wait, that are being canceled and that are over; for a canceled run that is over it
/// is a guess.
fn last_changed_by(
    build: &world::Build,
    now: Moment,
    asking: IdentityRef,
    base: &str,
) -> IdentityRef {
    match build.cancellation() {
        Some(cancellation) if cancellation.is_by_another => IdentityRef::another(base),
        Some(_) => IdentityRef::caller(base),
        None if build.start_time(now).is_some() => IdentityRef::service(base),
        None => asking,
    }
}

/// The place in the queue of a run that the service has not begun to look at.
fn queue_position(build: &world::Build, run: &RunScript, now: Moment) -> Option<usize> {
    let first = run.queue_position?;
    let end = build.queued.plus(run.queue_for);
    (1..=first)
        .rev()
        .find(|position| now < build.queued.towards(end, first - position + 1, first))
}

/// A run whose YAML could not be loaded carries its errors once it has failed.
fn failed_validation(build: &world::Build, run: &RunScript, now: Moment) -> Vec<ValidationResult> {
    let errors = run
        .fails_to_start
        .as_ref()
        .filter(|_| build.result(now) == Some(BuildResult::Failed));
    errors
        .map(|errors| ValidationResult::errors(errors).collect())
        .unwrap_or_default()
}
