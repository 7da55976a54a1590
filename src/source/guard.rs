//! Whose code is built where the event has secrets.

use super::error::SourceError;
use super::git_ref::{commit_id, pull_request_ref_parts};
use super::{Trust, event_name, incomplete};
use crate::github::context::{Context, IssueComment, OtherCommit, PullRequest};
use crate::inputs::SourceInputs;

/// Code from a fork is built only if the inputs say so.
pub(super) fn fork(
    inputs: &SourceInputs,
    context: &Context,
    pull_request: &PullRequest,
) -> Result<(), SourceError> {
    if inputs.allow_fork_code || !pull_request.head_is_fork {
        return Ok(());
    }
    Err(SourceError::ForkCode {
        number: pull_request.number,
        repository: pull_request.head_repository.clone(),
        event: event_name(context).to_owned(),
    })
}

/// The code of a fork is built for a comment only if the comment can be about it: nothing was pushed to
/// the fork since it was written. A commit that the inputs name was looked at by somebody.
pub(super) fn moved(
    inputs: &SourceInputs,
    comment: &IssueComment,
    pull_request: &PullRequest,
) -> Result<(), SourceError> {
    if !pull_request.head_is_fork || inputs.version.is_some() {
        return Ok(());
    }
    let times = (pull_request.head_pushed, comment.written);
    if matches!(times, (Some(pushed), Some(written)) if pushed <= written) {
        return Ok(());
    }
    Err(SourceError::ForkMoved {
        number: pull_request.number,
        repository: pull_request.head_repository.clone(),
    })
}

/// What the inputs name themselves: a fork's code remains one. `branch` and `version` are what would
/// be built; gives whose code that is, where the payload tells it.
pub(super) fn explicit(
    inputs: &SourceInputs,
    context: &Context,
    branch: &str,
    version: Option<&str>,
) -> Result<Option<Trust>, SourceError> {
    let is_built = |commit: Option<&str>| {
        let commit = commit.and_then(commit_id);
        commit.is_some() && commit.as_deref() == version
    };
    match event_name(context) {
        "issue_comment" if branch.starts_with("refs/pull/") => {
            let comment = context.issue_comment();
            let missing = || incomplete(context, "the issue's number");
            commenter(inputs, &comment.ok_or_else(missing)?)?;
            Ok(None)
        }
        "pull_request_target" => {
            let is_meant = |pull_request: &PullRequest| {
                let number = pull_request_ref_parts(branch).map(|(number, _)| number);
                number == Some(pull_request.number)
                    || is_built(pull_request.head_sha.as_deref())
                    || is_built(pull_request.merge_commit_sha.as_deref())
            };
            let Some(pull_request) = context.pull_request().filter(is_meant) else {
                return Ok(None);
            };
            fork(inputs, context, &pull_request)?;
            Ok(Some(Trust::of_pull_request(pull_request.head_is_fork)))
        }
        "workflow_run" => {
            let is_a_forks =
                |other: &OtherCommit| !other.is_from_this_repository && is_built(Some(&other.sha));
            let Some(other) = context.other_commit().filter(is_a_forks) else {
                return Ok(None);
            };
            if inputs.allow_fork_code {
                return Ok(Some(Trust::Anyone));
            }
            Err(SourceError::ForkCommit {
                repository: other.repository,
                event: event_name(context).to_owned(),
            })
        }
        _ => Ok(None),
    }
}

/// What a comment asks for is built only if its author is one of those that the inputs name, and if it
/// was the author who has asked: the payload tells nobody else's association.
pub(super) fn commenter(inputs: &SourceInputs, comment: &IssueComment) -> Result<(), SourceError> {
    let action = comment.action.as_deref();
    if action == Some("deleted") {
        return Err(SourceError::CommentDeleted);
    }
    let is_author = || match (&comment.author, &comment.sender) {
        (Some(author), Some(sender)) => author.eq_ignore_ascii_case(sender),
        _ => false,
    };
    if action != Some("created") && !is_author() {
        return Err(SourceError::CommentByAnother {
            sender: comment.sender.clone(),
        });
    }
    association(inputs, comment.author_association.clone())
}

fn association(inputs: &SourceInputs, association: Option<String>) -> Result<(), SourceError> {
    let association = association.unwrap_or_else(|| "unknown".to_owned());
    let allowed = &inputs.allow_associations;
    if allowed
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(&association))
    {
        return Ok(());
    }
    let quoted: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
    Err(SourceError::AssociationNotAllowed {
        association,
        allowed: if quoted.is_empty() {
            "nobody".to_owned()
        } else {
            quoted.join(", ")
        },
    })
}
