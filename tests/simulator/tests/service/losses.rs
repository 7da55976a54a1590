//! Agents that vanish: the traces differ, as recorded and reported.

use azure_pipelines_simulator::Simulator;
use serde_json::{Value, json};

use crate::http::{follow, get, queued, record};

fn lost(how: &str) -> Simulator {
    queued(&format!(
        "[[pipeline]]\nid = 1\nname = 'a'\n\
         [[pipeline.run.job]]\nname = 'Lost'\nlost = '{how}'\nlost-after = '2500ms'\n\
         [[pipeline.run.job.task]]\nname = 'First'\n\
         [[pipeline.run.job.task]]\nname = 'Second'\nduration = '3s'\n\
         [[pipeline.run.job.task]]\nname = 'Third'\n\
         [[pipeline.run.job]]\nname = 'Other'\n[[pipeline.run.job.task]]\nname = 'Slow'\nduration = '6s'\n",
    ))
}

fn results(simulator: &Simulator) -> Vec<Value> {
    let names = [
        ("Phase", "Lost"),
        ("Job", "Lost"),
        ("Task", "First"),
        ("Task", "Second"),
        ("Task", "Third"),
        ("Stage", "__default"),
    ];
    names
        .iter()
        .map(|(kind, name)| record(simulator, 1, kind, name)["result"].clone())
        .collect()
}

#[test]
fn a_withdrawn_agent_leaves_its_job_open_until_the_stage_ends() {
    let simulator = lost("deprovisioned");
    for _ in 0..4 {
        get(&simulator, "builds/1");
    }
    assert_eq!(record(&simulator, 1, "Phase", "Lost")["result"], "canceled");
    let job = record(&simulator, 1, "Job", "Lost");
    assert_eq!(
        (&job["state"], &job["warningCount"]),
        (&json!("inProgress"), &json!(1))
    );
    assert_eq!(job["issues"][0]["category"], Value::Null);
    assert!(job["issues"][0].get("data").is_none());
    assert_eq!(record(&simulator, 1, "Task", "Third")["state"], "pending");
    let change = get(&simulator, "builds/1/timeline").json()["changeId"].clone();

    assert_eq!(follow(&simulator, 1)["result"], "failed");
    assert_eq!(
        results(&simulator),
        [
            "canceled",
            "failed",
            "succeeded",
            "failed",
            "abandoned",
            "failed"
        ]
    );
    let ends = [
        ("Job", "Lost"),
        ("Task", "Second"),
        ("Task", "Third"),
        ("Stage", "__default"),
    ];
    let ends = ends.map(|(kind, name)| record(&simulator, 1, kind, name)["finishTime"].clone());
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    let third = record(&simulator, 1, "Task", "Third");
    assert_eq!(
        (&third["startTime"], &third["percentComplete"]),
        (&ends[0], &json!(0))
    );
    assert!(record(&simulator, 1, "Job", "Lost")["log"].is_null());
    assert!(record(&simulator, 1, "Task", "Second")["log"].is_null());
    assert!(record(&simulator, 1, "Task", "First")["log"].is_object());
    assert!(change.as_u64() <= get(&simulator, "builds/1/timeline").json()["changeId"].as_u64());
}

#[test]
fn a_disconnect_cancels_the_job_and_silence_fails_it() {
    let simulator = lost("disconnected");
    follow(&simulator, 1);
    assert_eq!(
        results(&simulator),
        [
            "canceled",
            "canceled",
            "succeeded",
            "canceled",
            "abandoned",
            "canceled"
        ]
    );

    let simulator = lost("stopped-hearing");
    follow(&simulator, 1);
    assert_eq!(
        results(&simulator),
        [
            "failed",
            "failed",
            "succeeded",
            "abandoned",
            "abandoned",
            "failed"
        ]
    );
    let message = record(&simulator, 1, "Job", "Lost")["issues"][0]["message"].clone();
    assert!(
        message
            .as_str()
            .unwrap()
            .starts_with("We stopped hearing from agent Azure Pipelines 2.")
    );
}

#[test]
fn the_end_of_a_lost_job_does_not_raise_the_change_number() {
    let simulator = queued(
        "clock = { polls = '100ms' }\n[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.job]]\nname = 'Lost'\nlost = 'deprovisioned'\n\
         lost-after = '500ms'\n[[pipeline.run.job.task]]\n[[pipeline.run.job.task]]\nname = 'Never begun'\n",
    );
    let mut open = Vec::new();
    while get(&simulator, "builds/1").json()["status"] != "completed" {
        let timeline = get(&simulator, "builds/1/timeline");
        if timeline.status == 200 && record(&simulator, 1, "Phase", "Lost")["state"] == "completed"
        {
            let job = record(&simulator, 1, "Job", "Lost")["state"].clone();
            open.push((timeline.json()["changeId"].clone(), job));
        }
    }
    let (first, last) = (open.first().unwrap(), open.last().unwrap());
    assert_eq!(
        (&first.1, &last.1),
        (&json!("inProgress"), &json!("completed"))
    );
    assert_eq!(first.0, last.0);
    assert_eq!(
        record(&simulator, 1, "Task", "Never begun")["result"],
        "abandoned"
    );
}

#[test]
fn a_worker_that_was_killed_ends_its_job_with_an_error() {
    for (how, words) in [
        ("worker-killed", "exited with code 137"),
        ("shut-down", "has received a shutdown signal"),
        ("service-error", "TF400898"),
    ] {
        let simulator = lost(how);
        assert_eq!(follow(&simulator, 1)["result"], "failed");
        assert_eq!(
            json!(results(&simulator)),
            json!([
                "failed",
                "failed",
                "succeeded",
                "canceled",
                "abandoned",
                "failed"
            ]),
            "{how}"
        );
        let job = record(&simulator, 1, "Job", "Lost");
        assert_eq!(job["issues"][0]["type"], "error");
        let message = job["issues"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
}
