//! JSON Web Tokens, signed with RS256 (RFC 7515, 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::rsa_key::RsaKey;

/// Signs claims.
pub(super) fn sign(key: &RsaKey, claims: &Value) -> String {
    let header = json!({"alg": "RS256", "kid": "simulator", "typ": "JWT"});
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// The claims of a token, and whether the key has signed them; nothing where it is no token.
pub(super) fn read(key: &RsaKey, token: &str) -> Option<(Value, bool)> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let decode = |text: &str| {
        let json = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice::<Value>(&json).ok()
    };
    let is_signed = decode(header)?["alg"] == "RS256"
        && key.verifies(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?);
    Some((decode(claims)?, is_signed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_come_back_and_a_changed_token_is_noticed() {
        let claims = json!({"sub": "repo:octo/demo:ref:refs/heads/main"});
        let token = sign(RsaKey::shared(), &claims);
        assert_eq!(read(RsaKey::shared(), &token), Some((claims, true)));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(r#"{"sub":"repo:mallory/demo:ref:refs/heads/main"}"#);
        let forged = format!("{header}.{other}.{signature}");
        assert!(!read(RsaKey::shared(), &forged).unwrap().1);
        assert_eq!(read(RsaKey::shared(), "noise"), None);
    }
}
