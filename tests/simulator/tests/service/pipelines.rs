//! The Pipelines API: what it takes that the Build API does not, and how it refuses.

use azure_pipelines_simulator::Simulator;
use serde_json::{Value, json};

use crate::http::{Answer, ask, follow, get, queue, record, signed_in, start};

const STAGES: &str = "
[[pipeline]]
id = 21
name = 'App CI'
parameters = ['environment', { name = 'slow', type = 'boolean' }, { name = 'matrix', type = 'object' },
    { name = 'region', values = ['north', 'south'] }]
variables = ['who', { name = 'password', secret = true }, { name = 'fixed', settable = false }]
[[pipeline.run.stage]]
name = 'Build'
[[pipeline.run.stage]]
name = 'Test it'
identifier = 'test'
[[pipeline.run.stage]]
name = 'Deploy'
";

fn call(simulator: &Simulator, method: &str, path: &str, version: &str, body: &Value) -> Answer {
    let target = format!("/fabrikam/Fabrikam/_apis/{path}?api-version={version}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    signed_in(simulator, method, &target, &body)
}

fn run(simulator: &Simulator, body: &Value) -> Answer {
    call(simulator, "POST", "pipelines/21/runs", "7.1", body)
}

/// Queues a run with all that can be said of it.
fn run_with_everything() -> (Simulator, Value) {
    let simulator = start(STAGES);
    let body = json!({
        "resources": {
            "repositories": {
                "self": {"refName": "refs/heads/topic", "version": "0123456789abcdef0123456789abcdef01234567"},
                "tools": {"refName": "refs/tags/v1", "token": "hidden", "tokenType": "Basic"},
            },
            "pipelines": {"base": {"version": "20260302.3"}},
        },
        "templateParameters": {"environment": "test", "matrix": "[{\"os\": \"linux\"}]"},
        "variables": {"who": {"value": "world"}, "password": {"value": "hunter2", "isSecret": true}},
        "stagesToSkip": ["test"],
    });
    let answer = run(&simulator, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    (simulator, answer.json())
}

#[test]
fn a_run_is_told_without_its_secrets() {
    let (_simulator, told) = run_with_everything();
    assert_eq!(
        (&told["id"], &told["state"], &told["name"]),
        (&json!(1), &json!("inProgress"), &json!("20260302.1"))
    );
    let own = &told["resources"]["repositories"]["self"];
    assert_eq!(own["refName"], "refs/heads/topic");
    assert_eq!(own["repository"]["type"], "gitHub");
    let variables = json!({"password": {"isSecret": true}, "who": {"value": "world"}});
    assert_eq!(told["variables"], variables);
}

#[test]
fn a_run_is_a_build_by_another_name() {
    let (simulator, _) = run_with_everything();
    let build = &simulator.builds()[0];
    assert_eq!(build.source_branch, "refs/heads/topic");
    assert_eq!(build.parameters.as_deref(), Some("{\"who\":\"world\"}"));
    assert_eq!(build.stages_to_skip, ["test"]);
    let resources = json!({
        "pipelines": {"base": {"version": "20260302.3"}},
        "repositories": {"tools": {"refName": "refs/tags/v1", "version": null}},
    });
    assert_eq!(build.resources.as_ref(), Some(&resources));
    assert_eq!(follow(&simulator, 1)["result"], "succeeded");
    let result = |name: &str| record(&simulator, 1, "Stage", name)["result"].clone();
    assert_eq!(result("Test it"), "skipped");
    assert_eq!(result("Deploy"), "succeeded");
    let get = |path: &str| call(&simulator, "GET", path, "7.1", &Value::Null).json();
    let over = get("pipelines/21/runs/1");
    assert_eq!(
        (&over["state"], &over["result"]),
        (&json!("completed"), &json!("succeeded"))
    );
    let list = get("pipelines/21/runs");
    assert_eq!(
        (&list["count"], &list["value"][0]["resources"]),
        (&json!(1), &Value::Null)
    );
}

#[test]
fn mistakes_are_one_message_with_a_line_each() {
    let simulator = start(STAGES);
    let body = json!({
        "templateParameters": {"enviroment": "test", "slow": "yes", "region": "west", "matrix": "{"},
        "variables": {"fixed": {"value": "1"}},
        "stagesToSkip": ["Test it"],
    });
    let answer = run(&simulator, &body);
    assert_eq!(
        (answer.status, answer.type_key().as_str()),
        (400, "PipelineValidationException")
    );
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    let position = "/azure-pipelines.yml (Line: 1, Col: 1):";
    let starts = [
        format!("{position} Unexpected parameter 'enviroment'"),
        format!("{position} The 'matrix' parameter value '{{' is not a valid Object."),
        format!("{position} The 'region' parameter value 'west' is not one of north, south."),
        format!("{position} The 'slow' parameter value 'yes' is not a valid Boolean."),
        "You can't set the following variables (fixed).".to_owned(),
        "'Test it' is not a valid stage to skip.".to_owned(),
    ];
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), starts.len(), "{message}");
    for (line, start) in lines.iter().zip(&starts) {
        assert!(line.starts_with(start), "{line}");
    }
    let object = json!({"templateParameters": {"matrix": [1]}});
    assert_eq!(
        run(&simulator, &object).type_key(),
        "RequestContentException"
    );
    let missing = call(&simulator, "POST", "pipelines/9/runs", "7.1", &json!({}));
    assert_eq!(
        (missing.status, missing.type_key().as_str()),
        (500, "PipelineNotFoundException")
    );
    assert!(simulator.builds().is_empty());
}

