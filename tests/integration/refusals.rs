//! Bad input, and services that refuse: one sentence that says what to do, the right exit code, and
//! no request that need not be.

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{DECLARES, always, host, nobody, once, start};

fn simulator(more: &str) -> Simulator {
    start(&format!("{more}\n{DECLARES}"))
}

fn with_fault(on: &str, fault: &str) -> Simulator {
    start(&format!("{DECLARES}{}", always(on, fault)))
}

#[track_caller]
fn refused(finished: &Finished, exit_code: i32, sentence: &str) {
    assert_eq!(finished.error(), sentence);
    finished.ended_with(exit_code);
}

#[track_caller]
fn nothing_was_queued(simulator: &Simulator) {
    assert!(simulator.builds().is_empty());
}

/// A variable, what it is, and the sentence about it.
const WRONG_INPUTS: [(&str, &str, &str); 7] = [
    (
        "INPUT_AZURE-DEVOPS-TOKEN",
        "",
        "`azure-devops-token` is missing: give a personal access token or an Entra access token, or `azure-tenant-id` and `azure-client-id` to sign in without one; GitHub passes no secrets to workflows of pull requests from forks, and Dependabot's come from its own secret store",
    ),
    (
        "INPUT_MAX-ATTEMPTS",
        "many",
        "`max-attempts` is \"many\": allowed are whole numbers from 1 to 20",
    ),
    (
        "GITHUB_REF",
        "",
        "GITHUB_REF is empty, so the event names no branch: give `source-branch` (`refs/heads/NAME`)",
    ),
    (
        "INPUT_SOURCE-VERSION",
        "main",
        "`source-version` is \"main\": allowed is a whole commit id, 40 or 64 hexadecimal digits, not all zero",
    ),
    (
        "INPUT_RUN-TAGS",
        "nightly,GitHub-Claim-1",
        "`run-tags` has \"GitHub-Claim-1\", which looks like the tag by which this action knows its runs: choose another tag",
    ),
    (
        "INPUT_RESOURCES",
        "{\"self\": {}}",
        "`resources` has \"self\": allowed are `builds`, `containers`, `packages`, `pipelines` and `repositories`",
    ),
    (
        "INPUT_CA-CERTIFICATE",
        "nowhere.pem",
        "`ca-certificate` is \"nowhere.pem\", a file that could not be read: No such file or directory (os error 2); give PEM text or the path of such a file in the workspace",
    ),
];

#[test]
fn wrong_inputs_are_refused_before_any_request() {
    let simulator = simulator("");
    for (name, value, sentence) in WRONG_INPUTS {
        refused(
            &Action::on(&simulator).variable(name, value).run(),
            2,
            sentence,
        );
    }
    let action = Action::on(&simulator).without("INPUT_AZURE-DEVOPS-PROJECT-URL");
    refused(
        &action.run(),
        2,
        "`azure-devops-project-url` is missing: give `https://dev.azure.com/ORGANIZATION/PROJECT` or `https://SERVER/COLLECTION/PROJECT`",
    );
    assert!(simulator.journal().is_empty());
}

#[test]
fn an_event_file_that_cannot_be_read_is_named() {
    let simulator = simulator("");
    let missing = Action::on(&simulator)
        .variable("GITHUB_EVENT_PATH", "/nowhere/event.json")
        .run();
    assert!(
        missing.error().contains("GITHUB_EVENT_PATH"),
        "{}",
        missing.error()
    );
    assert!(
        missing.error().contains("/nowhere/event.json"),
        "{}",
        missing.error()
    );
    let broken = Action::on(&simulator).payload("{\"action\":").run();
    assert!(
        broken.error().contains("GITHUB_EVENT_PATH"),
        "{}",
        broken.error()
    );
    assert_eq!((missing.exit_code, broken.exit_code), (Some(2), Some(2)));
    assert!(simulator.journal().is_empty());
}

#[test]
fn a_deleted_branch_and_a_strangers_code_are_refused_before_any_request() {
    let simulator = simulator("");
    let deleted = r#"{"ref":"refs/heads/old","deleted":true,"repository":{"full_name":"octo/demo","default_branch":"main"}}"#;
    let finished = Action::on(&simulator).payload(deleted).run();
    assert!(
        finished
            .error()
            .starts_with("The push deleted \"refs/heads/old\""),
        "{}",
        finished.error()
    );
    finished.ended_with(2);
    let target = include_str!("../../examples/demo/pull_request.json");
    let finished = Action::on(&simulator)
        .variable("GITHUB_EVENT_NAME", "pull_request_target")
        .payload(target)
        .run();
    assert!(
        finished.error().contains("pull-request-ref"),
        "{}",
        finished.error()
    );
    finished.ended_with(2);
    assert!(simulator.journal().is_empty());
}

