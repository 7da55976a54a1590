//! The console feed of a running task.

use serde_json::Value;

use crate::http::{get, queue, record, signed_in, start};

#[test]
fn lines_come_while_the_step_runs() {
    let long = "x".repeat(1100);
    let simulator = start(&format!(
        "clock = {{ polls = '500ms' }}\n[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.job]]\nname = 'J'\n\
         task = [{{ name = 'T', duration = '6s', spread = true, lines = ['one', '{long}', 'three'] }}]\n"
    ));
    let build = queue(&simulator, r#"{"definition": {"id": 1}}"#).json();
    let plan = build["orchestrationPlan"]["planId"]
        .as_str()
        .unwrap()
        .to_owned();
    let read = |query: &str| -> Value {
        let (job, step) = (
            record(&simulator, 1, "Job", "J"),
            record(&simulator, 1, "Task", "T"),
        );
        let (job, step) = (job["id"].as_str().unwrap(), step["id"].as_str().unwrap());
        let project = &build["project"]["id"].as_str().unwrap();
        let target = format!(
            "/fabrikam/{project}/_apis/distributedtask/hubs/build/plans/{plan}/timelines/{plan}/records/{job}/feed?stepId={step}{query}&api-version=7.1"
        );
        signed_in(&simulator, "GET", &target, "").json()
    };
    for _ in 0..5 {
        get(&simulator, "builds/1");
    }
    let first = read("");
    assert_eq!(
        first["value"],
        serde_json::json!(["##[section]Starting: T", "one"])
    );
    assert!(record(&simulator, 1, "Task", "T")["log"].is_null());
    for _ in 0..20 {
        get(&simulator, "builds/1");
    }
    let all = read("");
    assert_eq!(
        (&all["count"], &all["startLine"], &all["endLine"]),
        (&5.into(), &1.into(), &5.into())
    );
    assert_eq!(all["value"][2].as_str().unwrap().len(), 1024 + 3);
    let some = read("&endLine=4&takeCount=1");
    assert_eq!(
        (&some["value"][0], &some["startLine"]),
        (&"three".into(), &4.into())
    );
}

#[test]
fn the_feed_can_be_refused() {
    let simulator = start("feed-refused = true");
    let target = "/fabrikam/Fabrikam/_apis/distributedtask/hubs/build/plans/p/timelines/t/records/r/feed?stepId=s";
    assert_eq!(signed_in(&simulator, "GET", target, "").status, 403);
}
