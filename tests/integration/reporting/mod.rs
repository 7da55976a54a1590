//! What GitHub is told of a run: `report`.

mod comments; // the one comment on a pull request
mod interrupted; // steps that are interrupted or killed
mod limits; // GitHub's limits, and a GitHub that does not answer
mod permissions; // what the token may not

use azure_pipelines_simulator::{GitHubSnapshot, Simulator};
use serde_json::{Value, json};

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::in_process::hurried;
use crate::support::service::{start, without_port};

const HEAD: &str = "2222222222222222222222222222222222222222";
const MERGE: &str = "3333333333333333333333333333333333333333";
const ALL: &str = "commit-status, check-run, pull-request-comment";

/// What GitHub answers a token that may not.
const REFUSED: &str =
    "status = 403\nbody = '{\"message\": \"Resource not accessible by integration\"}'";

/// A pipeline that compiles.
const LINUX: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.stage]]
name = "Build"
[[pipeline.run.stage.job]]
name = "Linux"
[[pipeline.run.stage.job.task]]
name = "Compile"
"#;

/// A pipeline whose one task fails after a second, and what GitHub's side and faults add.
fn simulator(more: &str) -> Simulator {
    start(&format!(
        "{LINUX}result = \"failed\"\n\
         lines = [\"src/sum.c:12:3: error: <b>undeclared</b> \\u001b[1m'total'\\u001b[0m\"]\n{more}"
    ))
}

fn on(simulator: &Simulator, report: &str) -> Action {
    Action::on(simulator)
        .input("report", report)
        .input("github-token", "ghs_canary")
        .variable("GITHUB_API_URL", &format!("{}/api/v3", simulator.url()))
}

fn payload(head_repository: &str) -> String {
    json!({"pull_request": {
        "number": 7, "state": "open", "merged": false, "merge_commit_sha": MERGE,
        "head": {"sha": HEAD, "repo": {"full_name": head_repository}},
        "base": {"ref": "main", "sha": "1111111111111111111111111111111111111111"},
    }})
    .to_string()
}

/// A step of a `pull_request` event from a branch of this repository.
fn on_pull_request(simulator: &Simulator, report: &str) -> Action {
    on(simulator, report)
        .variable("GITHUB_EVENT_NAME", "pull_request")
        .variable("GITHUB_REF", "refs/pull/7/merge")
        .variable("GITHUB_SHA", MERGE)
        .payload(&payload("octo/demo"))
}

/// A step of a comment on a pull request, about which GitHub is asked.
fn on_comment(simulator: &Simulator, report: &str) -> Action {
    let payload = json!({
        "action": "created", "issue": {"number": 7, "pull_request": {}}, "comment": {"author_association": "OWNER"},
    });
    on(simulator, report)
        .input("pull-request-ref", "head")
        .variable("GITHUB_EVENT_NAME", "issue_comment")
        .payload(&payload.to_string())
}

/// The step's verdict is the run's, whatever becomes of the reports.
#[track_caller]
fn failed_as_the_run(finished: &Finished) {
    finished.ended_with(1);
    assert_eq!(finished.outputs["result"], "failed");
}

fn warnings(finished: &Finished) -> Vec<&str> {
    finished.annotations("warning")
}

