//! Ready-made answers of faults.

use serde::Deserialize;

use crate::auth;
use crate::clock::{Moment, Span};
use crate::percent;
use crate::refusal::Refusal;
use crate::reply::Reply;

/// Answers seen from the real service.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) enum Answer {
    #[serde(rename = "sign-in-203")]
    SignInPage,
    #[serde(rename = "sign-in-302")]
    SignInRedirect,
    #[serde(rename = "401")]
    Unauthorized,
    /// 429; add a `retry-after` header to change the wait of one second.
    #[serde(rename = "throttled")]
    Throttled,
    /// The real answer with the headers of a service that has begun to slow its caller down.
    #[serde(rename = "slowed")]
    Slowed,
    #[serde(rename = "server-error")]
    ServerError,
    /// 503 with a byte order mark before the JSON, as recorded for a stopped collection.
    #[serde(rename = "offline-bom")]
    Offline,
    /// GitHub's, for a caller whose requests of the hour are used up.
    #[serde(rename = "github-limit")]
    GitHubLimit,
    /// GitHub's, for a caller who asks for too much at once.
    #[serde(rename = "github-secondary-limit")]
    GitHubSecondaryLimit,
}

impl Answer {
    /// `None`: the real answer.
    pub(super) fn reply(self) -> Option<Reply> {
        Some(match self {
            Self::SignInPage => auth::sign_in_page(),
            Self::SignInRedirect => auth::sign_in_redirect(),
            Self::Unauthorized => auth::unauthorized(),
            Self::Throttled => Reply::refusal(&Refusal::throttled()),
            Self::Slowed => return None,
            Self::ServerError => Reply::refusal(&Refusal::internal_error()),
            Self::GitHubLimit => github_limit("API rate limit exceeded for installation ID 1."),
            Self::GitHubSecondaryLimit => github_limit(
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            ),
            Self::Offline => {
                let refusal = Refusal::stopped_collection();
                let body = format!("\u{feff}{}", refusal.body());
                Reply::text(503, "application/json", body)
                    .with_header("x-tfs-serviceerror", percent::encode(&refusal.message))
            }
        })
    }

    /// What it tells in headers of the limits that the caller has reached.
    pub(super) fn headers(self, now: Moment) -> Vec<(String, String)> {
        let headers = match self {
            Self::Throttled => rate_limit(0, now),
            Self::Slowed => rate_limit(20, now),
            Self::GitHubLimit => github_rate_limit(now),
            Self::GitHubSecondaryLimit => vec![("retry-after", "1".to_owned())],
            _ => Vec::new(),
        };
        let owned = headers.into_iter();
        owned
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// Docs: "Rate limits for the REST API", "Exceeding the rate limit".
fn github_limit(message: &str) -> Reply {
    let body = serde_json::json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
        "status": "403",
    });
    Reply::text(403, "application/json; charset=utf-8", body.to_string())
}

/// None is left of the hour's requests.
fn github_rate_limit(now: Moment) -> Vec<(&'static str, String)> {
    let reset = now.plus(Span::millis(2_000)).unix_seconds();
    vec![
        ("x-ratelimit-limit", "1000".to_owned()),
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset", reset.to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
        ("date", now.http_date()),
    ]
}

/// Docs: "Rate and usage limits". The wait is a second unless the scenario says otherwise.
fn rate_limit(remaining: u32, now: Moment) -> Vec<(&'static str, String)> {
    let reset = now.plus(Span::millis(300_000)).unix_seconds();
    vec![
        ("retry-after", "1".to_owned()),
        ("x-ratelimit-resource", "Concurrency".to_owned()),
        ("x-ratelimit-delay", "1.000".to_owned()),
        ("x-ratelimit-limit", "200".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", reset.to_string()),
    ]
}
