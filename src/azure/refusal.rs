//! What an answer with an error status says, and who said it.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};

use super::wire::{WireError, WireValidation};
use super::{Caller, Error, without_bom};
use crate::build::Validation;

/// Headers of which each of the service's own answers has at least one, also those of the web server
/// in front of it. What comes without is a proxy's, a gateway's or another server's.
const OWN_HEADERS: [&str; 4] = [
    "x-tfs-processid",
    "activityid",
    "x-vss-e2eid",
    "x-tfs-session",
];

/// So much is shown of a text that is not one of the service's sentences.
const LONGEST_TEXT: usize = 200;

/// So many bytes of a page are searched for its title.
pub(super) const LONGEST_HEAD: usize = 16 * 1024;

/// An answer with an error status.
pub(super) struct Refusal {
    pub(super) request: String,
    pub(super) status: StatusCode,
    /// The service's own words, or those of the page that came instead.
    message: String,
    /// The exception's name.
    type_key: String,
    validation: Vec<Validation>,
    retry_after: Option<Duration>,
    /// By what the service's support finds the request.
    activity: Option<String>,
    /// Whether the service itself answered.
    is_own: bool,
    /// Whether the server offers to sign in as Windows does, as servers of one's own do.
    is_windows: bool,
}

impl Refusal {
    pub(super) fn read(
        request: String,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        retry_after: Option<Duration>,
    ) -> Self {
        let mut error: WireError = serde_json::from_slice(without_bom(body)).unwrap_or_default();
        if let Some(inner) = error.value.take() {
            error = *inner;
        }
        let type_key = error.type_key.unwrap_or_default();
        let is_own = is_own(headers) || !type_key.is_empty();
        let mut message = match error.message {
            Some(message) => message,
            None => other_message(headers, body),
        };
        let mut validation: Vec<Validation> = error
            .custom_properties
            .map(|properties| properties.validation_results)
            .unwrap_or_default()
            .into_iter()
            .filter_map(WireValidation::known)
            .collect();
        if type_key == "PipelineValidationException" {
            // One sentence a line, of which each is a result.
            validation.extend(message.lines().map(|line| Validation {
                is_error: true,
                message: line.to_owned(),
            }));
            message.clear();
        }
        let offers = headers.get_all(WWW_AUTHENTICATE).iter();
        let is_windows = offers
            .filter_map(|offer| offer.to_str().ok())
            .any(|offer| offer.contains("NTLM") || offer.contains("Negotiate"));
        Self {
            request,
            status,
            activity: text(headers, "activityid")
                .filter(|activity| !message.contains(*activity))
                .map(str::to_owned),
            message,
            type_key,
            validation,
            retry_after,
            is_own,
            is_windows,
        }
    }
}

impl From<Refusal> for Error {
    /// The exception's name decides before the status: the service says 400 for a missing project
    /// and 500 for a missing pipeline.
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            request,
            status,
            message,
            type_key,
            validation,
            retry_after,
            activity,
            is_own,
            is_windows,
        } = refusal;
        let status = status.as_u16();
        let is_missing =
            type_key.contains("DoesNotExist") || type_key.ends_with("NotFoundException");
        let is_denied = type_key.contains("AccessDenied") || message.starts_with("TF215106");
        let is_mistake = !validation.is_empty() || is_mistake(&type_key);
        match status {
            // A server that is not signed in to may say so without saying who it is.
            _ if !is_own && status != 401 => Self::Intercepted {
                request,
                status,
                message,
                retry_after,
            },
            _ if is_denied || status == 403 => Self::Forbidden {
                request,
                status,
                message,
                caller: Caller::default(),
            },
            _ if is_missing || status == 404 => Self::NotFound {
                request,
                status,
                message,
                type_key,
            },
            401 => Self::Unauthorized {
                request,
                answer: "401".to_owned(),
                message,
                is_windows,
                caller: Caller::default(),
                proxy: None,
            },
            429 => Self::Throttled {
                request,
                message,
                retry_after,
            },
            408 | 500..=599 if !is_mistake => Self::Server {
                request,
                status,
                message,
                activity,
                retry_after,
            },
            _ => Self::Refused {
                request,
                status,
                message,
                type_key,
                validation,
            },
        }
    }
}

/// Whether an exception is the caller's fault whatever the status says; it will not go away.
fn is_mistake(type_key: &str) -> bool {
    type_key.starts_with("BuildRequestValidation")
        || type_key.contains("Version")
        || [
            "BuildStatusInvalidChangeException",
            "DefinitionDisabledException",
            "InvalidPipelineOperationException",
            "PipelineValidationException",
            "RequestContentException",
        ]
        .contains(&type_key)
}

/// Whether the service itself has answered.
pub(super) fn is_own(headers: &HeaderMap) -> bool {
    OWN_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// What an answer without the service's JSON says: the text in its header, its plain text, or the
/// title of its page.
fn other_message(headers: &HeaderMap, body: &[u8]) -> String {
    let header = || {
        let encoded = text(headers, "x-tfs-serviceerror")?;
        let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    let plain = || {
        let is_plain = text(headers, CONTENT_TYPE.as_str())?.starts_with("text/plain");
        is_plain.then(|| String::from_utf8_lossy(without_bom(body)).into_owned())
    };
    let message = header().or_else(plain).or_else(|| title(body));
    one_line(&message.unwrap_or_default())
}

/// The title of a page, which stands at its beginning.
pub(super) fn title(page: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&page[..page.len().min(LONGEST_HEAD)]);
    let lower = start.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let from = from + lower[from..].find('>')? + 1;
    let until = from + lower[from..].find("</title")?;
    let title = one_line(&start[from..until]);
    (!title.is_empty()).then_some(title)
}

/// Text in one line, and not too much of it.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn refusal(headers: &[(&'static str, &'static str)], body: &str) -> Refusal {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let status = StatusCode::BAD_REQUEST;
        Refusal::read("GET x".into(), status, &headers, body.as_bytes(), None)
    }

    #[test]
    fn every_shape_of_an_error_body_is_read() {
        let check = |headers: &[(&'static str, &'static str)], body: &str, message: &str| {
            assert_eq!(refusal(headers, body).message, message, "{body}");
        };
        check(&[], r#"{"message":"a","typeKey":"K"}"#, "a");
        check(&[], r#"{"Message":"b"}"#, "b");
        check(&[], r#"{"count":1,"value":{"Message":"c"}}"#, "c");
        check(&[], "\u{feff}{\"message\":\"d\"}", "d");
        check(&[], "not JSON", "");
        check(&[], "", "");
        check(&[("content-type", "text/plain")], " a\nb ", "a b");
        check(
            &[],
            "<TITLE lang=x>\n Bad\n Gateway </Title>",
            "Bad Gateway",
        );
        check(&[("x-tfs-serviceerror", "TF1%3A%20x")], "", "TF1: x");
        check(&[], &format!("<title>{}", "x".repeat(900)), "");
    }

    #[test]
    fn validation_results_are_all_kept() {
        let body = r#"{"message":"m","customProperties":{"ValidationResults":[{"result":"error","message":"one"},
            {"result":"warning","message":"two"},{"result":"oK","message":"fine"}]}}"#;
        let refusal = refusal(&[], body);
        let found: Vec<(bool, &str)> = refusal
            .validation
            .iter()
            .map(|result| (result.is_error, result.message.as_str()))
            .collect();
        assert_eq!(found, [(true, "one"), (false, "two")]);
    }
}
