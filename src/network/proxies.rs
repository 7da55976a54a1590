//! The proxies that variables name.

use std::net::IpAddr;

use reqwest::Url;

use super::SetupError;

/// Which proxy leads where. Of a variable in lower and in upper case the lower one counts (GitHub
/// Docs, "Using proxy servers with a runner"); the runner hands its own to containers (runner:
/// `ContainerInfo.UpdateWebProxyEnv`).
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    direct: Vec<Direct>,
}

/// Hosts that are reached without a proxy: an entry of `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Direct {
    All,
    /// A domain with all below it, and the port, where one is given.
    Domain(String, Option<u16>),
    /// The addresses that have their first bits in common with this one.
    Network(IpAddr, u32, Option<u16>),
}

const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const DIRECT: [&str; 2] = ["no_proxy", "NO_PROXY"];

impl Proxies {
    /// Reads them through `variable`. One that is empty is not there.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SetupError> {
        let first = |names: &[&'static str]| {
            let mut given = names.iter().filter_map(|name| {
                let value = variable(name)?.trim().to_owned();
                (!value.is_empty()).then_some((*name, value))
            });
            given.next()
        };
        let proxy = |names| {
            first(names)
                .map(|(name, value)| parse(name, &value))
                .transpose()
        };
        Ok(Self {
            http: proxy(&HTTP)?,
            https: proxy(&HTTPS)?,
            direct: first(&DIRECT)
                .map(|(_, list)| direct(&list))
                .unwrap_or_default(),
        })
    }

    /// The proxy on the way to `url`, with its user name and password.
    pub(super) fn of(&self, url: &Url) -> Option<&Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        };
        proxy.filter(|_| !self.direct.iter().any(|direct| direct.matches(url)))
    }
}

fn parse(variable: &'static str, text: &str) -> Result<Url, SetupError> {
    let wrong = |problem| SetupError::Proxy { variable, problem };
    let url = with_scheme(text).ok_or_else(|| wrong("is no proxy's address"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        "socks4" | "socks4a" | "socks5" | "socks5h" => {
            Err(wrong("names a SOCKS proxy, which cannot be used"))
        }
        _ => Err(wrong("is no proxy's address")),
    }
}

/// What has no scheme is meant as http.
fn with_scheme(text: &str) -> Option<Url> {
    if text.contains("://") {
        Url::parse(text).ok()
    } else {
        Url::parse(&format!("http://{text}")).ok()
    }
}

fn direct(list: &str) -> Vec<Direct> {
    let entries = list.split([',', ' ', '\n', '\t']).map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    entries.map(Direct::parse).collect()
}

impl Direct {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::All;
        }
        if let Some((address, bits)) = entry.split_once('/')
            && let (Some(address), Ok(bits)) = (address_of(address), bits.parse())
        {
            return Self::Network(address, bits, None);
        }
        if let Some(address) = address_of(entry) {
            return Self::Network(address, u128::BITS, None);
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (entry, None),
        };
        if let Some(address) = address_of(host) {
            return Self::Network(address, u128::BITS, port);
        }
        let domain = host.trim_start_matches('*').trim_start_matches('.');
        Self::Domain(domain.trim_end_matches('.').to_ascii_lowercase(), port)
    }

    fn matches(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_port = |port: &Option<u16>| port.is_none() || *port == url.port_or_known_default();
        match self {
            Self::All => true,
            Self::Domain(domain, port) => {
                let rest = host.to_ascii_lowercase();
                let rest = rest.strip_suffix(domain.as_str());
                let is_in = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                is_in && !domain.is_empty() && is_port(port)
            }
            Self::Network(network, bits, port) => {
                address_of(host).is_some_and(|address| is_within(address, *network, *bits))
                    && is_port(port)
            }
        }
    }
}

