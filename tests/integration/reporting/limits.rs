//! What GitHub takes at once, how often it may be asked, and that the verdict waits for none of it.

use super::{
    ALL, failed_as_the_run, last_status, on, on_pull_request, requests, simulator, text, warnings,
};
use crate::support::service::{always, at, nobody, once, start};

#[test]
fn annotations_go_fifty_at_a_time() {
    let lines: Vec<String> = (1..=120)
        .map(|line| format!("\"src/sum.c:{line}:1: error: e{line}\""))
        .collect();
    let text_of = |lines: &str| {
        format!(
            "[[pipeline]]\nid = 12\nname = 'App CI'\n\
             [[pipeline.run.job]]\nname = 'A'\n[[pipeline.run.job.task]]\nname = 'T'\nresult = 'failed'\nlines = [{lines}]\n\
             [[pipeline.run.job]]\nname = 'B'\n[[pipeline.run.job.task]]\nname = 'T'\nresult = 'failed'\nlines = [{lines}]\n"
        )
    };
    let sixty = lines[..60].join(",");
    let simulator = start(&text_of(&sixty));
    let finished = on(&simulator, "check-run").run();
    failed_as_the_run(&finished);
    let journal = simulator.journal();
    let batches: Vec<usize> = journal
        .iter()
        .filter_map(|exchange| Some(exchange.body["output"]["annotations"].as_array()?.len()))
        .collect();
    assert_eq!(batches, [50, 50, 20]);
    let check = &simulator.github().check_runs[0];
    assert_eq!(check["output"]["annotations_count"], 120);
    assert_eq!(text(check, "conclusion"), "failure");
    let last = journal
        .iter()
        .rfind(|exchange| exchange.path.starts_with("/api/v3/"));
    assert_eq!(last.expect("a request").body["status"], "completed");
}

#[test]
fn a_batch_that_is_lost_or_refused_is_not_sent_again_and_the_run_is_completed() {
    for fault in ["close = 'after'", "status = 422\nbody = '{}'"] {
        let lines: Vec<String> = (1..=60)
            .map(|line| format!("\"src/sum.c:{line}:1: error: e\""))
            .collect();
        let scenario = format!(
            "[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run.task]]\nname = 'T'\nresult = 'failed'\nlines = [{}]\n\
             {}",
            lines.join(","),
            at(&[1, 2], "PATCH /api/v3/**", fault)
        );
        let simulator = start(&scenario);
        let finished = on(&simulator, "check-run").run();
        failed_as_the_run(&finished);
        let check = &simulator.github().check_runs[0];
        assert_eq!(
            (text(check, "status"), text(check, "conclusion")),
            ("completed", "failure")
        );
        let count = check["output"]["annotations_count"]
            .as_u64()
            .expect("a number");
        assert!(count <= 60, "{fault}: {count}");
    }
}

#[test]
fn a_check_run_whose_answer_was_lost_is_found_again() {
    let simulator = simulator(&once("POST /api/v3/**/check-runs", "close = 'after'"));
    let finished = on(&simulator, "check-run").run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    let checks = simulator.github().check_runs;
    assert_eq!(checks.len(), 1);
    assert_eq!(text(&checks[0], "conclusion"), "failure");
}

#[test]
fn limits_are_waited_for_in_the_end_and_not_before() {
    for limit in ["github-limit", "github-secondary-limit"] {
        let simulator = simulator(&once("POST /api/v3/**", &format!("answer = '{limit}'")));
        let finished = on(&simulator, "commit-status").run();
        failed_as_the_run(&finished);
        assert_eq!(warnings(&finished), [""; 0], "{limit}");
        let states: Vec<String> = simulator
            .github()
            .statuses
            .iter()
            .map(|one| text(one, "state").to_owned())
            .collect();
        assert_eq!(states, ["failure"], "{limit}");
        assert_eq!(requests(&simulator, "/api/v3/").len(), 2, "{limit}");
    }
}

#[test]
fn a_limit_that_lasts_too_long_is_a_warning() {
    let limit = "answer = 'github-secondary-limit'\nheaders = { retry-after = '600' }";
    let simulator = simulator(&always("POST /api/v3/**", limit));
    let finished = on(&simulator, "commit-status").run();
    failed_as_the_run(&finished);
    let warnings = warnings(&finished);
    let said = "GitHub's limit of requests is used up for";
    assert!(
        warnings.len() == 1 && warnings[0].contains(said),
        "{warnings:?}"
    );
    // One while the run goes on, one in the end.
    assert!(requests(&simulator, "/api/v3/").len() <= 2);
}

#[test]
fn a_github_that_does_not_answer_delays_no_verdict() {
    let simulator = simulator(&once("POST /api/v3/**", "delay = '60s'"));
    let mut running = on(&simulator, "commit-status").start();
    // The verdict is there while the first request is still on its way.
    running.wait_for("App CI 20260302.1 failed in");
    assert_eq!(requests(&simulator, "/api/v3/").len(), 1);
    running.signal("INT");
    assert_eq!(running.finish().exit_code, Some(1));
}

#[test]
fn a_github_that_is_down_delays_no_verdict() {
    let simulator = simulator("");
    let mut running = on_pull_request(&simulator, ALL)
        .variable("GITHUB_API_URL", &format!("http://{}", nobody()))
        .start();
    running.wait_for("App CI 20260302.1 failed in");
    running.signal("INT");
    let finished = running.finish();
    failed_as_the_run(&finished);
    assert_eq!(requests(&simulator, "/api/v3/"), [""; 0]);
}

#[test]
fn texts_are_cut_to_what_github_takes() {
    let name = "Stage |*_<` ".repeat(40);
    let message = name.repeat(6);
    let jobs: Vec<String> = (10..70)
        .map(|number| {
            format!(
                "[[pipeline.run.stage.job]]\nname = '{name}{number}'\n[[pipeline.run.stage.job.task]]\nname = '{name}'\n\
                 result = 'failed'\nlines = [\"src/sum.c:{number}1:1: error: {message}\"]\n"
            )
        })
        .collect();
    let jobs = jobs.concat();
    let text_of = format!(
        "[[pipeline]]\nid = 12\nname = '{}'\n[[pipeline.run.stage]]\nname = '{name}'\n{jobs}",
        name.trim()
    );
    let simulator = start(&text_of);
    let finished = on_pull_request(&simulator, ALL)
        .input("azure-pipeline-name", "")
        .input("azure-pipeline-id", "12")
        .run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    let github = simulator.github();
    let check = &github.check_runs[0];
    assert_eq!(text(check, "conclusion"), "failure");
    let summary = text(&check["output"], "summary");
    assert!(
        (30_000..65_535).contains(&summary.len()),
        "{}",
        summary.len()
    );
    assert_eq!(check["output"]["annotations_count"], 60);
    assert_eq!(text(last_status(&github), "state"), "failure");
    assert!(text(&github.comments[0], "body").contains("50 more"));
}
