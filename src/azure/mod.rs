//! Azure DevOps over HTTP: returns [`crate::build`] types and never prints.
//!
//! Redirects are never followed, credentials go to the configured host alone (every URL is built
//! here, none is taken from an answer), and nothing is sent twice without being asked to.

mod ability;
mod address;
mod artifacts;
mod auth;
pub mod backoff;
mod builds;
mod caller;
mod error;
mod feed;
mod identities;
mod logs;
#[cfg(feature = "fuzzing")]
mod made_up;
mod pipelines;
mod refusal;
mod run_list;
mod run_model;
mod run_pipeline;
mod run_request;
mod runs;
mod sign_in;
mod tags;
mod test_results;
mod version;
mod wire;

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION,
    RETRY_AFTER,
};
use reqwest::{Method, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

pub use address::{AddressError, ProjectAddress};
pub use auth::Credential;
pub use backoff::Patience;
pub use builds::{FoundRun, RunQuery};
pub use caller::Caller;
pub use error::{Error, Fate};
pub use feed::{FeedAddress, FeedLines};
pub use identities::{Connection, Person};
pub use logs::LogPart;
#[cfg(feature = "fuzzing")]
pub use made_up::MadeUp;
pub use pipelines::{
    AgentQueue, Pipeline, PipelineName, PipelineVariable, Process, QueueStatus, Repository,
};
pub use run_list::{RunFilters, RunOrder};
pub(crate) use run_request::template_text;
pub use run_request::{Api, Resources, RunRequest, SecretVariable};
pub use runs::DescribedRun;
pub use sign_in::{
    Authority, AuthorityError, Authorization, EntraIdentity, EntraRefusal, GitHubOidc, Identity,
    ManagedIdentity, Proof, SignIn, SignInError,
};
pub use version::ApiVersion;

use crate::network::{Body, Failure, Network};
use ability::Ability;
use refusal::{LONGEST_HEAD, Refusal, is_own, title};

/// A cancel request has to fit into what the runner leaves: 7.5 s from the first signal.
const CANCEL_TIME: Duration = Duration::from_secs(4);

/// The longest JSON that is read, in bytes, unpacked: a timeline of 10,000 records has a sixth.
const LONGEST: usize = 64 * 1024 * 1024;

/// The longest refusal that is read, in bytes.
const LONGEST_REFUSAL: usize = 1024 * 1024;

/// The service, seen from one project.
#[derive(Debug)]
pub struct Client {
    network: Network,
    address: ProjectAddress,
    authorization: Authorization,
    /// The one that was agreed on.
    api_version: Cell<ApiVersion>,
    retry_after: Cell<Option<Duration>>,
    patience: Patience,
    time: Cell<Option<DateTime<Utc>>>,
    #[cfg(feature = "fuzzing")]
    made_up: std::cell::RefCell<Option<MadeUp>>,
}

/// What a request is addressed below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// `{organization}/_apis`
    Organization,
    /// `{organization}/_apis`, where the organization keeps its identities
    Identities,
    /// `{organization}/{project}/_apis`
    Project,
    /// `{organization}/{project}/_apis/build`
    Build,
}

/// One request, before it is addressed and signed.
struct Request<'a> {
    method: Method,
    area: Area,
    /// Below the area.
    segments: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    accept: &'static str,
    /// The api-version, where it is not the one that was agreed on.
    version: Option<ApiVersion>,
    /// What it needs of the server; it tells in which versions it is a preview.
    ability: Option<Ability>,
    time: Time,
}

/// How long a request may take from sending to the last byte of its answer.
#[derive(Clone, Copy)]
enum Time {
    /// As long as a short answer may.
    Short,
    /// This long.
    Limited(Duration),
    /// As long as bytes keep coming.
    Unlimited,
}

impl<'a> Request<'a> {
    fn get(segments: &'a [&'a str]) -> Self {
        Self {
            method: Method::GET,
            area: Area::Build,
            segments,
            query: &[],
            body: None,
            accept: "application/json",
            version: None,
            ability: None,
            time: Time::Short,
        }
    }

    fn below(self, area: Area) -> Self {
        Self { area, ..self }
    }

    fn needing(self, ability: Ability) -> Self {
        let ability = Some(ability);
        Self { ability, ..self }
    }

    fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    fn write(method: Method, segments: &'a [&'a str], body: &'a Value) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(segments)
        }
    }
}

