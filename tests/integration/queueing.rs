//! One run per request: runs that are gone on with, runs that are retried, answers that are lost.

use azure_pipelines_simulator::{BuildSnapshot, Exchange, Simulator, Snapshot};

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::running::Running;
use crate::support::service::{SOAKS, always, is_followed, once, start, wait_until, was_asked};

/// A run that goes on while nobody looks, and ends after twenty looks.
const SLOW: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "0s"
[[pipeline.run.task]]
name = "Soak"
duration = "20s"
lines = ["soaking"]
"#;

fn count(simulator: &Simulator, what: &str) -> usize {
    let journal = simulator.journal();
    let lines = journal.iter().map(Exchange::line);
    lines.filter(|line| line.contains(what)).count()
}

fn claims(build: &BuildSnapshot) -> Vec<&String> {
    let tags = build.tags.iter();
    tags.filter(|tag| tag.starts_with("github-claim-"))
        .collect()
}

/// A step that starts a run and leaves it going.
fn leave(simulator: &Simulator) -> Action {
    Action::on(simulator).input("wait", "false")
}

/// The same step when its job is run again.
fn again(simulator: &Simulator) -> Action {
    Action::on(simulator).variable("GITHUB_RUN_ATTEMPT", "2")
}

#[track_caller]
fn ends(action: Action, exit_code: i32) -> Finished {
    let finished = action.run();
    finished.ended_with(exit_code);
    finished
}

#[test]
fn a_run_says_where_it_comes_from() {
    for keeps in [false, true] {
        let simulator = start(&format!("queue-tags = {keeps}\n{SLOW}"));
        ends(leave(&simulator), 0);
        let build = &simulator.builds()[0];
        for tag in [
            "github-run-4711",
            "github-job-azure",
            "github-step-pipeline",
        ] {
            assert!(build.tags.iter().any(|own| own == tag), "{:?}", build.tags);
        }
        assert_eq!(claims(build).len(), 1);
        // Tags that the service keeps are not sent again.
        assert_eq!(count(&simulator, "builds/1/tags"), usize::from(!keeps));
    }
}

#[test]
fn a_run_that_cannot_be_tagged_goes_on() {
    let refused = always("POST builds/*/tags", "status = 403\nbody = '{}'");
    let simulator = start(&format!("{SLOW}{refused}"));
    let finished = ends(leave(&simulator), 0);
    let warning = "::warning::The run could not be tagged";
    finished.says(warning);
}

#[test]
fn a_job_that_is_run_again_goes_on_with_its_run() {
    let simulator = start(SLOW);
    ends(leave(&simulator), 0);
    let finished = ends(again(&simulator), 0);
    assert_eq!(simulator.builds().len(), 1);
    assert_eq!(finished.outputs["run-id"], "1");
    assert_eq!(finished.outputs["result"], "succeeded");
    let line = "Going on with the run that an earlier attempt of this job started";
    finished.says(line);
    finished.says("\nsoaking\n");
    assert_eq!(claims(&simulator.builds()[0]).len(), 2);
}

