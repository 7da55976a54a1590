//! A value that must never be shown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// As `encodeURIComponent` and most other encoders do it.
const URL_COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A secret. `Debug` prints `***`; the text comes out only through [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Every form in which the secret could reappear in a log: as it is, each of its lines, base64
    /// (alone and as the password of Basic authentication), URL-encoded and JSON-escaped.
    #[must_use]
    pub fn masks(&self) -> Vec<String> {
        let text = self.0.trim();
        let mut forms = vec![text.to_owned()];
        forms.extend(text.lines().map(|line| line.trim().to_owned()));
        forms.push(STANDARD.encode(text));
        forms.push(STANDARD.encode(format!(":{text}")));
        forms.push(utf8_percent_encode(text, URL_COMPONENT).to_string());
        let json = serde_json::Value::from(text).to_string();
        forms.push(json[1..json.len() - 1].to_owned());
        // A token given as base64(":" + token) hides the token itself.
        if let Some(token) = STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|pair| pair.split_once(':').map(|(_, token)| token.to_owned()))
        {
            forms.push(token);
        }
        forms.retain(|form| !form.is_empty());
        let mut seen = std::collections::HashSet::new();
        forms.retain(|form| seen.insert(form.clone()));
        forms
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }

    #[test]
    fn masks_cover_every_encoded_form() {
        let masks = Secret::new("pa\"t/1\nzeile 2").masks();
        for form in [
            "pa\"t/1\nzeile 2",
            "pa\"t/1",
            "zeile 2",
            "pa\\\"t/1\\nzeile 2",
            "pa%22t%2F1%0Azeile%202",
        ] {
            assert!(masks.contains(&form.to_owned()), "{form:?} in {masks:?}");
        }
        assert!(masks.contains(&STANDARD.encode(":pa\"t/1\nzeile 2")));
    }

    #[test]
    fn a_token_in_base64_is_masked_in_the_clear_too() {
        let masks = Secret::new(STANDARD.encode(":secret-token")).masks();
        assert!(masks.contains(&"secret-token".to_owned()));
    }
}
