//! Commit statuses.

use reqwest::Method;
use serde_json::json;

use super::{Api, ApiError};
use crate::untrusted::Plain;

/// The longest description that GitHub takes, in characters.
pub const LONGEST_DESCRIPTION: usize = 140;

/// A commit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// Its name: the latest status with it counts.
    pub context: Plain,
    /// How it stands.
    pub state: CommitState,
    /// A few words, no more than [`LONGEST_DESCRIPTION`] characters.
    pub description: Plain,
    /// The page with more.
    pub target_url: String,
}

/// How a commit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitState {
    /// It is not known yet.
    Pending,
    /// All is well.
    Success,
    /// It is not good.
    Failure,
    /// Whether it is could not be found out.
    Error,
}

impl CommitState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }
}

impl Api {
    /// Sets a status of a commit. May be sent twice.
    ///
    /// REST: Commit statuses - Create a commit status; `statuses: write`.
    pub async fn set_status(
        &mut self,
        commit: &str,
        status: &CommitStatus,
    ) -> Result<(), ApiError> {
        let body = json!({
            "state": status.state.as_str(),
            "context": status.context.as_str(),
            "description": status.description.as_str(),
            "target_url": status.target_url,
        });
        let route = format!("statuses/{commit}");
        self.send(Method::POST, &route, Some(&body)).await.map(drop)
    }
}