impl Client {
    /// A client for the project at `address`, by a token that is given. Fails if that cannot be sent.
    pub fn new(
        network: Network,
        address: ProjectAddress,
        credential: &Credential,
    ) -> Result<Self, Error> {
        let authorization = Authorization::given(credential)?;
        Ok(Self::authorized(network, address, authorization))
    }

    /// A client for the project at `address`.
    #[must_use]
    pub fn authorized(
        network: Network,
        address: ProjectAddress,
        authorization: Authorization,
    ) -> Self {
        Self {
            network,
            address,
            authorization,
            api_version: Cell::new(version::NEWEST),
            retry_after: Cell::new(None),
            patience: Patience::default(),
            time: Cell::new(None),
            #[cfg(feature = "fuzzing")]
            made_up: std::cell::RefCell::default(),
        }
    }

    /// The same client, which waits for the service as long as `patience` says.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// How long the service is waited for.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// The service's own clock when it answered last, to the second (header `Date`).
    #[must_use]
    pub fn service_time(&self) -> Option<DateTime<Utc>> {
        self.time.get()
    }

    /// Where the project is.
    #[must_use]
    pub fn address(&self) -> &ProjectAddress {
        &self.address
    }

    /// The longest that the service has asked to wait since this was called last. It says so with
    /// answers that succeed, too ("Rate and usage limits").
    pub fn take_retry_after(&self) -> Option<Duration> {
        self.retry_after.take()
    }

    /// Why the token could not be renewed although it still holds, and when that is tried again. Told
    /// once for each row of failures.
    pub fn take_sign_in_trouble(&self) -> Option<(SignInError, Duration)> {
        self.authorization.take_trouble()
    }

