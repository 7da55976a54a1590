//! What the tests of a build come to (docs: "Result Summary By Build - Query").

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::project::Project;
use super::test_run::{DURATION_MS, TestRun};
use crate::script::Scenario;
use crate::world::Build;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    aggregated_results_analysis: Value,
    test_failures: Value,
    test_results_context: Value,
    team_project: Project,
    total_runs_count: usize,
    no_config_runs_count: usize,
}

impl Summary {
    pub(crate) fn new(
        build: &Build,
        runs: &[TestRun<'_>],
        scenario: &Scenario,
        base: &str,
    ) -> Self {
        let context = json!({
            "contextType": "build",
            "build": {
                "id": build.id,
                "uri": format!("vstfs:///Build/Build/{}", build.id),
                "branchName": build.source_branch,
            },
        });
        Self {
            aggregated_results_analysis: analysis(runs),
            test_failures: failures(runs),
            test_results_context: context,
            team_project: Project::new(base, scenario),
            total_runs_count: runs.len(),
            no_config_runs_count: 0,
        }
    }
}

fn analysis(runs: &[TestRun<'_>]) -> Value {
    let counts = [
        (
            "Passed",
            "passed",
            runs.iter().map(|run| run.tests.passed).sum::<u32>(),
        ),
        ("Failed", "failed", runs.iter().map(TestRun::failed).sum()),
        (
            "NotExecuted",
            "notExecuted",
            runs.iter().map(|run| run.tests.skipped).sum(),
        ),
    ];
    let mut outcomes = Map::new();
    for (key, outcome, count) in counts.into_iter().filter(|(_, _, count)| *count > 0) {
        let value = json!({"outcome": outcome, "count": count, "duration": duration(count)});
        outcomes.insert(key.to_owned(), value);
    }
    let total = runs.iter().map(TestRun::total).sum();
    let mut states = Map::new();
    if !runs.is_empty() {
        let value = json!({"state": "completed", "runsCount": runs.len(), "resultsByOutcome": {}});
        states.insert("Completed".to_owned(), value);
    }
    json!({
        "totalTests": total,
        "duration": duration(total),
        "resultsByOutcome": outcomes,
        "runSummaryByState": states,
    })
}

/// Without an earlier build to compare with every failure is new.
fn failures(runs: &[TestRun<'_>]) -> Value {
    let mut new = Vec::new();
    for run in runs {
        let failed = run
            .results()
            .into_iter()
            .filter(|result| result.outcome == "Failed");
        new.extend(failed.map(|result| json!({"testRunId": run.id, "testResultId": result.id})));
    }
    json!({
        "newFailures": {"count": new.len(), "testResults": new},
        "existingFailures": {"count": 0, "testResults": []},
        "fixedTests": {"count": 0, "testResults": []},
    })
}

/// .NET's form of a time span.
fn duration(tests: u32) -> String {
    let millis = tests * DURATION_MS;
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}0000")
}
