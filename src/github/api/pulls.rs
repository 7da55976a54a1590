//! Looking pull requests up.

use reqwest::Method;
use thiserror::Error;

use super::{Api, ApiError};
use crate::github::context::PullRequest;

/// A pull request could not be looked up.
#[derive(Debug, Error)]
pub enum LookupError {
    /// GitHub's answer was no pull request.
    #[error(
        "Failed to look up pull request #{number} of {repository:?} on GitHub: {reason}; check that \
         `github-token` is set and that the job has the permission `pull-requests: read`"
    )]
    Refused {
        /// `owner/name`.
        repository: String,
        /// The pull request's.
        number: u64,
        /// What GitHub said.
        reason: String,
    },
    /// GitHub could not be asked.
    #[error(transparent)]
    Unasked(ApiError),
}

impl Api {
    /// Looks a pull request up.
    ///
    /// REST: Pulls - Get a pull request; `pull-requests: read`.
    pub async fn pull_request(&mut self, number: u64) -> Result<PullRequest, LookupError> {
        let route = format!("pulls/{number}");
        let found = self.send(Method::GET, &route, None).await.and_then(|json| {
            PullRequest::from_json(&json, Some(&self.repository))
                .ok_or_else(|| ApiError::Unusable("the answer is no pull request".to_owned()))
        });
        found.map_err(|error| LookupError::new(&self.repository, number, error))
    }
}

impl LookupError {
    /// What went wrong with looking up a pull request of `repository`, `owner/name`.
    pub(crate) fn new(repository: &str, number: u64, error: ApiError) -> Self {
        let reason = match error {
            ApiError::Refused { status, message } | ApiError::Rejected { status, message } => {
                format!("{message:?} ({status})")
            }
            ApiError::Unusable(reason) => reason,
            error => return Self::Unasked(error),
        };
        Self::Refused {
            repository: repository.to_owned(),
            number,
            reason,
        }
    }
}
