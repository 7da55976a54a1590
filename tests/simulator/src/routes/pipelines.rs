//! The Pipelines API: run a pipeline, expand its YAML, look at its runs (docs: "Runs - Run Pipeline", "- Get",
//! "- List", "Preview - Preview").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Answer;
use super::builds::scalars;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::run::Run;
use crate::world::{Build, QueueRequest, RunParameters, World};

/// What a run is started with. Other fields are ignored, as the service does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RunPipelineParameters {
    preview_run: bool,
    resources: Option<Resources>,
    stages_to_skip: Option<Vec<String>>,
    template_parameters: Option<BTreeMap<String, Value>>,
    variables: Option<BTreeMap<String, Variable>>,
    yaml_override: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resources {
    repositories: BTreeMap<String, Repository>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Repository {
    ref_name: Option<String>,
    version: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Variable {
    value: Option<String>,
    is_secret: bool,
}

pub(super) fn run(world: &mut World, call: &Call, pipeline: &str) -> Answer {
    let (parameters, pipeline) = read(world, call, pipeline)?;
    if parameters.preview_run {
        return preview_as_run(world, call, parameters, pipeline);
    }
    let asked = request(world, parameters, pipeline)?;
    let id = world.queue(asked)?.id;
    let run = Run::new(world, world.build(id)?, &call.base, &call.version);
    Ok(Reply::json(&call.version, &run))
}

pub(super) fn preview(world: &World, call: &Call, pipeline: &str) -> Answer {
    let (parameters, pipeline) = read(world, call, pipeline)?;
    let yaml = final_yaml(world, parameters, pipeline)?;
    Ok(Reply::json(&call.version, &json!({ "finalYaml": yaml })))
}

/// The older way to ask for the same. The fields of a run that does not exist are guesses.
fn preview_as_run(
    world: &World,
    call: &Call,
    parameters: RunPipelineParameters,
    pipeline: u32,
) -> Answer {
    let yaml = final_yaml(world, parameters, pipeline)?;
    let run = json!({ "state": "unknown", "finalYaml": yaml, "id": -1 });
    Ok(Reply::json(&call.version, &run))
}

/// An empty override is none, as reported.
fn final_yaml(
    world: &World,
    parameters: RunPipelineParameters,
    pipeline: u32,
) -> Result<String, Refusal> {
    let own = parameters.yaml_override.clone();
    match own.filter(|yaml| !yaml.is_empty()) {
        Some(yaml) => Ok(yaml),
        None => world.preview(&request(world, parameters, pipeline)?),
    }
}

pub(super) fn list(world: &World, call: &Call, pipeline: &str) -> Answer {
    let pipeline = known(world, call, pipeline)?;
    let builds = world.builds().iter().rev();
    let own = builds.filter(|build| world.pipeline_of(build).id == pipeline);
    let runs: Vec<Run> = own
        .map(|build| Run::new(world, build, &call.base, &call.version).listed())
        .collect();
    Ok(Reply::list(&call.version, &runs))
}

pub(super) fn get(world: &World, call: &Call, pipeline: &str, run: &str) -> Answer {
    let pipeline = known(world, call, pipeline)?;
    let id = run.parse().map_err(|_| Refusal::run_not_found(run))?;
    let of_pipeline = |build: &&Build| world.pipeline_of(build).id == pipeline;
    let build = world.build(id).ok().filter(of_pipeline);
    let build = build.ok_or_else(|| Refusal::run_not_found(run))?;
    let run = Run::new(world, build, &call.base, &call.version);
    Ok(Reply::json(&call.version, &run))
}

/// The body, and the pipeline by its id.
fn read(
    world: &World,
    call: &Call,
    pipeline: &str,
) -> Result<(RunPipelineParameters, u32), Refusal> {
    let pipeline = known(world, call, pipeline)?;
    Ok((call.json()?, pipeline))
}

/// The whole area was released with 7.0.
fn known(world: &World, call: &Call, pipeline: &str) -> Result<u32, Refusal> {
    call.version.needs_preview_before(7, 0)?;
    let id = pipeline
        .parse()
        .ok()
        .filter(|id| world.pipeline(*id).is_ok());
    id.ok_or_else(|| Refusal::pipeline_not_found(pipeline))
}

fn request(
    world: &World,
    parameters: RunPipelineParameters,
    pipeline: u32,
) -> Result<QueueRequest, Refusal> {
    let mut resources = parameters.resources.unwrap_or_default();
    let own = resources.repositories.remove("self").unwrap_or_default();
    let repositories = resources.repositories.iter().map(|(alias, repository)| {
        let known = json!({ "refName": repository.ref_name, "version": repository.version });
        (alias.clone(), known)
    });
    let repositories: Map<String, Value> = repositories.collect();
    if !repositories.is_empty() {
        resources
            .others
            .insert("repositories".to_owned(), repositories.into());
    }
    let variables = parameters.variables.unwrap_or_default();
    let plain = variables.iter().filter(|(_, variable)| !variable.is_secret);
    let plain: Map<String, Value> = plain
        .map(|(name, variable)| (name.clone(), json!(variable.value)))
        .collect();
    let is_told = !plain.is_empty() && !world.scenario.run_variables_hidden;
    Ok(QueueRequest {
        pipeline,
        source_branch: own.ref_name.filter(|name| !name.is_empty()),
        source_version: own.version.filter(|version| !version.is_empty()),
        variables: variables.keys().cloned().collect(),
        // That secret ones are left out is a guess.
        parameters: is_told.then(|| Value::from(plain).to_string()),
        template_parameters: scalars(parameters.template_parameters.unwrap_or_default())?,
        stages_to_skip: parameters.stages_to_skip.unwrap_or_default(),
        run: Some(RunParameters {
            variables: variables
                .into_iter()
                .map(|(name, variable)| {
                    let told = variable.value.filter(|_| !variable.is_secret);
                    (name, told)
                })
                .collect(),
            resources: resources.others.into(),
        }),
        ..QueueRequest::default()
    })
}
