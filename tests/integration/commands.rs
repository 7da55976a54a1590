//! What is done with runs that exist.

use azure_pipelines_simulator::{Exchange, Simulator};

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{is, start, wait_until, was_asked};

fn simulator(pipeline: &str) -> Simulator {
    start(&format!(
        "[[pipeline]]\nid = 12\nname = \"App CI\"\n{pipeline}"
    ))
}

const GREEN: &str = r#"
[[pipeline.run.task]]
name = "Compile"
lines = ["compiling"]
"#;

const RED: &str = r#"
[[pipeline.run.task]]
name = "Test"
lines = ["testing"]
result = "failed"
"#;

const ENDLESS: &str = r#"
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
lines = ["soaking"]
"#;

/// Starts run 1, which nobody waits for; says how many requests that took.
fn start_run(simulator: &Simulator) -> usize {
    let started = Action::on(simulator).input("wait", "false").run();
    started.ended_with(0);
    simulator.journal().len()
}

/// A step for run 1, which somebody else has started.
fn command(simulator: &Simulator, name: &str) -> Action {
    Action::on(simulator)
        .without("INPUT_AZURE-PIPELINE-NAME")
        .input("command", name)
        .input("run-id", "1")
}

/// Requests that change something, without the first ones.
fn changes(simulator: &Simulator, first: usize) -> Vec<String> {
    let journal = simulator.journal();
    let later = journal.iter().skip(first);
    let changes = later.filter(|exchange| exchange.method != "GET");
    changes.map(Exchange::line).collect()
}

#[track_caller]
fn says(finished: &Finished, exit_code: i32, sentence: &str) {
    finished.ended_with(exit_code);
    finished.says(sentence);
}

#[test]
fn a_run_that_exists_is_followed_and_its_verdict_taken_over() {
    for (run, exit_code, line, result) in [
        (GREEN, 0, "compiling", "succeeded"),
        (RED, 1, "testing", "failed"),
    ] {
        let simulator = simulator(run);
        let first = start_run(&simulator);
        // The second time it is over already, and is shown whole all the same.
        for _ in 0..2 {
            let finished = command(&simulator, "watch").run();
            says(&finished, exit_code, line);
            says(&finished, exit_code, "Watching ");
            assert_eq!(finished.outputs["run-id"], "1");
            assert_eq!(finished.outputs["attempts"], "0");
            assert_eq!(finished.outputs["result"], result);
            assert!(!finished.summary.is_empty());
        }
        assert_eq!(simulator.builds().len(), 1);
        assert_eq!(changes(&simulator, first), Vec::<String>::new());
    }
}

#[test]
fn a_run_that_does_not_exist_is_said_not_to() {
    let simulator = simulator(GREEN);
    for name in ["watch", "retry", "cancel"] {
        let finished = command(&simulator, name).input("run-id", "99").run();
        finished.ended_with(3);
        let error = finished.error();
        assert!(error.contains("99"), "{error}");
    }
}

#[test]
fn a_watched_run_is_somebody_elses_and_canceled_only_if_the_input_says_so() {
    for (cancels, status) in [("", "inProgress"), ("true", "completed")] {
        let simulator = simulator(ENDLESS);
        start_run(&simulator);
        let action = command(&simulator, "watch").input("cancel-on-interrupt", cancels);
        let running = action.start();
        wait_until(&simulator, was_asked("timeline"));
        running.signal("INT");
        let finished = running.finish();
        says(&finished, 130, "/_build/results?buildId=1");
        assert_eq!(simulator.builds()[0].status, status, "{cancels:?}");
    }
}

#[test]
fn a_run_is_canceled_and_its_end_awaited() {
    let simulator = simulator(ENDLESS);
    let first = start_run(&simulator);
    let finished = command(&simulator, "cancel").run();
    says(&finished, 0, "was canceled.");
    assert_eq!(finished.outputs["result"], "canceled");
    assert_eq!(finished.outputs["run-id"], "1");
    let build = &simulator.builds()[0];
    assert_eq!(build.result.as_deref(), Some("canceled"));
    // A second time there is nothing to do.
    let finished = command(&simulator, "cancel").run();
    says(&finished, 0, "is over already: it was canceled.");
    assert_eq!(changes(&simulator, first).len(), 1);
}

#[test]
fn an_interrupted_cancel_command_says_that_the_run_is_being_canceled() {
    let simulator = simulator(&format!(
        "[[pipeline.run]]\ncancel-takes = \"forever\"\n{ENDLESS}"
    ));
    start_run(&simulator);
    // The agent takes the run before it is canceled: otherwise it would be over at once.
    let watching = command(&simulator, "watch").start();
    wait_until(&simulator, was_asked("timeline"));
    watching.signal("INT");
    watching.finish();
    let running = command(&simulator, "cancel").start();
    wait_until(&simulator, is("cancelling"));
    running.signal("INT");
    let finished = running.finish();
    says(&finished, 130, "is still being canceled");
}

const FLAKY: &str = r#"
[[pipeline.run]]
[[pipeline.run.stage]]
name = "Build"
[[pipeline.run.stage.job]]
name = "Linux"
[[pipeline.run.stage.job.task]]
name = "Compile"
lines = ["compiling"]
[[pipeline.run.stage]]
name = "Test"
[[pipeline.run.stage.job]]
name = "Linux"
[[pipeline.run.stage.job.task]]
name = "Unit tests"
lines = ["testing"]
attempts = [{ result = "failed" }, { result = "succeeded" }]
"#;

#[test]
fn the_failed_stages_of_a_run_are_retried_and_their_verdict_taken_over() {
    let simulator = simulator(FLAKY);
    let never = Action::on(&simulator).input("retry-on", "never").run();
    never.ended_with(1);
    let first = simulator.journal().len();
    let finished = command(&simulator, "retry").run();
    says(&finished, 0, "testing");
    assert!(
        !finished.stdout.contains("compiling"),
        "what did not run again is not shown again\n{}",
        finished.stdout
    );
    assert_eq!(finished.outputs["result"], "succeeded");
    assert_eq!(finished.outputs["run-id"], "1");
    assert_eq!(changes(&simulator, first).len(), 1);
    assert_eq!(simulator.builds().len(), 1);
    // Now there is nothing that failed.
    let before = simulator.journal().len();
    let finished = command(&simulator, "retry").run();
    finished.ended_with(3);
    let error = finished.error();
    assert!(error.contains("was not retried"), "{error}");
    assert_eq!(changes(&simulator, before), Vec::<String>::new());
}

#[test]
fn a_run_that_is_still_going_is_not_retried() {
    let simulator = simulator(ENDLESS);
    let first = start_run(&simulator);
    let finished = command(&simulator, "retry").run();
    finished.ended_with(3);
    let error = finished.error();
    assert!(
        error.contains("is still going, so nothing is retried"),
        "{error}"
    );
    assert_eq!(changes(&simulator, first), Vec::<String>::new());
}

#[test]
fn a_server_that_cannot_retry_is_said_to_be_too_old() {
    let simulator = start(&format!(
        "product = \"server-2019\"\n[[pipeline]]\nid = 12\nname = \"App CI\"\n{FLAKY}"
    ));
    let never = Action::on(&simulator).input("retry-on", "never").run();
    never.ended_with(1);
    let finished = command(&simulator, "retry").run();
    finished.ended_with(3);
    let error = finished.error();
    assert!(error.contains("use the command `run`"), "{error}");
}
