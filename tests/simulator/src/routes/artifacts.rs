//! The artifacts of a build (docs: "Artifacts - List", "- Get Artifact").

use super::{Answer, build_id};
use crate::call::Call;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::artifact::artifacts;
use crate::world::World;

/// The same address lists all and gets one: the query says which.
pub(super) fn list(world: &World, call: &Call, id: &str) -> Answer {
    let build = world.build(build_id(id)?)?;
    let all = artifacts(build, world.now(), &call.base, &call.version);
    let Some(name) = call.query.get("artifactName") else {
        return Ok(Reply::list(&call.version, &all));
    };
    let found = all
        .iter()
        .find(|artifact| artifact.name.eq_ignore_ascii_case(name));
    let found = found.ok_or_else(|| Refusal::artifact_not_found(build.id, name))?;
    Ok(Reply::json(&call.version, found))
}
