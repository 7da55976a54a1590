//! The project's agent queues (docs: "Queues - Get Agent Queues").

use super::Answer;
use crate::call::Call;
use crate::reply::Reply;
use crate::wire::queue::Queue;
use crate::world::World;

/// All, or those of one name.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    call.version.needs_preview_before(7, 1)?;
    let wanted = call.query.get("queueName");
    let queues: Vec<Queue> = world
        .queues()
        .into_iter()
        .filter(|(_, name)| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name)))
        .map(|(id, name)| Queue::new(id, name))
        .collect();
    Ok(Reply::list(&call.version, &queues))
}
