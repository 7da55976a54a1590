//! Error answers of the simulator: shape, status and content type, as recorded and reported.

use std::collections::BTreeSet;

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use documents::refusal::body_findings;
use serde_json::json;

use crate::http::{Http, Reply};
use crate::known::{Known, compare};
use crate::support::tell;

use Expected::{Exception, NoRoute, Page, Stopped, Unauthorized};

/// What a request that goes wrong is answered with.
enum Expected {
    /// An exception: status and `typeKey`.
    Exception(u16, &'static str),
    /// `text/plain`, as the web server in front answers to paths that it does not know.
    NoRoute,
    /// 401 without a body.
    Unauthorized,
    /// A status with an HTML page.
    Page(u16),
    /// 503 with a byte order mark.
    Stopped,
}

/// A request that goes wrong.
struct Case {
    /// Put before the scenario's tables.
    settings: &'static str,
    /// Put behind them.
    faults: &'static str,
    method: &'static str,
    /// Below the organization.
    path: &'static str,
    /// JSON.
    body: Option<&'static str>,
    token: &'static str,
    expected: Expected,
}

const SETTINGS: &str = "auth = { scheme = 'any' }\n";

/// The caller whose token has expired sees a page.
const PAGES: &str = "auth = { scheme = 'any', sign-in = '203' }\n";

const PIPELINES: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
variables = []
parameters = []
required-parameters = []
branches = ["refs/heads/main"]
[[pipeline.run.task]]
name = "Compile"
lines = ["one"]
[[pipeline]]
id = 13
name = "Disabled"
queue-status = "disabled"
[[pipeline]]
id = 14
name = "Denied"
queueing-denied = true
[[pipeline]]
id = 15
name = "Invalid"
[[pipeline.run]]
validation = ["/azure-pipelines.yml (Line: 1, Col: 1): Unexpected value 'stepz'"]
[[pipeline]]
id = 16
name = "Doubtful"
[[pipeline.run]]
warnings = ["There are agents that are capable of running the build, but they are not online."]
"#;

/// Where the simulator departs from what was recorded or reported.
const KNOWN: [Known; 0] = [];

const fn get(path: &'static str, expected: Expected) -> Case {
    Case {
        settings: SETTINGS,
        faults: "",
        method: "GET",
        path,
        body: None,
        token: TEST_TOKEN,
        expected,
    }
}

const fn queue(body: &'static str, expected: Expected) -> Case {
    Case {
        method: "POST",
        body: Some(body),
        ..get("Fabrikam/_apis/build/builds?api-version=7.1", expected)
    }
}

/// The service does something else than it is asked for.
const fn fault(faults: &'static str, expected: Expected) -> Case {
    Case {
        faults,
        ..get("Fabrikam/_apis/build/builds?api-version=7.1", expected)
    }
}

const fn stranger(settings: &'static str, expected: Expected) -> Case {
    Case {
        settings,
        token: "wrong",
        ..fault("", expected)
    }
}

const CASES: [Case; 35] = [
    get(
        "Nowhere/_apis/build/builds?api-version=7.1",
        Exception(404, "ProjectDoesNotExistWithNameException"),
    ),
    get(
        "00000000-0000-0000-0000-000000000001/_apis/build/builds?api-version=7.1",
        Exception(400, "ProjectDoesNotExistException"),
    ),
    get(
        "_apis/projects/Nowhere?api-version=7.1",
        Exception(404, "ProjectDoesNotExistWithNameException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/999?api-version=7.1",
        Exception(404, "BuildNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/999/timeline?api-version=7.1",
        Exception(404, "BuildNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/999/logs?api-version=7.1",
        Exception(404, "BuildNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/999/tags?api-version=7.1",
        Exception(404, "BuildNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/definitions/999?api-version=7.1",
        Exception(404, "DefinitionNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/1/logs/99?api-version=7.1",
        Exception(404, "BuildLogNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds/1/timeline/00000000-0000-0000-0000-000000000001?api-version=7.1",
        Exception(404, "TimelineNotFoundException"),
    ),
    get(
        "Fabrikam/_apis/build/builds?continuationToken=x&api-version=7.1",
        Exception(400, "InvalidContinuationTokenException"),
    ),
    get(
        "Fabrikam/_apis/build/builds?queryOrder=x&api-version=7.1",
        Exception(400, "InvalidBuildQueryException"),
    ),
    get(
        "Fabrikam/_apis/build/builds?api-version=9.9",
        Exception(400, "VssVersionOutOfRangeException"),
    ),
    get(
        "Fabrikam/_apis/build/builds?api-version=7.2",
        Exception(400, "VssInvalidPreviewVersionException"),
    ),
    get(
        "_apis/connectionData?api-version=7.1",
        Exception(400, "VssInvalidPreviewVersionException"),
    ),
    get("Fabrikam/_apis/build/nothing?api-version=7.1", NoRoute),
    get("Fabrikam/_apis/nothing?api-version=7.1", NoRoute),
    Case {
        path: "Fabrikam/_apis/build/builds",
        ..queue(
            r#"{"definition":{"id":12}}"#,
            Exception(400, "VssVersionNotSpecifiedException"),
        )
    },
    Case {
        body: None,
        ..queue("", Exception(400, "RequestContentException"))
    },
    queue(
        r#"{"definition":{"id":999}}"#,
        Exception(404, "DefinitionNotFoundException"),
    ),
    queue(
        r#"{"definition":{"id":13}}"#,
        Exception(400, "DefinitionDisabledException"),
    ),
    queue(
        r#"{"definition":{"id":14}}"#,
        Exception(403, "AccessDeniedException"),
    ),
    queue(
        r#"{"definition":{"id":15}}"#,
        Exception(400, "BuildRequestValidationFailedException"),
    ),
    queue(
        r#"{"definition":{"id":16}}"#,
        Exception(409, "BuildRequestValidationWarningException"),
    ),
    queue(
        r#"{"definition":{"id":12},"parameters":"{\"who\":\"world\"}"}"#,
        Exception(400, "BuildRequestValidationFailedException"),
    ),
    queue(
        r#"{"definition":{"id":12},"sourceBranch":"refs/heads/gone"}"#,
        Exception(400, "BuildRequestValidationFailedException"),
    ),
    stranger(SETTINGS, Unauthorized),
    stranger(PAGES, Page(203)),
    Case {
        method: "PATCH",
        path: "Fabrikam/_apis/build/builds/1?api-version=7.1",
        body: Some(r#"{"status":"cancelling"}"#),
        ..stranger(PAGES, Exception(401, "UnauthorizedRequestException"))
    },
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = '401'\n",
        Unauthorized,
    ),
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = 'sign-in-203'\n",
        Page(203),
    ),
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = 'sign-in-302'\n",
        Page(302),
    ),
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = 'throttled'\n",
        Exception(429, "VssServiceException"),
    ),
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = 'server-error'\n",
        Exception(500, "VssServiceException"),
    ),
    fault(
        "[[fault]]\non = 'GET builds'\nat = [1]\nanswer = 'offline-bom'\n",
        Stopped,
    ),
];

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
    let text = |name: &str| reply.headers.get(name).map_or("", String::as_str);
    let content_type = text("content-type");
    let (status, wishes) = match *expected {
        Exception(status, key) => (status, exception(status, key, reply)),
        NoRoute => (
            404,
            vec![
                (
                    content_type == "text/plain; charset=utf-8",
                    "is no plain text",
                ),
                (
                    reply
                        .text
                        .contains("was not found or does not implement IController."),
                    "says something else",
                ),
                (
                    text("x-tfs-serviceerror").starts_with("The%20controller"),
                    "lacks x-tfs-serviceerror",
                ),
            ],
        ),
        Unauthorized => (
            401,
            vec![
                (
                    reply.text.is_empty() && content_type.is_empty(),
                    "has a body",
                ),
                (
                    text("www-authenticate").starts_with("Basic realm="),
                    "lacks www-authenticate",
                ),
                (text("x-vss-userdata").is_empty(), "names a user"),
            ],
        ),
        Page(status) => (
            status,
            vec![
                (content_type.starts_with("text/html"), "is no page"),
                (
                    status != 302 || text("location").contains("/_signin"),
                    "leads elsewhere",
                ),
            ],
        ),
        Stopped => (
            503,
            vec![
                (
                    content_type == "application/json",
                    "is no JSON without a charset",
                ),
                (
                    reply.text.starts_with('\u{feff}'),
                    "lacks the byte order mark",
                ),
                (
                    !text("x-tfs-serviceerror").is_empty(),
                    "lacks x-tfs-serviceerror",
                ),
            ],
        ),
    };
    let mut problems: Vec<String> = Vec::new();
    if reply.status != status {
        problems.push(format!("answers {}, not {status}", reply.status));
    }
    problems.extend(
        wishes
            .iter()
            .filter(|(is_so, _)| !is_so)
            .map(|(_, problem)| (*problem).to_owned()),
    );
    if matches!(expected, Exception(..) | Stopped) {
        let findings = body_findings(reply.text.trim_start_matches('\u{feff}'), &reply.body);
        problems.extend(findings.iter().map(ToString::to_string));
    }
    problems
}

fn exception(status: u16, key: &str, reply: &Reply) -> Vec<(bool, &'static str)> {
    let text = |name: &str| reply.headers.get(name).map_or("", String::as_str);
    let has_results = !reply.body["customProperties"]["ValidationResults"].is_null();
    vec![
        (reply.body["typeKey"] == key, "is another exception"),
        (
            text("content-type") == "application/json; charset=utf-8",
            "comes as something else",
        ),
        (
            has_results == key.starts_with("BuildRequestValidation"),
            "has, or lacks, ValidationResults",
        ),
        (
            status != 429 || !text("retry-after").is_empty(),
            "does not say when to come back",
        ),
    ]
}
