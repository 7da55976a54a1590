//! The HTTP skin: which function answers which request.
//!
//! A `match` instead of a router, because the service does not distinguish case in fixed path parts.

use serde_json::json;

use crate::call::Call;
use crate::ids;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::Product;
use crate::wire;
use crate::wire::locations::{locations, resource_areas};
use crate::wire::organization::{ConnectionData, capabilities, project};
use crate::world::World;

mod approvals;
mod artifacts;
mod builds;
mod definitions;
mod feed;
mod identities;
mod list;
mod logs;
mod pipelines;
mod stages;
mod tags;
mod tests;

/// What a handler gives back.
pub(crate) type Answer = Result<Reply, Refusal>;

/// Answers a request below `{organization}/_apis`; `None` when there is no such route.
pub(crate) fn of_organization(world: &World, call: &Call) -> Option<Answer> {
    let keys = call.keys();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    Some(match (call.method.as_str(), keys.as_slice()) {
        ("GET", ["projects"]) => Ok(Reply::list(
            &call.version,
            &[wire::Project::new(&call.base, &world.scenario)],
        )),
        ("GET", ["projects", name]) => get_project(world, call, name),
        ("OPTIONS", []) => Ok(list_locations(world, call, None)),
        ("OPTIONS", [area]) => Ok(list_locations(world, call, Some(area))),
        ("GET", ["resourceareas"]) => Ok(list_areas(world, call)),
        ("GET", ["resourceareas", id]) => get_area(world, call, id)?,
        ("GET", ["identities"]) => identities::list(world, call),
        ("GET", ["connectiondata"]) => connection_data(world, call),
        _ => return None,
    })
}

/// Answers a request below `{organization}/{project}/_apis`; `None` when there is no such route.
pub(crate) fn of_project(world: &mut World, call: &Call, project: &str) -> Option<Answer> {
    let keys = call.keys();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    if let Err(refusal) = check_project(world, project) {
        return Some(Err(refusal));
    }
    match keys.as_slice() {
        ["build", keys @ ..] => of_builds(world, call, keys),
        ["pipelines", "approvals", keys @ ..] => of_approvals(world, call, keys),
        ["pipelines", keys @ ..] => of_pipelines(world, call, keys),
        ["distributedtask", "queues"] => Some(list_queues(world, call)),
        ["distributedtask", keys @ ..] => of_feed(world, call, keys),
        ["test" | "testresults", keys @ ..] => of_tests(world, call, keys),
        _ => None,
    }
}

/// Not in the specifications of the oldest product.
fn of_approvals(world: &mut World, call: &Call, keys: &[&str]) -> Option<Answer> {
    if world.scenario.product == Product::Server2019 {
        return None;
    }
    Some(match (call.method.as_str(), keys) {
        ("GET", []) => approvals::list(world, call),
        ("GET", [id]) => approvals::get(world, call, id),
        ("PATCH", []) => approvals::update(world, call),
        _ => return None,
    })
}

/// Not in the oldest product; expanding has no document before Server 2022.
fn of_pipelines(world: &mut World, call: &Call, keys: &[&str]) -> Option<Answer> {
    let product = world.scenario.product;
    let can_expand = product != Product::Server2020;
    if product == Product::Server2019 {
        return None;
    }
    Some(match (call.method.as_str(), keys) {
        ("POST", [pipeline, "runs"]) => pipelines::run(world, call, pipeline),
        ("GET", [pipeline, "runs"]) => pipelines::list(world, call, pipeline),
        ("GET", [pipeline, "runs", run]) => pipelines::get(world, call, pipeline, run),
        ("POST", [pipeline, "preview"]) if can_expand => pipelines::preview(world, call, pipeline),
        _ => return None,
    })
}

fn of_feed(world: &World, call: &Call, keys: &[&str]) -> Option<Answer> {
    match (call.method.as_str(), keys) {
        (
            "GET",
            [
                "hubs",
                "build",
                "plans",
                plan,
                "timelines",
                _,
                "records",
                job,
                "feed",
            ],
        ) => Some(feed::get(world, call, plan, job)),
        _ => None,
    }
}

fn of_tests(world: &World, call: &Call, keys: &[&str]) -> Option<Answer> {
    Some(match (call.method.as_str(), keys) {
        ("GET", ["runs"]) => tests::list(world, call),
        ("GET", ["runs", id]) => tests::get(world, call, id),
        ("GET", ["runs", id, "results"]) => tests::results(world, call, id),
        ("GET", ["resultsummarybybuild"]) => tests::summary(world, call),
        ("GET", ["resultsbybuild"]) => tests::results_by_build(world, call),
        _ => return None,
    })
}

