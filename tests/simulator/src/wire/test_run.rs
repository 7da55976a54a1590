//! Test runs and their results (docs: "Runs - List", "Result Summary By Build - Query", "Results By Build - List").

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::home;
use super::identity_ref::IdentityRef;
use super::project::{PROJECT_ID, Project};
use crate::clock::Moment;
use crate::script::Scenario;
use crate::script::output::TestsScript;
use crate::world::Build;

/// How long a simulated test takes.
const DURATION_MS: u32 = 10;

/// One test run of a build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestRun<'a> {
    pub(crate) id: u32,
    pub(crate) build: &'a Build,
    at: Moment,
    tests: &'a TestsScript,
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct TestResult {
    id: u32,
    name: String,
    pub(crate) outcome: &'static str,
    message: Option<String>,
}

/// The test runs of a build. Their numbers follow from the build's.
pub(crate) fn test_runs(build: &Build, now: Moment) -> Vec<TestRun<'_>> {
    let there = build.schedule.test_runs(now).into_iter().zip(1..);
    there
        .map(|((at, tests), number)| TestRun {
            id: build.id * 100 + number,
            build,
            at,
            tests,
        })
        .collect()
}

impl TestRun<'_> {
    pub(crate) fn total(&self) -> u32 {
        self.tests.passed + self.failed() + self.tests.skipped
    }

    pub(crate) fn failed(&self) -> u32 {
        u32::try_from(self.tests.failed.len()).unwrap_or(u32::MAX)
    }

    fn name(&self) -> String {
        format!("JUnit_TestResults_{}", self.id)
    }

    /// The failed ones first, as the web page shows them.
    pub(crate) fn results(&self) -> Vec<TestResult> {
        let failed = self.tests.failed.iter().map(|text| {
            let (name, message) = text.split_once(": ").unwrap_or((text, ""));
            (name.to_owned(), "Failed", Some(message.to_owned()))
        });
        let many = |word: &'static str, outcome: &'static str, count: u32| {
            (1..=count).map(move |number| (format!("{word} test {number}"), outcome, None))
        };
        let passed = many("passing", "Passed", self.tests.passed);
        let skipped = many("skipped", "NotExecuted", self.tests.skipped);
        let all = failed.chain(passed).chain(skipped).zip(100_000..);
        all.map(|((name, outcome, message), id)| TestResult {
            id,
            name,
            outcome,
            message,
        })
        .collect()
    }

    /// The short form of a list; `with_details` adds what `includeRunDetails` asks for.
    pub(crate) fn json(&self, scenario: &Scenario, base: &str, with_details: bool) -> Value {
        let home = home(base);
        let mut run = json!({
            "id": self.id,
            "name": self.name(),
            "url": format!("{home}/_apis/test/Runs/{}", self.id),
            "webAccessUrl": format!("{home}/_TestManagement/Runs?runId={}&_a=runCharts", self.id),
            "isAutomated": true,
            "owner": IdentityRef::caller(base),
            "project": {
                "id": PROJECT_ID,
                "name": scenario.project,
                "url": format!("{base}/_apis/projects/{}", scenario.project),
            },
            "startedDate": self.at,
            "completedDate": self.at,
            "state": "Completed",
            "totalTests": self.total(),
            "incompleteTests": 0,
            "notApplicableTests": self.tests.skipped,
            "passedTests": self.tests.passed,
            "unanalyzedTests": self.failed(),
            "revision": 3,
        });
        if with_details {
            run["build"] = json!({
                "id": self.build.id.to_string(),
                "url": format!("{home}/_apis/build/Builds/{}", self.build.id),
            });
            run["postProcessState"] = json!("Complete");
            run["createdDate"] = json!(self.at);
            run["lastUpdatedDate"] = json!(self.at);
            run["runStatistics"] = self.statistics();
        }
        run
    }

    fn statistics(&self) -> Value {
        let counts = [
            ("Passed", self.tests.passed),
            ("Failed", self.failed()),
            ("NotExecuted", self.tests.skipped),
        ];
        let some = counts.into_iter().filter(|(_, count)| *count > 0);
        some.map(
            |(outcome, count)| json!({"state": "Completed", "outcome": outcome, "count": count}),
        )
        .collect()
    }
}

impl TestResult {
    /// Docs: "Results - List".
    pub(crate) fn json(&self, run: &TestRun<'_>, base: &str, project: &str) -> Value {
        let mut result = json!({
            "id": self.id,
            "project": {"name": project},
            "outcome": self.outcome,
            "testRun": {
                "id": run.id.to_string(),
                "name": run.name(),
                "url": format!("{base}/{project}/_apis/test/Runs/{}", run.id),
            },
            "priority": 0,
            "url": format!("{base}/{project}/_apis/test/Runs/{}/Results/{}", run.id, self.id),
            "testCaseTitle": self.name,
            "automatedTestName": self.name,
            "automatedTestStorage": "tests",
            "durationInMs": DURATION_MS,
            "startedDate": run.at,
            "completedDate": run.at,
            "state": "Completed",
            "build": {"id": run.build.id.to_string()},
        });
        if let Some(message) = &self.message {
            result["errorMessage"] = json!(message);
        }
        result
    }

    /// Docs: "Results By Build - List".
    pub(crate) fn shallow_json(&self, run: &TestRun<'_>) -> Value {
        json!({
            "id": self.id,
            "runId": run.id,
            "refId": self.id,
            "outcome": self.outcome,
            "priority": 0,
            "automatedTestName": self.name,
            "automatedTestStorage": "tests",
            "testCaseTitle": self.name,
            "durationInMs": DURATION_MS,
        })
    }
}

/// Docs: "Result Summary By Build - Query".
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
