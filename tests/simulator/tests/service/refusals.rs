//! Callers who are turned away: credentials, versions, projects, routes.

use crate::http::{Answer, credentials, get, send, signed_in, start};

const ONE: &str = "[[pipeline]]\nid = 1\nname = 'a'\n";
const SUPPRESS: &str = "X-TFS-FedAuthRedirect: Suppress";
const BUILDS: &str = "/fabrikam/Fabrikam/_apis/build/builds?api-version=7.1";

fn try_with(scenario: &str, method: &str, headers: &[&str]) -> Answer {
    let simulator = start(scenario);
    let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    send(&simulator, method, BUILDS, &headers, "").unwrap()
}

#[test]
fn without_credentials_there_is_a_sign_in_page_or_an_empty_401() {
    let redirect = try_with(ONE, "GET", &[]);
    assert_eq!(redirect.status, 302);
    assert!(
        redirect
            .header("location")
            .unwrap()
            .contains("/_signin?realm=dev.azure.com")
    );
    let empty = try_with(ONE, "GET", &["Authorization: Basic OndlbHA=", SUPPRESS]);
    assert_eq!(
        (empty.status, empty.body.len(), empty.header("content-type")),
        (401, 0, None)
    );
    assert!(
        empty
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic realm=")
    );
    assert_eq!(empty.header("x-vss-userdata"), None);
}

#[test]
fn expired_tokens_get_a_page_or_an_error_by_verb() {
    let scenario = format!("auth = {{ sign-in = '203', expires-after = '0s' }}\n{ONE}");
    let page = try_with(&scenario, "GET", &[&credentials(), SUPPRESS]);
    assert_eq!(
        (page.status, page.header("content-type")),
        (203, Some("text/html; charset=utf-8"))
    );
    let error = try_with(&scenario, "PATCH", &[&credentials(), SUPPRESS]);
    assert_eq!(
        (error.status, error.type_key().as_str()),
        (401, "UnauthorizedRequestException")
    );
}

fn outcome(scenario: &str, method: &str, target: &str) -> (u16, String) {
    let simulator = start(scenario);
    let answer = signed_in(&simulator, method, target, "");
    (answer.status, answer.type_key())
}

#[test]
fn versions_are_checked() {
    let pair = |status: u16, key: &str| (status, key.to_owned());
    let post = "/fabrikam/Fabrikam/_apis/build/builds";
    assert_eq!(
        outcome(ONE, "POST", post),
        pair(400, "VssVersionNotSpecifiedException")
    );
    let high = "/fabrikam/Fabrikam/_apis/build/builds?api-version=9.9";
    assert_eq!(
        outcome(ONE, "GET", high),
        pair(400, "VssVersionOutOfRangeException")
    );
    let preview = "/fabrikam/_apis/connectionData?api-version=5.0";
    assert_eq!(
        outcome(ONE, "GET", preview),
        pair(400, "VssInvalidPreviewVersionException")
    );
    let old = format!("product = 'server-2019'\n{ONE}");
    assert_eq!(
        outcome(&old, "GET", BUILDS),
        pair(400, "VssVersionOutOfRangeException")
    );
}

#[test]
fn unknown_projects_and_builds_are_told_apart() {
    let pair = |status: u16, key: &str| (status, key.to_owned());
    let by_name = "/fabrikam/Nowhere/_apis/build/builds?api-version=7.1";
    assert_eq!(
        outcome(ONE, "GET", by_name),
        pair(404, "ProjectDoesNotExistWithNameException")
    );
    let by_id = "/fabrikam/00000000-0000-0000-0000-000000000001/_apis/build/builds?api-version=7.1";
    assert_eq!(
        outcome(ONE, "GET", by_id),
        pair(400, "ProjectDoesNotExistException")
    );
    let alone = "/fabrikam/_apis/projects/Nowhere?api-version=7.1";
    let answer = signed_in(&start(ONE), "GET", alone, "").json();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("does not exist: Nowhere."), "{message}");
    let build = "/fabrikam/Fabrikam/_apis/build/builds/99?api-version=7.1";
    assert_eq!(
        outcome(ONE, "GET", build),
        pair(404, "BuildNotFoundException")
    );
}

#[test]
fn a_project_is_found_by_name_in_any_case_and_by_id() {
    let simulator = start(&format!("project = 'My Project'\n{ONE}"));
    assert!(simulator.project_url().ends_with("/fabrikam/My%20Project"));
    for project in ["my%20project", "4c1d0304-a209-464e-b614-7a0f593fe799"] {
        let target = format!("/FABRIKAM/{project}/_apis/build/Definitions?api-version=7.1");
        let answer = signed_in(&simulator, "GET", &target, "");
        assert_eq!(answer.status, 200);
        let link = answer.json()["value"][0]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            link.contains(
                "/fabrikam/4c1d0304-a209-464e-b614-7a0f593fe799/_apis/build/Definitions/1"
            ),
            "{link}"
        );
    }
}

#[test]
fn an_unknown_route_is_answered_in_text_and_reported() {
    let simulator = start(ONE);
    let answer = get(&simulator, "nonsense");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, Some("text/plain; charset=utf-8"))
    );
    let text = "The controller for path '/Fabrikam/_apis/build/nonsense' was not found or does not implement IController.";
    assert_eq!(answer.text(), text);
    assert!(
        answer
            .header("x-tfs-serviceerror")
            .unwrap()
            .starts_with("The%20controller%20for%20path%20%27%2F")
    );
    assert_eq!(
        simulator.problems(),
        ["no such route: GET /fabrikam/Fabrikam/_apis/build/nonsense"]
    );
}

#[test]
fn github_answers_pull_requests() {
    let simulator = start(
        "[github]\ntoken = 'ghs_x'\n[[pull-request]]\nnumber = 7\nhead-ref = 'topic'\nhead-sha = 'abc'\nhead-repository = 'mona/demo'\n",
    );
    let ask = |number: u32, token: &str| {
        let target = format!("/api/v3/repos/octo/demo/pulls/{number}");
        send(
            &simulator,
            "GET",
            &target,
            &[format!("Authorization: Bearer {token}")],
            "",
        )
        .unwrap()
    };
    let pull = ask(7, "ghs_x").json();
    assert_eq!(
        (
            pull["head"]["sha"].as_str(),
            pull["head"]["repo"]["full_name"].as_str()
        ),
        (Some("abc"), Some("mona/demo"))
    );
    assert_eq!(
        (
            pull["head"]["repo"]["fork"].as_bool(),
            pull["base"]["ref"].as_str()
        ),
        (Some(true), Some("main"))
    );
    assert_eq!(ask(7, "other").json()["message"], "Bad credentials");
    assert_eq!(ask(8, "ghs_x").status, 404);
}
