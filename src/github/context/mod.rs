//! What GitHub says about the workflow run: the `GITHUB_*` variables and the event payload.
//!
//! Names: GitHub Docs, "Variables reference" and "Webhook events and payloads". Payloads are read
//! leniently: a field that is missing or of another type than expected is `None`.

mod issue_comment;
mod json;
mod other_commit;
mod pull_request;

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use issue_comment::IssueComment;
pub use other_commit::OtherCommit;
pub use pull_request::PullRequest;

/// The facts. A variable that is unset or empty is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// `GITHUB_EVENT_NAME`, such as `pull_request`.
    pub event_name: Option<String>,
    /// `GITHUB_REF`: the full ref a checkout would give.
    pub ref_: Option<String>,
    /// `GITHUB_SHA`: the commit a checkout would give.
    pub sha: Option<String>,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: Option<String>,
    /// `GITHUB_SERVER_URL`, such as `https://github.com`.
    pub server_url: Option<String>,
    /// `GITHUB_API_URL`, such as `https://api.github.com`.
    pub api_url: Option<String>,
    /// `GITHUB_RUN_ID`: the workflow run, the same each time it is run again.
    pub run_id: Option<String>,
    /// `GITHUB_RUN_ATTEMPT`: 1, and one more each time it is run again.
    pub run_attempt: u32,
    /// `GITHUB_JOB`: the workflow job's key, the same for all legs of a matrix.
    pub job: Option<String>,
    /// `GITHUB_ACTION`: the step, unique within its job.
    pub action: Option<String>,
    /// `GITHUB_OUTPUT`: the file for outputs.
    pub output_file: Option<PathBuf>,
    /// `GITHUB_STATE`: the file for the post step's state.
    pub state_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: the file for the summary.
    pub summary_file: Option<PathBuf>,
    /// The event's payload; `Null` if there is none.
    pub payload: Value,
}

/// Why the facts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The event file is named but cannot be read.
    #[error("GITHUB_EVENT_PATH names {path:?}, which could not be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The event file is not JSON.
    #[error("GITHUB_EVENT_PATH names {path:?}, which is not JSON: {error}")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        error: serde_json::Error,
    },
}

impl Context {
    /// Reads the variables through `variable` and the event file through `read_file`. No event file
    /// is no error.
    pub fn from_env(
        variable: impl Fn(&str) -> Option<String>,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, ContextError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| get(name).map(PathBuf::from);
        let payload = match path("GITHUB_EVENT_PATH") {
            None => Value::Null,
            Some(path) => match read_file(&path) {
                Ok(bytes) => serde_json::from_slice(&bytes)
                    .map_err(|error| ContextError::NotJson { path, error })?,
                Err(error) => return Err(ContextError::Unreadable { path, error }),
            },
        };
        Ok(Self {
            event_name: get("GITHUB_EVENT_NAME"),
            ref_: get("GITHUB_REF"),
            sha: get("GITHUB_SHA"),
            repository: get("GITHUB_REPOSITORY"),
            server_url: get("GITHUB_SERVER_URL"),
            api_url: get("GITHUB_API_URL"),
            run_id: get("GITHUB_RUN_ID"),
            run_attempt: get("GITHUB_RUN_ATTEMPT")
                .and_then(|attempt| attempt.parse().ok())
                .unwrap_or(1),
            job: get("GITHUB_JOB"),
            action: get("GITHUB_ACTION"),
            output_file: path("GITHUB_OUTPUT"),
            state_file: path("GITHUB_STATE"),
            summary_file: path("GITHUB_STEP_SUMMARY"),
            payload,
        })
    }

    /// `owner/name` of the repository the workflow runs in, from the environment or else from the
    /// payload.
    #[must_use]
    pub fn this_repository(&self) -> Option<String> {
        self.repository
            .clone()
            .or_else(|| self.text("/repository/full_name"))
    }

    /// The payload's pull request: in all `pull_request*` events.
    #[must_use]
    pub fn pull_request(&self) -> Option<PullRequest> {
        let repository = self.this_repository();
        PullRequest::from_json(
            self.payload.pointer("/pull_request")?,
            repository.as_deref(),
        )
    }

    /// Whether the event is the deletion of a ref by a push. GitHub then names the default branch
    /// instead.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        self.payload
            .pointer("/deleted")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// The short name of the repository's default branch.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        self.text("/repository/default_branch")
    }

    /// The commit that a `pull_request_review` was given for; the pull request may have moved on.
    #[must_use]
    pub fn reviewed_commit(&self) -> Option<String> {
        self.text("/review/commit_id")
    }

    fn text(&self, pointer: &str) -> Option<String> {
        json::text(&self.payload, pointer)
    }
}

#[cfg(test)]
mod tests;
