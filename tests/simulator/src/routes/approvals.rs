//! Approvals and their decisions (docs: "Approvals - Query", "- Update").

use serde::Deserialize;

use super::Answer;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::stage::CheckResult;
use crate::wire::approval::{Approval, approvals};
use crate::wire::word;
use crate::world::World;

fn all(world: &World, call: &Call) -> Vec<Approval> {
    let expand = call.query.get("$expand").unwrap_or_default();
    let with_steps = expand.eq_ignore_ascii_case("steps");
    approvals(world, &call.base, &call.version, with_steps)
}

pub(super) fn list(world: &World, call: &Call) -> Answer {
    call.version.needs_preview_before(7, 1)?;
    let (ids, state) = (call.query.list("approvalIds"), call.query.get("state"));
    let mut found = all(world, call);
    found.retain(|approval| ids.as_ref().is_none_or(|ids| ids.contains(&approval.id)));
    let is_wanted = |approval: &Approval| {
        let status = word(&approval.status);
        state.is_none_or(|state| {
            state.eq_ignore_ascii_case("all") || state.eq_ignore_ascii_case(&status)
        })
    };
    found.retain(is_wanted);
    found.truncate(call.query.number("top")?.unwrap_or(usize::MAX));
    Ok(Reply::list(&call.version, &found))
}

pub(super) fn get(world: &World, call: &Call, id: &str) -> Answer {
    call.version.needs_preview_before(7, 1)?;
    let found = all(world, call)
        .into_iter()
        .find(|approval| approval.id == id);
    let found = found.ok_or_else(|| Refusal::approval_not_found(id))?;
    Ok(Reply::json(&call.version, &found))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    approval_id: String,
    status: Status,
    #[serde(default)]
    comment: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Approved,
    Rejected,
}

pub(super) fn update(world: &mut World, call: &Call) -> Answer {
    call.version.needs_preview_before(7, 1)?;
    let updates: Vec<Update> = call.json()?;
    for update in &updates {
        let result = match update.status {
            Status::Approved => CheckResult::Succeeded,
            Status::Rejected => CheckResult::Failed,
        };
        world.decide(&update.approval_id, result, &update.comment)?;
    }
    let mut changed = approvals(world, &call.base, &call.version, true);
    changed.retain(|approval| {
        updates
            .iter()
            .any(|update| update.approval_id == approval.id)
    });
    Ok(Reply::list(&call.version, &changed))
}
