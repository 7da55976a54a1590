//! Which commit an event is about that runs on the default branch.

use super::Context;
use super::json::is_same_repository;

/// A commit that an event is about although a checkout would give another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCommit {
    /// The short name of its branch, if the payload names one.
    pub branch: Option<String>,
    /// The commit.
    pub sha: String,
    /// `owner/name` of the repository that it was pushed to, if the payload names it.
    pub repository: Option<String>,
    /// Whether the payload proves that the branch is this repository's. The branch of a fork may be
    /// called `main`.
    pub is_from_this_repository: bool,
    /// Where the payload has the commit, as a workflow would write it:
    /// `github.event.workflow_run.head_sha`.
    pub expression: &'static str,
}

impl Context {
    /// The commit that the event is about, for the events that run on the default branch whatever
    /// they are about.
    #[must_use]
    pub fn other_commit(&self) -> Option<OtherCommit> {
        let repository = self.this_repository();
        let is_ours =
            |name: Option<String>| is_same_repository(name.as_deref(), repository.as_deref());
        let (expression, branch, is_from_this_repository) = match self.event_name.as_deref()? {
            "workflow_run" => (
                "github.event.workflow_run.head_sha",
                self.text("/workflow_run/head_branch"),
                is_ours(self.text("/workflow_run/head_repository/full_name")),
            ),
            // The payloads of checks do not say whose branch it is.
            "check_run" => (
                "github.event.check_run.head_sha",
                self.text("/check_run/check_suite/head_branch"),
                false,
            ),
            "check_suite" => (
                "github.event.check_suite.head_sha",
                self.text("/check_suite/head_branch"),
                false,
            ),
            "status" => {
                // Branches of this repository whose tip it is: none, one or several.
                let branch = self
                    .text("/branches/0/name")
                    .filter(|_| self.payload.pointer("/branches/1").is_none());
                let is_ours = branch.is_some();
                ("github.event.sha", branch, is_ours)
            }
            "deployment" | "deployment_status" => ("github.event.deployment.sha", None, false),
            "page_build" => ("github.event.build.commit", None, true),
            _ => return None,
        };
        let pointer = expression.strip_prefix("github.event")?.replace('.', "/");
        Some(OtherCommit {
            branch,
            sha: self.text(&pointer)?,
            repository: self.text("/workflow_run/head_repository/full_name"),
            is_from_this_repository,
            expression,
        })
    }
}
