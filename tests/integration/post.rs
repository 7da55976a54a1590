//! The post step: cancels the run of a step that was killed, and does nothing otherwise.

use azure_pipelines_simulator::{Simulator, Snapshot};
use run_azure_pipeline::azure::Patience;
use run_azure_pipeline::outcome;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::in_process::{Trap, write_to};
use crate::support::running::Running;
use crate::support::service::{SOAKS, always, is_followed, once, start, wait_until, was_asked};

fn simulator(more: &str) -> Simulator {
    simulator_with("", more)
}

fn simulator_with(first: &str, more: &str) -> Simulator {
    start(&format!("{first}\n{SOAKS}\n{more}"))
}

fn action(simulator: &Simulator) -> Action {
    Action::on(simulator).input("poll-interval", "20ms")
}

/// A step that is killed while its run is in progress.
fn killed(simulator: &Simulator, action: Action) -> Finished {
    let running = action.start();
    wait_until(simulator, is_followed);
    kill(running)
}

fn kill(running: Running) -> Finished {
    running.signal("KILL");
    let finished = running.finish();
    assert_eq!(finished.exit_code, None);
    finished
}

/// The first request for a run has this fault.
fn queueing(fault: &str) -> String {
    once("POST builds", fault)
}

/// The answer comes late.
const LATE: &str = "delay = \"60s\"";

const REFUSED: &str = "status = 403\nbody = \"{}\"";

/// A step that waits for the answer to its request for a run.
fn asking(simulator: &Simulator, action: Action) -> Running {
    let running = action.start();
    let is_asked = |snapshot: &Snapshot| {
        let mut journal = snapshot.journal.iter();
        let is_it = |path: &str| path.contains("/build/builds?") || path.contains("/runs?");
        journal.any(|one| one.method == "POST" && is_it(&one.path))
    };
    wait_until(simulator, is_asked);
    running
}

/// The post step ends well and says what is expected in one line.
#[track_caller]
fn post_says(simulator: &Simulator, step: &Finished, expected: &str) -> Finished {
    let post = action(simulator).after(step).run();
    post.ended_with(0);
    let log = post.log();
    assert_eq!(
        log.lines().count(),
        usize::from(!expected.is_empty()),
        "{log}"
    );
    assert!(log.contains(expected), "{log}");
    post
}

/// Whether somebody has asked to cancel each of the runs.
fn cancels(simulator: &Simulator) -> Vec<bool> {
    let builds = simulator.builds();
    builds.iter().map(|build| build.cancel_requested).collect()
}

/// The post step says nothing, and asks nothing.
#[track_caller]
fn nothing_is_done(simulator: &Simulator, action: Action, step: &Finished) {
    let before = simulator.journal().len();
    let post = action.after(step).run();
    assert_eq!((post.exit_code, post.stdout.as_str()), (Some(0), ""));
    assert_eq!(simulator.journal().len(), before);
}

#[test]
fn the_run_of_a_step_that_was_killed_is_canceled() {
    let simulator = simulator("");
    let step = killed(&simulator, action(&simulator));
    assert_eq!(simulator.builds()[0].status, "inProgress");
    let post = action(&simulator).after(&step).run();
    post.ended_with(0);
    assert!(simulator.builds()[0].cancel_requested);
    post.says("Azure DevOps was asked to cancel App CI 20260302.1");
    assert!(post.view.annotations.is_empty(), "{}", post.stdout);
    // Once it is being canceled, or over, there is nothing to do and nothing to say.
    let again = action(&simulator).after(&step).run();
    assert_eq!((again.exit_code, again.log().as_str()), (Some(0), ""));
}

#[test]
fn a_step_that_has_ended_leaves_nothing_to_the_post_step() {
    let simulator = simulator("");
    let interrupted = action(&simulator).start();
    wait_until(&simulator, is_followed);
    interrupted.signal("INT");
    let interrupted = interrupted.finish();
    assert_eq!(interrupted.outputs["result"], "canceled");
    nothing_is_done(&simulator, action(&simulator), &interrupted);
    let started = action(&simulator).input("wait", "false").run();
    nothing_is_done(&simulator, action(&simulator), &started);
    let wrong = action(&simulator).input("max-attempts", "many").run();
    nothing_is_done(&simulator, action(&simulator), &wrong);
}

