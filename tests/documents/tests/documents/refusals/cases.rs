//! Requests that go wrong, and what is expected of their answers.

use azure_pipelines_simulator::TEST_TOKEN;

use Expected::{Exception, NoRoute, Page, Stopped, Unauthorized};

/// What a request that goes wrong is answered with.
pub(super) enum Expected {
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
pub(super) struct Case {
    /// Put before the scenario's tables.
    pub(super) settings: &'static str,
    /// Put behind them.
    pub(super) faults: &'static str,
    pub(super) method: &'static str,
    /// Below the organization.
    pub(super) path: &'static str,
    /// JSON.
    pub(super) body: Option<&'static str>,
    pub(super) token: &'static str,
    pub(super) expected: Expected,
}

/// The pipelines that the cases name by their ids.
pub(super) const PIPELINES: &str = r#"
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

const SETTINGS: &str = "auth = { scheme = 'any' }\n";

/// The caller whose token has expired sees a page.
const PAGES: &str = "auth = { scheme = 'any', sign-in = '203' }\n";

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

pub(super) const CASES: [Case; 35] = [
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
