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

mod checkout;
mod error;
mod git_ref;
mod guard;
mod note;
mod pull_request;
mod target;
#[cfg(test)]
mod tests;
mod trust;

pub use error::{RefOrigin, SourceError};
pub(crate) use git_ref::commit_id;
pub use note::exposure;
pub use target::{Target, TargetCommit, target};
pub use trust::Trust;

use crate::github::context::{Context, PullRequest};
use crate::inputs::{PullRequestRef, SourceInputs};

use checkout::from_checkout;
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
        pull_request::from_target(inputs, context)?
    } else if event.starts_with("pull_request") {
        pull_request::from_event(inputs, context)?
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
        Some(PullRequestRef::Head) => pull_request::head(pull_request),
        Some(PullRequestRef::Merge) => pull_request::merge(inputs, pull_request)?,
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
