//! Further attempts: of builds, of stages, and those the service begins by itself.

use azure_pipelines_simulator::Simulator;
use serde_json::{Value, json};

use crate::http::{Answer, ask, follow, get, queued, record, records, signed_in, start};

const FLAKY: &str = "
    [[pipeline]]
    id = 1
    name = 'a'
    [[pipeline.run.stage]]
    name = 'Build'
    [[pipeline.run.stage.job]]
    name = 'Good'
    task = [{ name = 'compile', lines = ['compiled'] }]
    [[pipeline.run.stage.job]]
    name = 'Flaky'
    [[pipeline.run.stage.job.task]]
    name = 'test'
    attempts = [{ result = 'failed', lines = ['1 failed'] }, { result = 'succeeded', lines = ['all passed'] }]
    [[pipeline.run.stage]]
    name = 'Deploy'
";

fn failed() -> Simulator {
    let simulator = queued(FLAKY);
    assert_eq!(follow(&simulator, 1)["result"], "failed");
    simulator
}

fn retry_stage(simulator: &Simulator, stage: &str, all: bool) -> Answer {
    let body = format!("{{\"state\": \"retry\", \"forceRetryAllJobs\": {all}}}");
    ask(
        simulator,
        "PATCH",
        &format!("builds/1/stages/{stage}"),
        &body,
    )
}

fn retry_build(simulator: &Simulator) -> Answer {
    ask(simulator, "PATCH", "builds/1?retry=true", "")
}

#[test]
fn a_retried_build_goes_on_and_ends_later() {
    let simulator = failed();
    let finish = get(&simulator, "builds/1").json()["finishTime"].clone();
    let with_body = ask(&simulator, "PATCH", "builds/1?retry=true", "{}");
    assert_eq!(with_body.status, 400);
    let answer = retry_build(&simulator);
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (200, &"inProgress".into())
    );
    assert_eq!(answer.json().get("finishTime"), None);
    let done = follow(&simulator, 1);
    assert_eq!(done["result"], "succeeded");
    assert!(done["finishTime"].as_str() > finish.as_str());
}

#[test]
fn what_runs_again_has_new_records_and_what_succeeded_keeps_its_own() {
    let simulator = failed();
    let stage = record(&simulator, 1, "Stage", "Build");
    let good = record(&simulator, 1, "Job", "Good");
    let flaky = record(&simulator, 1, "Job", "Flaky");
    retry_build(&simulator);
    follow(&simulator, 1);

    let has_second_attempt = |old: &Value, new: &Value| {
        assert_ne!(new["id"], old["id"]);
        assert_eq!(new["attempt"], 2);
        let previous = json!([{"attempt": 1, "timelineId": stage["id"], "recordId": old["id"]}]);
        assert_eq!(new["previousAttempts"], previous);
    };
    let retried = record(&simulator, 1, "Stage", "Build");
    has_second_attempt(&stage, &retried);
    has_second_attempt(&flaky, &record(&simulator, 1, "Job", "Flaky"));
    let kept = record(&simulator, 1, "Job", "Good");
    assert_eq!(
        (&kept["id"], &kept["attempt"], &kept["log"]),
        (&good["id"], &1.into(), &good["log"])
    );
    assert_ne!(kept["changeId"], good["changeId"]);
    let phase = record(&simulator, 1, "Phase", "Good");
    assert_eq!(phase["parentId"], retried["id"]);
    // What had only been skipped has its first attempt now.
    let deploy = record(&simulator, 1, "Stage", "Deploy");
    assert_eq!(
        (&deploy["attempt"], &deploy["result"]),
        (&1.into(), &"succeeded".into())
    );
}

#[test]
fn logs_of_earlier_attempts_are_kept() {
    let simulator = failed();
    let before = simulator.task_logs(1);
    retry_build(&simulator);
    follow(&simulator, 1);
    let after = simulator.task_logs(1);
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.log_id, &old.text), (new.log_id, &new.text));
        // What runs again stands in an earlier timeline.
        assert_eq!(new.is_current, new.job == "Good", "{new:?}");
    }
    let of_second = after
        .iter()
        .find(|log| log.attempt == 2 && log.task == "test")
        .unwrap();
    assert!(String::from_utf8_lossy(&of_second.lines.concat()).contains("all passed"));
}

#[test]
fn the_old_timeline_is_kept_under_the_old_stage() {
    let simulator = failed();
    let old: Vec<Value> = records(&simulator, 1);
    let stage = record(&simulator, 1, "Stage", "Build")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("builds/1/timeline/{stage}");
    assert_eq!(
        get(&simulator, &path).type_key(),
        "TimelineNotFoundException"
    );
    assert_eq!(retry_stage(&simulator, "Build", false).status, 200);
    let timeline = get(&simulator, &path).json();
    assert_eq!(
        (&timeline["changeId"], &timeline["id"]),
        (&1.into(), &stage.into())
    );
    assert_ne!(
        timeline["lastChangedBy"],
        "00000002-0000-8888-8000-000000000000"
    );
    let kept = timeline["records"].as_array().unwrap();
    assert!(kept.len() > 10);
    for record in kept {
        assert!(old.iter().any(|before| before == record), "{record}");
    }
    // The stage is there at once and waits.
    let now = record(&simulator, 1, "Stage", "Build");
    assert_eq!(
        (&now["state"], &now["attempt"]),
        (&"pending".into(), &2.into())
    );
}