#[test]
fn a_wrong_token_is_said_to_be_wrong() {
    let advice = "check that `azure-devops-token` has not expired, belongs to this organization and has the scope \
                  Build (read & execute)";
    let path = "GET /fabrikam/Fabrikam/_apis/build/definitions";
    let simulator = simulator("");
    let finished = Action::on(&simulator)
        .input("azure-devops-token", "wrong-wrong-wrong")
        .run();
    refused(
        &finished,
        3,
        &format!("Azure DevOps did not accept the token (401, {path}): {advice}"),
    );
    nothing_was_queued(&simulator);
    assert_eq!(
        simulator.journal().len(),
        1,
        "a wrong token is not tried again"
    );
    for (answer, status) in [("sign-in-203", "203"), ("sign-in-302", "302")] {
        let simulator = with_fault("GET definitions", &format!("answer = \"{answer}\""));
        let finished = Action::on(&simulator).run();
        let what = format!("{status} with a sign-in page");
        refused(
            &finished,
            3,
            &format!("Azure DevOps did not accept the token ({what}, {path}): {advice}"),
        );
        nothing_was_queued(&simulator);
        assert_eq!(simulator.journal().len(), 1, "no redirect is followed");
    }
}

#[test]
fn an_unknown_pipeline_gets_the_nearest_names() {
    let more = "[[pipeline]]\nid = 1\nname = \"Nightly\"\n[[pipeline.run]]\n[[pipeline]]\nid = 2\nname = \"App CD\"\nfolder = '\\team'\n[[pipeline.run]]\n";
    let simulator = simulator(more);
    let finished = Action::on(&simulator)
        .input("azure-pipeline-name", "App C")
        .run();
    refused(
        &finished,
        3,
        "`azure-pipeline-name` is \"App C\", but the project \"Fabrikam\" has no such pipeline; similar names are \"App CI\", \"team/App CD\"",
    );
    nothing_was_queued(&simulator);
    let finished = Action::on(&simulator)
        .input("azure-pipeline-name", "")
        .input("azure-pipeline-id", "99")
        .run();
    assert!(finished.error().contains("99"), "{}", finished.error());
    finished.ended_with(3);
}

#[test]
fn twins_are_told_apart_by_their_folders() {
    let twin = "[[pipeline]]\nid = 1\nname = \"App CI\"\nfolder = '\\team\\a'\n[[pipeline.run]]\n[[pipeline.run.task]]\nname = \"Compile\"\n";
    let simulator = simulator(twin);
    let finished = Action::on(&simulator).run();
    refused(
        &finished,
        3,
        "`azure-pipeline-name` is \"App CI\", which several pipelines are called: give one of \"team/a/App CI\", \"/App CI\"",
    );
    nothing_was_queued(&simulator);
    let finished = Action::on(&simulator)
        .input("azure-pipeline-name", "/App CI")
        .run();
    finished.ended_with(0);
    assert_eq!(simulator.builds()[0].definition, 12);
    let finished = Action::on(&simulator)
        .input("azure-pipeline-name", "Team/A/app ci")
        .run();
    finished.ended_with(0);
    assert_eq!(simulator.builds()[1].definition, 1);
}

#[test]
fn a_disabled_pipeline_is_refused() {
    let disabled = DECLARES.replace(
        "name = \"App CI\"",
        "name = \"App CI\"\nqueue-status = \"disabled\"",
    );
    let simulator = start(&disabled);
    let finished = Action::on(&simulator).run();
    refused(
        &finished,
        3,
        "The pipeline \"App CI\" is disabled: enable it in Azure DevOps (pipeline, Settings)",
    );
    nothing_was_queued(&simulator);
}

#[test]
fn a_run_whose_validation_fails_has_no_outputs() {
    let invalid = DECLARES.replace(
        "[[pipeline.run]]",
        "[[pipeline.run]]\nvalidation = [\"It is not valid.\"]",
    );
    let simulator = start(&invalid);
    let finished = Action::on(&simulator).run();
    finished.ended_with(3);
    nothing_was_queued(&simulator);
    assert_eq!(finished.outputs.len(), 0);
}

