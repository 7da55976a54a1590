//! Error answers of the simulator: shape, status and content type, as recorded and reported.

use std::collections::BTreeSet;

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use documents::refusal::body_findings;
use serde_json::json;

use crate::http::{Http, Reply};
use crate::known::{Known, compare};
use crate::support::tell;

mod cases;

use cases::{CASES, Case, Expected, PIPELINES};

/// Where the simulator departs from what was recorded or reported.
const KNOWN: [Known; 0] = [];

#[test]
fn the_simulators_errors_have_the_services_shape() {
    let mut found = BTreeSet::new();
    for case in &CASES {
        for problem in problems(&case.expected, &answer(case)) {
            found.insert(format!("{} {}: {problem}", case.method, case.path));
        }
    }
    tell(&format!(
        "{} error answers of the simulator validated",
        CASES.len()
    ));
    compare(&found, &KNOWN);
}

/// The answers, for those who look at other parts of them.
pub(crate) fn replies() -> Vec<Reply> {
    CASES.iter().map(answer).collect()
}

fn answer(case: &Case) -> Reply {
    let text = [case.settings, PIPELINES, case.faults].concat();
    let simulator =
        Simulator::start(Scenario::from_toml(&text).unwrap_or_else(|error| panic!("{error}")));
    let own = Http::new(&simulator.url(), TEST_TOKEN);
    // Build 1, for those who ask for its parts.
    let body = json!({"definition": {"id": 12}});
    own.send(
        "POST",
        "/fabrikam/Fabrikam/_apis/build/builds?api-version=7.1",
        "application/json",
        Some(&body),
    );
    let asked = Http::new(&simulator.url(), case.token);
    let body = case
        .body
        .map(|text| serde_json::from_str(text).expect("JSON"));
    asked.send(
        case.method,
        &format!("/fabrikam/{}", case.path),
        "application/json",
        body.as_ref(),
    )
}

fn problems(expected: &Expected, reply: &Reply) -> Vec<String> {
    let (status, wishes) = match *expected {
        Expected::Exception(status, key) => (status, exception(status, key, reply)),
        Expected::NoRoute => (404, no_route(reply)),
        Expected::Unauthorized => (401, unauthorized(reply)),
        Expected::Page(status) => (status, page(status, reply)),
        Expected::Stopped => (503, stopped(reply)),
    };
    let mut problems: Vec<String> = Vec::new();
    if reply.status != status {
        problems.push(format!("answers {}, not {status}", reply.status));
    }
    let unfulfilled = wishes.iter().filter(|(is_so, _)| !is_so);
    problems.extend(unfulfilled.map(|(_, problem)| (*problem).to_owned()));
    if matches!(expected, Expected::Exception(..) | Expected::Stopped) {
        let findings = body_findings(reply.text.trim_start_matches('\u{feff}'), &reply.body);
        problems.extend(findings.iter().map(ToString::to_string));
    }
    problems
}

/// What has to be so, and what is wrong where it is not.
type Wishes = Vec<(bool, &'static str)>;

fn exception(status: u16, key: &str, reply: &Reply) -> Wishes {
    let has_results = !reply.body["customProperties"]["ValidationResults"].is_null();
    let content_type = reply.header("content-type");
    vec![
        (reply.body["typeKey"] == key, "is another exception"),
        (
            content_type == "application/json; charset=utf-8",
            "comes as something else",
        ),
        (
            has_results == key.starts_with("BuildRequestValidation"),
            "has, or lacks, ValidationResults",
        ),
        (
            status != 429 || !reply.header("retry-after").is_empty(),
            "does not say when to come back",
        ),
    ]
}

fn no_route(reply: &Reply) -> Wishes {
    let content_type = reply.header("content-type");
    let error = reply.header("x-tfs-serviceerror");
    let words = "was not found or does not implement IController.";
    vec![
        (
            content_type == "text/plain; charset=utf-8",
            "is no plain text",
        ),
        (reply.text.contains(words), "says something else"),
        (
            error.starts_with("The%20controller"),
            "lacks x-tfs-serviceerror",
        ),
    ]
}

fn unauthorized(reply: &Reply) -> Wishes {
    let is_empty = reply.text.is_empty() && reply.header("content-type").is_empty();
    let scheme = reply.header("www-authenticate");
    vec![
        (is_empty, "has a body"),
        (scheme.starts_with("Basic realm="), "lacks www-authenticate"),
        (reply.header("x-vss-userdata").is_empty(), "names a user"),
    ]
}

fn page(status: u16, reply: &Reply) -> Wishes {
    let leads_on = reply.header("location").contains("/_signin");
    let is_page = reply.header("content-type").starts_with("text/html");
    vec![
        (is_page, "is no page"),
        (status != 302 || leads_on, "leads elsewhere"),
    ]
}

fn stopped(reply: &Reply) -> Wishes {
    let is_bare = reply.header("content-type") == "application/json";
    let error = reply.header("x-tfs-serviceerror");
    vec![
        (is_bare, "is no JSON without a charset"),
        (
            reply.text.starts_with('\u{feff}'),
            "lacks the byte order mark",
        ),
        (!error.is_empty(), "lacks x-tfs-serviceerror"),
    ]
}
