//! What can go wrong with a request to GitHub.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::limit;
use crate::network::{Body, Failure};

/// Why GitHub has not done what was asked, in words that may be anybody's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApiError {
    /// The token may not do this. GitHub calls missing what somebody may not see.
    #[error("it was refused with {message:?} ({status})")]
    Refused {
        /// 401, 403 or 404.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// GitHub wants no request for so long.
    #[error("GitHub's limit of requests is used up for {} seconds", wait.as_secs().max(1))]
    Limited {
        /// Until then.
        wait: Duration,
    },
    /// The request itself was wrong.
    #[error("it was not taken: {message:?} ({status})")]
    Rejected {
        /// 4xx, or 3xx where a repository has moved.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// No answer came.
    #[error("GitHub could not be reached at {host} ({request}): {failure}")]
    Unreached {
        /// Host and port.
        host: String,
        /// Method and path.
        request: String,
        /// Why, and what to do.
        failure: Failure,
    },
    /// The answer says nothing: GitHub may or may not have done it.
    #[error("no answer came that can be used: {0}")]
    Unusable(String),
    /// The address is none.
    #[error("GITHUB_API_URL is {0:?}, which is no http(s) URL")]
    Address(String),
    /// The token cannot be sent.
    #[error(
        "`github-token` holds a character that cannot be part of a token: paste it again without line breaks"
    )]
    UnusableToken,
    /// The client cannot be built.
    #[error("The client for GitHub could not be set up: {0}")]
    Setup(String),
}

impl ApiError {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Limited { .. } | Self::Unusable(_) => true,
            Self::Unreached { failure, .. } => !failure.is_settled(),
            _ => false,
        }
    }

    /// Whether GitHub may have done what was asked.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Unusable(_) => true,
            Self::Unreached { failure, .. } => !failure.is_unsent,
            _ => false,
        }
    }

    /// Whether a permission that is missing explains it.
    #[must_use]
    pub fn is_about_permissions(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 403 | 404,
                ..
            }
        )
    }
}

/// What an answer means; `wait` is what its headers ask for.
pub(super) fn judge(status: u16, body: &Body, wait: Option<Duration>) -> Result<Value, ApiError> {
    if body.is_cut {
        let reason = format!("the answer is longer than {} bytes", body.bytes.len());
        return Err(ApiError::Unusable(reason));
    }
    let json: Option<Value> = serde_json::from_slice(&body.bytes).ok();
    if (200..300).contains(&status) {
        return match json {
            None if !body.bytes.trim_ascii().is_empty() => {
                Err(ApiError::Unusable("the answer is no JSON".to_owned()))
            }
            json => Ok(json.unwrap_or_default()),
        };
    }
    let message = words(&json.unwrap_or_default());
    let is_secondary = message.to_ascii_lowercase().contains("rate limit");
    Err(match status {
        403 | 429 if wait.is_some() || is_secondary || status == 429 => ApiError::Limited {
            wait: wait.unwrap_or(limit::SECONDARY),
        },
        401 | 403 | 404 => ApiError::Refused { status, message },
        300..=499 => ApiError::Rejected { status, message },
        _ => ApiError::Unusable(format!("{message:?} ({status})")),
    })
}

/// GitHub's message, and what it says about single fields.
fn words(body: &Value) -> String {
    let text = |value: &Value| value["message"].as_str().map(str::to_owned);
    let message = text(body).unwrap_or_else(|| "it gave no reason".to_owned());
    let errors = body["errors"].as_array().into_iter().flatten();
    let details: Vec<String> = errors.filter_map(text).collect();
    if details.is_empty() {
        message
    } else {
        format!("{message}: {}", details.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Body {
        Body {
            bytes: text.as_bytes().to_vec(),
            is_cut: false,
        }
    }

    fn judged(status: u16, body: &str, wait: Option<Duration>) -> Result<Value, ApiError> {
        judge(status, &whole(body), wait)
    }

    fn said(message: &str) -> String {
        format!("{{\"message\": \"{message}\"}}")
    }

    #[test]
    fn a_refusal_keeps_its_words() {
        for (status, message) in [
            (403, "Resource not accessible by integration"),
            (404, "Not Found"),
            (401, "Bad credentials"),
        ] {
            let message = message.to_owned();
            let body = said(&message);
            let refused = ApiError::Refused { status, message };
            assert_eq!(judged(status, &body, None), Err(refused));
        }
        let message = "it gave no reason".to_owned();
        let refused = ApiError::Refused {
            status: 403,
            message,
        };
        assert_eq!(judged(403, "", None), Err(refused));
    }

    #[test]
    fn a_limit_is_known_by_status_header_or_words() {
        let second = Duration::from_secs(1);
        let secondary = said("You have exceeded a secondary rate limit.");
        for (status, body, asked, wait) in [
            (403, said("x"), Some(second), second),
            (429, String::new(), Some(second), second),
            (403, secondary, None, limit::SECONDARY),
        ] {
            let limited = ApiError::Limited { wait };
            assert_eq!(judged(status, &body, asked), Err(limited), "{body}");
        }
    }

    #[test]
    fn what_github_does_not_take_and_what_cannot_be_used_are_told_apart() {
        let body = r#"{"message": "Validation Failed", "errors": [{"message": "too long"}]}"#;
        let rejected = ApiError::Rejected {
            status: 422,
            message: "Validation Failed: too long".to_owned(),
        };
        assert_eq!(judged(422, body, None), Err(rejected));
        for (status, reason) in [
            (502, "\"it gave no reason\" (502)"),
            (200, "the answer is no JSON"),
        ] {
            let unusable = ApiError::Unusable(reason.to_owned());
            assert_eq!(judged(status, "<html>", None), Err(unusable));
        }
    }

    #[test]
    fn an_answer_that_is_good_is_read_whatever_its_headers_ask_for() {
        assert_eq!(judged(204, "", None), Ok(Value::Null));
        let good = judged(201, "{\"id\": 1}", Some(Duration::from_secs(1)));
        assert_eq!(good.expect("good")["id"], 1);
    }
}
