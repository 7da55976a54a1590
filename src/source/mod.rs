//! Which code is built: from the inputs and the event to a ref and a commit. Pure.
//!
//! What GitHub offers for each event: GitHub Docs, "Events that trigger workflows". The rules are
//! these:
//!
//! 1. `source-branch` decides alone, if it is given; `source-version` decides the commit, if it is
//!    given. Where the event has secrets and its payload shows that this is a fork's code, or that a
//!    comment asks for a pull request's, the guards hold all the same.
//! 2. `pull_request*` events build the pull request's own head, or the side that `pull-request-ref`
//!    names. A merged pull request is on its base branch.
//! 3. `pull_request_target` and comments on pull requests have secrets and may carry a stranger's
//!    code: nothing is built until `pull-request-ref` says what is meant, and then the guards hold.
//! 4. Any other event builds what a checkout would give: `GITHUB_REF` and `GITHUB_SHA`.

mod error;
mod git_ref;
mod guard;
mod note;
mod target;
#[cfg(test)]
mod tests;
mod trust;

pub use error::{RefOrigin, SourceError};
pub(crate) use git_ref::commit_id;
pub use note::exposure;
pub use target::{Target, TargetCommit, target};
pub use trust::Trust;

use serde_json::Value;

use crate::github::context::{Context, PullRequest};
use crate::inputs::{PullRequestRef, SourceInputs};

use git_ref::{is_ref, pull_request_ref_parts};

/// The code to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The full ref, such as `refs/heads/main`.
    pub branch: String,
    /// The commit: 40 or 64 lower-case hexadecimal digits. `None` means the tip of the branch.
    pub version: Option<String>,
    /// Why this code, as a clause for people: `the head of pull request #7`.
    pub why: String,
    /// Who may have written it.
    pub trust: Trust,
    /// What a person should know before relying on it, a sentence each.
    pub notes: Vec<String>,
}

/// What the inputs and the event say about the code to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlan {
    /// This is it.
    Known(Source),
    /// The payload names a pull request but no commit: get the pull request from GitHub's API and
    /// give it to [`from_pull_request`].
    AskGitHub {
        /// The pull request's number, in the workflow's own repository.
        number: u64,
    },
}

/// Decides what is built.
pub fn plan(inputs: &SourceInputs, context: &Context) -> Result<SourcePlan, SourceError> {
    let event = event_name(context);
    let draft = if let Some(branch) = &inputs.branch {
        from_input(inputs, context, branch)?
    } else if event == "pull_request_target" {
        from_pull_request_target(inputs, context)?
    } else if event.starts_with("pull_request") {
        from_pull_request_event(inputs, context)?
    } else if event == "issue_comment" {
        let Some(comment) = context.issue_comment() else {
            return Err(incomplete(context, "the issue's number"));
        };
        match inputs.pull_request_ref {
            _ if !comment.is_on_pull_request => from_checkout(context)?,
            None => return Err(pull_request_ref_needed(context)),
            Some(PullRequestRef::Base) => from_checkout(context)?,
            Some(PullRequestRef::Head | PullRequestRef::Merge) => {
                guard::commenter(inputs, &comment)?;
                let number = comment.number;
                return Ok(SourcePlan::AskGitHub { number });
            }
        }
    } else {
        from_checkout(context)?
    };
    finish(inputs, context, draft).map(SourcePlan::Known)
}

/// Decides what is built of a pull request that was asked for at [`SourcePlan::AskGitHub`].
///
/// The commit is the one the pull request has now. Code of this repository may have been pushed after
/// the comment; a fork's may not.
pub fn from_pull_request(
    inputs: &SourceInputs,
    context: &Context,
    pull_request: &PullRequest,
) -> Result<Source, SourceError> {
    let comment = context.issue_comment();
    if let Some(comment) = &comment {
        if comment.number != pull_request.number {
            return Err(incomplete(context, "the pull request that was asked for"));
        }
        guard::commenter(inputs, comment)?;
    }
    guard::fork(inputs, context, pull_request)?;
    if let Some(comment) = &comment {
        guard::moved(inputs, comment, pull_request)?;
    }
    let draft = match inputs.pull_request_ref {
        Some(PullRequestRef::Head) => head(pull_request),
        Some(PullRequestRef::Merge) => merge(inputs, pull_request)?,
        Some(PullRequestRef::Base) | None => return Err(pull_request_ref_needed(context)),
    };
    finish(inputs, context, draft)
}