/// An address, which may stand in brackets.
fn address_of(text: &str) -> Option<IpAddr> {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or(text).parse().ok()
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (
            u128::from(address.to_bits()),
            u128::from(network.to_bits()),
            u32::BITS,
        ),
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            (address.to_bits(), network.to_bits(), u128::BITS)
        }
        _ => return false,
    };
    let rest = width - bits.min(width);
    (address ^ network).checked_shr(rest).unwrap_or_default() == 0
}

#[cfg(test)]
mod tests {
    use super::super::host;
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, SetupError> {
        Proxies::read(|name| value(variables, name))
    }

    fn value(variables: &[(&str, &str)], name: &str) -> Option<String> {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[track_caller]
    fn check(variables: &[(&str, &str)], target: &str, proxy: Option<&str>) {
        let proxies = read(variables).expect("usable");
        let found = proxies.of(&url(target)).map(host);
        assert_eq!(found.as_deref(), proxy, "{variables:?} {target}");
    }

    #[test]
    fn each_scheme_has_its_variable_and_lower_case_counts() {
        let (http, https) = ("http://dev.azure.com/", "https://dev.azure.com/");
        check(&[], https, None);
        check(&[("HTTPS_PROXY", "http://p:3128")], https, Some("p:3128"));
        check(&[("HTTPS_PROXY", "http://p:3128")], http, None);
        check(&[("https_proxy", "p:3128")], https, Some("p:3128"));
        check(&[("http_proxy", "p")], https, None);
        check(&[("HTTP_PROXY", "p")], http, Some("p"));
        check(&[("ALL_PROXY", "https://p:8443")], https, Some("p:8443"));
        check(
            &[("HTTPS_PROXY", "upper"), ("https_proxy", "lower")],
            https,
            Some("lower"),
        );
        check(
            &[("HTTPS_PROXY", "upper"), ("https_proxy", " ")],
            https,
            Some("upper"),
        );
        check(
            &[("https_proxy", "http://me:s3cret@[::1]:3128/")],
            https,
            Some("[::1]:3128"),
        );
    }

    #[test]
    fn what_no_proxy_names_is_reached_directly() {
        for (list, target, is_direct) in [
            ("*", "https://a.example.com/", true),
            ("example.com", "https://example.com/", true),
            ("example.com", "https://a.Example.com/", true),
            ("example.com", "https://notexample.com/", false),
            (".example.com", "https://a.example.com/", true),
            ("*.example.com", "https://a.example.com/", true),
            ("other.org, example.com", "https://example.com./", true),
            ("example.com:8443", "https://example.com:8443/", true),
            ("example.com:443", "https://example.com/", true),
            ("example.com:8443", "https://example.com/", false),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("0.0.0.0/0", "https://11.1.2.3/", true),
            ("10.1.2.3", "https://10.1.2.3:8443/", true),
            ("10.1.2.3:443", "https://10.1.2.3:8443/", false),
            ("::1", "https://[::1]:8443/", true),
            ("[::1]:8443", "https://[::1]:8443/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("fd00::/8", "https://[fe80::1]/", false),
            ("10.0.0.0/8", "https://[::1]/", false),
            ("example.com/8", "https://example.com/", false),
            (",", "https://example.com/", false),
            (".", "https://example.com/", false),
        ] {
            let variables = [("https_proxy", "p"), ("no_proxy", list)];
            check(&variables, target, (!is_direct).then_some("p"));
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_it() {
        for (value, problem) in [
            (
                "socks5://me:s3cret@p:1080",
                "names a SOCKS proxy, which cannot be used",
            ),
            ("ftp://me:s3cret@p", "is no proxy's address"),
            ("http://me:s3cret@", "is no proxy's address"),
            ("http://me:s3cret@p:port", "is no proxy's address"),
        ] {
            let error = read(&[("HTTPS_PROXY", value)])
                .expect_err(value)
                .to_string();
            assert_eq!(
                error,
                format!(
                    "`HTTPS_PROXY` {problem}; expected is `http://HOST:PORT` or \
                     `http://USER:PASSWORD@HOST:PORT`"
                )
            );
        }
    }
}
