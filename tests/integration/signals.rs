//! The runner cancels a step with SIGINT, and SIGTERM 7.5 s later (runner: `ProcessInvoker.cs`).

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::running::Running;
use crate::support::service::{SOAKS, always, at, is, once, start, wait_until, was_asked};

/// A run that goes on until it is canceled, after which one of its tasks runs all the same.
fn endless(more: &str) -> Simulator {
    let last = "[[pipeline.run.task]]\nname = \"Clean up\"\ncondition = \"always\"\nlines = [\"cleaning up\"]\n";
    start(&format!("{SOAKS}{last}{more}"))
}

/// A step whose run is in progress.
fn going(simulator: &Simulator) -> Running {
    let running = Action::on(simulator).input("poll-interval", "20ms").start();
    wait_until(simulator, is("inProgress"));
    running
}

fn patches(simulator: &Simulator) -> usize {
    let journal = simulator.journal();
    let patches = journal.iter().filter(|one| one.method == "PATCH");
    patches.count()
}

#[test]
fn a_signal_while_the_run_is_going_cancels_it_and_follows_it_to_its_end() {
    for signal in ["INT", "TERM"] {
        let simulator = endless("");
        let running = going(&simulator);
        running.signal(signal);
        let finished = running.finish();
        finished.ended_with(130);
        let build = &simulator.builds()[0];
        assert!(build.cancel_requested);
        assert_eq!(build.result.as_deref(), Some("canceled"));
        assert_eq!(patches(&simulator), 1);
        assert_eq!(finished.outputs["result"], "canceled");
        assert!(
            finished.summary.starts_with("## 🚫 "),
            "{}",
            finished.summary
        );
        // What always runs is shown.
        finished.says("cleaning up");
        finished.says("Azure DevOps was asked to cancel the run");
    }
}

#[test]
fn a_signal_while_the_run_is_queued_cancels_it() {
    let queued = SOAKS.replace("queue-for = \"0s\"", "queue-for = \"forever\"");
    let simulator = start(&queued);
    let running = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .start();
    wait_until(&simulator, was_asked("timeline"));
    running.interrupt();
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

#[test]
fn a_signal_while_the_run_is_being_queued_waits_for_its_id_and_cancels_it() {
    let simulator = endless(&once("POST builds", "delay = \"1500ms\""));
    let running = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .start();
    wait_until(&simulator, was_asked("POST"));
    let finished = running.interrupt();
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
    assert_eq!(finished.outputs["run-id"], "1");
}

#[test]
fn a_signal_before_the_run_is_queued_prevents_it() {
    let simulator = endless(&once("GET definitions", "delay = \"30s\""));
    let running = Action::on(&simulator).start();
    wait_until(&simulator, was_asked("definitions"));
    running.interrupt();
    assert!(simulator.builds().is_empty());
}

#[test]
fn a_second_signal_ends_the_step_with_what_is_known() {
    let simulator = endless(&once("PATCH builds/*", "delay = \"30s\""));
    let running = going(&simulator);
    running.signal("INT");
    wait_until(&simulator, was_asked("PATCH"));
    running.signal("TERM");
    let finished = running.finish();
    finished.ended_with(130);
    assert_eq!(finished.outputs["run-id"], "1");
    finished.says("the run may still be going");
    assert!(!finished.summary.is_empty());
}

#[test]
fn a_cancel_that_is_refused_is_said() {
    let simulator = endless(&always("PATCH builds/*", "answer = \"server-error\""));
    let running = going(&simulator);
    running.signal("INT");
    wait_until(&simulator, was_asked("PATCH"));
    let finished = running.interrupt();
    finished.says("Azure DevOps could not be asked to cancel the run");
}

#[test]
fn the_run_is_left_alone_if_the_input_says_so() {
    let simulator = endless("");
    let action = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("cancel-on-interrupt", "false");
    let running = action.start();
    wait_until(&simulator, is("inProgress"));
    running.interrupt();
    assert_eq!(patches(&simulator), 0);
    assert_eq!(simulator.builds()[0].status, "inProgress");
}

#[test]
fn a_signal_during_the_pause_before_another_run_prevents_it() {
    let text = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Test"
result = "failed"
"#;
    let simulator = start(text);
    let action = Action::on(&simulator)
        .input("retry-on", "failure")
        .input("retry-delay", "1h");
    let running = action.start();
    // The last request of a run that is followed to its end is for the list of its logs.
    wait_until(&simulator, was_asked("builds/1/logs?"));
    let finished = running.interrupt();
    assert_eq!(simulator.builds().len(), 1);
    assert!(!finished.summary.is_empty());
}

#[test]
fn two_signals_at_once_still_send_the_cancel_request() {
    let simulator = endless("");
    let running = going(&simulator);
    running.signal("STOP");
    running.signal("INT");
    running.signal("TERM");
    running.signal("CONT");
    let finished = running.finish();
    finished.ended_with(130);
    assert!(
        simulator.builds()[0].cancel_requested,
        "{}",
        finished.stdout
    );
}

#[test]
fn a_cancel_request_that_fails_is_sent_again() {
    let twice = at(&[1, 2], "PATCH builds/*", "answer = \"server-error\"");
    let simulator = endless(&twice);
    let running = going(&simulator);
    let finished = running.interrupt();
    assert_eq!(patches(&simulator), 3);
    assert_eq!(finished.outputs["result"], "canceled");
}

#[test]
fn a_signal_while_a_run_that_nobody_waits_for_is_being_queued_cancels_it() {
    let simulator = endless(&once("POST builds", "delay = \"1500ms\""));
    let running = Action::on(&simulator).input("wait", "false").start();
    wait_until(&simulator, was_asked("POST"));
    running.interrupt();
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

/// The answer to the queue request is lost, and the signal comes while the run is looked for.
fn interrupted_search(close: &str) -> (Simulator, Finished) {
    let lost = once("POST builds", &format!("close = \"{close}\""));
    let late = once("GET builds", "delay = \"1500ms\"");
    let simulator = endless(&format!("{lost}{late}"));
    let running = Action::on(&simulator).start();
    wait_until(
        &simulator,
        was_asked("GET /fabrikam/Fabrikam/_apis/build/builds?"),
    );
    let finished = running.interrupt();
    (simulator, finished)
}

#[test]
fn a_signal_while_a_run_is_looked_for_cancels_it() {
    let (simulator, finished) = interrupted_search("after");
    assert_eq!(simulator.builds().len(), 1);
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
    assert_eq!(finished.outputs["run-id"], "1");
}

#[test]
fn a_signal_while_a_run_is_looked_for_prevents_another() {
    let (simulator, finished) = interrupted_search("before");
    assert!(simulator.builds().is_empty());
    assert!(
        finished
            .error()
            .starts_with("It is not known whether a run was started"),
        "{}",
        finished.stdout
    );
}