#[test]
fn a_run_that_may_go_on_is_left_alone_when_the_step_is_killed() {
    let simulator = simulator("");
    let stays = || action(&simulator).input("cancel-on-interrupt", "false");
    let step = killed(&simulator, stays());
    nothing_is_done(&simulator, stays(), &step);
    let watch = || {
        Action::on(&simulator)
            .input("command", "watch")
            .input("run-id", "1")
    };
    let step = killed(&simulator, watch());
    nothing_is_done(&simulator, watch(), &step);
}

#[test]
fn a_cancel_whose_answer_never_came_is_looked_after() {
    let simulator = simulator(&once("PATCH builds/*", "delay = \"30s\""));
    let running = action(&simulator).start();
    wait_until(&simulator, is_followed);
    running.signal("INT");
    wait_until(&simulator, was_asked("PATCH"));
    running.signal("INT");
    let step = running.finish();
    step.ended_with(130);
    assert_eq!(step.state["held"], "1");
    let post = action(&simulator).after(&step).run();
    assert_eq!((post.exit_code, post.log().as_str()), (Some(0), ""));
    assert!(simulator.builds()[0].cancel_requested);
}

#[test]
fn the_run_of_a_step_that_was_killed_before_it_knew_it_is_canceled() {
    for fault in [LATE, "stall = 0"] {
        for keeps in ["", "queue-tags = true\n"] {
            let simulator = simulator_with(keeps, &queueing(fault));
            let action = action(&simulator).input("azure-pipeline-variables", "who=s3cr3t");
            let step = kill(asking(&simulator, action));
            assert!(!step.state["held"].contains("s3cr3t"), "{:?}", step.state);
            let said = "Azure DevOps was asked to cancel App CI 20260302.1";
            post_says(&simulator, &step, said);
            assert_eq!(cancels(&simulator), [true]);
            post_says(&simulator, &step, "");
        }
    }
}

#[test]
fn it_is_found_as_well_where_only_the_pipelines_api_could_start_it() {
    for told in [
        "",
        "run-variables-hidden = true\n",
        "product = 'server-2020'\n",
    ] {
        let simulator = simulator_with(told, &once("POST pipelines/*/runs", LATE));
        let action = action(&simulator)
            .input("azure-pipeline-variables", "who=world")
            .input("template-parameters", "{\"list\": [1, 2]}")
            .input("secret-variables", "password=s3cr3t");
        let step = kill(asking(&simulator, action));
        let held = &step.state["held"];
        for private in ["s3cr3t", "password", "world", "list"] {
            assert!(!held.contains(private), "{held}");
        }
        post_says(
            &simulator,
            &step,
            "Azure DevOps was asked to cancel App CI 20260302.1",
        );
        assert_eq!(cancels(&simulator), [true], "{told}");
    }
}

#[test]
fn a_run_that_another_step_has_claimed_is_not_canceled_in_place_of_the_one_that_is_looked_for() {
    let simulator = simulator(&queueing("delay = \"60s\"\nstatus = 503"));
    let asking = asking(&simulator, action(&simulator));
    let other = action(&simulator).input("wait", "false").run();
    assert_eq!(other.outputs["run-id"], "1");
    let step = kill(asking);
    post_says(&simulator, &step, "");
    assert_eq!(cancels(&simulator), [false]);
}

#[test]
fn of_runs_that_look_alike_none_is_canceled() {
    let refused = once("POST builds/*/tags", REFUSED);
    let simulator = simulator(&format!("{}{refused}", queueing(LATE)));
    let asking = asking(&simulator, action(&simulator));
    let other = action(&simulator).input("wait", "false").run();
    assert_eq!(other.outputs["run-id"], "2");
    let step = kill(asking);
    let post = post_says(&simulator, &step, "one may still be going");
    assert_eq!(cancels(&simulator), [false, false]);
    let [warning] = post.view.annotations.as_slice() else {
        panic!("{}", post.stdout);
    };
    assert_eq!(warning.level, "warning");
    let page = format!("{}/_build?definitionId=12", simulator.project_url());
    assert!(warning.message.contains(&page), "{}", warning.message);
    // The inputs are evaluated again, and a secret may be gone.
    let without = action(&simulator).input("azure-devops-token", "");
    let post = without.after(&step).run();
    post.ended_with(0);
    let [warning] = post.view.annotations.as_slice() else {
        panic!("{}", post.stdout);
    };
    let why =
        "one may still be going (look on the pipeline's page): `azure-devops-token` is missing";
    assert!(warning.message.contains(why), "{}", warning.message);
}

