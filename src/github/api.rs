//! GitHub's REST API: the only user of octocrab.

use octocrab::Octocrab;
use reqwest::header::HeaderValue;
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;
use thiserror::Error;

use super::context::PullRequest;
use crate::network::{Body, Failure, Network};
use crate::secret::Secret;

/// The longest answer about a pull request that is read, in bytes: its texts have 64 KiB at most.
const LONGEST: usize = 4 * 1024 * 1024;

/// GitHub could not be asked.
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
    /// No answer came.
    #[error("GitHub could not be reached at {host} (GET {path}): {failure}")]
    Unreached {
        /// Host and port.
        host: String,
        /// What was asked for.
        path: String,
        /// Why, and what to do.
        failure: Failure,
    },
    /// The address is none.
    #[error("GITHUB_API_URL is {0:?}, which is no http(s) URL")]
    Address(String),
    /// The token cannot be sent.
    #[error(
        "`github-token` holds a character that cannot be part of a token: paste it again without line breaks"
    )]
    UnusableToken,
    /// The client cannot be built.
    #[error("The client for GitHub could not be set up: {0}")]
    Setup(String),
}

/// Looks a pull request up.
///
/// REST: Pulls - Get a pull request.
pub async fn pull_request(
    network: &Network,
    api_url: &str,
    token: Option<&Secret>,
    repository: &str,
    number: u64,
) -> Result<PullRequest, LookupError> {
    let url = Url::parse(api_url).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| LookupError::Address(api_url.to_owned()))?;
    let refused = |reason| LookupError::Refused {
        repository: repository.to_owned(),
        number,
        reason,
    };
    let path = format!("/repos/{repository}/pulls/{number}");
    let unreached = |failure| LookupError::Unreached {
        host: crate::network::host(&url),
        path: path.clone(),
        failure,
    };
    let github = client(network, api_url, token)?;
    let answer = network.in_time(ask(&github, &path)).await;
    let (status, body) = match answer {
        Some(Ok(answer)) => answer,
        Some(Err(error)) => {
            return Err(unreached(network.failure(&url, "GITHUB_API_URL", &*error)));
        }
        None => return Err(unreached(Failure::silence())),
    };
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        && let Some(failure) = network.refused_by_proxy(&url)
    {
        return Err(unreached(failure));
    }
    if body.is_cut {
        return Err(refused(format!(
            "the answer is longer than {LONGEST} bytes"
        )));
    }
    let json: Value = serde_json::from_slice(&body.bytes).unwrap_or_default();
    if !status.is_success() {
        let message = json["message"].as_str().unwrap_or("it gave no reason");
        return Err(refused(format!("{message:?} ({})", status.as_u16())));
    }
    PullRequest::from_json(&json, Some(repository))
        .ok_or_else(|| refused("the answer is no pull request".to_owned()))
}

fn client(
    network: &Network,
    api_url: &str,
    token: Option<&Secret>,
) -> Result<Octocrab, LookupError> {
    let failed = |error: octocrab::Error| LookupError::Setup(error.to_string());
    let mut builder = Octocrab::builder()
        .base_uri(api_url)
        .map_err(|error| LookupError::Setup(error.to_string()))?;
    if let Some(token) = token {
        let token = token.expose();
        // The builder would panic.
        HeaderValue::try_from(token).map_err(|_| LookupError::UnusableToken)?;
        builder = builder.personal_token(token.to_owned());
    }
    let client = network.client().clone();
    builder.build_with_reqwest(client).map_err(failed)
}

/// The answer to one request, as far as it is read.
async fn ask(
    github: &Octocrab,
    path: &str,
) -> Result<(StatusCode, Body), Box<dyn std::error::Error>> {
    let response = github._get(path).await?;
    let response = Response::from(response.map(reqwest::Body::wrap));
    let status = response.status();
    Ok((status, Body::read(response, LONGEST).await?))
}
