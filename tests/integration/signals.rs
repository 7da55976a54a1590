//! The runner cancels a step with SIGINT, and SIGTERM 7.5 s later (runner: `ProcessInvoker.cs`).

use azure_pipelines_simulator::{Scenario, Simulator, Snapshot};

use crate::support::action::{Action, Finished, PATIENCE, Running};

/// A run that would take for ever. Real time, so that it stays where it is while nobody asks.
fn endless(queue_for: &str, more: &str) -> Simulator {
    let text = format!(
        r#"
clock = {{ real = 10.0 }}
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "{queue_for}"
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
lines = ["soaking"]
[[pipeline.run.task]]
name = "Clean up"
condition = "always"
lines = ["cleaning up"]
{more}"#
    );
    Simulator::start(Scenario::from_toml(&text).expect("a scenario"))
}

fn is(status: &str) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| snapshot.builds.iter().any(|build| build.status == status)
}

fn was_asked(what: &str) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| {
        snapshot
            .journal
            .iter()
            .any(|exchange| exchange.line().contains(what))
    }
}

/// A step whose run is in progress.
fn going(simulator: &Simulator) -> Running {
    let running = Action::on(simulator).input("poll-interval", "20ms").start();
    assert!(simulator.wait_until(is("inProgress"), PATIENCE));
    running
}

fn patches(simulator: &Simulator) -> usize {
    simulator
        .journal()
        .iter()
        .filter(|exchange| exchange.method == "PATCH")
        .count()
}

#[test]
fn a_signal_while_the_run_is_going_cancels_it_and_follows_it_to_its_end() {
    for signal in ["INT", "TERM"] {
        let simulator = endless("0s", "");
        let running = going(&simulator);
        running.signal(signal);
        let finished = running.finish();
        assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
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
        assert!(
            finished.stdout.contains("cleaning up"),
            "what always runs is shown\n{}",
            finished.stdout
        );
        assert!(
            finished
                .stdout
                .contains("Azure DevOps was asked to cancel the run"),
            "{}",
            finished.stdout
        );
    }
}

#[test]
fn a_signal_while_the_run_is_queued_cancels_it() {
    let simulator = endless("forever", "");
    let running = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .start();
    assert!(simulator.wait_until(was_asked("timeline"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

#[test]
fn a_signal_while_the_run_is_being_queued_waits_for_its_id_and_cancels_it() {
    let simulator = endless(
        "0s",
        "[[fault]]\non = \"POST builds\"\nat = [1]\ndelay = \"1500ms\"\n",
    );
    let running = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .start();
    assert!(simulator.wait_until(was_asked("POST"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
    assert_eq!(finished.outputs["run-id"], "1");
}

#[test]
fn a_signal_before_the_run_is_queued_prevents_it() {
    let simulator = endless(
        "0s",
        "[[fault]]\non = \"GET definitions\"\nat = [1]\ndelay = \"30s\"\n",
    );
    let running = Action::on(&simulator).start();
    assert!(simulator.wait_until(was_asked("definitions"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert!(simulator.builds().is_empty());
}

#[test]
fn a_second_signal_ends_the_step_with_what_is_known() {
    let simulator = endless(
        "0s",
        "[[fault]]\non = \"PATCH builds/*\"\nat = [1]\ndelay = \"30s\"\n",
    );
    let running = going(&simulator);
    running.signal("INT");
    assert!(simulator.wait_until(was_asked("PATCH"), PATIENCE));
    running.signal("TERM");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(finished.outputs["run-id"], "1");
    assert!(
        finished.stdout.contains("the run may still be going"),
        "{}",
        finished.stdout
    );
    assert!(!finished.summary.is_empty());
}

#[test]
fn a_cancel_that_is_refused_is_said() {
    let simulator = endless(
        "0s",
        "[[fault]]\non = \"PATCH builds/*\"\nevery = true\nanswer = \"server-error\"\n",
    );
    let running = going(&simulator);
    running.signal("INT");
    assert!(simulator.wait_until(was_asked("PATCH"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert!(
        finished
            .stdout
            .contains("Azure DevOps could not be asked to cancel the run"),
        "{}",
        finished.stdout
    );
}

#[test]
fn the_run_is_left_alone_if_the_input_says_so() {
    let simulator = endless("0s", "");
    let action = Action::on(&simulator)
        .input("poll-interval", "20ms")
        .input("cancel-on-interrupt", "false");
    let running = action.start();
    assert!(simulator.wait_until(is("inProgress"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
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
    let simulator = Simulator::start(Scenario::from_toml(text).expect("a scenario"));
    let action = Action::on(&simulator)
        .input("retry-on", "failure")
        .input("retry-delay", "1h");
    let running = action.start();
    // The last request of a run that is followed to its end is for the list of its logs.
    assert!(simulator.wait_until(was_asked("builds/1/logs?"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(simulator.builds().len(), 1);
    assert!(!finished.summary.is_empty());
}

#[test]
fn two_signals_at_once_still_send_the_cancel_request() {
    let simulator = endless("0s", "");
    let running = going(&simulator);
    running.signal("STOP");
    running.signal("INT");
    running.signal("TERM");
    running.signal("CONT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert!(
        simulator.builds()[0].cancel_requested,
        "{}",
        finished.stdout
    );
}

#[test]
fn a_cancel_request_that_fails_is_sent_again() {
    let fault = "[[fault]]\non = \"PATCH builds/*\"\nat = [1, 2]\nanswer = \"server-error\"\n";
    let simulator = endless("0s", fault);
    let running = going(&simulator);
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(patches(&simulator), 3);
    assert_eq!(finished.outputs["result"], "canceled");
}

#[test]
fn a_signal_while_a_run_that_nobody_waits_for_is_being_queued_cancels_it() {
    let fault = "[[fault]]\non = \"POST builds\"\nat = [1]\ndelay = \"1500ms\"\n";
    let simulator = endless("0s", fault);
    let running = Action::on(&simulator).input("wait", "false").start();
    assert!(simulator.wait_until(was_asked("POST"), PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

/// The answer to the queue request is lost, and the signal comes while the run is looked for.
fn interrupted_search(close: &str) -> (Simulator, Finished) {
    let faults = format!(
        "[[fault]]\non = \"POST builds\"\nat = [1]\nclose = \"{close}\"\n[[fault]]\non = \"GET builds\"\nat = [1]\n\
         delay = \"300ms\"\n"
    );
    let simulator = endless("0s", &faults);
    let running = Action::on(&simulator).start();
    assert!(simulator.wait_until(
        was_asked("GET /fabrikam/Fabrikam/_apis/build/builds?"),
        PATIENCE
    ));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
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
