//! The timeline and the logs of a build (docs: "Timeline - Get", "Builds - Get Build Log").

use serde_json::json;

use super::{Answer, build_id};
use crate::call::Call;
use crate::ids;
use crate::refusal::Refusal;
use crate::reply::{Body, Reply};
use crate::wire::log::log_items;
use crate::wire::timeline::Timeline;
use crate::world::World;

pub(super) fn timeline(world: &mut World, call: &Call, id: &str, timeline: Option<&str>) -> Answer {
    let id = build_id(id)?;
    if timeline.is_none() {
        world.look(id)?;
    }
    let build = world.build(id)?;
    if let Some(id) = timeline.filter(|timeline| *timeline != ids::plan(build.id)) {
        let earlier = Timeline::earlier(build, world.now(), &call.base, id);
        let earlier = earlier.ok_or_else(|| Refusal::timeline_not_found(id))?;
        return Ok(Reply::json(&call.version, &earlier));
    }
    Ok(match Timeline::new(build, world.now(), &call.base) {
        Some(timeline) => Reply::json(&call.version, &timeline),
        None => Reply::empty(204),
    })
}

pub(super) fn list(world: &World, call: &Call, id: &str) -> Answer {
    let build = world.build(build_id(id)?)?;
    Ok(Reply::list(
        &call.version,
        &log_items(build, world.now(), &call.base),
    ))
}

/// `startLine` and `endLine` count from 1, both inclusive; past the end the answer is empty.
pub(super) fn get(world: &World, call: &Call, id: &str, log: &str) -> Answer {
    let build = world.build(build_id(id)?)?;
    let number = log.parse().unwrap_or(0);
    let found = build.schedule.log(number, world.now());
    let found = found.ok_or_else(|| Refusal::log_not_found(build.id, log))?;
    let available = found.visible_lines(world.now());
    let end = call
        .query
        .number("endLine")?
        .map_or(available, |line| line.min(available));
    let start = call.query.number("startLine")?.unwrap_or(1).max(1) - 1;
    let range = start.min(end)..end;
    if call.accepts_plain_text() {
        let mut reply = Reply::text(200, "text/plain; charset=utf-8", Vec::new());
        reply.body = Body::Log(found.text.clone(), range);
        return Ok(reply);
    }
    let lines: Vec<String> = range
        .map(|index| String::from_utf8_lossy(&found.text.line(index)).into_owned())
        .collect();
    Ok(Reply::json(
        &call.version,
        &json!({"count": lines.len(), "value": lines}),
    ))
}