#[test]
fn a_service_that_cannot_be_reached_is_named() {
    let nobody = nobody();
    let finished = Action::new(&format!("http://{nobody}/fabrikam/Fabrikam")).run();
    let error = finished.error();
    let start = format!("Azure DevOps could not be reached at {nobody} (GET ");
    assert!(error.starts_with(&start), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
    assert!(
        error.ends_with("; check `azure-devops-project-url`, the network and the proxy"),
        "{error}"
    );
    finished.ended_with(3);
}

#[test]
fn reads_are_sent_again_while_nothing_has_been_queued() {
    let list = once("GET definitions", "answer = \"server-error\"");
    let one = once("GET definitions/12", "close = \"before\"");
    let simulator = start(&format!("{DECLARES}{list}{one}"));
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    assert_eq!(simulator.problems(), Vec::<String>::new());
}

#[test]
fn the_credential_goes_to_the_configured_host_alone() {
    let simulator = simulator("");
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    let host = host(&simulator);
    for exchange in simulator.journal() {
        assert_eq!(exchange.host, host);
        assert_eq!(exchange.authorization.as_deref(), Some("Basic"));
        assert_eq!(
            exchange.header("x-tfs-fedauthredirect"),
            Some("Suppress"),
            "{}",
            exchange.line()
        );
        let areas = [
            "/fabrikam/Fabrikam/_apis/build/",
            "/fabrikam/Fabrikam/_apis/test/",
        ];
        let is_known = areas.iter().any(|area| exchange.path.starts_with(area));
        assert!(is_known, "{}", exchange.path);
    }
}

#[test]
fn a_run_that_vanishes_is_said_to_be_lost() {
    let simulator = with_fault(
        "GET builds/*/timeline",
        "status = 404\nbody = '{\"message\":\"The requested build 1 could not be found.\",\"typeKey\":\"BuildNotFoundException\"}'",
    );
    let finished = Action::on(&simulator).run();
    let error = finished.error();
    assert!(
        error.starts_with(
            "Run 20260302.1 can no longer be followed and may still be going (http://127.0.0.1"
        ),
        "{error}"
    );
    assert!(
        error.contains("The requested build 1 could not be found."),
        "{error}"
    );
    finished.ended_with(3);
    assert_eq!(
        finished.outputs["run-id"], "1",
        "written as soon as the run is queued"
    );
}

#[test]
fn no_redirect_is_followed() {
    let elsewhere = simulator("");
    let target = format!(
        "{}/fabrikam/Fabrikam/_apis/build/definitions",
        elsewhere.url()
    );
    let simulator = with_fault(
        "GET definitions",
        &format!("status = 302\nheaders = {{ location = \"{target}\" }}"),
    );
    let finished = Action::on(&simulator).run();
    let url = elsewhere.url();
    refused(
        &finished,
        3,
        &format!(
            "Azure DevOps redirected GET /fabrikam/Fabrikam/_apis/build/definitions to {url} (302), and redirects are \
             not followed: correct `azure-devops-project-url`"
        ),
    );
    assert!(elsewhere.journal().is_empty());
}

#[test]
fn a_token_that_no_header_can_carry_is_an_input_error() {
    let simulator = simulator("");
    let header = "eyJhbGciOiJSUzI1NiJ9";
    for token in ["ey\u{e9}.\u{1}", &format!("{header}.x\ny.z"), "two words"] {
        let action = Action::on(&simulator).input("azure-devops-token", token);
        refused(
            &action.run(),
            2,
            "`azure-devops-token` holds a blank, a line break or another character that no token has: paste the token again",
        );
    }
    assert!(simulator.journal().is_empty());
}

#[test]
fn a_queue_request_that_was_throttled_is_sent_again() {
    let throttled = "answer = \"throttled\"\nheaders = { retry-after = \"0\" }";
    let simulator = start(&format!("{DECLARES}{}", once("POST builds", throttled)));
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    assert_eq!(simulator.builds().len(), 1);
}

#[test]
fn variables_that_cannot_be_set_are_told_before_a_run_is_asked_for() {
    let settings = always("GET generalsettings", "answer = \"401\"");
    let pipeline = "[[pipeline]]\nid = 12\nname = \"App CI\"\n\
        variables = [\"who\", { name = \"fixed\", settable = false }]\n";
    let start = |more: &str| start(&format!("{more}\n{pipeline}"));
    let run = |simulator: &Simulator, variables: &str| {
        let action = Action::on(simulator).input("azure-pipeline-variables", variables);
        action.run()
    };
    let simulator = start("");
    for (variables, sentence) in [
        (
            "fixed=1",
            "`azure-pipeline-variables` sets \"fixed\", which cannot be set when a run of \"App CI\" is queued: let users override it, on the page \"Variables\" of the pipeline's editor, or leave it out",
        ),
        (
            "zzz=1",
            "`azure-pipeline-variables` sets \"zzz\", but \"App CI\" has no such variable, and this project lets no others be set: add it on the page \"Variables\" of the pipeline's editor, where users may override it",
        ),
    ] {
        refused(&run(&simulator, variables), 3, sentence);
    }
    assert!(!simulator.journal_text().contains("POST"));
    // Where nobody says so, the service decides.
    for more in ["", "product = \"server-2019\"", &settings] {
        let simulator = start(&format!("limit-variables = false\n{more}"));
        let finished = run(&simulator, "zzz=1\nsystem.debug=true\nWHO=world");
        finished.ended_with(0);
        assert_eq!(simulator.builds().len(), 1);
    }
    let simulator = start(&settings);
    let finished = run(&simulator, "zzz=1");
    finished.ended_with(3);
    finished.says("You can't set the following variables (zzz)");
    nothing_was_queued(&simulator);
}

#[test]
fn parameters_are_not_sent_to_a_server_that_would_ignore_them() {
    let simulator = simulator("product = \"server-2019\"");
    let finished = Action::on(&simulator)
        .input("template-parameters", "environment=test")
        .run();
    refused(
        &finished,
        3,
        "`template-parameters` needs api-version 6.0, and this server has 5.0 at most: use `azure-pipeline-variables`",
    );
    nothing_was_queued(&simulator);
}