#[test]
fn a_request_that_never_arrived_leaves_nothing_to_say() {
    let simulator = simulator(&queueing("delay = \"60s\"\nclose = \"before\""));
    let step = kill(asking(&simulator, action(&simulator)));
    post_says(&simulator, &step, "");
    assert_eq!(simulator.builds().len(), 0);
}

#[test]
fn a_run_that_may_go_on_is_not_looked_for() {
    let simulator = simulator(&queueing(LATE));
    let stays = || action(&simulator).input("cancel-on-interrupt", "false");
    let step = kill(asking(&simulator, stays()));
    nothing_is_done(&simulator, stays(), &step);
}

#[test]
fn a_request_that_was_refused_leaves_nothing_to_the_post_step() {
    let simulator = simulator(&queueing(REFUSED));
    let step = action(&simulator).run();
    assert_ne!(step.exit_code, Some(0), "{}", step.stdout);
    assert_eq!(step.state["held"], "");
    nothing_is_done(&simulator, action(&simulator), &step);
}

#[test]
fn a_run_that_an_interrupted_step_could_not_find_is_looked_for_again() {
    let blind = once("GET builds", LATE);
    let simulator = simulator(&format!("{}{blind}", queueing(LATE)));
    let asking = asking(&simulator, action(&simulator));
    asking.signal("INT");
    let step = asking.finish();
    step.ended_with(130);
    assert_eq!(cancels(&simulator), [false]);
    post_says(&simulator, &step, "was asked to cancel App CI");
    assert_eq!(cancels(&simulator), [true]);
}

#[test]
fn what_the_post_step_cannot_do_is_a_warning() {
    let simulator = simulator(&always("PATCH builds/*", "answer = \"401\""));
    let step = killed(&simulator, action(&simulator));
    let cases = [
        (action(&simulator), "did not accept the token"),
        // The inputs are evaluated again, and a secret may be gone.
        (
            action(&simulator).input("azure-devops-token", ""),
            "`azure-devops-token` is missing",
        ),
    ];
    for (action, why) in cases {
        let post = action.after(&step).run();
        post.ended_with(0);
        let [warning] = post.view.annotations.as_slice() else {
            panic!("{}", post.stdout);
        };
        assert_eq!(warning.level, "warning");
        assert!(warning.message.contains(why), "{}", warning.message);
        let still = "its run 1";
        assert!(warning.message.contains(still), "{}", warning.message);
    }
}

/// What a step wrote that panicked after it had written `line`.
fn panicking(simulator: &Simulator, line: &str) -> String {
    let mut trap = Trap::new(|log| log.contains(line));
    let exit_code = write_to(&mut trap, &action(simulator), Patience::default());
    assert_eq!(exit_code, outcome::SERVICE_FAILED);
    assert!(trap.has_sprung(), "it did not panic");
    trap.log()
}

#[test]
fn the_run_of_a_step_that_panics_is_canceled() {
    // While it is queued, followed, and while the log is read.
    for line in ["Queued run ", " started on commit", "soaking"] {
        let simulator = simulator("");
        let log = panicking(&simulator, line);
        assert!(simulator.builds()[0].cancel_requested, "{log}");
        assert!(log.contains("was asked to cancel App CI"), "{log}");
    }
}

#[test]
fn the_run_of_a_step_that_panics_before_it_knows_it_is_found_and_canceled() {
    let simulator = simulator(&queueing("close = \"after\""));
    let log = panicking(&simulator, "looking whether a run was started");
    assert_eq!(cancels(&simulator), [true], "{log}");
    assert!(log.contains("was asked to cancel App CI"), "{log}");
}

#[test]
fn the_run_of_a_step_that_panics_and_cannot_be_canceled_is_named() {
    let simulator = simulator(&always("PATCH builds/*", REFUSED));
    let log = panicking(&simulator, "soaking");
    assert_eq!(cancels(&simulator), [false], "{log}");
    let page = format!("{}/_build/results?buildId=1", simulator.project_url());
    let warning = log.lines().find(|line| line.starts_with("::warning"));
    let warning = warning.unwrap_or_else(|| panic!("{log}"));
    assert!(warning.contains("its run 1"), "{warning}");
    assert!(log.contains(&page), "{log}");
}
