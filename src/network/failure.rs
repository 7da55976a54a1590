//! Why no answer came, in words that say what to do.

use std::error::Error;
use std::{fmt, io};

use rustls::{AlertDescription, CertificateError};

/// Why a request got no answer, or not all of it. As text a clause, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    cause: Cause,
    words: String,
    /// Whether the request cannot have been handled, because no connection was made.
    pub is_unsent: bool,
    /// Whether no answer came in time, so that the request may be handled even later.
    pub is_timeout: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The host's name means nothing to the DNS.
    Name,
    /// There was no connection.
    Connection,
    /// There was none in time.
    SlowConnection,
    /// The proxy on the way.
    Proxy(ProxyFault),
    /// The host's certificate.
    Certificate(CertificateFault),
    /// The host's TLS is too old, or of a strange kind.
    Tls,
    /// What came is no TLS.
    NoTls,
    /// What came is no HTTP.
    NoHttp,
    /// No whole answer came in time.
    Silence,
    /// The connection, or what came over it, broke.
    Broken,
}

/// What is wrong with a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProxyFault {
    /// It wants to know who asks.
    Login,
    /// It does not connect to the host.
    Refusal,
    /// It cannot be reached itself.
    Connection,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CertificateFault {
    /// Nobody who is trusted has signed it.
    Authority,
    /// Its time has passed, or has not come.
    Time,
    /// It is another host's.
    Name,
    /// Anything else.
    Other,
}

impl Failure {
    pub(super) fn new(way: &Way<'_>, error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<&(dyn Error + 'static)> =
            std::iter::successors(Some(error), |error| (*error).source()).collect();
        let request = causes
            .iter()
            .find_map(|cause| cause.downcast_ref::<reqwest::Error>());
        let is_timeout = request.is_some_and(reqwest::Error::is_timeout);
        let is_unsent = request.is_some_and(reqwest::Error::is_connect);
        // The causes further down say more: "connection refused" rather than "client error".
        let deepest = causes[1..].last().map(ToString::to_string);
        let detail = deepest.filter(|detail| !detail.is_empty());
        let cause = match causes.iter().find_map(|cause| told_by(&cause.to_string())) {
            Some(cause) => cause,
            None if is_timeout && is_unsent => Cause::SlowConnection,
            None if is_timeout => Cause::Silence,
            None => match causes.iter().find_map(|cause| tls(*cause)) {
                Some(cause) => cause,
                None if is_unsent => Cause::Connection,
                None => Cause::Broken,
            },
        };
        let is_proxys = matches!(cause, Cause::Name | Cause::Connection) && way.proxy.is_some();
        let cause = if is_proxys {
            Cause::Proxy(ProxyFault::Connection)
        } else {
            cause
        };
        let detail = detail.as_deref().unwrap_or("the connection broke");
        Self {
            cause,
            words: words(cause, detail, way),
            is_unsent,
            is_timeout,
        }
    }

    /// No whole answer came in time.
    pub(crate) fn silence() -> Self {
        Self {
            cause: Cause::Silence,
            words: words(Cause::Silence, "", &Way::default()),
            is_unsent: false,
            is_timeout: true,
        }
    }

    /// Whether it stays like this until somebody changes something.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(
            self.cause,
            Cause::Proxy(ProxyFault::Login) | Cause::Certificate(_) | Cause::Tls | Cause::NoTls
        )
    }

    /// A proxy has answered in place of the host, because it wants to know who asks.
    pub(super) fn proxy_login(proxy: &str) -> Self {
        let way = Way {
            proxy: Some(proxy),
            ..Way::default()
        };
        Self {
            cause: Cause::Proxy(ProxyFault::Login),
            words: words(Cause::Proxy(ProxyFault::Login), "", &way),
            is_unsent: true,
            is_timeout: false,
        }
    }
}

/// What a request depends on besides the host.
#[derive(Default)]
pub(super) struct Way<'a> {
    /// The host of the proxy on the way.
    pub(super) proxy: Option<&'a str>,
    /// What gives the address.
    pub(super) source: &'a str,
    /// What was to be trusted and could not be read.
    pub(super) unread: Option<&'a str>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What the texts of a proxy's tunnel and of a name's resolution say; their types are private to
