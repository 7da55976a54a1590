//! GitHub's side: what is kept, what is refused, and in whose words.

use azure_pipelines_simulator::Simulator;
use serde_json::{Value, json};

use crate::http::{Answer, send, start};

const SHA: &str = "2222222222222222222222222222222222222222";

fn ask(simulator: &Simulator, method: &str, path: &str, body: &Value) -> Answer {
    let target = format!("/api/v3/{path}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let headers = ["Authorization: Bearer ghs_x".to_owned()];
    send(simulator, method, &target, &headers, &body).unwrap()
}

/// Asks below `repos/octo/demo`; gives the status and the answer.
fn repo(simulator: &Simulator, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = ask(simulator, method, &format!("repos/octo/demo/{path}"), body);
    let json = if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    };
    (answer.status, json)
}

#[track_caller]
fn refused(simulator: &Simulator, path: &str, body: &Value, status: u16, words: &str) {
    let (actual, answer) = repo(simulator, "POST", path, body);
    assert_eq!(actual, status, "{answer}");
    assert!(answer.to_string().contains(words), "{answer}");
}

#[test]
fn statuses_are_kept_as_they_come() {
    let simulator = start("");
    let path = format!("statuses/{SHA}");
    for state in ["pending", "success"] {
        let body = json!({"state": state, "context": "Azure", "description": "d", "target_url": "https://x"});
        let (status, answer) = repo(&simulator, "POST", &path, &body);
        assert_eq!((status, &answer["state"]), (201, &json!(state)));
        assert_eq!(answer["creator"]["login"], "github-actions[bot]");
    }
    assert_eq!(simulator.github().statuses.len(), 2);
    let too_long = json!({"state": "pending", "description": "x".repeat(141)});
    refused(
        &simulator,
        &path,
        &too_long,
        422,
        "maximum is 140 characters",
    );
    refused(
        &simulator,
        &path,
        &json!({"state": "done"}),
        422,
        "not included in the list",
    );
    let pending = json!({"state": "pending"});
    refused(
        &simulator,
        "statuses/123",
        &pending,
        422,
        "No commit found for SHA: 123",
    );
    assert_eq!(simulator.github().statuses.len(), 2);
}

#[test]
fn a_check_run_goes_its_way_and_collects_annotations() {
    let simulator = start("");
    let (status, run) = repo(
        &simulator,
        "POST",
        "check-runs",
        &json!({"name": "Azure", "head_sha": SHA, "external_id": "7"}),
    );
    assert_eq!(
        (status, &run["status"], &run["started_at"]),
        (201, &json!("queued"), &Value::Null)
    );
    let path = format!("check-runs/{}", run["id"]);
    let annotations = |count: usize| -> Value {
        (1..=count)
            .map(|line| json!({"path": "a.c", "start_line": line, "end_line": line, "annotation_level": "failure", "message": "m"}))
            .collect()
    };
    let update = |body: Value| repo(&simulator, "PATCH", &path, &body);
    let output = |count| json!({"title": "t", "summary": "s", "annotations": annotations(count)});
    let (status, run) = update(json!({"status": "in_progress", "output": output(50)}));
    assert_eq!((status, &run["status"]), (200, &json!("in_progress")));
    assert_eq!(update(json!({"output": output(51)})).0, 422);
    assert_eq!(update(json!({"output": {"summary": "s"}})).0, 422);
    assert_eq!(
        update(json!({"output": {"title": "t", "summary": "s".repeat(65_536)}})).0,
        422
    );
    assert_eq!(update(json!({"status": "completed"})).0, 422);
    let (status, run) = update(json!({"conclusion": "failure", "output": output(3)}));
    assert_eq!((status, &run["status"]), (200, &json!("completed")));
    assert_eq!(run["output"]["annotations_count"], 53);
    assert!(run["completed_at"].is_string());
    let kept = simulator.github().check_runs;
    assert_eq!(kept[0]["annotations"].as_array().unwrap().len(), 53);
    let (_, list) = repo(
        &simulator,
        "GET",
        &format!("commits/{SHA}/check-runs?check_name=Azure"),
        &Value::Null,
    );
    assert_eq!(
        (&list["total_count"], &list["check_runs"][0]["external_id"]),
        (&json!(1), &json!("7"))
    );
}

