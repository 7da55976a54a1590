//! The HTTP skin: which function answers which request.
//!
//! A `match` instead of a router, because the service does not distinguish case in fixed path parts.

use crate::call::Call;
use crate::ids;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::version::Served;
use crate::wire;
use crate::wire::locations::{locations, resource_areas};
use crate::wire::organization::{ConnectionData, project};
use crate::world::World;

mod builds;
mod definitions;
mod list;
mod logs;
mod tags;

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
        ("GET", ["resourceareas"]) => Ok(Reply::list(&call.version, &resource_areas(&call.base))),
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
    let ["build", keys @ ..] = keys.as_slice() else {
        return None;
    };
    Some(match (call.method.as_str(), keys) {
        ("POST", ["builds"]) => builds::queue(world, call),
        ("GET", ["builds"]) => list::builds(world, call),
        ("GET", ["builds", id]) => builds::get(world, call, id),
        // Retries move records to other timelines; they are not simulated yet, and pretending would mislead.
        ("PATCH", ["builds", _]) if call.query.get("retry").is_some() => return None,
        ("PATCH", ["builds", id]) => builds::update(world, call, id),
        ("GET", ["builds", id, "timeline"]) => logs::timeline(world, call, id, None),
        ("GET", ["builds", id, "timeline", timeline]) => {
            logs::timeline(world, call, id, Some(timeline))
        }
        ("GET", ["builds", id, "logs"]) => logs::list(world, call, id),
        ("GET", ["builds", id, "logs", log]) => logs::get(world, call, id, log),
        ("GET", ["builds", id, "tags"]) => tags::list(world, call, id),
        ("POST", ["builds", id, "tags"]) => tags::add_all(world, call, id),
        ("PATCH", ["builds", id, "tags"]) => tags::update(world, call, id),
        ("PUT", ["builds", id, "tags", _]) => tags::add(world, call, id),
        ("DELETE", ["builds", id, "tags", _]) => tags::remove(world, call, id),
        ("GET", ["definitions"]) => definitions::list(world, call),
        ("GET", ["definitions", id]) => definitions::get(world, call, id),
        _ => return None,
    })
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
    let served = Served::by(world.scenario.product);
    Reply::list(&call.version, &locations(served, area))
}

fn get_project(world: &World, call: &Call, name: &str) -> Answer {
    check_project(world, name)?;
    Ok(Reply::json(
        &call.version,
        &project(&call.base, &world.scenario),
    ))
}

fn connection_data(world: &World, call: &Call) -> Answer {
    call.version.needs_preview()?;
    Ok(Reply::json(
        &call.version,
        &ConnectionData::new(world.scenario.product),
    ))
}