/// the HTTP library.
fn told_by(text: &str) -> Option<Cause> {
    Some(match text {
        "tunnel error: proxy authorization required" => Cause::Proxy(ProxyFault::Login),
        "tunnel error: unsuccessful" => Cause::Proxy(ProxyFault::Refusal),
        _ if text.starts_with("tunnel error: ") => Cause::Proxy(ProxyFault::Connection),
        "dns error" => Cause::Name,
        _ if text.starts_with("invalid HTTP ") => Cause::NoHttp,
        _ => return None,
    })
}

/// What is wrong with the other side's TLS.
fn tls(cause: &(dyn Error + 'static)) -> Option<Cause> {
    let mut cause = cause;
    // Each layer on the way up wraps it once more.
    while let Some(inner) = cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        cause = inner;
    }
    Some(match cause.downcast_ref()? {
        rustls::Error::InvalidCertificate(error) => Cause::Certificate(certificate_fault(error)),
        rustls::Error::InvalidMessage(_) => Cause::NoTls,
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(_) => Cause::Tls,
        _ => return None,
    })
}

fn certificate_fault(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::UnknownIssuer => CertificateFault::Authority,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateFault::Time,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::Name
        }
        _ => CertificateFault::Other,
    }
}

fn words(cause: Cause, detail: &str, way: &Way<'_>) -> String {
    let source = way.source;
    let proxy = way.proxy.unwrap_or_default();
    match cause {
        // What is next to this machine; whoever asked knows what to do.
        Cause::Connection | Cause::Name if source.is_empty() => detail.to_owned(),
        Cause::Name => format!(
            "its name could not be resolved ({detail}); check {source}, the network and its DNS server"
        ),
        Cause::Connection => format!("{detail}; check {source}, the network and the proxy"),
        Cause::SlowConnection if way.proxy.is_some() => format!(
            "no connection through the proxy {proxy} came about in time; check `HTTPS_PROXY`, {source} and the network"
        ),
        Cause::SlowConnection => format!(
            "no connection came about in time; check {source} and the network, and give `HTTPS_PROXY` if it needs a \
             proxy"
        ),
        Cause::Proxy(fault) => proxy_words(fault, detail, proxy),
        Cause::Certificate(fault) => certificate_words(fault, detail, way),
        Cause::Tls => {
            format!("it speaks another TLS ({detail}); it has to speak TLS 1.2 or 1.3")
        }
        Cause::NoTls => {
            format!("it does not answer in TLS ({detail}); check scheme and port in {source}")
        }
        Cause::NoHttp => {
            format!("it does not answer in HTTP ({detail}); check scheme and port in {source}")
        }
        Cause::Silence => "the request timed out".to_owned(),
        Cause::Broken => detail.to_owned(),
    }
}

fn proxy_words(fault: ProxyFault, detail: &str, proxy: &str) -> String {
    match fault {
        ProxyFault::Login => format!(
            "the proxy {proxy} wants another user name and password (407); give them in `HTTPS_PROXY` or `HTTP_PROXY` \
             (http://USER:PASSWORD@HOST:PORT)"
        ),
        ProxyFault::Refusal => format!(
            "the proxy {proxy} did not make the connection; check the user name and password for it in `HTTPS_PROXY`, \
             have the host allowed there, or name it in `NO_PROXY` if it can be reached without a proxy"
        ),
        ProxyFault::Connection => format!(
            "the proxy {proxy} could not be used ({detail}); check `HTTPS_PROXY`, `HTTP_PROXY` and the network"
        ),
    }
}

fn certificate_words(fault: CertificateFault, detail: &str, way: &Way<'_>) -> String {
    match fault {
        CertificateFault::Authority => {
            let unread = way.unread.map(|unread| {
                format!(" (of `SSL_CERT_FILE` or `SSL_CERT_DIR` could not be read: {unread})")
            });
            format!(
                "its certificate is by an authority that is not trusted; if that is your company's own, give its \
                 certificate as `ca-certificate`{}",
                unread.unwrap_or_default()
            )
        }
        CertificateFault::Time => format!(
            "its certificate is not valid now ({detail}); have it renewed, or check the clock of the runner"
        ),
        CertificateFault::Name => format!(
            "its certificate is for another name ({detail}); give the name that it is for in {}",
            way.source
        ),
        CertificateFault::Other => format!(
            "its certificate cannot be used ({detail}); have it replaced, or give its authority as `ca-certificate`"
        ),
    }
}
