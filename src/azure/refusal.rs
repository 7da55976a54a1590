//! What an answer with an error status says, and who said it.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};

use super::answer::{is_own, retry_after, text, without_bom};
use super::page::{one_line, title};
use super::wire::{WireError, WireValidation};
use super::{Caller, Error};
use crate::build::Validation;

/// Exceptions that are the caller's fault, besides those that are known by a part of their names.
const MISTAKES: [&str; 5] = [
    "BuildStatusInvalidChangeException",
    "DefinitionDisabledException",
    "InvalidPipelineOperationException",
    "PipelineValidationException",
    "RequestContentException",
];

/// An answer with an error status.
pub(super) struct Refusal {
    request: String,
    status: StatusCode,
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
    /// Reads the answer to `request` (`METHOD path`).
    pub(super) fn read(
        request: String,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
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
            retry_after: retry_after(headers),
            is_own,
            is_windows,
        }
    }
}

impl Refusal {
    fn is_missing(&self) -> bool {
        self.type_key.contains("DoesNotExist") || self.type_key.ends_with("NotFoundException")
    }

    fn is_denied(&self) -> bool {
        self.type_key.contains("AccessDenied") || self.message.starts_with("TF215106")
    }

    /// Whether it is the caller's fault whatever the status says; it will not go away.
    fn is_mistake(&self) -> bool {
        let type_key = self.type_key.as_str();
        !self.validation.is_empty()
            || type_key.starts_with("BuildRequestValidation")
            || type_key.contains("Version")
            || MISTAKES.contains(&type_key)
    }
}

impl From<Refusal> for Error {
    /// The exception's name decides before the status: the service says 400 for a missing project
    /// and 500 for a missing pipeline.
    fn from(refusal: Refusal) -> Self {
        let status = refusal.status.as_u16();
        match status {
            // A server that is not signed in to may say so without saying who it is.
            _ if !refusal.is_own && status != 401 => Self::Intercepted {
                request: refusal.request,
                status,
                message: refusal.message,
                retry_after: refusal.retry_after,
            },
            _ if refusal.is_denied() || status == 403 => Self::Forbidden {
                request: refusal.request,
                status,
                message: refusal.message,
                caller: Caller::default(),
            },
            _ if refusal.is_missing() || status == 404 => Self::NotFound {
                request: refusal.request,
                status,
                message: refusal.message,
                type_key: refusal.type_key,
            },
            401 => Self::Unauthorized {
                request: refusal.request,
                answer: "401".to_owned(),
                message: refusal.message,
                is_windows: refusal.is_windows,
                caller: Caller::default(),
                proxy: None,
            },
            429 => Self::Throttled {
                request: refusal.request,
                message: refusal.message,
                retry_after: refusal.retry_after,
            },
            408 | 500..=599 if !refusal.is_mistake() => Self::Server {
                request: refusal.request,
                status,
                message: refusal.message,
                activity: refusal.activity,
                retry_after: refusal.retry_after,
            },
            _ => Self::Refused {
                request: refusal.request,
                status,
                message: refusal.message,
                type_key: refusal.type_key,
                validation: refusal.validation,
            },
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn refusal(headers: &[(&'static str, &'static str)], body: &str) -> Refusal {
        let headers = fixture::headers(headers);
        let status = StatusCode::BAD_REQUEST;
        Refusal::read("GET x".into(), status, &headers, body.as_bytes())
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
