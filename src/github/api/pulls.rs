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
    Unasked(#[from] ApiError),
}

impl Api {
    /// Looks a pull request up.
    ///
    /// REST: Pulls - Get a pull request; `pull-requests: read`.
    pub async fn pull_request(&mut self, number: u64) -> Result<PullRequest, LookupError> {
        let route = format!("pulls/{number}");
        let refused = match self.send(Method::GET, &route, None).await {
            Ok(json) => match PullRequest::from_json(&json, Some(&self.repository)) {
                Some(pull_request) => return Ok(pull_request),
                None => "the answer is no pull request".to_owned(),
            },
            Err(ApiError::Refused { status, message } | ApiError::Rejected { status, message }) => {
                format!("{message:?} ({status})")
            }
            Err(ApiError::Unusable(reason)) => reason,
            Err(error) => return Err(error.into()),
        };
        Err(LookupError::Refused {
            repository: self.repository.clone(),
            number,
            reason: refused,
        })
    }
}