/// The requests that match, as `METHOD path`.
fn requests(simulator: &Simulator, mark: &str) -> Vec<String> {
    let journal = simulator.journal();
    let lines = journal
        .iter()
        .map(|exchange| format!("{} {}", exchange.method, exchange.path));
    lines.filter(|line| line.contains(mark)).collect()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// All that is told of a failed run for a pull request, and the run's page.
#[track_caller]
fn told_of_a_failed_run() -> (GitHubSnapshot, String) {
    let simulator = simulator("");
    let finished = on_pull_request(&simulator, ALL)
        .input("pull-request-ref", "merge")
        .run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    assert_eq!(simulator.problems(), [""; 0]);
    (simulator.github(), finished.outputs["run-url"].clone())
}

#[test]
fn a_pull_requests_head_gets_a_status() {
    let (github, page) = told_of_a_failed_run();
    assert_eq!(text(&github.statuses[0], "state"), "pending");
    let status = last_status(&github);
    assert_eq!(text(status, "state"), "failure");
    assert!(text(status, "url").ends_with(HEAD), "{status}");
    assert_eq!(text(status, "context"), "Azure Pipelines / App CI");
    assert_eq!(text(status, "target_url"), page);
    let said = "20260302.1 failed in Build / Linux / Compile";
    assert_eq!(text(status, "description"), said);
}

#[test]
fn a_pull_requests_head_gets_a_check_run() {
    let (github, page) = told_of_a_failed_run();
    let [check] = github.check_runs.as_slice() else {
        panic!("{:?}", github.check_runs);
    };
    for (field, expected) in [
        ("head_sha", HEAD),
        ("name", "Azure Pipelines / App CI"),
        ("status", "completed"),
        ("conclusion", "failure"),
        ("external_id", "1"),
        ("details_url", &page),
    ] {
        assert_eq!(text(check, field), expected, "{field}");
    }
    assert!(
        text(check, "started_at") < text(check, "completed_at"),
        "{check}"
    );
    let output = &check["output"];
    let said = "20260302.1 failed in Build / Linux / Compile";
    assert_eq!(text(output, "title"), said);
    let summary = text(output, "summary");
    for part in [
        "| ❌ | Build | [Linux](",
        "&#60;b&#62;undeclared&#60;/b&#62;",
    ] {
        assert!(summary.contains(part), "{summary}");
    }
    let mut annotation = check["annotations"][0].clone();
    let message = annotation["message"].take();
    let message = message.as_str().expect("a message");
    let said = "<b>undeclared</b> 'total'\nhttp";
    assert!(message.starts_with(said), "{message}");
    let expected = json!({
        "path": "src/sum.c", "start_line": 12, "end_line": 12, "start_column": 3, "end_column": 3,
        "annotation_level": "failure", "title": "Build / Linux / Compile", "message": null,
    });
    assert_eq!(annotation, expected);
}

#[test]
fn a_pull_request_gets_a_comment() {
    let (github, page) = told_of_a_failed_run();
    let [comment] = github.comments.as_slice() else {
        panic!("{:?}", github.comments);
    };
    let body = text(comment, "body");
    assert!(body.starts_with("<!-- run-azure-pipeline:"), "{body}");
    let heading = format!("### ❌ [App CI 20260302.1](<{page}>) failed in Build / Linux / Compile");
    assert!(body.contains(&heading), "{body}");
    assert!(body.contains("| ❌ | Build | [Linux]("), "{body}");
    assert!(
        text(comment, "issue_url").ends_with("/issues/7"),
        "{comment}"
    );
}

#[test]
fn what_is_told_of_a_failed_run_reads_like_this() {
    let simulator = simulator("");
    failed_as_the_run(&on_pull_request(&simulator, ALL).run());
    reads_like("failed", &simulator);
}

#[test]
fn what_is_told_of_a_green_run_reads_like_this() {
    let simulator = green();
    let finished = on_pull_request(&simulator, ALL).run();
    finished.ended_with(0);
    reads_like("green", &simulator);
}

/// A pipeline of two stages that succeeds after more than a minute, with one warning.
fn green() -> Simulator {
    let rest = r#"duration = "40s"
issues = [{ type = "warning", message = "'sum' is deprecated", file = "src/sum.c", line = 3 }]
[[pipeline.run.stage.job]]
name = "Windows"
[[pipeline.run.stage.job.task]]
name = "Compile"
duration = "30s"
[[pipeline.run.stage]]
name = "Deploy"
[[pipeline.run.stage.job]]
name = "Deploy"
[[pipeline.run.stage.job.task]]
name = "Copy"
duration = "20s"
"#;
    start(&format!("{LINUX}{rest}"))
}

#[test]
fn a_run_that_takes_its_time_is_told_of_while_it_goes_on() {
    let simulator = green();
    let (exit_code, log) = hurried(&on_pull_request(&simulator, ALL), 100.0);
    assert_eq!(exit_code, 0, "{log}");
    let journal = simulator.journal();
    let told = |mark: &str, field: &str| {
        let asked = journal.iter().filter(|one| one.path.contains(mark));
        let mut told: Vec<String> = asked.map(|one| text(&one.body, field).to_owned()).collect();
        told.dedup();
        told
    };
    assert_eq!(
        told("/check-runs", "status"),
        ["queued", "in_progress", "completed"]
    );
    assert_eq!(told("/statuses/", "state"), ["pending", "success"]);
    let words = ["is queued", "is running", "succeeded"].map(|words| format!("20260302.1 {words}"));
    assert_eq!(told("/statuses/", "description"), words);
    let titles: Vec<&str> = journal
        .iter()
        .map(|one| text(&one.body["output"], "title"))
        .collect();
    assert!(
        titles.contains(&"20260302.1: 1 of 2 jobs done"),
        "{titles:?}"
    );
}

#[test]
fn what_is_secret_is_told_to_nobody() {
    let simulator = simulator("");
    let finished = on_pull_request(&simulator, ALL)
        .input("secret-variables", "name=undeclared</b>")
        .run();
    failed_as_the_run(&finished);
    let told = serde_json::to_string(&simulator.github()).expect("JSON");
    assert!(!told.contains("undeclared"), "{told}");
    assert!(told.contains("<b>*** 'total'"), "{told}");
}

/// What a person reads, whatever port the simulator has.
#[track_caller]
fn reads_like(name: &str, simulator: &Simulator) {
    let github = simulator.github();
    let (check, comment) = (&github.check_runs[0], &github.comments[0]);
    let status = last_status(&github);
    let annotations = check["annotations"].as_array().expect("a list");
    let annotations: Vec<String> = annotations
        .iter()
        .map(|one| {
            let (path, line) = (text(one, "path"), &one["start_line"]);
            let (level, message) = (text(one, "annotation_level"), text(one, "message"));
            format!(
                "{path}:{line}: {level}: {}: {message}\n",
                text(one, "title")
            )
        })
        .collect();
    let told = format!(
        "--- status: {}\n{}: {}\n--- check run: {}\n{}\n{}\n--- annotations\n{}--- comment\n{}",
        text(status, "state"),
        text(status, "context"),
        text(status, "description"),
        text(check, "conclusion"),
        text(&check["output"], "title"),
        text(&check["output"], "summary"),
        annotations.concat(),
        text(comment, "body")
    );
    insta::with_settings!({
        snapshot_path => "../snapshots/reporting",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, without_port(simulator, &told));
    });
}