#[test]
fn a_preview_starts_nothing() {
    let simulator = start(STAGES);
    let preview = |body: &Value| call(&simulator, "POST", "pipelines/21/preview", "7.1", body);
    let yaml = preview(&json!({"previewRun": true})).json()["finalYaml"].clone();
    assert!(yaml.as_str().unwrap().contains("- stage: test\n"), "{yaml}");
    let own = preview(&json!({"previewRun": true, "yamlOverride": "steps: []\n"}));
    assert_eq!(own.json(), json!({"finalYaml": "steps: []\n"}));
    let wrong = preview(&json!({"templateParameters": {"slow": "yes"}}));
    assert_eq!(wrong.type_key(), "PipelineValidationException");
    let as_run = run(&simulator, &json!({"previewRun": true})).json();
    assert_eq!(as_run["finalYaml"], yaml);
    assert!(simulator.builds().is_empty());
}

#[test]
fn products_have_as_much_of_it_as_they_had() {
    let outcome = |product: &str, path: &str, version: &str| {
        let simulator = start(&format!("product = '{product}'\n{STAGES}"));
        let answer = call(&simulator, "POST", path, version, &json!({}));
        let is_text = answer.text().starts_with("The controller");
        let key = if is_text || answer.status == 200 {
            String::new()
        } else {
            answer.type_key()
        };
        format!("{} {key}", answer.status)
    };
    let (runs, preview) = ("pipelines/21/runs", "pipelines/21/preview");
    assert_eq!(outcome("server-2019", runs, "5.0-preview.1"), "404 ");
    assert_eq!(
        outcome("server-2020", runs, "6.0"),
        "400 VssInvalidPreviewVersionException"
    );
    assert_eq!(outcome("server-2020", runs, "6.0-preview.1"), "200 ");
    assert_eq!(outcome("server-2020", preview, "6.0-preview.1"), "404 ");
    assert_eq!(outcome("server-2022", preview, "7.0"), "200 ");
    assert_eq!(outcome("server-2022.1", runs, "7.1"), "200 ");
}

#[test]
fn whether_a_variable_can_be_set_is_a_setting() {
    let outcome = |setting: &str| {
        let simulator = start(&format!("{setting}\n{STAGES}"));
        let settings = get(&simulator, "generalsettings").json();
        let body = r#"{"definition": {"id": 21}, "parameters": "{\"other\":\"1\"}"}"#;
        let answer = queue(&simulator, body);
        (settings["enforceSettableVar"] == true, answer.status)
    };
    assert_eq!(outcome(""), (true, 400));
    assert_eq!(outcome("limit-variables = false"), (false, 200));
    let definition = get(&start(STAGES), "definitions/21").json();
    let variables = json!({
        "fixed": {"value": ""},
        "password": {"value": null, "allowOverride": true, "isSecret": true},
        "who": {"value": "", "allowOverride": true},
    });
    assert_eq!(definition["variables"], variables);
}

#[test]
fn a_run_goes_to_the_queue_that_is_asked_for_with_more_demands() {
    let simulator = start(
        "queue = [{ id = 80, name = 'Lab' }]\n[agents]\ncapabilities = ['docker']\n[[pipeline]]\nid = 21\nname = 'a'\n",
    );
    let queues = call(
        &simulator,
        "GET",
        "distributedtask/queues",
        "7.1",
        &Value::Null,
    )
    .json();
    let names: Vec<&str> = queues["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Azure Pipelines", "Lab"]);
    let old = call(
        &simulator,
        "GET",
        "distributedtask/queues",
        "6.0",
        &Value::Null,
    );
    assert_eq!(old.type_key(), "VssInvalidPreviewVersionException");
    let body = json!({
        "definition": {"id": 21}, "queue": {"id": 80}, "priority": "high",
        "demands": ["docker", "gpu"],
    });
    let told = queue(&simulator, &body.to_string()).json();
    assert_eq!(
        (&told["queue"]["name"], &told["priority"]),
        (&json!("Lab"), &json!("high"))
    );
    assert_eq!(told["demands"], json!(["docker", "gpu"]));
    assert_eq!(follow(&simulator, 1)["result"], "failed");
    let unknown = json!({"definition": {"id": 21}, "queue": {"id": 81}});
    let answer = ask(&simulator, "POST", "builds", &unknown.to_string());
    assert_eq!(answer.type_key(), "QueueNotFoundException");
}
