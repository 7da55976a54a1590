//! GitHub's REST API: the only user of octocrab, and of that only what sends a request.
//!
//! Answers are read leniently: what is not needed may be missing.

mod checks;
mod comments;
mod error;
mod limit;
mod pulls;
mod statuses;

use std::time::Duration;

use octocrab::Octocrab;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::Instant;

use crate::network::{self, Body, Failure, Network};
use crate::secret::Secret;

pub use checks::{CheckAnnotation, CheckRun, CheckStatus, Conclusion, LONGEST_SUMMARY};
pub use comments::Comment;
pub use error::ApiError;
pub use pulls::LookupError;
pub use statuses::{CommitState, CommitStatus, LONGEST_DESCRIPTION};

/// How long one request may take: GitHub itself ends those that take longer (GitHub Docs,
/// "Troubleshooting the REST API", "Timeouts").
const TIME: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes: a page of comments with 64 KiB of characters each.
const LONGEST: usize = 16 * 1024 * 1024;

/// GitHub's API for one repository.
#[derive(Debug)]
pub struct Api {
    octocrab: Octocrab,
    network: Network,
    url: Url,
    /// `owner/name`.
    repository: String,
    /// Until when GitHub wants no request.
    limited: Option<Instant>,
}

impl Api {
    /// A client; nothing is sent. `api_url` may have a path, as that of a GitHub Enterprise Server
    /// has. Must be called where there is a runtime.
    pub fn new(
        network: &Network,
        api_url: &str,
        token: Option<&Secret>,
        repository: &str,
    ) -> Result<Self, ApiError> {
        let url = Url::parse(api_url).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| ApiError::Address(api_url.to_owned()))?;
        let agent = concat!("run-azure-pipeline/", env!("CARGO_PKG_VERSION"));
        let mut builder = Octocrab::builder()
            .base_uri(api_url)
            .map_err(|error| ApiError::Setup(error.to_string()))?
            .add_header(USER_AGENT, agent.to_owned())
            .add_header(ACCEPT, "application/vnd.github+json".to_owned());
        if let Some(token) = token {
            let token = token.expose();
            // The builder would panic.
            HeaderValue::try_from(token).map_err(|_| ApiError::UnusableToken)?;
            builder = builder.personal_token(token.to_owned());
        }
        let octocrab = builder.build_with_reqwest(network.client().clone());
        Ok(Self {
            octocrab: octocrab.map_err(|error| ApiError::Setup(error.to_string()))?,
            network: network.clone(),
            url,
            repository: repository.to_owned(),
            limited: None,
        })
    }

    /// `owner/name`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// How long GitHub wants no further request.
    #[must_use]
    pub fn pause(&self) -> Duration {
        let now = Instant::now();
        let limited = self.limited;
        limited.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Sends one request about the repository; gives the answer, null where it is empty.
    async fn send(
        &mut self,
        method: Method,
        route: &str,
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let route = format!("/repos/{}/{route}", self.repository);
        self.send_to(method, &route, body).await
    }

    /// The same for any route. Nothing is sent while GitHub wants no request.
    async fn send_to(
        &mut self,
        method: Method,
        route: &str,
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let wait = self.pause();
        if !wait.is_zero() {
            return Err(ApiError::Limited { wait });
        }
        let path = route.split('?').next().unwrap_or_default();
        let request = format!("{method} {path}");
        let unreached = |failure| ApiError::Unreached {
            host: network::host(&self.url),
            request,
            failure,
        };
        let answer = self
            .network
            .in_time(exchange(&self.octocrab, &method, route, body));
        let (status, headers, body) = match tokio::time::timeout(TIME, answer).await {
            Ok(Some(Ok(answer))) => answer,
            Ok(Some(Err(error))) => {
                let failure = self.network.failure(&self.url, "GITHUB_API_URL", &*error);
                return Err(unreached(failure));
            }
            Ok(None) | Err(_) => return Err(unreached(Failure::silence())),
        };
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && let Some(failure) = self.network.refused_by_proxy(&self.url)
        {
            return Err(unreached(failure));
        }
        let wait = limit::wait(&headers);
        let result = error::judge(status.as_u16(), &body, wait);
        let wait = match &result {
            Err(ApiError::Limited { wait }) => Some(*wait),
            _ => wait,
        };
        self.limited = wait.map(|wait| Instant::now() + wait);
        result
    }
}

/// One request and its answer, as far as it is read.
async fn exchange(
    octocrab: &Octocrab,
    method: &Method,
    route: &str,
    body: Option<&Value>,
) -> Result<(StatusCode, HeaderMap, Body), Box<dyn std::error::Error>> {
    let response = match *method {
        Method::GET => octocrab._get(route).await,
        Method::POST => octocrab._post(route, body).await,
        Method::PATCH => octocrab._patch(route, body).await,
        _ => octocrab._delete(route, body).await,
    }?;
    let response = Response::from(response.map(reqwest::Body::wrap));
    let (status, headers) = (response.status(), response.headers().clone());
    Ok((status, headers, Body::read(response, LONGEST).await?))
}
