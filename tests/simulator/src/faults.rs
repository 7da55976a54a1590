//! Faults as data: which requests go wrong, and how.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::clock::{Moment, Span};
use crate::reply::{Body, Reply};
use crate::script::ScenarioError;

mod answer;
mod request_pattern;

use answer::Answer;
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
        let own = self.answer.map(|answer| answer.headers(now));
        reply.headers.extend(own.unwrap_or_default());
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            reply.headers.retain(|(known, _)| *known != name);
            reply.headers.push((name, value.clone()));
        }
    }
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
