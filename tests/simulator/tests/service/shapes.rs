//! The shapes of answers: keys and their order as recorded from the real service, nulls written or left out.

use azure_pipelines_simulator::Simulator;

use crate::http::{credentials, follow, get, queue, send, start};

const BUILD_KEYS: &str = "_links properties tags validationResults plans triggerInfo id buildNumber status result queueTime startTime \
    finishTime url definition buildNumberRevision project uri sourceBranch sourceVersion queue priority reason requestedFor requestedBy \
    lastChangedDate lastChangedBy parameters orchestrationPlan logs repository keepForever retainedByRelease triggeredByBuild \
    appendCommitMessageToRunName";
const TIMELINE_KEYS: &str = "records lastChangedBy lastChangedOn id changeId url";
const RECORD_KEYS: &str = "previousAttempts id parentId type name startTime finishTime currentOperation percentComplete state result \
    resultCode changeId lastModified workerName queueId order details errorCount warningCount url log task attempt identifier issues";
const ITEM_KEYS: &str = "_links quality authoredBy drafts queue id name url uri path type queueStatus revision createdDate project";
const DEFINITION_KEYS: &str = "triggers variables properties tags _links comment jobAuthorizationScope process repository quality authoredBy drafts \
    queue id name url uri path type queueStatus revision createdDate project";

/// The keys of an object in the order of the text; `serde_json`'s map would sort them.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let (mut depth, mut start, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        match (start, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(from), '"') => {
                if depth == 1 && text[at + 1..].starts_with(':') {
                    keys.push(text[from..at].to_owned());
                }
                start = None;
            }
            (None, '"') => start = Some(at + 1),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            _ => {}
        }
    }
    keys
}

