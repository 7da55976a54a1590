//! The way to other hosts: one HTTP client for Azure DevOps and GitHub alike, with its trust,
//! proxies and time-outs, and the words for connections that fail.
//!
//! TLS is always verified; no redirect is followed; nothing is sent twice.

mod body;
mod failure;
mod proxies;
mod trust;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use thiserror::Error;

pub use body::Body;
pub use failure::Failure;
pub use proxies::Proxies;
pub use trust::Trust;

use failure::Way;

/// How long a connection may take at most: name, TCP, proxy and TLS together.
const CONNECT: Duration = Duration::from_secs(10);

/// The same for what is next to this machine.
const CONNECT_NEAR: Duration = Duration::from_secs(3);

/// What the way depends on.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whom to trust.
    pub trust: Trust,
    /// Which proxies to use.
    pub proxies: Proxies,
}

/// The way cannot be set up.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SetupError {
    /// The certificates cannot be used.
    #[error(
        "`ca-certificate` cannot be used: {0}; give PEM text or the path of such a file in the workspace"
    )]
    Certificate(String),
    /// A variable names a proxy that cannot be used; its value may hold a password.
    #[error(
        "`{variable}` {problem}; expected is `http://HOST:PORT` or `http://USER:PASSWORD@HOST:PORT`"
    )]
    Proxy {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The HTTP client cannot be built.
    #[error("The HTTP client could not be set up: {0}")]
    Client(String),
}

/// A client that follows no redirect and keeps connections open.
#[derive(Debug, Clone)]
pub struct Network {
    client: reqwest::Client,
    proxies: Arc<Proxies>,
    /// What was to be trusted and could not be read.
    unread: Option<Arc<str>>,
    silence: Duration,
}

/// Whether requests to `url` travel in the clear over a network.
#[must_use]
pub fn is_plain_http(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    url.scheme() == "http" && !is_loopback
}

/// The host of an address to which requests travel in the clear over a network; nothing otherwise.
#[must_use]
pub fn host_in_the_clear(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(is_plain_http)?;
    Some(host(&url))
}

/// The host of `url`, with the port where it is not the scheme's own.
#[must_use]
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl Network {
    /// Sets the client up; nothing is sent. A host that says nothing for `silence` is given up.
    pub fn new(settings: &Settings, silence: Duration) -> Result<Self, SetupError> {
        Self::with(settings, CONNECT, silence)
    }

    /// The way to what is next to this machine, to which no proxy leads.
    pub fn direct(&self) -> Result<Self, SetupError> {
        Self::with(&Settings::default(), CONNECT_NEAR, self.silence)
    }

    fn with(settings: &Settings, connect: Duration, silence: Duration) -> Result<Self, SetupError> {
        let (tls, unread) = settings.trust.tls()?;
        let proxies = Arc::new(settings.proxies.clone());
        let choose = Arc::clone(&proxies);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            // Not those that the library would find in the variables by itself.
            .no_proxy()
            .proxy(reqwest::Proxy::custom(move |url| choose.of(url).cloned()))
            // Less than the whole request may take, so that it can be told from silence.
            .connect_timeout(connect.min(silence / 2))
            .read_timeout(silence)
            .user_agent(concat!("run-azure-pipeline/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SetupError::Client(error.to_string()))?;
        Ok(Self {
            client,
            proxies,
            unread: unread.map(Into::into),
            silence,
        })
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// What `work` gives; nothing where it takes longer than one request may.
    pub async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.silence, work).await.ok()
    }

    /// Why a request to `url` got no answer, or not all of it. `source` is what gives the address,
    /// as people know it.
    #[must_use]
    pub fn failure(
        &self,
        url: &Url,
        source: &'static str,
        error: &(dyn std::error::Error + 'static),
    ) -> Failure {
        let proxy = self.proxies.of(url).map(host);
        let way = Way {
            proxy: proxy.as_deref(),
            source,
            unread: self.unread.as_deref(),
        };
        Failure::new(&way, error)
    }

    /// The proxy that may have answered in place of the host at `url`; of what is encrypted it sees
    /// nothing.
    #[must_use]
    pub fn proxy_that_answers(&self, url: &Url) -> Option<String> {
        let proxy = self.proxies.of(url).filter(|_| url.scheme() == "http");
        proxy.map(host)
    }

    /// Why the proxy on the way to `url` has answered in place of the host that it wants to know
    /// who asks (407); nothing where there is no proxy.
    #[must_use]
    pub fn refused_by_proxy(&self, url: &Url) -> Option<Failure> {
        let proxy = self.proxies.of(url)?;
        Some(Failure::proxy_login(&host(proxy)))
    }
}