/// A source that has not been checked yet. No commit means that none is known, not the tip.
struct Draft {
    origin: RefOrigin,
    branch: String,
    version: Option<String>,
    why: String,
    trust: Trust,
    notes: Vec<String>,
}

impl Draft {
    /// Code of the repository.
    fn new(origin: RefOrigin, branch: String, version: Option<String>, why: String) -> Self {
        Self {
            origin,
            branch,
            version,
            why,
            trust: Trust::Repository,
            notes: Vec::new(),
        }
    }

    fn by(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }
}

fn from_input(inputs: &SourceInputs, context: &Context, given: &str) -> Result<Draft, SourceError> {
    if inputs.pull_request_ref.is_some() {
        return Err(SourceError::Contradiction);
    }
    let branch = if given.starts_with("refs/") {
        given.to_owned()
    } else {
        format!("refs/heads/{given}")
    };
    if !is_ref(&branch) {
        let given = given.to_owned();
        return Err(SourceError::InputBranch { given });
    }
    let trust = pull_request_ref_parts(&branch).map(|(number, _)| {
        let known = context.pull_request();
        let is_own = known.is_some_and(|known| known.number == number && !known.head_is_fork);
        Trust::of_pull_request(!is_own)
    });
    let why = "named by `source-branch`".to_owned();
    let draft = Draft::new(RefOrigin::Input, branch, None, why);
    Ok(draft.by(trust.unwrap_or(Trust::Repository)))
}

/// `pull_request`, `pull_request_review`, `pull_request_review_comment`: no secrets for forks, so
/// no guard.
fn from_pull_request_event(inputs: &SourceInputs, context: &Context) -> Result<Draft, SourceError> {
    let pull_request = context.pull_request();
    let merge_ref = pull_request_merge_ref(context, pull_request.as_ref())?;
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

fn from_pull_request_target(
    inputs: &SourceInputs,
    context: &Context,
) -> Result<Draft, SourceError> {
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
fn head(pull_request: &PullRequest) -> Draft {
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
fn merge(inputs: &SourceInputs, pull_request: &PullRequest) -> Result<Draft, SourceError> {
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

/// What a checkout in this workflow would give.
fn from_checkout(context: &Context) -> Result<Draft, SourceError> {
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

/// `GITHUB_REF` and its number, where it is a pull request's merge ref. One that only looks like a
/// pull request's, or is another's than the payload's, is refused whatever is to be built:
/// something is badly wrong.
fn pull_request_merge_ref(
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

/// Puts `source-version` in and lets nothing through that is not a ref and a commit.
fn finish(inputs: &SourceInputs, context: &Context, draft: Draft) -> Result<Source, SourceError> {
    let Draft {
        origin,
        branch,
        version,
        mut why,
        trust,
        notes,
    } = draft;
    if !is_ref(&branch) {
        let given = branch;
        return Err(SourceError::EventRef { origin, given });
    }
    let version = match (&inputs.version, version) {
        (Some(given), _) => {
            why.push_str(if origin == RefOrigin::Input {
                " and `source-version`"
            } else {
                "; the commit is named by `source-version`"
            });
            let given = given.clone();
            Some(commit_id(&given).ok_or(SourceError::InputVersion { given })?)
        }
        (None, Some(given)) => match commit_id(&given) {
            None => return Err(SourceError::EventCommit { given, branch }),
            commit => commit,
        },
        (None, None) if origin == RefOrigin::Input => None,
        (None, None) => return Err(SourceError::NoEventCommit { branch }),
    };
    let is_named = inputs.branch.is_some() || inputs.version.is_some();
    let named = if is_named {
        guard::explicit(inputs, context, &branch, version.as_deref())?
    } else {
        None
    };
    Ok(Source {
        branch,
        version,
        why,
        trust: named.unwrap_or(trust),
        notes,
    })
}

fn event_name(context: &Context) -> &str {
    context.event_name.as_deref().unwrap_or_default()
}

fn pull_request_ref_needed(context: &Context) -> SourceError {
    SourceError::PullRequestRefNeeded {
        event: event_name(context).to_owned(),
    }
}

fn incomplete(context: &Context, missing: &'static str) -> SourceError {
    SourceError::PayloadIncomplete {
        event: event_name(context).to_owned(),
        missing,
    }
}