/// The text of the first object that begins with `start`.
fn object<'a>(text: &'a str, start: &str) -> &'a str {
    let from = text
        .find(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"));
    let mut depth = 0;
    let end = text[from..].char_indices().find(|(_, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    &text[from..=from + end.unwrap().0]
}

/// `found` has only known keys, in the known order, and all but `may_be_missing`.
fn check(found: &[String], known: &str, may_be_missing: &[&str]) {
    let expected: Vec<&str> = known
        .split_whitespace()
        .filter(|key| !may_be_missing.contains(key) || found.iter().any(|other| other == key))
        .collect();
    assert_eq!(found, expected);
}

fn with_version_5(simulator: &Simulator, path: &str) -> String {
    let target = format!("/fabrikam/Fabrikam/_apis/build/{path}");
    let accept = "Accept: application/json;api-version=5.0".to_owned();
    send(simulator, "GET", &target, &[credentials(), accept], "")
        .unwrap()
        .text()
}

fn finished() -> Simulator {
    let simulator = start(
        "[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run.task]]\nname = 'Build'\nresult = 'failed'\n\
         issues = [{ message = 'wrong', file = 'a.c', line = 3, column = 5, code = 'C1', log-line = 2, times = 12 }, { type = 'warning', message = 'hm' }]\n",
    );
    queue(
        &simulator,
        r#"{"definition": {"id": 12}, "parameters": "{\"a\":\"b\"}"}"#,
    );
    simulator
}

#[test]
fn a_build_has_the_recorded_keys() {
    let simulator = finished();
    let waiting = keys(&with_version_5(&simulator, "builds/1"));
    check(&waiting, BUILD_KEYS, &["result", "finishTime"]);
    assert!(!waiting.iter().any(|key| key == "result"));
    follow(&simulator, 1);
    let text = with_version_5(&simulator, "builds/1");
    check(&keys(&text), BUILD_KEYS, &[]);
    assert!(text.contains(
        r#""repository":{"id":"octo/demo","type":"GitHub","clean":null,"checkoutSubmodules":false}"#
    ));
    assert!(text.contains(r#""triggeredByBuild":null"#));
    assert!(text.contains(r#""lastChangedDate":"2026-03-02T08:27:02.7Z""#));
    assert!(text.contains(&format!(
        "{}/fabrikam/4c1d0304-a209-464e-b614-7a0f593fe799/_build/results?buildId=1",
        simulator.url()
    )));
    assert!(
        !get(&simulator, "builds/1").text().contains("keepForever"),
        "newer versions have leases"
    );
}

#[test]
fn records_write_their_nulls_and_keep_ten_issues() {
    let simulator = finished();
    follow(&simulator, 1);
    let text = with_version_5(&simulator, "builds/1/timeline");
    check(&keys(&text), TIMELINE_KEYS, &[]);
    for start in text
        .match_indices(r#"{"previousAttempts""#)
        .map(|(at, _)| at)
    {
        let record = object(&text[start..], "{");
        check(&keys(record), RECORD_KEYS, &["queueId", "order", "issues"]);
        assert!(record.contains(r#""lastModified":"0001-01-01T00:00:00","#));
        assert_eq!(
            record.contains("\"queueId\""),
            record.contains(r#""type":"Job""#),
            "{record}"
        );
        assert_eq!(
            !record.contains("\"order\""),
            record.contains(r#""type":"Checkpoint""#),
            "{record}"
        );
    }
    let task = crate::http::record(&simulator, 1, "Task", "Build");
    assert_eq!(
        (task["errorCount"].as_u64(), task["warningCount"].as_u64()),
        (Some(12), Some(1))
    );
    assert_eq!(task["issues"].as_array().unwrap().len(), 11);
    let expected = serde_json::json!({
        "type": "error",
        "category": "Code",
        "message": "a.c(3,5): error C1: wrong",
        "data": {"type": "error", "sourcepath": "a.c", "linenumber": "3", "columnnumber": "5", "code": "C1", "logFileLineNumber": "2"},
    });
    assert_eq!(task["issues"][0], expected);
    assert!(crate::http::record(&simulator, 1, "Task", "Initialize job")["task"].is_null());
}

#[test]
fn definitions_have_the_recorded_keys() {
    let simulator = start("[[pipeline]]\nid = 12\nname = 'App CI'\nvariables = ['who']\n");
    let list = with_version_5(&simulator, "definitions");
    check(&keys(&list), "count value", &[]);
    check(&keys(object(&list, r#"{"_links""#)), ITEM_KEYS, &[]);
    check(
        &keys(&with_version_5(&simulator, "definitions/12")),
        DEFINITION_KEYS,
        &["comment"],
    );
}

#[test]
fn errors_have_the_recorded_keys() {
    let simulator = finished();
    let text = get(&simulator, "builds/99").text();
    check(
        &keys(&text),
        "$id innerException message typeName typeKey errorCode eventId",
        &[],
    );
    let refused = queue(&simulator, r#"{"definition": {"id": 13}}"#).text();
    assert!(
        refused.starts_with(r#"{"$id":"1","innerException":null,"message":"#),
        "{refused}"
    );
}

#[test]
fn answers_carry_the_recorded_headers() {
    let simulator = finished();
    let answer = get(&simulator, "builds/1");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8; api-version=7.1")
    );
    assert_eq!(answer.header("activityid"), answer.header("x-vss-e2eid"));
    assert!(
        answer
            .header("x-vss-userdata")
            .unwrap()
            .ends_with(":user1@example.com")
    );
    assert!(answer.header("x-tfs-session").is_some());
    assert_eq!(
        get(&simulator, "builds/99").header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[test]
fn records_come_in_no_order_but_always_in_the_same() {
    let texts = [0, 1].map(|_| {
        let simulator = finished();
        follow(&simulator, 1);
        get(&simulator, "builds/1/timeline")
            .text()
            .replace(&simulator.url(), "")
    });
    assert_eq!(texts[0], texts[1]);
    let types = texts[0]
        .match_indices("\"type\":\"")
        .map(|(at, text)| &texts[0][at + text.len()..]);
    let types: Vec<&str> = types
        .filter_map(|rest| {
            ["Stage", "Phase", "Job", "Task"]
                .into_iter()
                .find(|kind| rest.starts_with(kind))
        })
        .collect();
    assert_ne!(types, ["Stage", "Phase", "Job", "Task", "Task", "Task"]);
    assert_eq!(types.len(), 6);
}
