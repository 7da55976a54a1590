//! What a person should know before relying on what is built, a sentence each.

use super::git_ref::{commit_id, is_ref};
use super::{Trust, event_name};
use crate::github::context::{Context, PullRequest};
use crate::inputs::SourceInputs;

/// The test merge of a closed pull request.
pub(super) fn stale_merge(pull_request: &PullRequest) -> Option<String> {
    pull_request.is_closed.then(|| {
        format!(
            "Pull request #{} is closed: GitHub no longer updates its test merge, which may be out \
             of date.",
            pull_request.number
        )
    })
}

/// A fork's code is built in an event whose workflows get no secrets, unless somebody has decided so.
pub(super) fn fork(inputs: &SourceInputs, pull_request: &PullRequest) -> Option<String> {
    let is_unexpected = pull_request.head_is_fork && !inputs.allow_fork_code;
    is_unexpected.then(|| {
        let repository = pull_request.head_repository.as_deref();
        let repository = repository.unwrap_or("a repository that was deleted");
        format!(
            "Pull request #{} comes from {repository:?}: its code runs with every secret of the pipeline; \
             `allow-fork-code: true` says that this is meant.",
            pull_request.number
        )
    })
}

/// Events that anyone can cause, although their workflows have secrets.
const BY_ANYONE: [&str; 8] = [
    "discussion",
    "discussion_comment",
    "fork",
    "issue_comment",
    "issues",
    "pull_request_target",
    "watch",
    "workflow_run",
];

/// Whose code would be built with which secrets, where that needs a word. Azure DevOps takes a run that
/// is asked for over REST for one that somebody has started by hand, and its protections of pull
/// requests from forks are not for those ("Build GitHub repositories", forks).
#[must_use]
pub fn exposure(trust: Trust, event: &str) -> Option<String> {
    let secrets =
        "whatever code it builds, a run that is started like this has every secret of the pipeline";
    match trust {
        Trust::Repository if BY_ANYONE.contains(&event) => Some(format!(
            "Anyone can cause the event {event:?}; the code is the repository's own, and has every secret of the pipeline"
        )),
        Trust::Repository => None,
        Trust::PullRequest => Some(format!(
            "The code is that of a pull request from this repository; {secrets}"
        )),
        Trust::Anyone => Some(format!("The code may be anyone's; {secrets}")),
    }
}

/// A review of a commit that is not the one built.
pub(super) fn reviewed(context: &Context, built: Option<&str>) -> Option<String> {
    let reviewed = context
        .reviewed_commit()
        .and_then(|commit| commit_id(&commit))?;
    let built = built.and_then(commit_id)?;
    (event_name(context) == "pull_request_review" && reviewed != built).then(|| {
        format!(
            "The review was for commit {reviewed}, which is no longer the pull request's last one."
        )
    })
}

/// A deployment was made from a commit that no ref comes with.
pub(super) fn no_ref(branch: &str) -> String {
    format!(
        "The deployment was made from a commit, not from a branch: {branch:?} is sent along, on \
         which the commit need not be."
    )
}

/// An event that is about another commit than the one built.
pub(super) fn other_commit(context: &Context) -> Option<String> {
    let other = context.other_commit()?;
    let commit = commit_id(&other.sha)?;
    if context.sha.as_deref().and_then(commit_id).as_ref() == Some(&commit) {
        return None;
    }
    let expression = format!("${{{{ {} }}}}", other.expression);
    let branch = other
        .branch
        .map(|name| format!("refs/heads/{name}"))
        .filter(|name| other.is_from_this_repository && is_ref(name));
    let how = match branch {
        Some(branch) => {
            format!("give `source-branch: {branch}` and `source-version: {expression}`")
        }
        None => format!(
            "give the ref that has it as `source-branch`, and `source-version: {expression}`; it \
             may be a stranger's code"
        ),
    };
    let event = event_name(context);
    Some(format!(
        "The event {event:?} is about commit {commit}, which is not built; to build it, {how}."
    ))
}
