//! The tests of a run, from the project's own address. Their newer API lives on a host of its own, which the credential is
//! not for.

use std::time::Duration;

use serde::Deserialize;

use super::backoff;
use super::lenient::null_as_default;
use super::version::{self, ApiVersion};
use super::wire::WireList;
use super::{Area, Client, Error, Request};
use crate::build::{BuildId, FailedTest, Tests};

/// Both calls are the same in every api-version from this one on.
const VERSION: ApiVersion = version::OLDEST;

/// How many test runs are asked for their failures.
const MOST_RUNS: usize = 5;

/// How many failed tests are looked at.
const MOST_FAILURES: usize = 20;

/// `TestRun`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTestRun {
    id: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    total_tests: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    passed_tests: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    unanalyzed_tests: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    run_statistics: Vec<WireStatistic>,
}

/// `RunStatistic`.
#[derive(Debug, Deserialize)]
struct WireStatistic {
    #[serde(default, deserialize_with = "null_as_default")]
    count: u64,
    outcome: Option<String>,
}

/// `TestCaseResult`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireResult {
    #[serde(default, deserialize_with = "null_as_default")]
    id: u64,
    test_case_title: Option<String>,
    automated_test_name: Option<String>,
    error_message: Option<String>,
    duration_in_ms: Option<f64>,
}

impl Client {
    /// The run's tests, with some of those that failed; nothing where it published none. Results are counted by the
    /// service for a while after the run's end.
    ///
    /// REST (Test): Runs - List, Results - List.
    pub async fn tests(&self, id: BuildId) -> Result<Option<Tests>, Error> {
        let uri = format!("vstfs:///Build/Build/{id}");
        let query = [("buildUri", uri.as_str()), ("includeRunDetails", "true")];
        let request = Request {
            version: Some(VERSION),
            ..Request::get(&["test", "runs"])
                .below(Area::Project)
                .query(&query)
        };
        // The first call fails at times, and then works.
        let runs: WireList<WireTestRun> = backoff::resend(|| self.json(&request)).await?;
        let mut tests = Tests::default();
        let mut asked = 0;
        for run in &runs.value {
            tests.total = tests.total.saturating_add(run.total_tests);
            tests.passed = tests.passed.saturating_add(run.passed_tests);
            tests.failed = tests.failed.saturating_add(run.failed());
            let room = MOST_FAILURES.saturating_sub(tests.failures.len());
            if run.failed() > 0 && room > 0 && asked < MOST_RUNS {
                asked += 1;
                tests.failures.extend(self.failures(run.id, room).await?);
            }
        }
        Ok((tests.total > 0).then_some(tests))
    }

    async fn failures(&self, run: u64, most: usize) -> Result<Vec<FailedTest>, Error> {
        let (id, top) = (run.to_string(), most.to_string());
        let segments = ["test", "runs", &id, "results"];
        let query = [("outcomes", "Failed"), ("$top", top.as_str())];
        let request = Request {
            version: Some(VERSION),
            ..Request::get(&segments).below(Area::Project).query(&query)
        };
        let results: WireList<WireResult> = backoff::resend(|| self.json(&request)).await?;
        let failed = results.value.into_iter().take(most);
        Ok(failed.map(|result| result.into_failed(run)).collect())
    }
}

impl WireTestRun {
    /// The statistics tell failures from what was skipped; without them those count that nobody has looked at.
    fn failed(&self) -> u64 {
        if self.run_statistics.is_empty() {
            return self.unanalyzed_tests;
        }
        let is_failure = |outcome: &str| {
            let outcomes = ["failed", "error", "timeout", "aborted"];
            outcomes
                .iter()
                .any(|failed| outcome.eq_ignore_ascii_case(failed))
        };
        let failed = self
            .run_statistics
            .iter()
            .filter(|statistic| statistic.outcome.as_deref().is_some_and(is_failure));
        failed.fold(0, |sum, statistic| sum.saturating_add(statistic.count))
    }
}

impl WireResult {
    fn into_failed(self, test_run: u64) -> FailedTest {
        let milliseconds = self.duration_in_ms.unwrap_or_default();
        let name = self.test_case_title.filter(|name| !name.is_empty());
        FailedTest {
            test_run,
            result: self.id,
            name: name.or(self.automated_test_name).unwrap_or_default(),
            message: self.error_message.unwrap_or_default(),
            duration: Duration::try_from_secs_f64(milliseconds / 1_000.0).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::MadeUp;
    use super::super::fixture::{client, wait};
    use super::*;

    #[test]
    fn failures_are_told_from_what_was_skipped() {
        let failed = |json: &str| {
            let run: WireTestRun = serde_json::from_str(json).expect("a test run");
            run.failed()
        };
        assert_eq!(failed(r#"{"id":1,"unanalyzedTests":3}"#), 3);
        assert_eq!(failed(r#"{"id":1,"runStatistics":null}"#), 0);
        assert_eq!(
            failed(
                r#"{"id":1,"unanalyzedTests":9,"runStatistics":[{"outcome":"Failed","count":2},
                {"outcome":"NotExecuted","count":4},{"outcome":"timeout","count":1},{"count":null}]}"#
            ),
            3
        );
    }

    #[test]
    fn no_more_failures_are_taken_than_are_looked_at() {
        let client = client("https://dev.azure.com/fabrikam/Fabrikam");
        // A service that always gives all that it has: each entry is a test run, and a result of each.
        let entry = json!({"id": 1, "totalTests": 1, "unanalyzedTests": 1});
        let all = json!({"value": vec![entry; MOST_FAILURES - 1]});
        client.make_up(MadeUp {
            chunks: vec![all.to_string().into_bytes()],
            ..MadeUp::default()
        });
        let tests = wait(client.tests(BuildId(7))).unwrap().unwrap();
        assert_eq!(tests.failures.len(), MOST_FAILURES);
    }

    #[test]
    fn a_result_may_lack_nearly_everything() {
        let read = |json: &str| {
            let result: WireResult = serde_json::from_str(json).expect("a result");
            result.into_failed(7)
        };
        assert_eq!(read("{}").name, "");
        let named =
            read(r#"{"id":3,"testCaseTitle":"","automatedTestName":"a.b","durationInMs":-1}"#);
        assert_eq!((named.name.as_str(), named.duration), ("a.b", None));
        assert_eq!((named.test_run, named.result), (7, 3));
    }
}