#[test]
fn comments_come_in_pages() {
    let simulator =
        start("[[github.comment]]\nissue = 7\nuser = 'mona'\nbody = 'hello'\ntimes = 31\n");
    let path = "issues/7/comments";
    let first = ask(
        &simulator,
        "GET",
        &format!("repos/octo/demo/{path}"),
        &Value::Null,
    );
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    assert!(
        first
            .header("link")
            .unwrap()
            .contains("page=2>; rel=\"next\"")
    );
    let (status, comment) = repo(&simulator, "POST", path, &json!({"body": "mine"}));
    assert_eq!((status, &comment["user"]["type"]), (201, &json!("Bot")));
    let (_, second) = repo(&simulator, "GET", &format!("{path}?page=2"), &Value::Null);
    assert_eq!(second.as_array().unwrap().len(), 2);
    let own = format!("issues/comments/{}", comment["id"]);
    let (status, comment) = repo(&simulator, "PATCH", &own, &json!({"body": "changed"}));
    assert_eq!((status, &comment["body"]), (200, &json!("changed")));
    refused(
        &simulator,
        path,
        &json!({"body": ""}),
        422,
        "wasn't supplied",
    );
    assert_eq!(repo(&simulator, "DELETE", &own, &Value::Null).0, 204);
    assert_eq!(repo(&simulator, "DELETE", &own, &Value::Null).0, 404);
    assert_eq!(simulator.github().comments.len(), 31);
}

#[test]
fn a_token_may_do_what_it_was_given() {
    let status = (format!("statuses/{SHA}"), json!({"state": "pending"}));
    let check = (
        "check-runs".to_owned(),
        json!({"name": "n", "head_sha": SHA}),
    );
    let comment = ("issues/7/comments".to_owned(), json!({"body": "b"}));
    let all = [&status, &check, &comment];
    let answers = |github: &str| {
        let simulator = start(&format!("[github]\n{github}\n"));
        all.map(|(path, body)| repo(&simulator, "POST", path, body).0)
    };
    assert_eq!(answers(""), [201, 201, 201]);
    assert_eq!(answers("permissions = {}"), [403, 403, 403]);
    assert_eq!(
        answers("permissions = { statuses = 'write', checks = 'read' }"),
        [201, 403, 403]
    );
    assert_eq!(
        answers("permissions = { pull-requests = 'write' }"),
        [403, 403, 201]
    );
    assert_eq!(
        answers("permissions = { issues = 'write' }"),
        [403, 403, 201]
    );
    assert_eq!(answers("permissions = {}\nhides = true"), [404, 404, 404]);
    assert_eq!(answers("user = 'mona'"), [201, 403, 201]);
    let simulator = start("[github]\npermissions = {}\n");
    refused(
        &simulator,
        &status.0,
        &status.1,
        403,
        "Resource not accessible by integration",
    );
    assert_eq!(ask(&simulator, "GET", "user", &Value::Null).status, 403);
    let simulator = start("[github]\nuser = 'mona'\n");
    assert_eq!(
        ask(&simulator, "GET", "user", &Value::Null).json()["login"],
        "mona"
    );
}

#[test]
fn limits_are_told_in_headers() {
    let simulator = start(
        "[[fault]]\non = 'POST /api/v3/**'\nat = [1]\nanswer = 'github-limit'\n\
         [[fault]]\non = 'POST /api/v3/**'\nat = [2]\nanswer = 'github-secondary-limit'\n",
    );
    let path = format!("repos/octo/demo/statuses/{SHA}");
    let post = || ask(&simulator, "POST", &path, &json!({"state": "pending"}));
    let first = post();
    assert_eq!(
        (first.status, first.header("x-ratelimit-remaining")),
        (403, Some("0"))
    );
    assert!(first.header("x-ratelimit-reset").is_some() && first.header("date").is_some());
    let second = post();
    assert_eq!(
        (second.status, second.header("retry-after")),
        (403, Some("1"))
    );
    assert_eq!(post().status, 201);
}

#[test]
fn answers_can_wait_for_each_other() {
    let simulator = start("[[fault]]\non = 'GET /api/v3/**'\nat = [1, 2]\ngather = 2\n");
    let list = || repo(&simulator, "GET", "issues/7/comments", &Value::Null).0;
    let statuses = std::thread::scope(|scope| {
        let both = [scope.spawn(list), scope.spawn(list)];
        both.map(|thread| thread.join().unwrap())
    });
    assert_eq!(statuses, [200, 200]);
    assert_eq!(list(), 200);
}
