//! The HTTP skin: which function answers which request.
//!
//! A `match` instead of a router, because the service does not distinguish case in fixed path parts.

use crate::call::Call;
use crate::ids;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::Product;
use crate::wire::project::PROJECT_ID;
use crate::world::World;

mod approvals;
mod artifacts;
mod builds;
mod definitions;
mod feed;
mod identities;
mod list;
mod logs;
mod organization;
mod pipelines;
mod queues;
mod settings;
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
        ("GET", ["projects"]) => Ok(organization::projects(world, call)),
        ("GET", ["projects", _]) => organization::project(world, call),
        ("OPTIONS", []) => Ok(organization::locations(world, call, None)),
        ("OPTIONS", [area]) => Ok(organization::locations(world, call, Some(area))),
        ("GET", ["resourceareas"]) => Ok(organization::areas(world, call)),
        ("GET", ["resourceareas", id]) => Ok(organization::area(world, call, id)?),
        ("GET", ["identities"]) => identities::list(world, call),
        ("GET", ["connectiondata"]) => organization::connection_data(world, call),
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
        ["distributedtask", "queues"] => Some(queues::list(world, call)),
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
        ("GET", ["latest", _]) => builds::latest(world, call),
        ("GET", ["tags"]) => Ok(Reply::list(&call.version, &world.tags())),
        ("GET", ["definitions"]) => definitions::list(world, call),
        ("GET", ["definitions", id]) => definitions::get(world, call, id),
        ("GET", ["generalsettings"]) if world.scenario.product != Product::Server2019 => {
            settings::get(world, call)
        }
        _ => return None,
    })
}

fn has_stages(world: &World) -> bool {
    world.scenario.product != Product::Server2019
}

/// A number in a path; anything else names no build.
fn build_id(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| Refusal::build_not_found(text))
}

/// An unknown id is a 400, an unknown name a 404.
fn check_project(world: &World, asked: &str) -> Result<(), Refusal> {
    let scenario = &world.scenario;
    if asked.to_lowercase() == scenario.project.to_lowercase()
        || asked.eq_ignore_ascii_case(PROJECT_ID)
    {
        Ok(())
    } else if ids::looks_like_guid(asked) {
        Err(Refusal::unknown_project_id(asked))
    } else {
        Err(Refusal::unknown_project_name(asked))
    }
}
