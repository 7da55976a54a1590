//! A run from its queueing to its end, and cancellations on the way.

use azure_pipelines_simulator::Simulator;
use serde_json::{Value, json};

use crate::http::{cancel, follow, get, queue, queued, record, records, start};

const TWO_TASKS: &str = "
[[pipeline]]
id = 12
name = 'App CI'
[[pipeline.run]]
queue-for = '2s'
[[pipeline.run.task]]
name = 'Build'
duration = '2s'
lines = ['compiling']
[[pipeline.run.task]]
name = 'Clean up'
condition = 'always'
duration = '1s'
";

fn states(simulator: &Simulator, polls: usize) -> Vec<Value> {
    (0..polls)
        .map(|_| get(simulator, "builds/1").json()["status"].clone())
        .collect()
}

#[test]
fn a_run_goes_from_waiting_to_its_end() {
    let simulator = start(TWO_TASKS);
    let queued = queue(
        &simulator,
        r#"{"definition": {"id": 12}, "sourceBranch": "refs/heads/topic"}"#,
    );
    assert_eq!(
        (queued.status, &queued.json()["status"]),
        (200, &json!("notStarted"))
    );
    assert_eq!(queued.json()["sourceBranch"], "refs/heads/topic");
    assert_eq!(get(&simulator, "builds/1/timeline").status, 204);
    assert_eq!(
        states(&simulator, 4),
        ["notStarted", "inProgress", "inProgress", "inProgress"]
    );

    let build = record(&simulator, 1, "Task", "Build");
    assert_eq!(
        (&build["state"], &build["log"]),
        (&json!("completed"), &Value::Null),
        "logs come a little later"
    );
    assert_eq!(
        record(&simulator, 1, "Task", "Clean up")["state"],
        "inProgress"
    );
    assert_eq!(
        record(&simulator, 1, "Stage", "__default")["id"],
        "96ac2280-8cb4-5df5-99de-dd2da759617d"
    );

    let end = follow(&simulator, 1);
    assert_eq!(
        (&end["result"], &end["startTime"]),
        (&json!("succeeded"), &json!("2026-03-02T08:27:02Z"))
    );
    assert!(
        records(&simulator, 1)
            .iter()
            .all(|record| record["state"] == "completed")
    );
}

#[test]
fn results_follow_from_the_stages() {
    let run = |result: &str| {
        let toml = format!(
            "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nresult = '{result}'\n[[pipeline.run.task]]\nname = 'later'\n"
        );
        let simulator = queued(&toml);
        let result = follow(&simulator, 1)["result"].as_str().unwrap().to_owned();
        (
            result,
            record(&simulator, 1, "Task", "later")["result"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    };
    let pair = |build: &str, later: &str| (build.to_owned(), later.to_owned());
    assert_eq!(run("succeeded"), pair("succeeded", "succeeded"));
    assert_eq!(
        run("succeededWithIssues"),
        pair("partiallySucceeded", "succeeded")
    );
    assert_eq!(run("failed"), pair("failed", "skipped"));
    assert_eq!(run("canceled"), pair("canceled", "skipped"));
}

#[test]
fn a_canceled_run_stops_its_task_and_still_cleans_up() {
    let simulator = start(TWO_TASKS);
    queue(&simulator, r#"{"definition": {"id": 12}}"#);
    states(&simulator, 3);
    let canceled = cancel(&simulator);
    assert_eq!(
        (canceled.status, &canceled.json()["status"]),
        (200, &json!("cancelling"))
    );
    assert!(simulator.builds()[0].cancel_requested);

    assert_eq!(follow(&simulator, 1)["result"], "canceled");
    assert_eq!(record(&simulator, 1, "Task", "Build")["result"], "canceled");
    assert_eq!(
        record(&simulator, 1, "Task", "Clean up")["result"],
        "succeeded"
    );
    for (kind, name) in [("Job", "Job"), ("Phase", "Job"), ("Stage", "__default")] {
        assert_eq!(
            record(&simulator, 1, kind, name)["result"],
            "canceled",
            "{kind}"
        );
    }
    let again = cancel(&simulator);
    assert_eq!(
        (again.status, again.type_key().as_str()),
        (400, "BuildStatusInvalidChangeException")
    );
}

#[test]
fn a_run_canceled_while_it_waits_never_has_a_timeline() {
    let simulator = start(TWO_TASKS);
    queue(&simulator, r#"{"definition": {"id": 12}}"#);
    cancel(&simulator);
    let end = follow(&simulator, 1);
    assert_eq!(
        (&end["result"], &end["startTime"]),
        (&json!("canceled"), &end["finishTime"])
    );
    assert_eq!(get(&simulator, "builds/1/timeline").status, 204);
}

#[test]
fn a_stage_waits_for_its_check_and_a_rejected_one_fails() {
    let run = |result: &str| {
        let simulator = queued(&format!(
            "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.stage]]\nname = 'Deploy'\n\
             checks = [{{ kind = 'Approval', for = '2s', result = '{result}' }}]\n"
        ));
        assert_eq!(states(&simulator, 1), ["notStarted"]);
        assert_eq!(record(&simulator, 1, "Stage", "Deploy")["state"], "pending");
        assert_eq!(
            record(&simulator, 1, "Checkpoint.Approval", "Checkpoint.Approval")["state"],
            "inProgress"
        );
        follow(&simulator, 1)["result"].clone()
    };
    assert_eq!(run("succeeded"), "succeeded");
    assert_eq!(run("failed"), "failed");
}

#[test]
fn stages_follow_each_other_and_a_failed_one_skips_the_next() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n\
         [[pipeline.run.stage]]\nname = 'Build'\n[[pipeline.run.stage.job.task]]\nresult = 'failed'\n\
         [[pipeline.run.stage]]\nname = 'Deploy'\n\
         [[pipeline.run.stage]]\nname = 'Report'\ndepends-on = ['Build']\ncondition = 'failed'\n",
    );
    assert_eq!(follow(&simulator, 1)["result"], "failed");
    let results = ["Build", "Deploy", "Report"]
        .map(|name| record(&simulator, 1, "Stage", name)["result"].clone());
    assert_eq!(results, ["failed", "skipped", "succeeded"]);
}

#[test]
fn the_last_changes_do_not_raise_the_change_number() {
    let simulator = start(TWO_TASKS);
    queue(&simulator, r#"{"definition": {"id": 12}}"#);
    let mut before = Value::Null;
    while get(&simulator, "builds/1").json()["status"] != "completed" {
        let timeline = get(&simulator, "builds/1/timeline");
        before = if timeline.status == 200 {
            timeline.json()
        } else {
            Value::Null
        };
    }
    let after = get(&simulator, "builds/1/timeline").json();
    let stage = record(&simulator, 1, "Stage", "__default");
    assert!(stage["changeId"].as_u64() < after["changeId"].as_u64());
    assert!(before["changeId"].as_u64() <= after["changeId"].as_u64());
}
