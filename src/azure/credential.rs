//! How a request is signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderValue, InvalidHeaderValue};

use crate::secret::{self, Secret};

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
    /// Tells the three forms apart: a personal access token has a shape of its own, an Entra access
    /// token is a JWT, and `base64(":" + token)` decodes to text with a colon. Anything else is taken
    /// for a personal access token of another shape.
    #[must_use]
    pub fn from_token(token: &Secret) -> Self {
        let text = token.expose().trim();
        if is_personal(text) {
            Self::personal(text)
        } else if secret::is_jwt(text) {
            Self::Bearer(Secret::new(text))
        } else if is_basic_pair(text) {
            Self::Basic(Secret::new(text))
        } else {
            Self::personal(text)
        }
    }

    fn personal(token: &str) -> Self {
        Self::Basic(Secret::new(STANDARD.encode(format!(":{token}"))))
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

/// 52 characters of base32, or 84 with `AZDO` at the 77th (the vendor's agent and
/// clients look for these).
fn is_personal(text: &str) -> bool {
    let is_old = || {
        let is_base32 = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        text.len() == 52 && text.bytes().all(is_base32)
    };
    let is_new = || {
        text.len() == 84
            && text.get(76..80) == Some("AZDO")
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    is_old() || is_new()
}

/// `base64(user ":" token)`. A personal access token as it is also consists of base64's characters,
/// but decodes to noise.
fn is_basic_pair(text: &str) -> bool {
    secret::decoded_pair(text).is_some_and(|pair| {
        let token = pair.split_once(':').map(|(_, token)| token);
        token.is_some_and(|token| token.len() >= 20)
            && pair.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
        let new = format!("{}AZDOAbc1", "Ab1".repeat(26).get(..76).unwrap());
        let new_pair = STANDARD.encode(format!(":{new}"));
        check(&new, &format!("Basic {new_pair}"));
        check(&new_pair, &format!("Basic {new_pair}"));
        let named = STANDARD.encode(format!("me:{TOKEN}"));
        check(&named, &format!("Basic {named}"));
    }

    #[test]
    fn a_token_that_decodes_to_a_pair_is_a_token() {
        let token = "aic6".repeat(13);
        let decoded = STANDARD.decode(&token).expect("base64");
        assert_eq!(decoded, "j':".repeat(13).as_bytes());
        let pair = STANDARD.encode(format!(":{token}"));
        check(&token, &format!("Basic {pair}"));
        check(&pair, &format!("Basic {pair}"));
    }

    #[test]
    fn a_short_token_is_not_taken_for_a_pair() {
        check("pat", "Basic OnBhdA==");
    }
}
