//! What runs leave behind: artifacts and test results.

use azure_pipelines_simulator::Simulator;
use serde_json::Value;

use crate::http::{Answer, follow, get, queued, signed_in};

fn played() -> Simulator {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run]]\nartifacts = [{ name = 'logs' }]\n\
         [[pipeline.run.job]]\nname = 'Test'\nartifacts = [{ name = 'drop', size = 7 }]\n\
         tests = { passed = 3, failed = ['adds: 1 is not 2', 'counts'], skipped = 1 }\n",
    );
    assert_eq!(get(&simulator, "builds/1/artifacts").json()["count"], 0);
    follow(&simulator, 1);
    simulator
}

fn of_project(simulator: &Simulator, path: &str) -> Answer {
    signed_in(
        simulator,
        "GET",
        &format!("/fabrikam/Fabrikam/_apis/{path}"),
        "",
    )
}

#[test]
fn artifacts_are_listed_and_found_by_name() {
    let simulator = played();
    let all = get(&simulator, "builds/1/artifacts").json();
    let names: Vec<&Value> = all["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert_eq!(names, ["drop", "logs"]);
    let drop = get(&simulator, "builds/1/artifacts?artifactName=drop").json();
    assert_eq!(drop["resource"]["properties"]["artifactsize"], "7");
    assert_eq!(
        drop["source"],
        crate::http::record(&simulator, 1, "Job", "Test")["id"]
    );
    let missing = get(&simulator, "builds/1/artifacts?artifactName=none");
    assert_eq!(
        (missing.status, missing.type_key()),
        (404, "ArtifactNotFoundException".to_owned())
    );
}

#[test]
fn test_runs_belong_to_builds() {
    let simulator = played();
    let path = "test/runs?api-version=5.0&buildUri=";
    let runs = of_project(
        &simulator,
        &format!("{path}vstfs%3A%2F%2F%2FBuild%2FBuild%2F1"),
    )
    .json();
    assert_eq!(
        (&runs["count"], &runs["value"][0]["totalTests"]),
        (&1.into(), &6.into())
    );
    let none = of_project(
        &simulator,
        &format!("{path}vstfs%3A%2F%2F%2FBuild%2FBuild%2F2"),
    );
    assert_eq!(none.json()["count"], 0);
    let id = runs["value"][0]["id"].as_u64().unwrap();
    let failed = of_project(
        &simulator,
        &format!("test/Runs/{id}/results?outcomes=Failed&api-version=7.1"),
    )
    .json();
    assert_eq!(failed["value"][0]["errorMessage"], "1 is not 2");
    assert_eq!(failed["count"], 2);
    let run = of_project(&simulator, &format!("test/runs/{id}?api-version=7.1")).json();
    assert_eq!(run["runStatistics"][0]["outcome"], "Passed");
}

#[test]
fn summaries_are_previews() {
    let simulator = played();
    let path = "testresults/resultsummarybybuild?buildId=1&api-version=7.1";
    assert_eq!(
        of_project(&simulator, path).type_key(),
        "VssInvalidPreviewVersionException"
    );
    let summary = of_project(&simulator, &format!("{path}-preview.1")).json();
    let outcomes = &summary["aggregatedResultsAnalysis"]["resultsByOutcome"];
    assert_eq!(
        (&outcomes["Passed"]["count"], &outcomes["Failed"]["count"]),
        (&3.into(), &2.into())
    );
    assert_eq!(summary["testFailures"]["newFailures"]["count"], 2);

    let path = "testresults/resultsbybuild?buildId=1&$top=4&api-version=7.1-preview.1";
    let first = of_project(&simulator, path);
    let token = first.header("x-ms-continuationtoken").unwrap();
    let second = of_project(&simulator, &format!("{path}&continuationToken={token}"));
    assert_eq!(
        (&first.json()["count"], &second.json()["count"]),
        (&4.into(), &2.into())
    );
    assert_eq!(second.header("x-ms-continuationtoken"), None);
}
