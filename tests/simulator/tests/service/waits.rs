//! Runs that wait: for an approval, for a slot, for an agent that can do what they demand.

use azure_pipelines_simulator::Simulator;
use serde_json::Value;

use crate::http::{Answer, cancel, follow, get, queue, queued, record, signed_in, start};

fn approvals(simulator: &Simulator, method: &str, query: &str, body: &str) -> Answer {
    let target = format!("/fabrikam/Fabrikam/_apis/pipelines/approvals{query}");
    signed_in(simulator, method, &target, body)
}

fn waiting() -> (Simulator, String) {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.stage]]\nname = 'Deploy'\n\
         checks = [{ kind = 'Approval', for = 'until-approved' }]\n",
    );
    for _ in 0..20 {
        get(&simulator, "builds/1");
    }
    let approval = record(&simulator, 1, "Checkpoint.Approval", "Checkpoint.Approval");
    assert_eq!(approval["state"], "inProgress");
    let id = approval["id"].as_str().unwrap().to_owned();
    (simulator, id)
}

#[test]
fn an_approval_waits_until_somebody_decides() {
    for (status, result) in [("approved", "succeeded"), ("rejected", "failed")] {
        let (simulator, id) = waiting();
        let pending = approvals(&simulator, "GET", "?state=pending&api-version=7.1", "").json();
        assert_eq!(pending["value"][0]["id"], id.as_str());
        assert_eq!(pending["value"][0]["steps"], Value::Array(Vec::new()));
        let body = format!(
            "[{{\"approvalId\": \"{id}\", \"status\": \"{status}\", \"comment\": \"yes\"}}]"
        );
        let decided = approvals(&simulator, "PATCH", "?api-version=7.1", &body).json();
        assert_eq!(
            (&decided["count"], &decided["value"][0]["status"]),
            (&1.into(), &status.into())
        );
        assert_eq!(decided["value"][0]["steps"][0]["comment"], "yes");
        assert_eq!(follow(&simulator, 1)["result"], result);
        assert_eq!(
            approvals(&simulator, "PATCH", "?api-version=7.1", &body).status,
            400
        );
        let one = approvals(&simulator, "GET", &format!("/{id}?api-version=7.1"), "").json();
        assert_eq!(one["status"], status);
    }
}

#[test]
fn approvals_are_previews_before_their_release_and_absent_before_that() {
    let (simulator, id) = waiting();
    let asked = approvals(&simulator, "GET", "?api-version=7.0", "");
    assert_eq!(asked.type_key(), "VssInvalidPreviewVersionException");
    let newer = approvals(
        &simulator,
        "GET",
        &format!("?approvalIds={id}&api-version=7.2-preview.2"),
        "",
    )
    .json();
    assert_eq!(newer["value"][0]["pipeline"]["owner"]["id"], 1);
    let old = start("product = 'server-2019'");
    assert_eq!(approvals(&old, "GET", "?api-version=5.0", "").status, 404);
}

#[test]
fn a_canceled_run_cancels_its_approval() {
    let (simulator, _) = waiting();
    cancel(&simulator);
    assert_eq!(follow(&simulator, 1)["result"], "canceled");
    let all = approvals(&simulator, "GET", "?api-version=7.1", "").json();
    assert_eq!(all["value"][0]["status"], "canceled");
}

#[test]
fn jobs_of_all_runs_wait_for_a_slot() {
    let simulator = queued(
        "[agents]\nslots = 1\n[[pipeline]]\nid = 1\nname = 'a'\n\
         [[pipeline.run.job]]\nname = 'One'\ntask = [{ duration = '5s' }]\n[[pipeline.run.job]]\nname = 'Two'\n",
    );
    queue(&simulator, r#"{"definition": {"id": 1}}"#);
    get(&simulator, "builds/1");
    get(&simulator, "builds/1");
    assert_eq!(get(&simulator, "builds/2").json()["status"], "notStarted");
    assert_eq!(record(&simulator, 1, "Job", "Two")["state"], "pending");
    // What is canceled makes room for the next.
    cancel(&simulator);
    follow(&simulator, 1);
    assert_eq!(follow(&simulator, 2)["result"], "succeeded");
    let time = |name: &str, key: &str| {
        record(&simulator, 2, "Job", name)[key]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(time("Two", "startTime") > time("One", "finishTime"));
}

#[test]
fn demands_that_nobody_meets_fail_the_job_or_keep_it_waiting() {
    let run = |agents: &str| {
        queued(&format!(
            "[agents]\npool = 'Own'\ncapabilities = ['node']\n{agents}\n[[pipeline]]\nid = 1\nname = 'a'\n\
             [[pipeline.run.job]]\nname = 'J'\ndemands = ['docker']\n"
        ))
    };
    let simulator = run("");
    assert_eq!(follow(&simulator, 1)["result"], "failed");
    let message = "No agent found in pool Own which satisfies the specified demands: docker, Agent.Version -gtVersion 2.163.1";
    assert_eq!(
        record(&simulator, 1, "Job", "J")["issues"][0]["message"],
        message
    );
    let simulator = run("when-unmet = 'wait'");
    for _ in 0..50 {
        get(&simulator, "builds/1");
    }
    assert_eq!(get(&simulator, "builds/1").json()["status"], "notStarted");
    assert_eq!(record(&simulator, 1, "Job", "J")["state"], "pending");
}

#[test]
fn a_job_that_runs_too_long_is_canceled_with_a_reason_and_so_is_the_run() {
    let simulator = queued(
        "clock = { polls = '1m' }\n[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.job]]\nname = 'J'\n\
         timeout = '5m'\n[[pipeline.run.job.task]]\nname = 'T'\nduration = '1h'\n\
         [[pipeline.run.job.task]]\nname = 'U'\ncondition = 'always'\n",
    );
    assert_eq!(follow(&simulator, 1)["result"], "canceled");
    let job = record(&simulator, 1, "Job", "J");
    assert_eq!(job["result"], "canceled");
    let message = job["issues"][0]["message"].as_str().unwrap();
    assert!(message.contains("longer than the maximum time of 5 minutes"));
    assert_eq!(record(&simulator, 1, "Task", "T")["result"], "canceled");
    assert_eq!(record(&simulator, 1, "Task", "U")["result"], "succeeded");
}

#[test]
fn a_run_in_the_queue_is_postponed_and_has_a_place_that_goes_down() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run]]\nqueue-for = '4s'\nqueue-position = 2\n\
         postponed-for = '2s'\n",
    );
    let seen = [(); 4].map(|()| {
        let build = get(&simulator, "builds/1").json();
        (build["status"].clone(), build["queuePosition"].clone())
    });
    let expected = [
        ("postponed".into(), 2.into()),
        ("notStarted".into(), 1.into()),
        ("notStarted".into(), 1.into()),
        ("inProgress".into(), Value::Null),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn somebody_else_cancels_and_is_named() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run]]\ncanceled-after = '3s'\n\
         [[pipeline.run.task]]\nduration = '1m'\n",
    );
    let build = follow(&simulator, 1);
    assert_eq!(build["result"], "canceled");
    assert_eq!(build["lastChangedBy"]["displayName"], "Test User 2");
}
