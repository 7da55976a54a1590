//! What a checkout in the workflow would give.

use serde_json::Value;

use super::{Draft, RefOrigin, SourceError, Trust, event_name, note};
use crate::github::context::Context;

/// `GITHUB_REF` and `GITHUB_SHA`, as far as there are any.
pub(super) fn from_checkout(context: &Context) -> Result<Draft, SourceError> {
    if context.is_deletion() {
        let deleted = context.payload.pointer("/ref").and_then(Value::as_str);
        return Err(SourceError::Deleted {
            deleted: deleted.map(str::to_owned),
        });
    }
    let event = event_name(context);
    let mut draft = match (&context.ref_, context.default_branch()) {
        (Some(branch), default) => {
            let why = checkout_why(event, branch, default.as_deref());
            let branch = branch.clone();
            let draft = Draft::new(RefOrigin::Variable, branch, context.sha.clone(), why);
            // It has been let into the queue, but nobody has merged it.
            if event == "merge_group" {
                draft.by(Trust::PullRequest)
            } else {
                draft
            }
        }
        // A deployment of a commit has no ref, and Azure takes no commit without one.
        (None, Some(default)) if event.starts_with("deployment") => {
            let branch = format!("refs/heads/{default}");
            let note = note::no_ref(&branch);
            let why = "the default branch, because the deployment names none".to_owned();
            let commit = context.sha.clone();
            let mut draft = Draft::new(RefOrigin::DefaultBranch, branch, commit, why);
            draft.notes.push(note);
            draft
        }
        _ => return Err(SourceError::NoEventRef),
    };
    draft.notes.extend(note::other_commit(context));
    Ok(draft)
}

fn checkout_why(event: &str, branch: &str, default: Option<&str>) -> String {
    let kind = if branch.starts_with("refs/tags/") {
        "tag"
    } else {
        "branch"
    };
    match event {
        "push" => format!("the {kind} that was pushed"),
        "create" => format!("the {kind} that was created"),
        "workflow_dispatch" => format!("the {kind} that the workflow was started on"),
        "release" => "the tag of the release".to_owned(),
        "merge_group" => "the group in the merge queue".to_owned(),
        "deployment" | "deployment_status" => format!("the {kind} that is deployed"),
        "" => format!("the {kind} that GITHUB_REF names"),
        _ if branch
            .strip_prefix("refs/heads/")
            .is_some_and(|name| Some(name) == default) =>
        {
            format!("the default branch, on which the event {event:?} runs")
        }
        _ => format!("the {kind} on which the event {event:?} runs"),
    }
}
