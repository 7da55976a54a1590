//! Signing in: which token Azure DevOps is shown, where it comes from, and when another is needed.
//!
//! Each secret goes to its own place alone: the workflow's request token to GitHub, its assertion or
//! the client secret to the authority, the access token to the configured Azure DevOps.

mod authority;
mod authorization;
mod claims;
mod entra;
mod error;
mod github_oidc;
mod managed_identity;

use std::fmt;
use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::Credential;
use crate::network::{Body, Network};
use crate::secret::Secret;

pub use authority::{Authority, AuthorityError};
pub use authorization::Authorization;
pub use entra::{EntraIdentity, Proof};
use error::Issuer;
pub use error::{EntraRefusal, SignInError};
pub use github_oidc::GitHubOidc;
pub use managed_identity::ManagedIdentity;

/// Azure DevOps, as Entra knows it (Microsoft Learn, "Use Microsoft Entra service principals and
/// managed identities in Azure DevOps").
pub(super) const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";

/// How long one request for a token may take. The services answer within a second; another attempt
/// is worth more than a longer wait.
const TIME: Duration = Duration::from_secs(10);

/// The one way in which a step signs in. As text: what kind of credential it is and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// By a token that is given.
    Token(Credential),
    /// As somebody whom Entra gives tokens, which are renewed.
    Identity(Identity),
}

/// Whom Entra gives tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// An application, or a managed identity that trusts the workflow.
    Entra(EntraIdentity),
    /// The machine that the step runs on.
    Managed(ManagedIdentity),
}

impl fmt::Display for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(Credential::Basic(_)) => f.write_str("personal access token"),
            Self::Token(Credential::Bearer(_)) => f.write_str("Entra access token"),
            Self::Identity(Identity::Entra(identity)) => identity.fmt(f),
            Self::Identity(Identity::Managed(identity)) => identity.fmt(f),
        }
    }
}

impl Identity {
    /// Whom the organization has to know.
    fn principal(&self) -> String {
        match self {
            Self::Entra(identity) => identity.client.clone(),
            Self::Managed(identity) => identity.principal(),
        }
    }

    fn issuer(&self) -> Issuer {
        match self {
            Self::Entra(identity) => identity.issuer(),
            Self::Managed(identity) => identity.issuer(),
        }
    }

    /// A new token. What was received on the way and nobody may see is put into `secrets`.
    async fn token(
        &self,
        network: &Network,
        secrets: &mut Vec<Secret>,
    ) -> Result<AccessToken, SignInError> {
        let token = match self {
            Self::Entra(identity) => identity.token(network, secrets).await?,
            Self::Managed(identity) => identity.token(network).await?,
        };
        secrets.push(token.access_token.clone());
        Ok(token)
    }
}

/// An access token, as Entra and the endpoint of managed identities give it.
#[derive(Debug, Deserialize)]
struct AccessToken {
    access_token: Secret,
    /// How long it lives; the endpoint of managed identities writes it as text.
    #[serde(rename = "expires_in", deserialize_with = "seconds")]
    lifetime: Duration,
}

/// The body of a refusal, by Entra and by the endpoint of managed identities (Microsoft Learn,
/// "Microsoft Entra authentication and authorization error codes").
#[derive(Default, Deserialize)]
#[serde(default)]
struct WireRefusal {
    error: String,
    error_description: String,
    /// Entra's alone.
    error_codes: Vec<u64>,
}

/// A token is taken to live so long at most: nobody can count further on a clock.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 365);

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let number = number.ok_or_else(|| D::Error::custom("expires_in is no number of seconds"))?;
    Ok(Duration::from_secs(number).min(LONGEST_LIFE))
}

/// An answer that was received whole.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    retry_after: Option<Duration>,
}

/// The longest answer that is read, in bytes; a token has some thousand.
const LONGEST: usize = 1024 * 1024;

/// Sends a request for a token to `issuer`.
async fn ask(
    network: &Network,
    issuer: &Issuer,
    request: RequestBuilder,
) -> Result<Answer, SignInError> {
    let (client, request) = request.timeout(TIME).build_split();
    let broken = |error: reqwest::Error| SignInError::unavailable(issuer, error.to_string());
    let request = request.map_err(broken)?;
    let url = request.url().clone();
    let failed = |error: reqwest::Error| {
        let failure = network.failure(&url, issuer.source(), &error);
        SignInError::unavailable(issuer, failure.to_string())
    };
    let response = client.execute(request).await.map_err(failed)?;
    let (status, retry_after) = (
        response.status(),
        super::answer::retry_after(response.headers()),
    );
    let body = Body::read(response, LONGEST).await.map_err(failed)?;
    let answer = Answer {
        status,
        body: body.bytes,
        retry_after,
    };
    if status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
    {
        return Err(answer.unavailable(issuer));
    }
    Ok(answer)
}

impl Answer {
    /// The error for a problem of the issuer's own.
    fn unavailable(&self, issuer: &Issuer) -> SignInError {
        SignInError::Unavailable {
            issuer: issuer.clone(),
            reason: format!("it answered {}", self.status.as_u16()),
            retry_after: self.retry_after,
        }
    }

    /// What an answer that did not succeed says.
    fn refusal(&self) -> WireRefusal {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What an answer that succeeded is.
    fn read<T: serde::de::DeserializeOwned>(&self, issuer: &Issuer) -> Result<T, SignInError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The text of the error may quote the answer, and with it a token.
            let reason = format!(
                "its answer could not be read (line {}, column {})",
                error.line(),
                error.column()
            );
            SignInError::unavailable(issuer, reason)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_come_as_numbers_and_as_texts() {
        let lifetime = |json: &str| {
            let token: AccessToken = serde_json::from_str(json).ok()?;
            Some(token.lifetime.as_secs())
        };
        let with = |expires: &str| format!(r#"{{"access_token":"a","expires_in":{expires}}}"#);
        assert_eq!(lifetime(&with("3599")), Some(3599));
        assert_eq!(lifetime(&with("\"3599\"")), Some(3599));
        assert_eq!(lifetime(&with("\"soon\"")), None);
        assert_eq!(lifetime(&with("-1")), None);
        assert_eq!(lifetime(&with(&u64::MAX.to_string())), Some(31_536_000));
        assert_eq!(lifetime(r#"{"access_token":"a"}"#), None);
    }
}
