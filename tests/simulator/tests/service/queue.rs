//! Queueing: what is taken, what is refused and with which words.

use serde_json::{Value, json};

use crate::http::{ask, cancel, follow, get, queue, queued, start};

const STRICT: &str = "
[[pipeline]]
id = 20
name = 'App CI'
parameters = ['environment', 'colour']
required-parameters = ['environment']
variables = ['who']
branches = ['refs/heads/main']
";

fn messages(answer: &Value) -> Vec<String> {
    let results = answer["customProperties"]["ValidationResults"]
        .as_array()
        .unwrap();
    results
        .iter()
        .map(|result| {
            format!(
                "{}: {}",
                result["result"].as_str().unwrap(),
                result["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn what_was_asked_for_is_kept() {
    let simulator = start(STRICT);
    let body = json!({
        "definition": {"id": 20},
        "sourceBranch": "refs/heads/main",
        "sourceVersion": "0123456789abcdef0123456789abcdef01234567",
        "parameters": "{\"who\":\"world\"}",
        "templateParameters": {"environment": "test", "colour": true},
    });
    let answer = queue(&simulator, &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let build = &simulator.builds()[0];
    assert_eq!(
        (build.id, build.definition, build.status.as_str()),
        (1, 20, "notStarted")
    );
    assert_eq!(
        build.source_version,
        "0123456789abcdef0123456789abcdef01234567"
    );
    assert_eq!(build.parameters.as_deref(), Some("{\"who\":\"world\"}"));
    let given = [("colour", "True"), ("environment", "test")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(build.template_parameters, given);
    assert_eq!(
        answer.json()["templateParameters"],
        json!({"environment": "test", "colour": "True"})
    );
}

#[test]
fn all_validation_errors_come_at_once() {
    let simulator = start(STRICT);
    let body = json!({
        "definition": {"id": 20},
        "sourceBranch": "refs/heads/secret",
        "parameters": "{\"why\":\"because\"}",
        "templateParameters": {"testFolder": "a"},
    });
    let answer = queue(&simulator, &body.to_string());
    assert_eq!(
        (answer.status, answer.type_key().as_str()),
        (400, "BuildRequestValidationFailedException")
    );
    let found = messages(&answer.json());
    let starts = [
        "error: An error occurred while loading the YAML build pipeline. Could not find /azure-pipelines.yml in repository octo/demo using commit ",
        "error: A value for the 'environment' parameter must be provided.",
        "error: /azure-pipelines.yml (Line: 1, Col: 1): Unexpected parameter 'testFolder'",
        "error: You can't set the following variables (why).",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
    assert!(simulator.builds().is_empty());
}

#[test]
fn warnings_hold_a_run_back_unless_they_are_ignored() {
    let simulator =
        start("[[pipeline]]\nid = 1\nname = 'a'\nrun = { warnings = ['No agent is online.'] }\n");
    let warned = queue(&simulator, r#"{"definition": {"id": 1}}"#);
    assert_eq!(
        (warned.status, warned.type_key().as_str()),
        (409, "BuildRequestValidationWarningException")
    );
    assert_eq!(messages(&warned.json()), ["warning: No agent is online."]);
    assert_eq!(
        ask(
            &simulator,
            "POST",
            "builds?ignoreWarnings=true",
            r#"{"definition": {"id": 1}}"#
        )
        .status,
        200
    );
}

#[test]
fn bad_requests_are_refused() {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline]]\nid = 2\nname = 'b'\nqueue-status = 'disabled'\n[[pipeline]]\nid = 3\nname = 'c'\nqueueing-denied = true\n",
    );
    let outcome = |body: &str| {
        let answer = queue(&simulator, body);
        (answer.status, answer.type_key())
    };
    let pair = |status: u16, key: &str| (status, key.to_owned());
    assert_eq!(outcome(""), pair(400, "RequestContentException"));
    assert_eq!(outcome("{}"), pair(400, "RequestContentException"));
    assert_eq!(
        outcome(r#"{"definition": {"id": 1}, "parameters": {"who": "me"}}"#),
        pair(400, "RequestContentException")
    );
    assert_eq!(
        outcome(r#"{"definition": {"id": 99}}"#),
        pair(404, "DefinitionNotFoundException")
    );
    assert_eq!(
        outcome(r#"{"definition": {"id": 2}}"#),
        pair(400, "DefinitionDisabledException")
    );
    assert_eq!(
        outcome(r#"{"definition": {"id": 3}}"#),
        pair(403, "AccessDeniedException")
    );
    assert_eq!(
        ask(&simulator, "POST", "builds?definitionId=1", "").status,
        200
    );
}

#[test]
fn a_paused_pipeline_takes_runs_and_does_not_start_them() {
    let simulator = start("[[pipeline]]\nid = 1\nname = 'a'\nqueue-status = 'paused'\n");
    assert_eq!(
        queue(&simulator, r#"{"definition": {"id": 1}}"#).status,
        200
    );
    for _ in 0..20 {
        assert_eq!(get(&simulator, "builds/1").json()["status"], "notStarted");
    }
    cancel(&simulator);
    assert_eq!(follow(&simulator, 1)["result"], "canceled");
}

#[test]
fn a_run_may_fail_without_starting() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\nrun = { fails-to-start = ['No such pool.'], queue-for = '2s' }\n",
    );
    assert_eq!(
        get(&simulator, "builds/1").json()["validationResults"],
        json!([])
    );
    let end = follow(&simulator, 1);
    assert_eq!(
        (&end["result"], &end["startTime"]),
        (&json!("failed"), &end["finishTime"])
    );
    assert_eq!(
        end["validationResults"],
        json!([{"result": "error", "message": "No such pool."}])
    );
    assert_eq!(get(&simulator, "builds/1/timeline").status, 204);
}

#[test]
fn number_and_commit_may_come_late() {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = 'a'\n\
         run = { queue-for = '2s', source-version = 'ffff', source-version-late = true, build-number-late = true }\n",
    );
    let first = queue(
        &simulator,
        r#"{"definition": {"id": 1}, "sourceVersion": "aaaa"}"#,
    )
    .json();
    assert_eq!(
        (&first["buildNumber"], first.get("sourceVersion")),
        (&json!("1"), None)
    );
    assert!(first.get("buildNumberRevision").is_none());
    let end = follow(&simulator, 1);
    assert_eq!(
        (&end["buildNumber"], &end["sourceVersion"]),
        (&json!("20260302.1"), &json!("ffff"))
    );
}

#[test]
fn each_run_of_a_pipeline_plays_its_own_entry() {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run]]\nresult = 'failed'\n[[pipeline.run]]\nresult = 'succeeded'\n",
    );
    for _ in 0..3 {
        queue(&simulator, r#"{"definition": {"id": 1}}"#);
    }
    let ends = [1, 2, 3].map(|id| follow(&simulator, id));
    assert_eq!(
        ends.each_ref().map(|end| end["result"].clone()),
        ["failed", "succeeded", "succeeded"]
    );
    assert_eq!(ends[2]["buildNumber"], "20260302.3");
}

#[test]
fn tags_are_added_listed_and_removed() {
    let simulator = queued("[[pipeline]]\nid = 1\nname = 'a'\n");
    let tags = |method: &str, path: &str, body: &str| {
        ask(&simulator, method, &format!("builds/1/tags{path}"), body).json()["value"].clone()
    };
    assert_eq!(tags("PUT", "/TestTag0", ""), json!(["TestTag0"]));
    assert_eq!(
        tags("POST", "", r#"["TestTag1", "a/b"]"#),
        json!(["TestTag0", "TestTag1", "a/b"])
    );
    assert_eq!(
        tags(
            "PATCH",
            "",
            r#"{"tagsToAdd": ["x"], "tagsToRemove": ["a/b"]}"#
        ),
        json!(["TestTag0", "TestTag1", "x"])
    );
    assert_eq!(tags("DELETE", "/testtag1", ""), json!(["TestTag0", "x"]));
    assert_eq!(
        get(&simulator, "builds/1/tags").json(),
        json!({"count": 2, "value": ["TestTag0", "x"]})
    );
    assert_eq!(
        ask(&simulator, "PUT", "builds/1/tags/a%2Fb", "").status,
        400
    );
    assert_eq!(simulator.builds()[0].tags, ["TestTag0", "x"]);
}

/// As reported for the service; whether newer ones keep them is open.
#[test]
fn tags_of_the_request_are_dropped_unless_the_scenario_keeps_them() {
    for (keeps, tags) in [("false", &[][..]), ("true", &["nightly"])] {
        let simulator = start(&format!("queue-tags = {keeps}\n{STRICT}"));
        let body = json!({
            "definition": {"id": 20},
            "templateParameters": {"environment": "test"},
            "tags": ["nightly"],
        });
        let answer = queue(&simulator, &body.to_string());
        assert_eq!(answer.json()["tags"], json!(tags));
        assert_eq!(simulator.builds()[0].tags, tags);
    }
}
