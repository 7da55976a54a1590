//! How a request is signed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{HeaderValue, InvalidHeaderValue};

use crate::secret::Secret;

/// A credential for Azure DevOps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A personal access token, already in the form `base64(user ":" token)` of Basic
    /// authentication.
    Basic(Secret),
    /// An Entra access token.
    Bearer(Secret),
}

impl Credential {
    /// Tells the three forms apart: an Entra access token is a JWT, `base64(":" + token)` decodes
    /// to text with a colon, and anything else is a personal access token as it is.
    #[must_use]
    pub fn from_token(token: &Secret) -> Self {
        let text = token.expose().trim();
        if is_jwt(text) {
            Self::Bearer(Secret::new(text))
        } else if is_basic_pair(text) {
            Self::Basic(Secret::new(text))
        } else {
            Self::Basic(Secret::new(STANDARD.encode(format!(":{text}"))))
        }
    }

    /// The value of the `Authorization` header.
    ///
    /// Fails when the token has a character that no header can carry.
    pub fn header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let text = match self {
            Self::Basic(pair) => format!("Basic {}", pair.expose()),
            Self::Bearer(token) => format!("Bearer {}", token.expose()),
        };
        let mut value = HeaderValue::try_from(text)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Three parts of which the first is a JSON object that names an algorithm (RFC 7519, 7515).
fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && URL_SAFE_NO_PAD
            .decode(parts[0])
            .ok()
            .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok())
            .is_some_and(|header| header.get("alg").is_some())
}

/// `base64(user ":" token)`. A personal access token as it is also consists of base64's characters,
/// but decodes to noise.
fn is_basic_pair(text: &str) -> bool {
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .is_some_and(|pair| {
            pair.split_once(':')
                .is_some_and(|(_, token)| token.len() >= 20)
                && pair.bytes().all(|byte| byte.is_ascii_graphic())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";

    #[track_caller]
    fn check(token: &str, header: &str) {
        let value = Credential::from_token(&Secret::new(token))
            .header()
            .expect("a header");
        assert!(value.is_sensitive());
        assert_eq!(value.to_str().expect("ASCII"), header);
    }

    #[test]
    fn each_form_of_a_token_is_recognised() {
        let pair = STANDARD.encode(format!(":{TOKEN}"));
        check(TOKEN, &format!("Basic {pair}"));
        check(&pair, &format!("Basic {pair}"));
        let jwt = format!(
            "{}.{}.sig",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"aud":"499b84ac"}"#)
        );
        check(&jwt, &format!("Bearer {jwt}"));
        check(&format!(" {TOKEN}\n"), &format!("Basic {pair}"));
    }

    #[test]
    fn a_short_token_is_not_taken_for_a_pair() {
        check("pat", "Basic OnBhdA==");
    }
}
