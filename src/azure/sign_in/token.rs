//! Asking for a token, and what is answered.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

use super::super::answer::retry_after;
use super::{Issuer, SignInError};
use crate::network::{Body, Network};
use crate::secret::Secret;

/// How long one request for a token may take. The services answer within a second; asking again is
/// worth more than a longer wait.
const TIME: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes; a token has some thousand.
const LONGEST: usize = 1024 * 1024;

/// A token is taken to live so long at most: nobody can count further on a clock.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 365);

/// An access token, as Entra and the endpoint of managed identities give it.
#[derive(Debug, Deserialize)]
pub(super) struct AccessToken {
    #[serde(rename = "access_token")]
    pub(super) text: Secret,
    /// How long it lives; the endpoint of managed identities writes it as text.
    #[serde(rename = "expires_in", deserialize_with = "seconds")]
    pub(super) lifetime: Duration,
}

/// An answer that was received whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Vec<u8>,
    retry_after: Option<Duration>,
}

/// The body of a refusal, by Entra and by the endpoint of managed identities (Microsoft Learn,
/// "Microsoft Entra authentication and authorization error codes").
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireRefusal {
    error: String,
    error_description: String,
    /// Entra's alone.
    pub(super) error_codes: Vec<u64>,
}

/// Sends a request for a token to `issuer`.
pub(super) async fn ask(
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
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
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
    pub(super) fn unavailable(&self, issuer: &Issuer) -> SignInError {
        SignInError::Unavailable {
            issuer: issuer.clone(),
            reason: format!("it answered {}", self.status.as_u16()),
            retry_after: self.retry_after,
        }
    }

    /// What an answer that did not succeed says.
    pub(super) fn refusal(&self) -> WireRefusal {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What an answer that succeeded is.
    pub(super) fn read<T: DeserializeOwned>(&self, issuer: &Issuer) -> Result<T, SignInError> {
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

impl WireRefusal {
    /// What it says; nothing where that is nothing.
    pub(super) fn message(&self) -> &str {
        if self.error_description.is_empty() {
            &self.error
        } else {
            &self.error_description
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let number = number.ok_or_else(|| D::Error::custom("expires_in is no number of seconds"))?;
    Ok(Duration::from_secs(number).min(LONGEST_LIFE))
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
