//! `queue-timeout` and `timeout`.

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::service::start;

fn simulator(run: &str) -> Simulator {
    start(&format!(
        "clock = {{ real = 10.0 }}\n[[pipeline]]\nid = 12\nname = \"App CI\"\n[[pipeline.run]]\n{run}"
    ))
}

const ENDLESS: &str = r#"
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
lines = ["soaking"]
[[pipeline.run.task]]
name = "Clean up"
condition = "always"
lines = ["cleaning up"]
"#;

#[test]
fn a_run_that_takes_too_long_is_canceled_and_followed_to_its_end() {
    let simulator = simulator(ENDLESS);
    let finished = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("timeout", "1s")
        .input("cancel-on-interrupt", "false")
        .run();
    finished.ended_with(4);
    let said = "has not ended within 1s (`timeout`): Azure DevOps was asked to cancel the run";
    finished.says(said);
    finished.says("cleaning up");
    assert_eq!(finished.outputs["result"], "canceled");
    assert!(!finished.summary.is_empty());
}

#[test]
fn a_run_that_does_not_start_in_time_is_canceled() {
    let simulator = simulator(&format!("queue-for = \"forever\"\n{ENDLESS}"));
    let finished = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("queue-timeout", "500ms")
        .run();
    finished.ended_with(4);
    finished.says("(`queue-timeout`)");
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

#[test]
fn a_run_that_has_started_is_not_held_to_the_time_in_the_queue() {
    let simulator =
        simulator("[[pipeline.run.task]]\nname = \"Build\"\nduration = \"40s\"\nlines = [\"x\"]\n");
    let finished = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("queue-timeout", "2s")
        .run();
    finished.ended_with(0);
}

#[test]
fn all_attempts_share_the_time() {
    let text = r#"
[[pipeline.run.task]]
name = "Test"
result = "failed"
"#;
    let simulator = simulator(text);
    let finished = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("retry-on", "failure")
        .input("retry-delay", "1h")
        .input("timeout", "2s")
        .run();
    finished.ended_with(1);
    assert_eq!(simulator.builds().len(), 1);
    let said = "no time is left for another attempt (`timeout`)";
    finished.says(said);
}

/// The run is over in time; only its log is slow.
#[test]
fn the_logs_of_a_run_that_is_over_have_no_limit() {
    let text = r#"
[[pipeline.run.task]]
name = "Build"
lines = ["compiled"]
[[fault]]
on = "GET builds/*/logs/*"
at = [1]
delay = "3s"
"#;
    let simulator = simulator(text);
    let finished = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("timeout", "2s")
        .run();
    finished.ended_with(0);
    finished.says("\ncompiled\n");
}
