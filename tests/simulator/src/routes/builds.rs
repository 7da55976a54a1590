//! Queue, get and cancel builds (docs: "Builds - Queue", "- Get", "- Update Build").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Answer, build_id};
use crate::call::Call;
use crate::enumeration::{self, PRIORITY, REASON, STATUS};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::{PipelineScript, Product};
use crate::wire::build::Build;
use crate::world::{self, QueueRequest, World};

/// The part of a build that a caller can set. Other fields are ignored, as the service does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueueBody {
    definition: Option<Reference>,
    source_branch: Option<String>,
    source_version: Option<String>,
    /// A string that holds JSON.
    parameters: Option<Value>,
    template_parameters: Option<BTreeMap<String, Value>>,
    #[serde(default, deserialize_with = "enumeration::text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "enumeration::text")]
    priority: Option<String>,
    tags: Option<Vec<String>>,
    queue: Option<Reference>,
    demands: Option<Vec<Demand>>,
}

/// The vendor's clients write a demand as a text; the documents describe an object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Demand {
    Text(String),
    Object { name: String, value: Option<String> },
}

impl Demand {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Object { name, value: None } => name,
            Self::Object {
                name,
                value: Some(value),
            } => format!("{name} -equals {value}"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Reference {
    #[serde(deserialize_with = "number")]
    id: u32,
}

/// The service's JSON reader also takes a number in quotes.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u32),
        Quoted(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Quoted(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

pub(super) fn queue(world: &mut World, call: &Call) -> Answer {
    let asked = read_request(world, call)?;
    let id = world.queue(asked)?.id;
    Ok(reply(world, call, world.build(id)?))
}

fn read_request(world: &World, call: &Call) -> Result<QueueRequest, Refusal> {
    let named_in_query = call
        .query
        .number("definitionId")?
        .and_then(|id| u32::try_from(id).ok());
    let body = match (&named_in_query, call.body.is_empty()) {
        (Some(_), true) => QueueBody::default(),
        _ => call.json()?,
    };
    let pipeline = body
        .definition
        .map(|definition| definition.id)
        .or(named_in_query);
    let parameters = body
        .parameters
        .map(parameters_text)
        .transpose()?
        .filter(|text| !text.is_empty());
    // Template parameters came with 7.0; older models drop the field.
    let knows_templates =
        call.version.is_at_least(7, 0) && world.scenario.product != Product::Server2019;
    let template_parameters = body
        .template_parameters
        .filter(|_| knows_templates)
        .unwrap_or_default();
    Ok(QueueRequest {
        pipeline: pipeline.ok_or_else(|| {
            Refusal::bad_body("Value cannot be null.\r\nParameter name: build.Definition")
        })?,
        source_branch: body.source_branch.filter(|branch| !branch.is_empty()),
        source_version: body.source_version.filter(|version| !version.is_empty()),
        variables: variable_names(parameters.as_deref())?,
        parameters,
        template_parameters: scalars(template_parameters)?,
        stages_to_skip: Vec::new(),
        demands: body
            .demands
            .into_iter()
            .flatten()
            .map(Demand::text)
            .collect(),
        queue: body.queue.map(|queue| queue.id),
        run: None,
        reason: body.reason.map(|reason| REASON.word(&reason)),
        priority: body.priority.map(|priority| PRIORITY.word(&priority)),
        tags: body.tags.unwrap_or_default(),
        ignore_warnings: call.query.is_true("ignoreWarnings"),
        // The service takes the caller, whoever is named.
        requested_for: None,
    })
}

/// An object in place of the string is a common mistake.
fn parameters_text(value: Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        _ => Err(Refusal::bad_body(
            "Error reading string. Unexpected token: StartObject. Path 'parameters'.",
        )),
    }
}

fn variable_names(parameters: Option<&str>) -> Result<Vec<String>, Refusal> {
    let Some(text) = parameters else {
        return Ok(Vec::new());
    };
    let variables: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        Refusal::bad_body(format!("The parameters are not valid JSON: {error}"))
    })?;
    Ok(variables.into_iter().map(|(name, _)| name).collect())
}

/// Template parameters as texts.
pub(super) fn scalars(given: BTreeMap<String, Value>) -> Result<Vec<(String, String)>, Refusal> {
    let scalars = given
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), scalar(&name, &value)?)));
    scalars.collect()
}

/// The model has texts; its JSON reader also takes numbers and booleans.
fn scalar(name: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Null => Ok(value.to_string()),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        _ => {
            let message = format!(
                "Error reading string. Unexpected token: StartObject. Path 'templateParameters.{name}'."
            );
            Err(Refusal::bad_body(message))
        }
    }
}

pub(super) fn get(world: &mut World, call: &Call, id: &str) -> Answer {
    let id = world.poll(build_id(id)?)?.id;
    Ok(reply(world, call, world.build(id)?))
}

/// The latest completed build of a pipeline, by its id or name (docs: "Latest - Get", preview only).
pub(super) fn latest(world: &World, call: &Call) -> Answer {
    call.version.needs_preview()?;
    let definition = call.last_segment();
    let by_name = |pipeline: &&PipelineScript| pipeline.name.eq_ignore_ascii_case(definition);
    let pipeline = match definition.parse() {
        Ok(id) => world.pipeline(id)?,
        Err(_) => (world.scenario.pipelines.iter().find(by_name))
            .ok_or_else(|| Refusal::definition_not_found(definition))?,
    };
    let branch = call.query.get("branchName");
    let is_wanted = |build: &&world::Build| {
        world.pipeline_of(build).id == pipeline.id
            && build.result(world.now()).is_some()
            && branch.is_none_or(|branch| branch == build.source_branch)
    };
    let found = world.builds().iter().filter(is_wanted);
    let latest = found.max_by_key(|build| (build.finish_time(world.now()), build.id));
    let latest = latest.ok_or_else(|| Refusal::no_completed_build(pipeline.id))?;
    Ok(reply(world, call, latest))
}

#[derive(Debug, Deserialize)]
struct UpdateBody {
    #[serde(default, deserialize_with = "enumeration::text")]
    status: Option<String>,
}

/// Only a cancellation changes anything: a status that the service does not know is ignored, as reported.
pub(super) fn update(world: &mut World, call: &Call, id: &str) -> Answer {
    let id = build_id(id)?;
    let body: UpdateBody = call.json()?;
    if body
        .status
        .is_some_and(|status| STATUS.word(&status) == "cancelling")
    {
        world.cancel(id)?;
    }
    Ok(reply(world, call, world.build(id)?))
}

/// Reported: today the body must be empty; older servers want an object.
pub(super) fn retry(world: &mut World, call: &Call, id: &str) -> Answer {
    let id = build_id(id)?;
    let wants_a_body = matches!(
        world.scenario.product,
        Product::Server2019 | Product::Server2020
    );
    if wants_a_body {
        call.json::<Value>()?;
    } else if !call.body.is_empty() {
        return Err(Refusal::retry_with_body());
    }
    world.retry(id, None, false)?;
    Ok(reply(world, call, world.build(id)?))
}

fn reply(world: &World, call: &Call, build: &world::Build) -> Reply {
    Reply::json(
        &call.version,
        &Build::new(world, build, &call.base, &call.version),
    )
}
