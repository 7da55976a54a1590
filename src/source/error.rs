//! Why nothing may be built, a sentence each.

use std::fmt;

/// Why nothing may be built. Foreign text in the sentences is quoted, with control characters
/// escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence of each variant says it")]
pub enum SourceError {
    #[error(
        "`source-branch` and `pull-request-ref` contradict each other: give `source-branch` to \
         name the ref, or `pull-request-ref` (`head`, `merge` or `base`) to take it from the event"
    )]
    Contradiction,
    #[error(
        "`source-branch` is {given:?}, which cannot be a ref: allowed are the name of a branch, \
         `refs/heads/NAME`, `refs/tags/NAME`, `refs/pull/NUMBER/head` and `refs/pull/NUMBER/merge`"
    )]
    InputBranch { given: String },
    #[error(
        "`source-version` is {given:?}: allowed is a whole commit id, 40 or 64 hexadecimal digits, \
         not all zero"
    )]
    InputVersion { given: String },
    #[error(
        "{origin} is {given:?}, from which nothing can be built: give `source-branch` \
         (`refs/heads/NAME`)"
    )]
    EventRef { origin: RefOrigin, given: String },
    #[error(
        "GITHUB_REF is empty, so the event names no branch: give `source-branch` \
         (`refs/heads/NAME`)"
    )]
    NoEventRef,
    #[error(
        "The event names {given:?} as the commit of {branch:?}, which is no commit id: give \
         `source-version` (40 or 64 hexadecimal digits)"
    )]
    EventCommit { given: String, branch: String },
    #[error(
        "The event names no commit for {branch:?}: give `source-version` (40 or 64 hexadecimal \
         digits)"
    )]
    NoEventCommit { branch: String },
    #[error(
        "The push deleted {}, so there is nothing of it to build: give `source-branch` \
         (`refs/heads/NAME`), or skip the job with `if: ${{{{ !github.event.deleted }}}}`",
        quoted(deleted.as_deref(), "", "a ref")
    )]
    Deleted { deleted: Option<String> },
    #[error(
        "The event {event:?} has secrets and may carry a stranger's code: say with \
         `pull-request-ref` what is to be built, `base` (what the workflow itself runs on), `head` \
         or `merge`"
    )]
    PullRequestRefNeeded { event: String },
    #[error(
        "Pull request #{number} comes from {}, and the event {event:?} has secrets: give \
         `allow-fork-code: true` to build it all the same, or `pull-request-ref: base`",
        quoted(repository.as_deref(), "the repository ", "an unknown repository")
    )]
    ForkCode {
        number: u64,
        repository: Option<String>,
        event: String,
    },
    #[error(
        "The comment is by someone whose association with the repository is {association:?}: \
         `allow-associations` allows {allowed}"
    )]
    AssociationNotAllowed {
        association: String,
        allowed: String,
    },
    #[error(
        "The comment was deleted, so it asks for nothing: skip the job with \
         `if: github.event.action != 'deleted'`"
    )]
    CommentDeleted,
    #[error(
        "The comment was changed by {}, who did not write it, and GitHub tells the association of its author alone: \
         whoever wants the pull request to be built writes a comment of their own",
        quoted(sender.as_deref(), "", "somebody")
    )]
    CommentByAnother { sender: Option<String> },
    #[error(
        "Something may have been pushed to {} after the comment on pull request #{number} was written, so the comment \
         need not be about the code that would be built: look at it and comment again, or name the commit with \
         `source-version`",
        quoted(repository.as_deref(), "the repository ", "an unknown repository")
    )]
    ForkMoved {
        number: u64,
        repository: Option<String>,
    },
    #[error(
        "`source-version` names a commit from {}, and the event {event:?} has secrets: give `allow-fork-code: true` to \
         build it all the same",
        quoted(repository.as_deref(), "the repository ", "an unknown repository")
    )]
    ForkCommit {
        repository: Option<String>,
        event: String,
    },
    #[error(
        "GITHUB_REF is {given:?}, but the event's payload is about pull request #{number}: give \
         `source-branch` and `source-version`"
    )]
    NumbersDiffer { given: String, number: u64 },
    #[error(
        "The payload of the event {event:?} lacks {missing}: give `source-branch` \
         (`refs/pull/NUMBER/head`) and `source-version`"
    )]
    PayloadIncomplete {
        event: String,
        missing: &'static str,
    },
    #[error(
        "GitHub has no merge commit for pull request #{number} (there are conflicts, or it is not \
         ready yet): give `pull-request-ref: head`, or run the job again later"
    )]
    NoMergeCommit { number: u64 },
}

/// Where a ref comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefOrigin {
    /// `source-branch`.
    Input,
    /// `GITHUB_REF`.
    Variable,
    /// The number of a pull request.
    PullRequest,
    /// What a pull request is to be merged into, or has been.
    BaseBranch,
    /// The repository in the event's payload.
    DefaultBranch,
}

impl fmt::Display for RefOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Input => "`source-branch`",
            Self::Variable => "GITHUB_REF",
            Self::PullRequest => "The pull request's ref",
            Self::BaseBranch => "The pull request's base branch",
            Self::DefaultBranch => "The repository's default branch",
        })
    }
}

/// A name in quotes after what it is the name of, or what is said of one that is not known.
fn quoted(name: Option<&str>, before: &str, unknown: &str) -> String {
    match name {
        Some(name) => format!("{before}{name:?}"),
        None => unknown.to_owned(),
    }
}