fn of_builds(world: &mut World, call: &Call, keys: &[&str]) -> Option<Answer> {
    Some(match (call.method.as_str(), keys) {
        ("POST", ["builds"]) => builds::queue(world, call),
        ("GET", ["builds"]) => list::builds(world, call),
        ("GET", ["builds", id]) => builds::get(world, call, id),
        ("PATCH", ["builds", id]) if call.query.is_true("retry") => builds::retry(world, call, id),
        ("PATCH", ["builds", id]) => builds::update(world, call, id),
        ("PATCH", ["builds", id, "stages", _]) if has_stages(world) => {
            stages::update(world, call, id)
        }
        ("GET", ["builds", id, "timeline"]) => logs::timeline(world, call, id, None),
        ("GET", ["builds", id, "timeline", timeline]) => {
            logs::timeline(world, call, id, Some(timeline))
        }
        ("GET", ["builds", id, "logs"]) => logs::list(world, call, id),
        ("GET", ["builds", id, "logs", log]) => logs::get(world, call, id, log),
        ("GET", ["builds", id, "tags"]) => tags::list(world, call, id),
        ("POST", ["builds", id, "tags"]) => tags::add_all(world, call, id),
        ("PATCH", ["builds", id, "tags"]) if call.version.is_at_least(6, 1) => {
            tags::update(world, call, id)
        }
        ("PUT", ["builds", id, "tags", _]) => tags::add(world, call, id),
        ("DELETE", ["builds", id, "tags", _]) => tags::remove(world, call, id),
        ("GET", ["builds", id, "artifacts"]) => artifacts::list(world, call, id),
        ("GET", ["latest", definition]) => builds::latest(world, call, definition),
        ("GET", ["tags"]) => Ok(Reply::list(&call.version, &world.tags())),
        ("GET", ["definitions"]) => definitions::list(world, call),
        ("GET", ["definitions", id]) => definitions::get(world, call, id),
        ("GET", ["generalsettings"]) if world.scenario.product != Product::Server2019 => {
            general_settings(world, call)
        }
        _ => return None,
    })
}

/// Those that have to do with queueing (docs: "General Settings - Get").
fn general_settings(world: &World, call: &Call) -> Answer {
    if !call.version.is_at_least(7, 0) {
        call.version.needs_preview()?;
    }
    let limits = world.scenario.limits_variables();
    Ok(Reply::json(
        &call.version,
        &json!({ "enforceSettableVar": limits }),
    ))
}

/// Docs: "Queues - Get Agent Queues".
fn list_queues(world: &World, call: &Call) -> Answer {
    if !call.version.is_at_least(7, 1) {
        call.version.needs_preview()?;
    }
    let wanted = call.query.get("queueName");
    let queues = world.queues();
    let named = queues
        .iter()
        .filter(|(_, name)| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name)));
    let queues: Vec<wire::queue::Queue> = named
        .map(|(id, name)| wire::queue::Queue::new(&world.scenario, *id, name))
        .collect();
    Ok(Reply::list(&call.version, &queues))
}

fn has_stages(world: &World) -> bool {
    world.scenario.product != Product::Server2019
}

/// A number in a path; anything else names no build.
fn build_id(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| Refusal::build_not_found(text))
}

fn home(world: &World, call: &Call) -> String {
    format!("{}/{}", call.base, world.scenario.project_id)
}

/// An unknown id is a 400, an unknown name a 404.
fn check_project(world: &World, asked: &str) -> Result<(), Refusal> {
    let scenario = &world.scenario;
    if asked.to_lowercase() == scenario.project.to_lowercase()
        || asked.eq_ignore_ascii_case(&scenario.project_id)
    {
        Ok(())
    } else if ids::looks_like_guid(asked) {
        Err(Refusal::unknown_project_id(asked))
    } else {
        Err(Refusal::unknown_project_name(asked))
    }
}

fn list_locations(world: &World, call: &Call, area: Option<&str>) -> Reply {
    Reply::list(&call.version, &locations(world.scenario.product, area))
}

/// A server of one's own has one address for everything and lists no areas, with a null for the list (the
/// official Node client knows: "on prem we get {count: 0, value: null}").
fn list_areas(world: &World, call: &Call) -> Reply {
    if world.scenario.product == Product::Services {
        Reply::list(&call.version, &resource_areas(&call.base))
    } else {
        Reply::json(&call.version, &json!({"count": 0, "value": null}))
    }
}

fn get_area(world: &World, call: &Call, id: &str) -> Option<Answer> {
    let mut areas = resource_areas(&call.base).into_iter();
    let found = areas.find(|area| area.id == id);
    let found = found.filter(|_| world.scenario.product == Product::Services)?;
    Some(Ok(Reply::json(&call.version, &found)))
}

fn get_project(world: &World, call: &Call, name: &str) -> Answer {
    check_project(world, name)?;
    let mut project = project(&call.base, &world.scenario);
    if call.query.is_true("includeCapabilities") {
        project["capabilities"] = capabilities();
    }
    Ok(Reply::json(&call.version, &project))
}

fn connection_data(world: &World, call: &Call) -> Answer {
    // The official Node client names no version when it connects.
    if call.is_version_named {
        call.version.needs_preview()?;
    }
    Ok(Reply::json(
        &call.version,
        &ConnectionData::new(&world.scenario),
    ))
}
