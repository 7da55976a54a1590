//! Which cloud's Entra is asked.

use percent_encoding::utf8_percent_encode;
use reqwest::Url;
use thiserror::Error;

use crate::network::is_plain_http;
use crate::untrusted::PART;

/// The public cloud's; `https://login.microsoftonline.us` and
/// `https://login.partner.microsoftonline.cn` are others (Microsoft Learn, "National clouds").
const PUBLIC: &str = "https://login.microsoftonline.com";

/// What Entra wants tokens to be for that are exchanged, in the public cloud (Microsoft Learn,
/// "Workload identity federation").
const PUBLIC_AUDIENCE: &str = "api://AzureADTokenExchange";

/// The same in the other clouds (Microsoft Learn, "Configure an application to trust a managed
/// identity"). The last two are one cloud.
const AUDIENCES: [(&str, &str); 3] = [
    (
        "login.microsoftonline.us",
        "api://AzureADTokenExchangeUSGov",
    ),
    (
        "login.partner.microsoftonline.cn",
        "api://AzureADTokenExchangeChina",
    ),
    ("login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
];

/// The host of Entra's token endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority(String);

/// The authority cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("give the host that signs people in, such as `https://login.microsoftonline.us`")]
pub struct AuthorityError;

impl Default for Authority {
    fn default() -> Self {
        Self(PUBLIC.to_owned())
    }
}

impl Authority {
    /// Reads `https://HOST[:PORT]`. Over http only this machine itself may be asked.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let url = Url::parse(text.trim()).map_err(|_| AuthorityError)?;
        let is_safe = match url.scheme() {
            "https" => true,
            "http" => !is_plain_http(&url),
            _ => false,
        };
        let is_bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if is_safe && is_bare && url.has_host() {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err(AuthorityError)
        }
    }

    /// The host, with the port where it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, host)| host)
    }

    /// What a workflow's token has to be for.
    pub(super) fn audience(&self) -> &'static str {
        let mut known = AUDIENCES.iter();
        let known = known.find(|(host, _)| *host == self.host());
        known.map_or(PUBLIC_AUDIENCE, |(_, audience)| *audience)
    }

    /// Where a tenant's tokens are asked for.
    pub(super) fn token_url(&self, tenant: &str) -> String {
        let tenant = utf8_percent_encode(tenant, PART);
        format!("{}/{tenant}/oauth2/v2.0/token", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_host_and_nothing_else() {
        for (text, url) in [
            (
                "https://login.microsoftonline.us",
                Some("https://login.microsoftonline.us/t/oauth2/v2.0/token"),
            ),
            (
                " https://login.partner.microsoftonline.cn/ ",
                Some("https://login.partner.microsoftonline.cn/t/oauth2/v2.0/token"),
            ),
            (
                "http://127.0.0.1:8080",
                Some("http://127.0.0.1:8080/t/oauth2/v2.0/token"),
            ),
            ("http://login.microsoftonline.us", None),
            ("login.microsoftonline.us", None),
            ("https://login.microsoftonline.us/tenant", None),
            ("https://login.microsoftonline.us?x=1", None),
            ("https://me:secret@login.microsoftonline.us", None),
            ("", None),
        ] {
            let authority = Authority::parse(text).ok();
            let found = authority.map(|authority| authority.token_url("t"));
            assert_eq!(found.as_deref(), url, "{text:?}");
        }
        assert_eq!(Authority::default().host(), "login.microsoftonline.com");
    }

    #[test]
    fn each_cloud_has_its_audience() {
        for (host, audience) in [
            ("login.microsoftonline.com", "api://AzureADTokenExchange"),
            (
                "LOGIN.microsoftonline.us",
                "api://AzureADTokenExchangeUSGov",
            ),
            (
                "login.partner.microsoftonline.cn",
                "api://AzureADTokenExchangeChina",
            ),
            ("login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
            ("login.example.com", "api://AzureADTokenExchange"),
        ] {
            let authority = Authority::parse(&format!("https://{host}")).expect("a host");
            assert_eq!(authority.audience(), audience, "{host}");
        }
        assert_eq!(Authority::default().audience(), PUBLIC_AUDIENCE);
    }
}