/// What makes a step another one, or forbids it to go on with a run.
const OTHERS: [(&str, &str); 14] = [
    ("GITHUB_ACTION", "pipeline_2"),
    ("GITHUB_JOB", "other"),
    ("GITHUB_RUN_ID", "4712"),
    ("GITHUB_REPOSITORY", "octo/other"),
    ("GITHUB_SHA", "2222222222222222222222222222222222222222"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("INPUT_RESUME-KEY", "{\"os\":\"linux\"}"),
    ("INPUT_AZURE-PIPELINE-VARIABLES", "who=moon"),
    ("INPUT_TEMPLATE-PARAMETERS", "{\"list\":[1]}"),
    ("INPUT_SECRET-VARIABLES", "password=hunter2"),
    ("INPUT_STAGES-TO-SKIP", "__default"),
    ("INPUT_PRIORITY", "high"),
    ("INPUT_RUN-TAGS", "nightly"),
    ("INPUT_RESUME", "false"),
];

#[test]
fn only_the_same_step_of_the_same_job_goes_on_with_a_run() {
    let simulator = start(SLOW);
    ends(leave(&simulator), 0);
    for (place, (variable, value)) in OTHERS.into_iter().enumerate() {
        let other = again(&simulator).input("wait", "false");
        ends(other.variable(variable, value), 0);
        assert_eq!(simulator.builds().len(), place + 2, "{variable}");
    }
    for build in simulator.builds() {
        assert_eq!(claims(&build).len(), 1, "nobody else has claimed it");
    }
}

#[test]
fn a_run_that_the_pipelines_api_started_is_gone_on_with_too() {
    let simulator = start(SLOW);
    let given = |action: Action, secret: &str| {
        let action = action.input("secret-variables", &format!("password={secret}"));
        action.input("template-parameters", "{\"list\":[1]}")
    };
    ends(given(leave(&simulator), "hunter2"), 0);
    assert_eq!(count(&simulator, "/_apis/pipelines/12/runs"), 1);
    // A secret may have been renewed meanwhile; nothing tells what it was.
    let finished = ends(given(again(&simulator), "hunter3"), 0);
    assert_eq!(simulator.builds().len(), 1);
    assert_eq!(finished.outputs["run-id"], "1");
    assert_eq!(finished.outputs["result"], "succeeded");
}

#[test]
fn the_legs_of_a_matrix_go_on_with_their_own_runs() {
    let simulator = start(SLOW);
    let legs = ["{\"os\":\"linux\"}", "{\"os\":\"windows\"}"];
    for leg in legs {
        ends(leave(&simulator).input("resume-key", leg), 0);
    }
    for (leg, id) in legs.into_iter().zip(["1", "2"]) {
        let action = again(&simulator).input("wait", "false");
        let finished = ends(action.input("resume-key", leg), 0);
        assert_eq!(finished.outputs["run-id"], id);
    }
    assert_eq!(simulator.builds().len(), 2);
}

/// Two jobs of a reusable workflow that is called twice look alike.
#[test]
fn steps_that_look_alike_start_runs_of_their_own() {
    let simulator = start(SLOW);
    ends(leave(&simulator), 0);
    ends(leave(&simulator), 0);
    let finished = ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 3);
    let line = "Several runs could be the one";
    finished.says(line);
}

#[test]
fn a_run_that_another_step_has_gone_on_with_is_left_to_it() {
    let simulator = start(SLOW);
    ends(leave(&simulator), 0);
    ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 1);
    ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 2);
}

#[test]
fn a_run_that_is_over_or_ending_is_not_gone_on_with() {
    let simulator = start(SLOW);
    ends(Action::on(&simulator), 0);
    ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 2);

    let simulator = start(&SOAKS.replace("queue-for = \"0s\"", "cancel-takes = \"forever\""));
    let running = Action::on(&simulator).start();
    wait_until(&simulator, is_followed);
    running.signal("INT");
    running.finish();
    ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 2);
}

#[test]
fn a_search_that_fails_does_not_prevent_a_run() {
    let fails = always("GET builds", "answer = 'server-error'");
    let simulator = start(&format!("{SLOW}{fails}"));
    ends(leave(&simulator), 0);
    let finished = ends(again(&simulator).input("wait", "false"), 0);
    assert_eq!(simulator.builds().len(), 2);
    let warning = "::warning::It could not be found out whether a run of an earlier attempt";
    finished.says(warning);
}

#[test]
fn a_signal_while_an_earlier_run_is_looked_for_cancels_it() {
    let late = once("GET builds", "delay = '1s'");
    let simulator = start(&format!("{SOAKS}{late}"));
    ends(leave(&simulator), 0);
    let running = again(&simulator).start();
    wait_until(&simulator, was_asked("tagFilters"));
    is_canceled_by_a_signal(&simulator, running);
}

const FAILING_STAGE: &str = r#"
[[pipeline.run.stage]]
name = "STAGE"
depends-on = []
[[pipeline.run.stage.job]]
name = "Job"
[[pipeline.run.stage.job.task]]
name = "Check"
lines = ["STAGE is checked"]
attempts = [{ result = "failed" }, { result = "succeeded" }]
"#;

/// A run with stages that fail in their first attempts.
fn failing(product: &str, stages: &[&str]) -> Simulator {
    let mut text = format!("product = '{product}'\n[[pipeline]]\nid = 12\nname = 'App CI'\n");
    for stage in stages {
        text += &FAILING_STAGE.replace("STAGE", stage);
    }
    start(&text)
}

