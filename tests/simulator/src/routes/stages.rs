//! Retry or cancel one stage (docs: "Stages - Update").

use serde::Deserialize;

use super::{Answer, build_id};
use crate::call::Call;
use crate::enumeration::{self, STAGE_UPDATE};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    #[serde(default, deserialize_with = "enumeration::text")]
    state: Option<String>,
    #[serde(default)]
    force_retry_all_jobs: bool,
}

/// The answer is empty, as specified.
pub(super) fn update(world: &mut World, call: &Call, id: &str) -> Answer {
    call.version.needs_preview_before(7, 0)?;
    let id = build_id(id)?;
    let stage = call.last_segment();
    let update: Update = call.json()?;
    let wanted = update.state.unwrap_or_default();
    match STAGE_UPDATE.word(&wanted).as_str() {
        "retry" => world.retry(id, Some(stage), update.force_retry_all_jobs)?,
        "cancel" => world.cancel_stage(id, stage)?,
        _ => {
            let message = format!("The value '{wanted}' is not valid for state.");
            return Err(Refusal::bad_body(message));
        }
    }
    Ok(Reply::empty(200))
}
