//! Runs from before the scenario, the people who asked for them, and pages of any size.

use azure_pipelines_simulator::Scenario;
use serde_json::{Value, json};

use crate::http::{get, queue, signed_in, start};

const HISTORY: &str = "
    starts-at = '2h'
    largest-page = 2
    domain = 'here'
    person = [
        { name = 'Ada', unique-name = 'ada@example.com', alias = 'al', domain = 'here' },
        { name = 'Ada', unique-name = 'ada@elsewhere.example' },
    ]
    [[pipeline]]
    id = 1
    name = 'a'
    run = [{ queue-for = '1s' }, { task = [{ duration = 'forever' }] }]
    [[past-run]]
    pipeline = 1
    at = '1h'
    reason = 'schedule'
    requested-for = 'ada@example.com'
    tags = ['red', 'blue']
    trigger-info = { 'ci.message' = 'hello' }
    without-queue-time = true
    [[past-run]]
    pipeline = 1
    at = '90m'
    branch = 'refs/heads/topic'
    canceled-after = '10s'
    [[past-run]]
    pipeline = 1
    at = '119m'
";

#[test]
fn past_runs_are_what_became_of_them_until_the_scenario_begins() {
    let simulator = start(HISTORY);
    let first = get(&simulator, "builds/1").json();
    assert_eq!(first["status"], "completed");
    assert_eq!(first["startTime"], "2026-03-02T09:27:01Z");
    assert_eq!(first.get("queueTime"), None);
    assert_eq!(first["requestedFor"]["uniqueName"], "ada@example.com");
    assert_eq!(first["tags"], json!(["blue", "red"]));
    assert_eq!(first["triggerInfo"], json!({"ci.message": "hello"}));
    let second = get(&simulator, "builds/2").json();
    assert_eq!(
        (&second["result"], &second["sourceBranch"]),
        (&json!("canceled"), &json!("refs/heads/topic"))
    );
    let third = get(&simulator, "builds/3").json();
    assert_eq!(third["status"], "inProgress");
    assert_eq!(third["requestedFor"]["displayName"], "Test User 1");
    // The next run is queued when the scenario begins, or later.
    let queued = queue(&simulator, r#"{"definition": {"id": 1}}"#).json();
    assert_eq!(queued["id"], 4);
    assert!(queued["queueTime"].as_str().unwrap() >= "2026-03-02T10:27:00Z");
}

#[test]
fn a_page_is_never_larger_than_the_largest() {
    let simulator = start(HISTORY);
    for (query, length) in [("", 2), ("?$top=1", 1), ("?$top=9", 2)] {
        let page = get(&simulator, &format!("builds{query}"));
        assert_eq!(page.json()["count"], length, "{query}");
        assert!(page.header("x-ms-continuationtoken").is_some(), "{query}");
    }
}

#[test]
fn people_are_found_by_what_they_are_called() {
    let simulator = start(HISTORY);
    let search = |by: &str, value: &str| {
        let path = format!(
            "/fabrikam/_apis/identities?searchFilter={by}&filterValue={value}&api-version=5.0"
        );
        signed_in(&simulator, "GET", &path, "")
    };
    let found = |by: &str, value: &str| {
        let answer = search(by, value).json();
        let account = |person: &Value| person["properties"]["Account"]["$value"].clone();
        let people = answer["value"].as_array().unwrap().iter();
        people.map(account).collect::<Vec<Value>>()
    };
    assert_eq!(found("General", "ada").len(), 2);
    assert_eq!(found("DirectoryAlias", "AL"), ["ada@example.com"]);
    assert_eq!(
        found("MailAddress", "user1@example.com"),
        ["user1@example.com"]
    );
    assert!(found("DisplayName", "nobody").is_empty());
    assert_eq!(search("Shoe", "ada").status, 400);
    for (who, expected) in [("ADA@example.com", 1), ("user1@example.com", 2), ("x", 0)] {
        let list = get(&simulator, &format!("builds?requestedFor={who}")).json();
        assert_eq!(list["count"], expected, "{who}");
    }
}

#[test]
fn a_history_that_cannot_have_been_is_refused() {
    let error = |history: &str| {
        let text = format!("starts-at = '1h'\n[[pipeline]]\nid = 1\nname = 'a'\n{history}");
        Scenario::from_toml(&text).unwrap_err().to_string()
    };
    let run = |keys: &str| format!("[[past-run]]\n{keys}\n");
    assert_eq!(
        error(&run("pipeline = 2\nat = '0s'")),
        "a past run is of pipeline 2, which does not exist"
    );
    assert_eq!(
        error(&run("pipeline = 1\nat = '0s'\nrequested-for = 'x'")),
        "a past run is requested for `x`, who is no `[[person]]`"
    );
    assert_eq!(
        error(&run("pipeline = 1\nat = '2h'")),
        "past runs are written in the order of `at`, which is not after `starts-at`"
    );
}
