//! Faults as data: which requests go wrong, and how.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::auth;
use crate::clock::{Moment, Span};
use crate::percent;
use crate::refusal::Refusal;
use crate::reply::{Body, Reply};
use crate::script::ScenarioError;

mod request_pattern;

use request_pattern::RequestPattern;

/// One entry `[[fault]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FaultScript {
    on: RequestPattern,
    /// Which of the matching requests go wrong, counted from 1.
    #[serde(default)]
    at: Vec<usize>,
    #[serde(default)]
    every: bool,
    /// A ready-made answer.
    answer: Option<Answer>,
    status: Option<u16>,
    /// Also added to good answers: a `Retry-After` on a 200 is a fault with headers alone.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    pub(crate) from: Sender,
    /// The request is carried out although another answer is given.
    #[serde(default)]
    pub(crate) carried_out: bool,
    pub(crate) close: Option<Close>,
    /// So many bytes of the body are sent, then the connection is closed.
    pub(crate) cut: Option<usize>,
    /// The bytes are those of the compressed body, for a caller who accepts it.
    #[serde(default)]
    pub(crate) packed: bool,
    /// So many bytes of the body are sent, then nothing more, on a connection that stays open.
    pub(crate) stall: Option<usize>,
    /// The body leaves in small pieces, with this pause before each.
    pub(crate) drip: Option<Span>,
    #[serde(default = "one")]
    pub(crate) drip_bytes: usize,
    pub(crate) delay: Option<Span>,
    /// The answers are made at once and sent when so many requests have struck.
    pub(crate) gather: Option<usize>,
}

fn one() -> usize {
    1
}

/// Answers seen from the real service.
#[derive(Clone, Copy, Debug, Deserialize)]
enum Answer {
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

/// Who gives the answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sender {
    #[default]
    Service,
    /// Something in front of it, such as a proxy, without the service's own headers.
    Gateway,
}

/// When the connection is closed without an answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Close {
    /// Before the service has done anything.
    Before,
    /// After it has done what was asked.
    After,
}

/// A fault and how often its requests came.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) script: FaultScript,
    seen: usize,
    struck: usize,
}

impl Fault {
    pub(crate) fn new(script: FaultScript) -> Self {
        Self {
            script,
            seen: 0,
            struck: 0,
        }
    }

    /// Counts the request if it is one of the fault's; answers whether it goes wrong.
    pub(crate) fn strikes(&mut self, method: &str, path: &str) -> bool {
        if !self.script.on.matches(method, path) {
            return false;
        }
        self.seen += 1;
        let strikes = self.script.every || self.script.at.contains(&self.seen);
        self.struck += usize::from(strikes);
        strikes
    }

    /// How often it has struck.
    pub(crate) fn struck(&self) -> usize {
        self.struck
    }

    /// The scripted occurrences that never came.
    pub(crate) fn missed(&self) -> Vec<String> {
        let late = self.script.at.iter().filter(|number| **number > self.seen);
        let mut missed: Vec<String> = late
            .map(|number| {
                format!(
                    "the fault on `{}` number {number} was never reached",
                    self.script.on
                )
            })
            .collect();
        if self.script.every && self.seen == 0 {
            missed.push(format!(
                "the fault on `{}` was never reached",
                self.script.on
            ));
        }
        missed
    }
}

impl FaultScript {
    /// One that never strikes would make a test that cannot fail.
    pub(crate) fn check(&self) -> Result<(), ScenarioError> {
        if self.every || !self.at.is_empty() {
            return Ok(());
        }
        Err(ScenarioError::new(format!(
            "the fault on `{}` never strikes; say `at` or `every`",
            self.on
        )))
    }

    /// The answer in place of the real one, if the fault has one.
    pub(crate) fn answer(&self) -> Option<Reply> {
        let ready = self.answer.and_then(Answer::reply);
        if ready.is_none() && self.status.is_none() && self.body.is_none() {
            return None;
        }
        let mut reply = ready.unwrap_or_else(|| Reply::empty(200));
        reply.status = self.status.unwrap_or(reply.status);
        if let Some(body) = &self.body {
            reply.body = Body::Bytes(body.clone().into_bytes());
        }
        Some(reply)
    }

    pub(crate) fn touches_body(&self) -> bool {
        self.cut.is_some() || self.stall.is_some() || self.drip.is_some()
    }

    pub(crate) fn add_headers(&self, reply: &mut Reply, now: Moment) {
        if let Some(remaining) = self.answer.and_then(Answer::remaining) {
            reply.headers.extend(rate_limit(remaining, now));
        }
        let github = self.answer.map(|answer| github_headers(answer, now));
        reply.headers.extend(github.unwrap_or_default());
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            reply.headers.retain(|(known, _)| *known != name);
            reply.headers.push((name, value.clone()));
        }
    }
}

impl Answer {
    /// How much the caller may still use, for answers about that.
    fn remaining(self) -> Option<u32> {
        match self {
            Self::Throttled => Some(0),
            Self::Slowed => Some(20),
            _ => None,
        }
    }

    /// `None`: the real answer.
    fn reply(self) -> Option<Reply> {
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

/// The headers with it: of the hour's requests none is left, or how long to wait.
fn github_headers(answer: Answer, now: Moment) -> Vec<(String, String)> {
    let headers = match answer {
        Answer::GitHubLimit => vec![
            ("x-ratelimit-limit", "1000".to_owned()),
            ("x-ratelimit-remaining", "0".to_owned()),
            (
                "x-ratelimit-reset",
                now.plus(Span::millis(2_000)).unix_seconds().to_string(),
            ),
            ("x-ratelimit-resource", "core".to_owned()),
            ("date", now.http_date()),
        ],
        Answer::GitHubSecondaryLimit => vec![("retry-after", "1".to_owned())],
        _ => Vec::new(),
    };
    let owned = headers.into_iter();
    owned
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Docs: "Rate and usage limits". The wait is a second unless the scenario says otherwise.
fn rate_limit(remaining: u32, now: Moment) -> Vec<(String, String)> {
    let reset = now.plus(Span::millis(300_000)).unix_seconds();
    let headers = [
        ("retry-after", "1".to_owned()),
        ("x-ratelimit-resource", "Concurrency".to_owned()),
        ("x-ratelimit-delay", "1.000".to_owned()),
        ("x-ratelimit-limit", "200".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", reset.to_string()),
    ];
    headers
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Scenario;

    #[test]
    fn a_fault_that_cannot_strike_is_refused() {
        let error = |text: &str| Scenario::from_toml(text).unwrap_err().to_string();
        assert_eq!(
            error("[[fault]]\non = 'GET builds'\nstatus = 500"),
            "the fault on `GET builds` never strikes; say `at` or `every`"
        );
        assert_eq!(
            error("[[fault]]\non = 'builds'\nevery = true"),
            "line 2: `builds` is no method and pattern like \"GET builds/*\""
        );
    }

    #[test]
    fn only_the_named_occurrences_go_wrong() {
        let script: FaultScript = toml::from_str("on = 'GET builds/*'\nat = [2, 4]").unwrap();
        let mut fault = Fault::new(script);
        let path = "/fabrikam/Fabrikam/_apis/Build/Builds/7";
        assert!(!fault.strikes("POST", path));
        let struck: Vec<bool> = (0..3).map(|_| fault.strikes("GET", path)).collect();
        assert_eq!(struck, [false, true, false]);
        assert_eq!(
            fault.missed(),
            ["the fault on `GET builds/*` number 4 was never reached"]
        );
    }
}
