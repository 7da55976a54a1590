//! The console lines of a running task, as the vendor's Node client reads them (`TaskApi.getLines`). The call is
//! in the map of locations and missing in the documentation: which lines an answer holds is a guess.

use serde_json::json;

use super::Answer;
use crate::call::Call;
use crate::ids;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;

/// `startLine` and `endLine` count from 1, both inclusive, as in the agent's posts. `endLine` asks for lines up
/// to there, `takeCount` for so many before it.
pub(super) fn get(world: &World, call: &Call, plan: &str, job: &str) -> Answer {
    if world.scenario.feed_refused {
        return Err(Refusal::feed_refused());
    }
    let build = world
        .builds()
        .iter()
        .find(|build| ids::plan(build.id) == plan);
    let build = build.ok_or_else(|| Refusal::plan_not_found(plan))?;
    let task = call.query.get("stepId").unwrap_or_default().to_lowercase();
    let lines = build
        .schedule
        .feed(job, &task, world.now())
        .unwrap_or_default();
    let end = call
        .query
        .number("endLine")?
        .map_or(lines.len(), |end| end.min(lines.len()));
    let take = call.query.number("takeCount")?.unwrap_or(end);
    let first = end.saturating_sub(take);
    let lines = &lines[first..end];
    let feed = json!({
        "count": lines.len(),
        "startLine": if lines.is_empty() { 0 } else { first + 1 },
        "endLine": if lines.is_empty() { 0 } else { end },
        "stepId": task,
        "value": lines,
    });
    Ok(Reply::json(&call.version, &feed))
}
