//! The project's settings that have to do with queueing (docs: "General Settings - Get").

use serde_json::json;

use super::Answer;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

pub(super) fn get(world: &World, call: &Call) -> Answer {
    call.version.needs_preview_before(7, 0)?;
    let limits = world.scenario.limits_variables();
    Ok(Reply::json(
        &call.version,
        &json!({ "enforceSettableVar": limits }),
    ))
}
