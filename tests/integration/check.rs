//! `check` starts nothing, whatever is asked, whoever answers, and however it goes wrong.

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::service::{DECLARES, always, start, wait_until, was_asked};

const PRODUCTS: [&str; 5] = [
    "services",
    "server-2022.1",
    "server-2022",
    "server-2020",
    "server-2019",
];

/// What happens to every request of a kind.
const FAULTS: [&str; 9] = [
    "answer = 'sign-in-203'",
    "answer = '401'",
    "status = 403",
    "status = 404",
    "status = 409",
    "answer = 'server-error'",
    "status = 200\nbody = '<html>'\nheaders = { content-type = 'text/html' }\nfrom = 'gateway'",
    "close = 'after'",
    "answer = 'throttled'\nheaders = { retry-after = '0' }",
];

const REQUESTS: [&str; 4] = [
    "GET connectionData",
    "GET definitions",
    "GET definitions/*",
    "POST pipelines/*/preview",
];

fn simulator(product: &str, more: &str) -> Simulator {
    start(&format!("product = '{product}'\n{DECLARES}{more}"))
}

/// A check with everything that can be sent.
fn check(simulator: &Simulator) -> Action {
    Action::on(simulator)
        .input("command", "check")
        .input("azure-pipeline-variables", "who=me")
}

#[track_caller]
fn nothing_was_started(simulator: &Simulator, case: &str) {
    assert!(simulator.builds().is_empty(), "{case}");
    for exchange in simulator.journal() {
        let is_preview = exchange.method == "POST" && exchange.path.contains("/preview?");
        assert!(
            exchange.method == "GET" || is_preview,
            "{case}: {}",
            exchange.line()
        );
        if is_preview {
            assert_eq!(exchange.body["previewRun"], true, "{case}");
        }
    }
}

#[test]
fn nothing_is_started_on_any_server() {
    for product in PRODUCTS {
        let simulator = simulator(product, "");
        let finished = check(&simulator).run();
        finished.ended_with(0);
        nothing_was_started(&simulator, product);
        let can_expand = !["server-2019", "server-2020"].contains(&product);
        let has_expanded = finished.stdout.contains("::group::Expanded YAML");
        assert_eq!(has_expanded, can_expand, "{product}\n{}", finished.stdout);
        assert!(finished.outputs.is_empty() && finished.state.is_empty());
    }
}

#[test]
fn nothing_is_started_whatever_goes_wrong() {
    let cases: Vec<(&str, &str)> = REQUESTS
        .iter()
        .flat_map(|request| FAULTS.iter().map(move |fault| (*request, *fault)))
        .collect();
    std::thread::scope(|scope| {
        for some in cases.chunks(3) {
            scope.spawn(move || some.iter().for_each(|(on, fault)| goes_wrong(on, fault)));
        }
    });
}

fn goes_wrong(on: &str, fault: &str) {
    let case = format!("{on}: {fault}");
    let simulator = simulator("services", &always(on, fault));
    let finished = check(&simulator).run();
    nothing_was_started(&simulator, &case);
    // That the caller is not told who it is, or in a way that is not understood, is no problem by itself.
    let may_pass = on.ends_with("connectionData");
    let is_expected = finished.exit_code == Some(3) || may_pass && finished.exit_code == Some(0);
    assert!(is_expected, "{case}\n{}", finished.stdout);
    let has_errors = !finished.annotations("error").is_empty();
    assert_eq!(
        has_errors,
        finished.exit_code == Some(3),
        "{case}\n{}",
        finished.stdout
    );
    assert_eq!(simulator.problems(), Vec::<String>::new(), "{case}");
    assert_eq!(
        finished.summary.contains("| ❌ |"),
        has_errors,
        "{case}\n{}",
        finished.summary
    );
}

#[test]
fn a_problem_with_the_inputs_outweighs_one_of_the_service() {
    let simulator = simulator("services", "");
    let finished = check(&simulator)
        .input("azure-pipeline-name", "Nightly")
        .variable("GITHUB_REF", "")
        .run();
    finished.ended_with(2);
    assert_eq!(finished.view.annotations.len(), 2, "{}", finished.stdout);
}

#[test]
fn somebody_who_is_nobody_to_the_service_is_told_so() {
    let nobody = r#"{"authenticatedUser":{"id":"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa","providerDisplayName":"Anonymous"}}"#;
    let fault = format!(
        "status = 200\nbody = '{nobody}'\nheaders = {{ content-type = 'application/json' }}"
    );
    let simulator = simulator("services", &always("GET connectionData", &fault));
    let finished = check(&simulator).run();
    assert_eq!(
        finished.error(),
        "Azure DevOps takes the caller for nobody (personal access token): check that the token has not expired and \
         belongs to this organization"
    );
    finished.ended_with(3);
}

#[test]
fn an_interrupted_check_ends_at_once() {
    let slow = always("POST pipelines/*/preview", "delay = '60s'");
    let simulator = simulator("services", &slow);
    let running = check(&simulator).start();
    wait_until(&simulator, was_asked("/preview?"));
    running.interrupt();
    nothing_was_started(&simulator, "interrupted");
}
