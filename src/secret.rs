//! A value that must never be shown.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// As `encodeURIComponent` and most other encoders do it.
const URL_COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Shortest part of an encoded text that is masked by itself: a shorter one may stand anywhere.
const SHORTEST_PART: usize = 8;

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
    /// (alone, as the password of Basic authentication, and in the middle of anything else),
    /// URL-encoded and JSON-escaped; all of them of the token, too, that a `base64(user:token)`
    /// hides.
    #[must_use]
    pub fn masks(&self) -> Vec<String> {
        let mut forms = Vec::new();
        push_forms(self.0.trim(), &mut forms);
        if let Some(pair) = decoded_pair(self.0.trim()) {
            push_forms(&pair, &mut forms);
            if let Some((_, token)) = pair.split_once(':') {
                push_forms(token, &mut forms);
            }
        }
        let mut seen = HashSet::new();
        forms.retain(|form| !form.is_empty() && seen.insert(form.clone()));
        forms
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Whether it has three parts, or five where it is encrypted, of which the first is a JSON object that
/// names an algorithm (RFC 7519, 7515, 7516).
#[must_use]
pub fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    matches!(parts.len(), 3 | 5)
        && URL_SAFE_NO_PAD
            .decode(parts[0])
            .ok()
            .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok())
            .is_some_and(|header| header.get("alg").is_some())
}

/// The `user:token` that a token for Basic authentication hides.
pub(crate) fn decoded_pair(text: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    pair.contains(':').then_some(pair)
}

fn push_forms(text: &str, forms: &mut Vec<String>) {
    forms.push(text.to_owned());
    forms.extend(text.lines().map(|line| line.trim().to_owned()));
    // Only a bit or two of the last character of a JWT's signature is not in the parts below, and a JWT
    // is long.
    if !is_jwt(text) {
        for plain in [text, &format!(":{text}")] {
            forms.push(STANDARD.encode(plain));
        }
    }
    for engine in [STANDARD, URL_SAFE] {
        // Three bytes are four characters, so that there are three ways to stand among others.
        for before in 0..3 {
            let encoded = engine.encode([&b"   "[..before], text.as_bytes()].concat());
            // Of the first and the last character, the neighbours have some bits.
            let (start, end) = ((8 * before).div_ceil(6), 8 * (before + text.len()) / 6);
            let part = encoded.get(start..end).unwrap_or_default();
            if part.len() >= SHORTEST_PART {
                forms.push(part.to_owned());
            }
        }
    }
    let url = utf8_percent_encode(text, URL_COMPONENT).to_string();
    forms.push(url.replace("%20", "+"));
    forms.push(lower_case_escapes(&url));
    forms.push(url);
    let json = serde_json::Value::from(text).to_string();
    forms.push(json[1..json.len() - 1].to_owned());
}

/// `%2f` for `%2F`, as .NET's older encoder writes it.
fn lower_case_escapes(url: &str) -> String {
    let mut parts = url.split('%');
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |out, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        format!("{out}%{}{rest}", digits.to_ascii_lowercase())
    })
}

/// Secrets that were obtained on the way, until whoever writes the log has had them masked. Clones
/// share them.
#[derive(Debug, Clone, Default)]
pub struct NewSecrets(Rc<RefCell<Vec<Secret>>>);

impl NewSecrets {
    /// Adds a secret, before anything can be said that holds it.
    pub fn add(&self, secret: Secret) {
        self.0.borrow_mut().push(secret);
    }

    /// Takes what has been added since this was called last.
    #[must_use]
    pub fn take(&self) -> Vec<Secret> {
        self.0.take()
    }

    /// Whether there is nothing to take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
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
        let masks = Secret::new(" pa\"t/1 >\u{ff}\nzeile 2\n").masks();
        for form in [
            "pa\"t/1 >\u{ff}\nzeile 2",
            "pa\"t/1 >\u{ff}",
            "zeile 2",
            "pa\\\"t/1 >\u{ff}\\nzeile 2",
            "pa%22t%2F1%20%3E%C3%BF%0Azeile%202",
            "pa%22t%2F1+%3E%C3%BF%0Azeile+2",
            "pa%22t%2f1%20%3e%c3%bf%0azeile%202",
        ] {
            assert!(masks.contains(&form.to_owned()), "{form:?} in {masks:?}");
        }
        let pair = STANDARD.encode(":pa\"t/1 >\u{ff}\nzeile 2");
        assert!(masks.contains(&pair), "{pair} in {masks:?}");
    }

    #[test]
    fn what_has_the_secret_in_the_middle_shows_hardly_any_of_it() {
        let secret = "k3y?k3y>k3y~";
        let masks = Secret::new(secret).masks();
        for before in ["", "a", "ab", "abc", "user:", "user1:", "user12:"] {
            for after in ["", "z", "zz", "zzz"] {
                for engine in [STANDARD, URL_SAFE] {
                    let shown = engine.encode(format!("{before}{secret}{after}"));
                    let is_masked = |mask: &String| mask.len() >= 14 && shown.contains(mask);
                    assert!(masks.iter().any(is_masked), "{shown} in {masks:?}");
                }
            }
        }
    }

    #[test]
    fn a_jwt_has_no_form_that_another_one_covers() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#);
        for signature in ["c2lnbmF0dXJl", "c2lnbmF0dXJl-", "c2lnbmF0dXJl_w"] {
            let jwt = format!("{header}.e30.{signature}");
            let masks = Secret::new(&jwt).masks();
            assert_eq!(masks.len(), 4, "{masks:?}");
            assert_eq!(masks[0], jwt);
            for before in ["", ":", "me:", "you:", "JWT "] {
                for engine in [STANDARD, URL_SAFE] {
                    let shown = engine.encode(format!("{before}{jwt}"));
                    let rest = masks
                        .iter()
                        .fold(shown.clone(), |rest, mask| rest.replace(mask, ""));
                    // What stands before it, and the end of its last character with the padding.
                    assert!(rest.len() <= before.len() * 4 / 3 + 6, "{rest} of {shown}");
                }
            }
        }
    }

    #[test]
    fn no_part_that_could_stand_anywhere_is_masked() {
        let masks = Secret::new("abc").masks();
        let expected = ["abc", "YWJj", "OmFiYw=="];
        assert_eq!(masks, expected);
    }

    #[test]
    fn a_token_in_base64_is_masked_in_the_clear_too() {
        for pair in [":secret-token", "user:secret-token"] {
            let masks = Secret::new(STANDARD.encode(pair)).masks();
            for form in ["secret-token", pair, &STANDARD.encode(":secret-token")] {
                assert!(masks.contains(&form.to_owned()), "{form:?} in {masks:?}");
            }
        }
    }
}
