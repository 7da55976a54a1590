//! `check` starts nothing, whatever is asked, whoever answers, and however it goes wrong.

use azure_pipelines_simulator::{Scenario, Simulator, Snapshot};

use crate::support::action::{Action, PATIENCE};

const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
variables = ["who"]
parameters = ["environment"]
[[pipeline.run.task]]
name = "Compile"
"#;

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
    let toml = format!("product = '{product}'\n{PIPELINE}{more}");
    Simulator::start(Scenario::from_toml(&toml).expect("a scenario"))
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
        assert_eq!(
            finished.exit_code,
            Some(0),
            "{product}\n{}",
            finished.stdout
        );
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
    let fault = format!("[[fault]]\non = '{on}'\nevery = true\n{fault}\n");
    let simulator = simulator("services", &fault);
    let finished = check(&simulator).run();
    nothing_was_started(&simulator, &case);
    // That the caller is not told who it is, or in a way that is not understood, is no problem by itself.
    let may_pass = on.ends_with("connectionData");
    let is_expected = finished.exit_code == Some(3) || may_pass && finished.exit_code == Some(0);
    assert!(is_expected, "{case}\n{}", finished.stdout);
    let errors = finished.view.annotations.iter();
    let errors = errors
        .filter(|annotation| annotation.level == "error")
        .count();
    assert_eq!(
        errors > 0,
        finished.exit_code == Some(3),
        "{case}\n{}",
        finished.stdout
    );
    assert_eq!(simulator.problems(), Vec::<String>::new(), "{case}");
    assert!(
        finished.summary.contains("| ❌ |") == (errors > 0),
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
    assert_eq!(finished.exit_code, Some(2), "{}", finished.stdout);
    assert_eq!(finished.view.annotations.len(), 2, "{}", finished.stdout);
}

#[test]
fn somebody_who_is_nobody_to_the_service_is_told_so() {
    let nobody = r#"{"authenticatedUser":{"id":"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa","providerDisplayName":"Anonymous"}}"#;
    let fault = format!(
        "[[fault]]\non = 'GET connectionData'\nevery = true\nstatus = 200\nbody = '{nobody}'\n\
         headers = {{ content-type = 'application/json' }}\n"
    );
    let simulator = simulator("services", &fault);
    let finished = check(&simulator).run();
    assert_eq!(
        finished.error(),
        "Azure DevOps takes the caller for nobody (personal access token): check that the token has not expired and \
         belongs to this organization"
    );
    assert_eq!(finished.exit_code, Some(3));
}

#[test]
fn an_interrupted_check_ends_at_once() {
    let slow = "[[fault]]\non = 'POST pipelines/*/preview'\nevery = true\ndelay = '60s'\n";
    let simulator = simulator("services", slow);
    let running = check(&simulator).start();
    let is_asked = |snapshot: &Snapshot| {
        let mut asked = snapshot.journal.iter();
        asked.any(|exchange| exchange.path.contains("/preview?"))
    };
    assert!(simulator.wait_until(is_asked, PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    nothing_was_started(&simulator, "interrupted");
}