#[test]
fn failed_stages_are_retried_in_the_same_run_where_the_server_can() {
    for product in ["services", "server-2022", "server-2020"] {
        for stages in [&["Build"][..], &["Build", "Deploy"]] {
            let simulator = failing(product, stages);
            let finished = ends(Action::on(&simulator).input("retry-on", "failure"), 0);
            assert_eq!(simulator.builds().len(), 1, "{product} {stages:?}");
            assert_eq!(finished.outputs["attempts"], "2");
            assert_eq!(finished.outputs["run-id"], "1");
            assert_eq!(finished.outputs["result"], "succeeded");
            let line = format!("Run 20260302.1 goes on with {}", stages.join(", "));
            finished.says(&line);
            // Once in each attempt.
            for stage in stages {
                let line = format!("\n{stage} is checked\n");
                assert_eq!(
                    finished.stdout.matches(&line).count(),
                    2,
                    "{}",
                    finished.stdout
                );
            }
            assert!(finished.summary.contains("Earlier"), "{}", finished.summary);
            assert_eq!(simulator.problems(), Vec::<String>::new(), "{product}");
        }
    }
}

#[test]
fn a_new_run_is_started_where_the_server_cannot_or_the_input_says_so() {
    for (product, mode) in [("server-2019", "failed-stages"), ("services", "new-run")] {
        let simulator = failing(product, &["Build"]);
        let action = Action::on(&simulator).input("retry-on", "failure");
        let action = action.input("retry-mode", mode);
        let finished = ends(action, 1);
        assert_eq!(simulator.builds().len(), 2, "{product}");
        assert_eq!(finished.outputs["attempts"], "2");
        assert_eq!(finished.outputs["run-id"], "2");
        let claims: Vec<usize> = simulator.builds().iter().map(|b| claims(b).len()).collect();
        assert_eq!(claims, [1, 1]);
        let line = "cannot go on, so another run is started";
        assert_eq!(finished.stdout.contains(line), product == "server-2019");
        assert_eq!(simulator.problems(), Vec::<String>::new(), "{product}");
    }
}

/// A run whose failed stage goes on until it is canceled once it is retried.
const RETRIED: &str = r#"
clock = { real = 10.0 }
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "0s"
[[pipeline.run.task]]
name = "Check"
attempts = [{ result = "failed" }, { duration = "forever" }]
"#;

/// The step is interrupted, and its one run with it.
#[track_caller]
fn is_canceled_by_a_signal(simulator: &Simulator, running: Running) {
    running.interrupt();
    assert_eq!(simulator.builds().len(), 1);
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("canceled"));
}

#[test]
fn a_signal_while_stages_are_being_retried_cancels_the_run() {
    let late = once("PATCH builds/*/stages/*", "delay = '700ms'");
    let simulator = start(&format!("{RETRIED}{late}"));
    let action = Action::on(&simulator).input("retry-on", "failure");
    let running = action.start();
    wait_until(&simulator, was_asked("/stages/"));
    is_canceled_by_a_signal(&simulator, running);
}

#[test]
fn a_signal_while_a_lost_retry_is_looked_for_cancels_the_run_at_once() {
    let lost = once("PATCH builds/*/stages/*", "close = 'before'");
    let simulator = start(&format!("{RETRIED}{lost}"));
    let action = Action::on(&simulator).input("retry-on", "failure");
    let running = action.start();
    let is_looking = |snapshot: &Snapshot| {
        let lines = snapshot.journal.iter().map(Exchange::line);
        let mut after = lines.skip_while(|line| !line.contains("/stages/"));
        after.any(|line| line.contains("/builds/1?"))
    };
    wait_until(&simulator, is_looking);
    running.interrupt();
    let journal: Vec<String> = simulator.journal().iter().map(Exchange::line).collect();
    let place = |what: &str| journal.iter().rposition(|line| line.contains(what));
    let retried = place("/stages/").expect("a retry");
    let canceled = place("{\"status\":\"cancelling\"}").expect("a cancel");
    let looks = journal[retried..canceled].iter();
    let looks = looks.filter(|line| line.contains("/timeline?")).count();
    assert!(looks <= 1, "{journal:?}");
}
