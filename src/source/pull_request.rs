//! The sides of a pull request.

use super::checkout::from_checkout;
use super::git_ref::pull_request_ref_parts;
use super::{
    Draft, RefOrigin, SourceError, Trust, guard, incomplete, note, pull_request_ref_needed,
};
use crate::github::context::{Context, PullRequest};
use crate::inputs::{PullRequestRef, SourceInputs};

/// `pull_request`, `pull_request_review`, `pull_request_review_comment`: no secrets for forks, so
/// no guard.
pub(super) fn from_event(inputs: &SourceInputs, context: &Context) -> Result<Draft, SourceError> {
    let pull_request = context.pull_request();
    let merge_ref = merge_ref(context, pull_request.as_ref())?;
    let is_merged = pull_request
        .as_ref()
        .is_some_and(|pull_request| pull_request.is_merged);
    let required = || {
        let missing = "the pull request";
        pull_request
            .as_ref()
            .ok_or_else(|| incomplete(context, missing))
    };
    match (inputs.pull_request_ref, merge_ref) {
        (None, _) if is_merged => merge(inputs, required()?),
        (None | Some(PullRequestRef::Head), _) => {
            let mut draft = head(required()?);
            draft
                .notes
                .extend(note::reviewed(context, draft.version.as_deref()));
            draft.notes.extend(note::fork(inputs, required()?));
            Ok(draft)
        }
        (Some(PullRequestRef::Merge), Some((branch, number))) if !is_merged => {
            let why = merge_why(number);
            let is_fork = pull_request
                .as_ref()
                .is_none_or(|pull_request| pull_request.head_is_fork);
            let draft = Draft::new(RefOrigin::Variable, branch, context.sha.clone(), why);
            let mut draft = draft.by(Trust::of_pull_request(is_fork));
            if let Some(pull_request) = &pull_request {
                draft.notes.extend(note::stale_merge(pull_request));
                draft.notes.extend(note::fork(inputs, pull_request));
            }
            Ok(draft)
        }
        (Some(PullRequestRef::Merge), _) => merge(inputs, required()?),
        (Some(PullRequestRef::Base), _) => base(context, required()?),
    }
}

pub(super) fn from_target(inputs: &SourceInputs, context: &Context) -> Result<Draft, SourceError> {
    let side = match inputs.pull_request_ref {
        None => return Err(pull_request_ref_needed(context)),
        Some(PullRequestRef::Base) => return from_checkout(context),
        Some(side) => side,
    };
    let pull_request = context
        .pull_request()
        .ok_or_else(|| incomplete(context, "the pull request"))?;
    guard::fork(inputs, context, &pull_request)?;
    match side {
        PullRequestRef::Merge => merge(inputs, &pull_request),
        PullRequestRef::Head | PullRequestRef::Base => Ok(head(&pull_request)),
    }
}

/// The last commit pushed to the pull request. The ref is in the base repository, for forks too;
/// the branch's own name is not used, because a fork's may be `main`.
pub(super) fn head(pull_request: &PullRequest) -> Draft {
    let number = pull_request.number;
    Draft::new(
        RefOrigin::PullRequest,
        format!("refs/pull/{number}/head"),
        pull_request.head_sha.clone(),
        format!("the head of pull request #{number}"),
    )
    .by(Trust::of_pull_request(pull_request.head_is_fork))
}

/// The test merge, or what the merge put on the base branch.
pub(super) fn merge(
    inputs: &SourceInputs,
    pull_request: &PullRequest,
) -> Result<Draft, SourceError> {
    let number = pull_request.number;
    let version = pull_request.merge_commit_sha.clone();
    if version.is_none() && inputs.version.is_none() {
        return Err(SourceError::NoMergeCommit { number });
    }
    if let (true, Some(base)) = (pull_request.is_merged, &pull_request.base_ref) {
        let why = format!("the branch that pull request #{number} was merged into");
        let branch = format!("refs/heads/{base}");
        return Ok(Draft::new(RefOrigin::BaseBranch, branch, version, why));
    }
    let mut draft = Draft::new(
        RefOrigin::PullRequest,
        format!("refs/pull/{number}/merge"),
        version,
        merge_why(number),
    )
    .by(Trust::of_pull_request(pull_request.head_is_fork));
    draft.notes.extend(note::stale_merge(pull_request));
    Ok(draft)
}

fn merge_why(number: u64) -> String {
    format!("the test merge of pull request #{number}")
}

fn base(context: &Context, pull_request: &PullRequest) -> Result<Draft, SourceError> {
    let Some(branch) = &pull_request.base_ref else {
        return Err(incomplete(context, "the pull request's base branch"));
    };
    let why = format!("the base of pull request #{}", pull_request.number);
    Ok(Draft::new(
        RefOrigin::BaseBranch,
        format!("refs/heads/{branch}"),
        pull_request.base_sha.clone(),
        why,
    ))
}

/// `GITHUB_REF` and its number, where it is a pull request's merge ref. One that only looks like a
/// pull request's, or is another's than the payload's, is refused whatever is to be built:
/// something is badly wrong.
fn merge_ref(
    context: &Context,
    pull_request: Option<&PullRequest>,
) -> Result<Option<(String, u64)>, SourceError> {
    let Some(given) = context
        .ref_
        .clone()
        .filter(|name| name.starts_with("refs/pull/"))
    else {
        return Ok(None);
    };
    let Some((number, side)) = pull_request_ref_parts(&given) else {
        let origin = RefOrigin::Variable;
        return Err(SourceError::EventRef { origin, given });
    };
    match pull_request {
        Some(pull_request) if pull_request.number != number => Err(SourceError::NumbersDiffer {
            given,
            number: pull_request.number,
        }),
        _ => Ok((side == "merge").then_some((given, number))),
    }
}
