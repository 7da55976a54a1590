//! Test runs and their results (docs: "Runs - List", "Results - List", "Results By Build - List").

use serde_json::{Value, json};

use super::home;
use super::identity_ref::IdentityRef;
use super::project::PROJECT_ID;
use crate::clock::Moment;
use crate::script::Scenario;
use crate::script::output::TestsScript;
use crate::world::Build;

/// How long a simulated test takes.
pub(super) const DURATION_MS: u32 = 10;

/// One test run of a build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestRun<'a> {
    pub(crate) id: u32,
    pub(crate) build: &'a Build,
    at: Moment,
    pub(super) tests: &'a TestsScript,
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct TestResult {
    pub(super) id: u32,
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
