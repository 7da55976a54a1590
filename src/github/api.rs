//! GitHub's REST API: the only user of octocrab.

use octocrab::Octocrab;
use thiserror::Error;

use super::context::PullRequest;
use crate::secret::Secret;

/// GitHub could not be asked.
#[derive(Debug, Error)]
#[error(
    "Failed to look up pull request #{number} of {repository:?} on GitHub: {reason}; check that \
     `github-token` is set and that the job has the permission `pull-requests: read`"
)]
pub struct LookupError {
    repository: String,
    number: u64,
    reason: String,
}

/// Looks a pull request up.
///
/// REST: Pulls - Get a pull request.
pub async fn pull_request(
    http: reqwest::Client,
    api_url: &str,
    token: Option<&Secret>,
    repository: &str,
    number: u64,
) -> Result<PullRequest, LookupError> {
    let failed = |reason: String| LookupError {
        repository: repository.to_owned(),
        number,
        reason,
    };
    let mut builder = Octocrab::builder()
        .base_uri(api_url)
        .map_err(|error| failed(error.to_string()))?;
    if let Some(token) = token {
        builder = builder.personal_token(token.expose().to_owned());
    }
    let github = builder
        .build_with_reqwest(http)
        .map_err(|error| failed(error.to_string()))?;
    let json: serde_json::Value = github
        .get(format!("/repos/{repository}/pulls/{number}"), None::<&()>)
        .await
        .map_err(|error| failed(reason(&error)))?;
    PullRequest::from_json(&json, Some(repository))
        .ok_or_else(|| failed("the answer is no pull request".to_owned()))
}

/// What GitHub said, or what went wrong at the bottom.
fn reason(error: &octocrab::Error) -> String {
    if let octocrab::Error::GitHub { source, .. } = error {
        return format!("{:?} ({})", source.message, source.status_code.as_u16());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