    /// The api-version that was agreed on.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.api_version.get()
    }

    /// Whether the server can do this, by the version that was agreed on.
    fn can(&self, ability: Ability) -> bool {
        self.api_version.get() >= ability.since
    }

    /// The same; an error with what to do instead where it cannot.
    fn needs(&self, ability: Ability) -> Result<(), Error> {
        if self.can(ability) {
            return Ok(());
        }
        Err(Error::TooOld {
            what: ability.what,
            needed: ability.since,
            version: self.api_version.get(),
            instead: ability.instead,
        })
    }

    /// Sends one request and gives its answer if that is a success. A server that finds the version
    /// too new, or wants it to be called a preview, has refused it before it looked at the request,
    /// so that sending it again cannot do anything twice.
    async fn send(&self, request: &Request<'_>) -> Result<Response, Error> {
        let mut is_preview = false;
        loop {
            let version = request.version.unwrap_or(self.api_version.get());
            is_preview |= request
                .ability
                .is_some_and(|ability| version < ability.released);
            let preview = if is_preview { "-preview.1" } else { "" };
            let text = format!("{version}{preview}");
            let answer = self.send_signed(request, &text).await;
            let Err(Error::Refused {
                type_key, message, ..
            }) = &answer
            else {
                return answer;
            };
            // They agree once.
            let is_open = request.version.is_none() && version == version::NEWEST;
            match type_key.as_str() {
                "VssVersionOutOfRangeException" if is_open => {
                    self.api_version.set(version::offered(message, version));
                }
                "VssInvalidPreviewVersionException" if !is_preview => is_preview = true,
                _ => return answer,
            }
        }
    }

    /// Sends one request, and again with a new token where one that was good before is not any more:
    /// a request that was not signed in was not looked at.
    async fn send_signed(&self, request: &Request<'_>, version: &str) -> Result<Response, Error> {
        let limit = match request.time {
            Time::Limited(time) => time.min(self.patience.request),
            Time::Short | Time::Unlimited => self.patience.request,
        };
        let start = Instant::now();
        let mut header = self.authorization.header(limit).await?;
        let mut answer = self.send_as(request, version, &header, start).await;
        if matches!(answer, Err(Error::Unauthorized { .. })) && self.authorization.refused(&header)
        {
            let left = limit.saturating_sub(start.elapsed());
            header = self.authorization.header(left).await?;
            answer = self.send_as(request, version, &header, start).await;
            if matches!(answer, Err(Error::Unauthorized { .. })) {
                self.authorization.refused_again(&header);
            }
        }
        if answer.is_ok() {
            self.authorization.accepted(&header);
        }
        answer.map_err(|error| error.of(self.authorization.caller()))
    }

    async fn send_as(
        &self,
        request: &Request<'_>,
        version: &str,
        authorization: &HeaderValue,
        start: Instant,
    ) -> Result<Response, Error> {
        let mut query = request.query.to_vec();
        query.push(("api-version", version));
        let below = |area: &[&'static str]| [area, request.segments].concat();
        let url = match request.area {
            Area::Build => self.address.url(&below(&["_apis", "build"]), &query),
            Area::Project => self.address.url(&below(&["_apis"]), &query),
            Area::Organization => self.address.organization_url(&below(&["_apis"]), &query),
            Area::Identities => self.address.identities_url(&below(&["_apis"]), &query),
        };
        let name = format!("{} {}", request.method, url.path());
        let mut http = self
            .network
            .client()
            .request(request.method.clone(), url.clone())
            .header(AUTHORIZATION, authorization.clone())
            .header(ACCEPT, request.accept)
            // Otherwise a wrong token gets a sign-in page instead of a plain 401.
            .header("X-TFS-FedAuthRedirect", "Suppress");
        if let Some(body) = request.body {
            http = http.json(body);
        } else if request.method == Method::PATCH {
            // Servers may refuse such a request that does not say that it is empty (RFC 9110, 8.6).
            http = http.header(CONTENT_LENGTH, 0);
        }
        match request.time {
            Time::Short => http = http.timeout(self.patience.request),
            Time::Limited(time) => {
                let left = time.saturating_sub(start.elapsed());
                http = http.timeout(left.min(self.patience.request));
            }
            Time::Unlimited => {}
        }
        let transport = |error: reqwest::Error| self.transport(&name, &url, &error);
        let response = self.transmit(http).await.map_err(transport)?;
        let retry_after = retry_after(response.headers());
        self.time.set(date(response.headers()).or(self.time.get()));
        let status = response.status();
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && let Some(failure) = self.network.refused_by_proxy(&url)
        {
            return Err(self.unreached(&name, failure));
        }
        if is_page(&response) || leads_to_sign_in(&response) {
            let error = self.network.in_time(instead_of_an_answer(&name, response));
            return Err(match error.await {
                Some(error) => error,
                None => self.unreached(&name, Failure::silence()),
            });
        }
        if status.is_redirection() {
            let target = location(&response).map(|url| url.origin().ascii_serialization());
            return Err(Error::Redirected {
                request: name,
                status: status.as_u16(),
                target: target.unwrap_or_else(|| "nowhere".to_owned()),
            });
        }
        if status.is_success() {
            let longest = self
                .retry_after
                .get()
                .max(retry_after.map(backoff::bounded));
            self.retry_after.set(longest);
            return Ok(response);
        }
        let headers = response.headers().clone();
        // Not every request has a limit for all of its answer.
        let body = self.network.in_time(Body::read(response, LONGEST_REFUSAL));
        let Some(body) = body.await else {
            return Err(self.unreached(&name, Failure::silence()));
        };
        let body = body.map_err(transport)?.bytes;
        let mut error = Refusal::read(name, status, &headers, &body, retry_after).into();
        if let Error::Unauthorized { proxy, .. } = &mut error
            && !refusal::is_own(&headers)
        {
            *proxy = self.network.proxy_that_answers(&url).map(Into::into);
        }
        Err(error)
    }

    #[cfg(not(feature = "fuzzing"))]
    async fn transmit(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Response> {
        request.send().await
    }

    async fn json<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, Error> {
        let response = self.send(request).await?;
        self.decode(request, response).await
    }

    async fn decode<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        response: Response,
    ) -> Result<T, Error> {
        let url = response.url().clone();
        let name = format!("{} {}", request.method, url.path());
        let kind = content_type(&response);
        let body = Body::read(response, LONGEST).await;
        let body = body.map_err(|error| self.transport(&name, &url, &error))?;
        if body.is_cut {
            return Err(Error::TooLong {
                request: name,
                limit: LONGEST,
            });
        }
        let body = body.bytes;
        serde_json::from_slice(without_bom(&body)).map_err(|error| Error::Decode {
            request: name,
            reason: match kind {
                _ if body.is_empty() => "it is empty".to_owned(),
                Some(kind) if !kind.contains("json") => format!("it is {kind} and not JSON"),
                _ => format!("it is not the JSON that was expected ({error})"),
            },
        })
    }

    fn transport(&self, request: &str, url: &Url, error: &reqwest::Error) -> Error {
        let source = "`azure-devops-project-url`";
        self.unreached(request, self.network.failure(url, source, error))
    }

    fn unreached(&self, request: &str, failure: Failure) -> Error {
        Error::Transport {
            request: request.to_owned(),
            host: self.address.host(),
            failure,
        }
    }
}

