//! The tags of a build (docs: "Tags - Add Build Tag" and its neighbours). Every answer lists all tags.

use serde::Deserialize;

use super::{Answer, build_id};
use crate::call::Call;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;

pub(super) fn list(world: &World, call: &Call, id: &str) -> Answer {
    let build = world.build(build_id(id)?)?;
    Ok(Reply::list(&call.version, &build.tags))
}

pub(super) fn add_all(world: &mut World, call: &Call, id: &str) -> Answer {
    let tags: Vec<String> = call.json()?;
    change(world, call, id, &tags, &[])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    #[serde(default)]
    tags_to_add: Vec<String>,
    #[serde(default)]
    tags_to_remove: Vec<String>,
}

pub(super) fn update(world: &mut World, call: &Call, id: &str) -> Answer {
    let changes: Changes = call.json()?;
    change(
        world,
        call,
        id,
        &changes.tags_to_add,
        &changes.tags_to_remove,
    )
}

pub(super) fn add(world: &mut World, call: &Call, id: &str) -> Answer {
    match tag_in_path(call) {
        Ok(tag) => change(world, call, id, &[tag], &[]),
        Err(reply) => Ok(reply),
    }
}

pub(super) fn remove(world: &mut World, call: &Call, id: &str) -> Answer {
    match tag_in_path(call) {
        Ok(tag) => change(world, call, id, &[], &[tag]),
        Err(reply) => Ok(reply),
    }
}

fn change(world: &mut World, call: &Call, id: &str, add: &[String], remove: &[String]) -> Answer {
    let tags = world.change_tags(build_id(id)?, add, remove)?;
    Ok(Reply::list(&call.version, tags))
}

/// The web server in front refuses some characters in paths, also escaped ones.
fn tag_in_path(call: &Call) -> Result<String, Reply> {
    let tag = call.last_segment();
    match tag.chars().find(|c| "/:?#%&*<>\\".contains(*c)) {
        Some(c) => Err(Reply::refusal(&Refusal::bad_query(format!(
            "A potentially dangerous Request.Path value was detected from the client ({c})."
        )))),
        None => Ok(tag.to_owned()),
    }
}
