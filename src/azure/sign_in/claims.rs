//! What a JWT says about itself. Nothing here is secret but the signature, which is not read.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// By what a federated credential recognizes a workflow (GitHub Docs, "OpenID Connect reference").
/// What is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    issuer: String,
    subject: String,
    audience: String,
}

impl Claims {
    /// The claims of `token`; none where it is no JWT.
    pub(super) fn of(token: &str) -> Self {
        let payload = token.split('.').nth(1).unwrap_or_default();
        let json = URL_SAFE_NO_PAD.decode(payload).ok();
        let claims: Value = json
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        let text = |claim: &Value| claim.as_str().unwrap_or_default().to_owned();
        let audience = &claims["aud"];
        Self {
            issuer: text(&claims["iss"]),
            subject: text(&claims["sub"]),
            audience: text(audience.get(0).unwrap_or(audience)),
        }
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "issuer \"{}\", subject \"{}\", audience \"{}\"",
            self.issuer, self.subject, self.audience
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_a_workflow_are_read_and_of_noise_there_are_none() {
        let token = |claims: &str| format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims));
        let claims = |token: &str| Claims::of(token).to_string();
        assert_eq!(
            claims(&token(
                r#"{"iss":"https://i","sub":"repo:o/r:environment:p","aud":"api://a"}"#
            )),
            "issuer \"https://i\", subject \"repo:o/r:environment:p\", audience \"api://a\""
        );
        let several = Claims::of(&token(r#"{"aud":["api://a","b"],"sub":7}"#));
        assert_eq!(several.audience, "api://a");
        assert_eq!(several.subject, "");
        for noise in ["", "a.b", "a.!.c", &token("[]")] {
            assert_eq!(Claims::of(noise), Claims::default(), "{noise:?}");
        }
    }
}
