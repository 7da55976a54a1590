//! What GitHub is told when a step is interrupted or killed.

use azure_pipelines_simulator::{Exchange, Simulator, Snapshot};

use super::{ALL, REFUSED, last_status, on_pull_request, text, warnings};
use crate::support::finished::Finished;
use crate::support::running::Running;
use crate::support::service::{SOAKS, always, is, start, wait_until};

/// A run that goes on until it is canceled.
fn endless(more: &str) -> Simulator {
    start(&format!("{SOAKS}{more}"))
}

/// A step that has told of its run, which goes on, whatever is to be told.
fn told(simulator: &Simulator) -> Running {
    let running = on_pull_request(simulator, ALL)
        .input("poll-interval", "20ms")
        .start();
    let is_told = |snapshot: &Snapshot| {
        let github = &snapshot.github;
        !github.statuses.is_empty() && !github.check_runs.is_empty() && !github.comments.is_empty()
    };
    wait_until(simulator, |snapshot| {
        is("inProgress")(snapshot) && is_told(snapshot)
    });
    running
}

fn killed(running: Running) -> Finished {
    running.signal("KILL");
    running.finish()
}

#[test]
fn an_interrupted_step_tells_github_after_it_has_canceled_the_run() {
    let simulator = endless("");
    let running = told(&simulator);
    let finished = running.interrupt();
    let github = simulator.github();
    assert_eq!(text(&github.check_runs[0], "conclusion"), "cancelled");
    assert_eq!(text(last_status(&github), "state"), "error");
    assert!(text(&github.comments[0], "body").contains("🚫"));
    let lines: Vec<String> = simulator.journal().iter().map(Exchange::line).collect();
    let at = |mark: &str| {
        lines
            .iter()
            .position(|line| line.contains(mark))
            .expect("a request")
    };
    assert!(at("\"cancelling\"") < at("\"cancelled\""), "{lines:#?}");
    assert_eq!(finished.state["reported"], "");
    let post = on_pull_request(&simulator, ALL).after(&finished).run();
    assert_eq!((post.exit_code, post.stdout.as_str()), (Some(0), ""));
}

#[test]
fn the_post_step_ends_what_a_step_that_was_killed_has_told() {
    let simulator = endless("");
    let step = killed(told(&simulator));
    assert_eq!(text(&simulator.github().check_runs[0], "status"), "queued");
    let post = on_pull_request(&simulator, ALL).after(&step).run();
    post.ended_with(0);
    post.says("GitHub was told that the step ended");
    let github = simulator.github();
    let check = &github.check_runs[0];
    assert_eq!(
        (text(check, "status"), text(check, "conclusion")),
        ("completed", "cancelled")
    );
    assert!(
        text(&check["output"], "title").contains("before it could tell"),
        "{check}"
    );
    assert_eq!(text(last_status(&github), "state"), "error");
    assert_eq!(github.comments.len(), 1);
    assert!(text(&github.comments[0], "body").contains("before it could tell"));
    assert!(simulator.builds()[0].cancel_requested);
}

#[test]
fn what_the_post_step_may_not_is_a_warning() {
    let simulator = endless(&always("PATCH /api/v3/**", REFUSED));
    let step = killed(told(&simulator));
    let post = on_pull_request(&simulator, ALL).after(&step).run();
    post.ended_with(0);
    let warnings = warnings(&post);
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("`checks: write`")),
        "{warnings:?}"
    );
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("`pull-requests: write`")),
        "{warnings:?}"
    );
}
