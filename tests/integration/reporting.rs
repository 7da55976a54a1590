//! What GitHub is told of a run: `report`.

use azure_pipelines_simulator::{Exchange, Scenario, Simulator, Snapshot};
use serde_json::{Value, json};

use crate::support::action::{Action, Finished, PATIENCE, hurried};

const HEAD: &str = "2222222222222222222222222222222222222222";
const MERGE: &str = "3333333333333333333333333333333333333333";
const ALL: &str = "commit-status, check-run, pull-request-comment";

/// By what the comment of the pipeline App CI is found again.
const KEY: &str = "dc502c542133b65b";

/// A pipeline whose one task fails after a second, and what GitHub's side and faults add.
fn simulator(more: &str) -> Simulator {
    let text = format!(
        r#"
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
result = "failed"
lines = ["src/sum.c:12:3: error: <b>undeclared</b> \u001b[1m'total'\u001b[0m"]
{more}"#
    );
    Simulator::start(Scenario::from_toml(&text).expect("a scenario"))
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

/// The step's verdict is the run's, whatever becomes of the reports.
#[track_caller]
fn failed_as_the_run(finished: &Finished) {
    assert_eq!(finished.exit_code, Some(1), "{}", finished.stdout);
    assert_eq!(finished.outputs["result"], "failed");
}

fn warnings(finished: &Finished) -> Vec<&str> {
    let annotations = finished.view.annotations.iter();
    annotations
        .filter(|annotation| annotation.level == "warning")
        .map(|annotation| annotation.message.as_str())
        .collect()
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

#[test]
fn a_pull_requests_head_gets_a_status_a_check_run_and_a_comment() {
    let simulator = simulator("");
    let finished = on_pull_request(&simulator, ALL)
        .input("pull-request-ref", "merge")
        .run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    assert_eq!(simulator.problems(), [""; 0]);
    let github = simulator.github();
    let page = finished.outputs["run-url"].as_str();

    let told: Vec<&str> = github
        .statuses
        .iter()
        .map(|one| text(one, "state"))
        .collect();
    assert_eq!((told[0], told[told.len() - 1]), ("pending", "failure"));
    let status = &github.statuses[told.len() - 1];
    assert!(text(status, "url").ends_with(HEAD), "{status}");
    assert_eq!(text(status, "context"), "Azure Pipelines / App CI");
    assert_eq!(text(status, "target_url"), page);
    assert_eq!(
        text(status, "description"),
        "20260302.1 failed in Build / Linux / Compile"
    );

    let [check] = github.check_runs.as_slice() else {
        panic!("{:?}", github.check_runs);
    };
    assert_eq!(text(check, "head_sha"), HEAD);
    assert_eq!(text(check, "name"), "Azure Pipelines / App CI");
    assert_eq!(
        (text(check, "status"), text(check, "conclusion")),
        ("completed", "failure")
    );
    assert_eq!(
        (text(check, "external_id"), text(check, "details_url")),
        ("1", page)
    );
    assert!(
        text(check, "started_at") < text(check, "completed_at"),
        "{check}"
    );
    let output = &check["output"];
    assert_eq!(
        text(output, "title"),
        "20260302.1 failed in Build / Linux / Compile"
    );
    let summary = text(output, "summary");
    assert!(summary.contains("| ❌ | Build | [Linux]("), "{summary}");
    assert!(
        summary.contains("&#60;b&#62;undeclared&#60;/b&#62;"),
        "{summary}"
    );
    let message = check["annotations"][0]["message"]
        .as_str()
        .expect("a message");
    assert!(
        message.starts_with("<b>undeclared</b> 'total'\nhttp"),
        "{message}"
    );
    let mut annotation = check["annotations"][0].clone();
    annotation["message"] = Value::Null;
    let expected = json!({
        "path": "src/sum.c", "start_line": 12, "end_line": 12, "start_column": 3, "end_column": 3,
        "annotation_level": "failure", "title": "Build / Linux / Compile", "message": null,
    });
    assert_eq!(annotation, expected);

    let [comment] = github.comments.as_slice() else {
        panic!("{:?}", github.comments);
    };
    let body = text(comment, "body");
    assert!(body.starts_with("<!-- run-azure-pipeline:"), "{body}");
    let heading =
        format!("### ❌ [App CI 20260302&#46;1](<{page}>) failed in Build / Linux / Compile");
    assert!(body.contains(&heading.replace("&#46;", ".")), "{body}");
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
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    reads_like("green", &simulator);
}

/// A pipeline of two stages that succeeds after more than a minute, with one warning.
fn green() -> Simulator {
    let text = r#"
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
duration = "40s"
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
    Simulator::start(Scenario::from_toml(text).expect("a scenario"))
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
    let status = &github.statuses[github.statuses.len() - 1];
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
        snapshot_path => "snapshots/reporting",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, told.replace(&simulator.url(), "https://azure.test"));
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
    assert!(finished.stdout.contains(said), "{}", finished.stdout);
}

#[test]
fn a_comment_on_a_pull_request_is_about_what_github_says_of_it() {
    let simulator = simulator(&format!(
        "[[pull-request]]\nnumber = 7\nhead-ref = 'topic'\nhead-sha = '{HEAD}'\n"
    ));
    let payload = json!({
        "action": "created", "issue": {"number": 7, "pull_request": {}}, "comment": {"author_association": "OWNER"},
    });
    let finished = on(&simulator, ALL)
        .input("pull-request-ref", "head")
        .variable("GITHUB_EVENT_NAME", "issue_comment")
        .payload(&payload.to_string())
        .run();
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
    let simulator = Simulator::start(Scenario::from_toml(text).expect("a scenario"));
    for command in ["run", "watch"] {
        let mut action = on(&simulator, ALL).input("command", command);
        if command == "watch" {
            action = action.input("run-id", "1").input("azure-pipeline-name", "");
        }
        let finished = action.run();
        assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
        let said = "is not in this workflow's repository, so GitHub is not told of it";
        assert!(finished.stdout.contains(said), "{}", finished.stdout);
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
    assert_eq!(
        text(&github.statuses[github.statuses.len() - 1], "state"),
        "failure"
    );
}

/// For each kind of report: what GitHub's token is not given, and the warning that names it.
#[test]
fn a_permission_that_is_missing_is_one_warning_and_nothing_else() {
    for (report, permission) in [
        ("commit-status", "statuses: write"),
        ("check-run", "checks: write"),
        ("pull-request-comment", "pull-requests: write"),
    ] {
        for hides in [false, true] {
            let simulator = simulator(&format!("[github]\npermissions = {{}}\nhides = {hides}\n"));
            let finished = on_pull_request(&simulator, report).run();
            failed_as_the_run(&finished);
            let warnings = warnings(&finished);
            let [warning] = warnings.as_slice() else {
                panic!("{report}: {warnings:?}");
            };
            let advice = format!("add `{permission}` to the `permissions:` of the job");
            assert!(warning.contains(&advice), "{warning}");
            let words = if hides {
                "Not Found"
            } else {
                "Resource not accessible by integration"
            };
            assert!(warning.contains(words), "{warning}");
            // It is not asked for again.
            let asked = requests(&simulator, "/api/v3/");
            assert_eq!(asked.len(), 1, "{asked:?}");
        }
    }
}

/// Each request that a step sends to GitHub for `report`, refused: what leads to it, and the permission
/// that the one warning names.
#[test]
fn each_request_that_is_refused_is_one_warning() {
    let lost = "[[fault]]\non = 'POST /api/v3/**/check-runs'\nat = [1]\nclose = 'after'\n";
    for (report, request, before, permission) in [
        (
            "commit-status",
            "POST /api/v3/**/statuses/*",
            "",
            "statuses: write",
        ),
        (
            "check-run",
            "POST /api/v3/**/check-runs",
            "",
            "checks: write",
        ),
        (
            "check-run",
            "PATCH /api/v3/**/check-runs/*",
            "",
            "checks: write",
        ),
        (
            "check-run",
            "GET /api/v3/**/commits/*/check-runs",
            lost,
            "checks: write",
        ),
        (
            "pull-request-comment",
            "GET /api/v3/**/comments",
            "",
            "pull-requests: write",
        ),
        (
            "pull-request-comment",
            "POST /api/v3/**/comments",
            "",
            "pull-requests: write",
        ),
        (
            "pull-request-comment",
            "PATCH /api/v3/**/comments/*",
            "",
            "pull-requests: write",
        ),
    ] {
        let refused = format!(
            "{before}[[fault]]\non = '{request}'\nevery = true\nstatus = 403\n\
             body = '{{\"message\": \"Resource not accessible by integration\"}}'\n"
        );
        let simulator = simulator(&refused);
        let finished = on_pull_request(&simulator, report).run();
        failed_as_the_run(&finished);
        let warnings = warnings(&finished);
        let [warning] = warnings.as_slice() else {
            panic!("{request}: {warnings:?}");
        };
        let advice = format!("; add `{permission}` to the `permissions:` of the job");
        assert!(warning.contains(&advice), "{request}: {warning}");
    }
}

/// The user of an app's token cannot be asked for; what somebody else has written stays.
#[test]
fn whose_token_it_is_need_not_be_known() {
    let stranger = format!(
        "[[github.comment]]\nissue = 7\nuser = 'mallory'\nbody = '<!-- run-azure-pipeline:{KEY} 1 -->'\n"
    );
    let simulator = simulator(&stranger);
    let finished = on_pull_request(&simulator, "pull-request-comment").run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    assert!(!requests(&simulator, "GET /api/v3/user").is_empty());
    assert_eq!(simulator.github().comments.len(), 2);
}

#[test]
fn a_lookup_without_permission_says_which() {
    let simulator = simulator("[github]\npermissions = {}\n");
    let payload = json!({
        "action": "created", "issue": {"number": 7, "pull_request": {}}, "comment": {"author_association": "OWNER"},
    });
    let finished = on(&simulator, "")
        .input("pull-request-ref", "head")
        .variable("GITHUB_EVENT_NAME", "issue_comment")
        .payload(&payload.to_string())
        .run();
    assert_eq!(finished.exit_code, Some(3), "{}", finished.stdout);
    assert!(
        finished
            .error()
            .contains("permission `pull-requests: read`"),
        "{}",
        finished.stdout
    );
}

#[test]
fn a_pull_request_from_a_fork_has_a_token_that_may_only_read() {
    let simulator = simulator("[github]\npermissions = { statuses = 'read' }\n");
    let finished = on_pull_request(&simulator, "commit-status")
        .payload(&payload("mona/demo"))
        .run();
    failed_as_the_run(&finished);
    let said = "for a pull request from a fork GitHub's own token may only read";
    let warnings = warnings(&finished);
    let is_said = warnings.iter().any(|warning| warning.contains(said));
    assert!(is_said, "{warnings:?}");
}

#[test]
fn tokens_that_are_wrong_or_missing_are_warnings() {
    let simulator = simulator("[github]\ntoken = 'another'\n");
    let finished = on(&simulator, "commit-status").run();
    failed_as_the_run(&finished);
    let warning = warnings(&finished)[0];
    assert!(
        warning.contains("\"Bad credentials\" (401); check `github-token`"),
        "{warning}"
    );
    let finished = on(&simulator, "commit-status")
        .input("github-token", "")
        .run();
    failed_as_the_run(&finished);
    assert!(
        warnings(&finished)[0].contains("`github-token` is empty"),
        "{}",
        finished.stdout
    );
    let finished = on(&simulator, "commit-status")
        .variable("GITHUB_API_URL", "no URL")
        .run();
    failed_as_the_run(&finished);
    assert!(
        warnings(&finished)[0].contains("GITHUB_API_URL is \"no URL\""),
        "{}",
        finished.stdout
    );
}

#[test]
fn a_personal_token_makes_no_check_runs_but_knows_its_own_comments() {
    let simulator = simulator(&format!(
        "[github]\nuser = 'mona'\n[[github.comment]]\nissue = 7\nuser = 'mallory'\n\
         body = '<!-- run-azure-pipeline:{KEY} 1 -->'\n"
    ));
    for _ in 0..2 {
        let finished = on_pull_request(&simulator, "check-run, pull-request-comment").run();
        failed_as_the_run(&finished);
        let warnings = warnings(&finished);
        assert!(
            warnings.len() == 1 && warnings[0].contains("via a GitHub App"),
            "{warnings:?}"
        );
    }
    let comments = simulator.github().comments;
    let users: Vec<&str> = comments
        .iter()
        .map(|one| text(&one["user"], "login"))
        .collect();
    assert_eq!(users, ["mallory", "mona"]);
    assert!(text(&comments[0], "body").ends_with("-->"));
}

#[test]
fn of_two_who_comment_at_once_one_goes() {
    // Both look before either has written.
    let simulator =
        simulator("[[fault]]\non = 'GET /api/v3/**/comments'\nat = [1, 2]\ngather = 2\n");
    let actions = [0, 1].map(|_| on_pull_request(&simulator, "pull-request-comment").start());
    for running in actions {
        failed_as_the_run(&running.finish());
    }
    assert_eq!(requests(&simulator, "POST /api/v3/").len(), 2);
    assert_eq!(requests(&simulator, "DELETE /api/v3/").len(), 1);
    let comments = simulator.github().comments;
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(
        text(&comments[0], "body").contains(" 2 -->"),
        "the later run's"
    );
    assert!(
        text(&comments[0], "body").contains("failed in"),
        "{comments:?}"
    );
}

#[test]
fn a_comment_that_may_not_be_deleted_is_a_warning() {
    let faults = "[[fault]]\non = 'GET /api/v3/**/comments'\nat = [1, 2]\ngather = 2\n\
                  [[fault]]\non = 'DELETE /api/v3/**'\nevery = true\nstatus = 403\nbody = '{}'\n";
    let simulator = simulator(faults);
    let actions = [0, 1].map(|_| on_pull_request(&simulator, "pull-request-comment").start());
    let finished = actions.map(|running| running.finish());
    finished.iter().for_each(failed_as_the_run);
    let told: Vec<&str> = finished.iter().flat_map(warnings).collect();
    let is_told = told.len() == 1 && told[0].contains("`pull-requests: write`");
    assert!(is_told, "{told:?}");
}

#[test]
fn the_comment_is_found_behind_many_others_and_a_later_runs_stays() {
    let others = "[[github.comment]]\nissue = 7\nuser = 'mona'\nbody = 'hello'\ntimes = 250\n";
    let simulator = simulator(others);
    for run in 1..=2 {
        failed_as_the_run(&on_pull_request(&simulator, "pull-request-comment").run());
        let comments = simulator.github().comments;
        assert_eq!(comments.len(), 251, "run {run}");
    }
    let asked = requests(&simulator, "page=3");
    assert!(!asked.is_empty(), "{asked:?}");
    // The first run is told of once more.
    let finished = on_pull_request(&simulator, "pull-request-comment")
        .input("command", "watch")
        .input("run-id", "1")
        .input("azure-pipeline-name", "")
        .run();
    failed_as_the_run(&finished);
    let comments = simulator.github().comments;
    assert!(
        text(&comments[250], "body").contains(" 2 -->"),
        "{}",
        comments[250]
    );
}

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
    let simulator = Simulator::start(Scenario::from_toml(&text_of(&sixty)).expect("a scenario"));
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
             [[fault]]\non = 'PATCH /api/v3/**'\nat = [1, 2]\n{fault}\n",
            lines.join(",")
        );
        let simulator = Simulator::start(Scenario::from_toml(&scenario).expect("a scenario"));
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
    let simulator =
        simulator("[[fault]]\non = 'POST /api/v3/**/check-runs'\nat = [1]\nclose = 'after'\n");
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
        let simulator = simulator(&format!(
            "[[fault]]\non = 'POST /api/v3/**'\nat = [1]\nanswer = '{limit}'\n"
        ));
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
    let limit = "[[fault]]\non = 'POST /api/v3/**'\nevery = true\nanswer = 'github-secondary-limit'\nheaders = { retry-after = '600' }\n";
    let simulator = simulator(limit);
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
    let simulator = simulator("[[fault]]\non = 'POST /api/v3/**'\nat = [1]\ndelay = '60s'\n");
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
    // Whoever had the port has gone.
    let down = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = down.local_addr().expect("an address");
    drop(down);
    let mut running = on_pull_request(&simulator, ALL)
        .variable("GITHUB_API_URL", &format!("http://{address}"))
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
    let simulator = Simulator::start(Scenario::from_toml(&text_of).expect("a scenario"));
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
    assert_eq!(
        text(&github.statuses[github.statuses.len() - 1], "state"),
        "failure"
    );
    assert!(text(&github.comments[0], "body").contains("50 more"));
}