/// Whether a page came with a status of success. No request here asks for HTML.
fn is_page(response: &Response) -> bool {
    let is_html = content_type(response).is_some_and(|kind| kind == "text/html");
    let status = response.status();
    status == StatusCode::NON_AUTHORITATIVE_INFORMATION || status.is_success() && is_html
}

/// The content type without its parameters, in lower case.
fn content_type(response: &Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split(';').next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase())
}

fn leads_to_sign_in(response: &Response) -> bool {
    let leads_there = || location(response).is_some_and(|url| url.path().contains("_signin"));
    response.status().is_redirection() && leads_there()
}

/// What a page means that came instead of an answer: the service wants a sign-in, or something else
/// has answered.
async fn instead_of_an_answer(request: &str, mut response: Response) -> Error {
    let status = response.status();
    let is_sign_in = status != StatusCode::OK || is_own(response.headers());
    let mut head = Vec::new();
    // Of a page that breaks off, the beginning is enough.
    while !is_sign_in && head.len() < LONGEST_HEAD {
        match response.chunk().await {
            Ok(Some(bytes)) => head.extend_from_slice(&bytes),
            _ => break,
        }
    }
    let title = title(&head).unwrap_or_default();
    if is_sign_in || title.contains("Azure DevOps") {
        return Error::Unauthorized {
            request: request.to_owned(),
            answer: format!("{} with a sign-in page", status.as_u16()),
            message: String::new(),
            is_windows: false,
            caller: Caller::default(),
            proxy: None,
        };
    }
    Error::Intercepted {
        request: request.to_owned(),
        status: status.as_u16(),
        message: title,
        retry_after: None,
    }
}

/// Where a redirect leads. It is only looked at, never followed.
fn location(response: &Response) -> Option<Url> {
    let target = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(target).ok()
}

/// How long the service asks to wait: `Retry-After`; else, with nothing left to use, until the
/// window resets; at least as long as it held this request back ("Rate and usage limits").
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name| text(name)?.parse().ok();
    let seconds = |name| Duration::try_from_secs_f64(number(name)?).ok();
    let reset = || {
        let now = date(headers)?;
        let reset = DateTime::from_timestamp(text("x-ratelimit-reset")?.parse().ok()?, 0)?;
        (reset - now).to_std().ok()
    };
    let is_used_up = number("x-ratelimit-remaining").is_some_and(|left| left <= 0.0);
    let asked = seconds(RETRY_AFTER.as_str()).or_else(|| reset().filter(|_| is_used_up));
    asked.max(seconds("x-ratelimit-delay"))
}

/// The moment of the answer, by the service's clock.
fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.with_timezone(&Utc))
}

/// Some answers begin with a byte order mark.
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_asking_for_patience_is_understood() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            retry_after(&pairs.collect()).map(|asked| asked.as_millis())
        };
        let date = ("date", "Mon, 02 Mar 2026 08:27:00 GMT");
        let reset = ("x-ratelimit-reset", "1772440050");
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("retry-after", " 7 ")]), Some(7_000));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(
            asked(&[("retry-after", "1"), ("x-ratelimit-delay", "2.5")]),
            Some(2_500)
        );
        assert_eq!(
            asked(&[date, reset, ("x-ratelimit-remaining", "0")]),
            Some(30_000)
        );
        assert_eq!(asked(&[date, reset, ("x-ratelimit-remaining", "5")]), None);
        assert_eq!(asked(&[reset, ("x-ratelimit-remaining", "0")]), None);
    }
}
