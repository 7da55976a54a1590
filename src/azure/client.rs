//! The client: every request goes through it, and whatever comes back.

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

#[cfg(feature = "fuzzing")]
use super::MadeUp;
use super::answer::{content_type, date, is_own, location, retry_after, without_bom};
use super::page::{instead_of_an_answer, is_page};
use super::refusal::Refusal;
use super::{
    Ability, ApiVersion, Area, Authorization, Error, Patience, ProjectAddress, Request,
    SignInError, Time, backoff, version,
};
use crate::network::{Body, Failure, Network};

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
    pub(super) made_up: std::cell::RefCell<Option<MadeUp>>,
}

impl Client {
    /// A client for the project at `address`. Nothing is sent yet.
    #[must_use]
    pub fn new(network: Network, address: ProjectAddress, authorization: Authorization) -> Self {
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
    pub(super) fn can(&self, ability: Ability) -> bool {
        self.api_version.get() >= ability.since
    }

    /// The same; an error with what to do instead where it cannot.
    pub(super) fn needs(&self, ability: Ability) -> Result<(), Error> {
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
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response, Error> {
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
        let url = self.url(request, version);
        let name = request.name(&url);
        let mut http = self.signed(request, url.clone(), authorization);
        match request.time {
            Time::Short => http = http.timeout(self.patience.request),
            Time::Limited(time) => {
                let left = time.saturating_sub(start.elapsed());
                http = http.timeout(left.min(self.patience.request));
            }
            Time::Unlimited => {}
        }
        let response = self.transmit(http).await;
        let response = response.map_err(|error| self.transport(&name, &url, &error))?;
        self.time.set(date(response.headers()).or(self.time.get()));
        if !response.status().is_success() || is_page(&response) {
            return Err(self.failure(name, &url, response).await);
        }
        let asked = retry_after(response.headers()).map(backoff::bounded);
        self.retry_after.set(self.retry_after.get().max(asked));
        Ok(response)
    }

    fn url(&self, request: &Request<'_>, version: &str) -> Url {
        let mut query = request.query.to_vec();
        query.push(("api-version", version));
        let below = |area: &[&'static str]| [area, request.segments].concat();
        match request.area {
            Area::Build => self.address.url(&below(&["_apis", "build"]), &query),
            Area::Project => self.address.url(&below(&["_apis"]), &query),
            Area::Organization => self.address.organization_url(&below(&["_apis"]), &query),
            Area::Identities => self.address.identities_url(&below(&["_apis"]), &query),
        }
    }

    fn signed(
        &self,
        request: &Request<'_>,
        url: Url,
        authorization: &HeaderValue,
    ) -> RequestBuilder {
        let http = self
            .network
            .client()
            .request(request.method.clone(), url)
            .header(AUTHORIZATION, authorization.clone())
            .header(ACCEPT, request.accept)
            // Otherwise a wrong token gets a sign-in page instead of a plain 401.
            .header("X-TFS-FedAuthRedirect", "Suppress");
        match request.body {
            Some(body) => http.json(body),
            // Servers may refuse such a request that does not say that it is empty (RFC 9110, 8.6).
            None if request.method == Method::PATCH => http.header(CONTENT_LENGTH, 0),
            None => http,
        }
    }

    /// Why an answer is not the one that was asked for.
    async fn failure(&self, name: String, url: &Url, response: Response) -> Error {
        let status = response.status();
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && let Some(failure) = self.network.refused_by_proxy(url)
        {
            return self.unreached(&name, failure);
        }
        if is_page(&response) {
            let error = self.network.in_time(instead_of_an_answer(&name, response));
            let silence = || self.unreached(&name, Failure::silence());
            return error.await.unwrap_or_else(silence);
        }
        if status.is_redirection() {
            let target = location(&response).map(|url| url.origin().ascii_serialization());
            return Error::Redirected {
                request: name,
                status: status.as_u16(),
                target: target.unwrap_or_else(|| "nowhere".to_owned()),
            };
        }
        let headers = response.headers().clone();
        // Not every request has a limit for all of its answer.
        let body = self.network.in_time(Body::read(response, LONGEST_REFUSAL));
        let body = match body.await {
            Some(Ok(body)) => body.bytes,
            Some(Err(error)) => return self.transport(&name, url, &error),
            None => return self.unreached(&name, Failure::silence()),
        };
        let mut error = Refusal::read(name, status, &headers, &body).into();
        if let Error::Unauthorized { proxy, .. } = &mut error
            && !is_own(&headers)
        {
            *proxy = self.network.proxy_that_answers(url).map(Into::into);
        }
        error
    }

    #[cfg(not(feature = "fuzzing"))]
    async fn transmit(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        request.send().await
    }

    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
    ) -> Result<T, Error> {
        let response = self.send(request).await?;
        self.decode(request, response).await
    }

    pub(super) async fn decode<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        response: Response,
    ) -> Result<T, Error> {
        let name = request.name(response.url());
        let kind = content_type(&response);
        let body = self.read(&name, response).await?;
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

    /// Reads an answer, but no more of it than of any that is expected.
    pub(super) async fn read(&self, request: &str, response: Response) -> Result<Body, Error> {
        let url = response.url().clone();
        let body = Body::read(response, LONGEST).await;
        body.map_err(|error| self.transport(request, &url, &error))
    }

    pub(super) fn transport(&self, request: &str, url: &Url, error: &reqwest::Error) -> Error {
        let source = "`azure-devops-project-url`";
        self.unreached(request, self.network.failure(url, source, error))
    }

    pub(super) fn unreached(&self, request: &str, failure: Failure) -> Error {
        Error::Transport {
            request: request.to_owned(),
            host: self.address.host(),
            failure,
        }
    }
}