fn endless(more: &str) -> Simulator {
    let text = format!(
        "clock = {{ real = 10.0 }}\n[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run.task]]\nname = 'Soak'\nduration = 'forever'\n{more}"
    );
    Simulator::start(Scenario::from_toml(&text).expect("a scenario"))
}

/// Everything that is told of a run that goes on is there.
fn is_told(snapshot: &Snapshot) -> bool {
    let github = &snapshot.github;
    let is_going = snapshot
        .builds
        .iter()
        .any(|build| build.status == "inProgress");
    is_going
        && !github.statuses.is_empty()
        && !github.check_runs.is_empty()
        && !github.comments.is_empty()
}

#[test]
fn an_interrupted_step_tells_github_after_it_has_canceled_the_run() {
    let simulator = endless("");
    let running = on_pull_request(&simulator, ALL)
        .input("poll-interval", "20ms")
        .start();
    assert!(simulator.wait_until(is_told, PATIENCE));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.exit_code, Some(130), "{}", finished.stdout);
    let github = simulator.github();
    assert_eq!(text(&github.check_runs[0], "conclusion"), "cancelled");
    assert_eq!(
        text(&github.statuses[github.statuses.len() - 1], "state"),
        "error"
    );
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
    let running = on_pull_request(&simulator, ALL)
        .input("poll-interval", "20ms")
        .start();
    assert!(simulator.wait_until(is_told, PATIENCE));
    running.signal("KILL");
    let step = running.finish();
    assert_eq!(text(&simulator.github().check_runs[0], "status"), "queued");
    let post = on_pull_request(&simulator, ALL).after(&step).run();
    assert_eq!(post.exit_code, Some(0), "{}", post.stdout);
    assert!(
        post.stdout.contains("GitHub was told that the step ended"),
        "{}",
        post.stdout
    );
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
    assert_eq!(
        text(&github.statuses[github.statuses.len() - 1], "state"),
        "error"
    );
    assert_eq!(github.comments.len(), 1);
    assert!(text(&github.comments[0], "body").contains("before it could tell"));
    assert!(simulator.builds()[0].cancel_requested);
}

#[test]
fn what_the_post_step_may_not_is_a_warning() {
    let refused = "[[fault]]\non = 'PATCH /api/v3/**'\nevery = true\nstatus = 403\nbody = '{}'\n";
    let simulator = endless(refused);
    let running = on_pull_request(&simulator, ALL)
        .input("poll-interval", "20ms")
        .start();
    assert!(simulator.wait_until(is_told, PATIENCE));
    running.signal("KILL");
    let step = running.finish();
    let post = on_pull_request(&simulator, ALL).after(&step).run();
    assert_eq!(post.exit_code, Some(0), "{}", post.stdout);
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