#[test]
fn a_push_has_its_commit_and_no_comment() {
    let simulator = simulator("");
    let finished = on(&simulator, ALL).input("report-name", "Azure").run();
    failed_as_the_run(&finished);
    let github = simulator.github();
    assert!(text(&github.statuses[0], "url").ends_with(&"1".repeat(40)));
    assert_eq!(text(&github.statuses[0], "context"), "Azure");
    assert_eq!(text(&github.check_runs[0], "name"), "Azure");
    assert_eq!(github.comments.len(), 0);
    let said = "This event is not about a pull request";
    finished.says(said);
}

#[test]
fn a_comment_on_a_pull_request_is_about_what_github_says_of_it() {
    let simulator = simulator(&format!(
        "[[pull-request]]\nnumber = 7\nhead-ref = 'topic'\nhead-sha = '{HEAD}'\n"
    ));
    let finished = on_comment(&simulator, ALL).run();
    failed_as_the_run(&finished);
    let github = simulator.github();
    assert!(text(&github.statuses[0], "url").ends_with(HEAD));
    assert_eq!(text(&github.check_runs[0], "head_sha"), HEAD);
    assert!(text(&github.comments[0], "issue_url").ends_with("/issues/7"));
}

#[test]
fn what_is_built_elsewhere_is_not_reported() {
    let text = r#"
[[pipeline]]
id = 12
name = "App CI"
repository = { type = "TfsGit", id = "demo" }
"#;
    let simulator = start(text);
    for command in ["run", "watch"] {
        let mut action = on(&simulator, ALL).input("command", command);
        if command == "watch" {
            action = action.input("run-id", "1").input("azure-pipeline-name", "");
        }
        let finished = action.run();
        finished.ended_with(0);
        let said = "is not in this workflow's repository, so GitHub is not told of it";
        finished.says(said);
    }
    assert_eq!(requests(&simulator, "/api/v3/"), [""; 0]);
}

#[test]
fn a_run_that_is_watched_or_retried_is_reported_too() {
    let simulator = simulator("");
    let started = Action::on(&simulator).input("wait", "false").run();
    assert_eq!(started.outputs["run-id"], "1");
    for command in ["watch", "retry"] {
        let finished = on(&simulator, ALL)
            .input("command", command)
            .input("run-id", "1")
            .input("azure-pipeline-name", "")
            .run();
        failed_as_the_run(&finished);
    }
    let github = simulator.github();
    assert_eq!(github.check_runs.len(), 2);
    for check in &github.check_runs {
        assert_eq!(
            (text(check, "head_sha"), text(check, "conclusion")),
            ("1".repeat(40).as_str(), "failure")
        );
    }
    assert_eq!(text(last_status(&github), "state"), "failure");
}

/// The last status that was told.
fn last_status(github: &GitHubSnapshot) -> &Value {
    github.statuses.last().expect("a status")
}