#[test]
fn all_jobs_of_a_stage_can_be_run_again_and_again() {
    let simulator = failed();
    for attempt in [2, 3] {
        assert_eq!(retry_stage(&simulator, "build", true).status, 200);
        follow(&simulator, 1);
        let job = record(&simulator, 1, "Job", "Good");
        assert_eq!(job["attempt"], attempt);
        assert_eq!(
            job["previousAttempts"].as_array().unwrap().len() + 1,
            attempt
        );
    }
    assert_eq!(get(&simulator, "builds/1").json()["result"], "succeeded");
    // Nothing is left to do.
    assert_eq!(retry_stage(&simulator, "Build", false).status, 200);
    assert_eq!(get(&simulator, "builds/1").json()["status"], "completed");
}

#[test]
fn not_everything_can_be_retried() {
    let simulator = queued(FLAKY);
    get(&simulator, "builds/1");
    let answer = retry_stage(&simulator, "Build", false).json();
    assert_eq!(
        answer["message"],
        "Unable to retry the pipeline because stage Build is currently in progress."
    );
    follow(&simulator, 1);
    let answer = retry_stage(&simulator, "Deploy", false).json();
    assert_eq!(
        answer["message"],
        "Unable to retry stage Deploy because it has never been run."
    );
    assert_eq!(retry_stage(&simulator, "None", false).status, 404);
}

#[test]
fn old_products_want_a_body_and_have_no_stages() {
    let simulator = start(&format!("product = 'server-2019'\n{FLAKY}"));
    let patch = |path: &str, body: &str| {
        let target = format!("/fabrikam/Fabrikam/_apis/build/{path}api-version=5.0");
        signed_in(&simulator, "PATCH", &target, body)
    };
    let body = r#"{"definition": {"id": 1}}"#;
    let target = "/fabrikam/Fabrikam/_apis/build/builds?api-version=5.0";
    signed_in(&simulator, "POST", target, body);
    for _ in 0..9 {
        signed_in(&simulator, "GET", &target.replace("builds", "builds/1"), "");
    }
    assert_eq!(patch("builds/1?retry=true&", "").status, 400);
    assert_eq!(
        patch("builds/1?retry=true&", "{}").json()["status"],
        "inProgress"
    );
    assert_eq!(
        patch("builds/1/stages/Build?", "{\"state\":\"retry\"}").status,
        404
    );
}

#[test]
fn one_stage_can_be_canceled() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.stage]]\nname = 'A'\njob = [{ task = [{ duration = 'forever' }] }]\n\
         [[pipeline.run.stage]]\nname = 'B'\ndepends-on = []\n[[pipeline.run.stage]]\nname = 'C'\ndepends-on = ['A']\n",
    );
    get(&simulator, "builds/1");
    get(&simulator, "builds/1");
    assert_eq!(
        ask(&simulator, "PATCH", "builds/1/stages/A", "{\"state\": 0}").status,
        200
    );
    assert_eq!(follow(&simulator, 1)["result"], "canceled");
    let result = |name: &str| record(&simulator, 1, "Stage", name)["result"].clone();
    assert_eq!(
        [result("A"), result("B"), result("C")],
        ["canceled", "succeeded", "skipped"]
    );
    // After a cancellation a retry runs to its end like any other.
    assert_eq!(retry_build(&simulator).json()["status"], "inProgress");
}

#[test]
fn the_service_gives_a_job_to_another_agent() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.job]]\nname = 'J'\nabandoned-attempts = 1\nabandoned-after = '3s'\n",
    );
    get(&simulator, "builds/1");
    let first = record(&simulator, 1, "Job", "J");
    assert_eq!(
        (&first["state"], &first["attempt"]),
        (&"pending".into(), &1.into())
    );
    assert_eq!(follow(&simulator, 1)["result"], "succeeded");
    let second = record(&simulator, 1, "Job", "J");
    let old = &second["previousAttempts"][0];
    assert_eq!(
        (&second["attempt"], &old["recordId"]),
        (&2.into(), &first["id"])
    );
    assert_eq!(old["timelineId"], first["id"]);
    let timeline = get(
        &simulator,
        &format!("builds/1/timeline/{}", first["id"].as_str().unwrap()),
    )
    .json();
    let record = &timeline["records"][0];
    assert_eq!(timeline["records"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&record["result"], &record["state"]),
        (&"abandoned".into(), &"completed".into())
    );
    assert!(
        record["startTime"].is_null()
            && record["finishTime"].is_null()
            && record["workerName"].is_null()
    );
}
