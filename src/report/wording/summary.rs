//! The words of the summary.

use super::duration;
use crate::build::{Tests, Waited, WaitedFor};

/// What stands behind a link to more.
pub(in crate::report) const DETAILS: &str = "details";
/// The same.
pub(in crate::report) const WHOLE_LOG: &str = "whole log";
/// The same.
pub(in crate::report) const RUN_PAGE: &str = "the run's page";
/// The same.
pub(in crate::report) const ALL_TESTS: &str = "all tests";
/// In front of the end of a log.
pub(in crate::report) const LAST_LINES: &str = "The last lines of its log";
/// A test without a name.
pub(in crate::report) const UNNAMED_TEST: &str = "a test without a name";
/// The title of a chart.
pub(in crate::report) const WHEN_STAGES_RAN: &str = "When the stages ran";
/// The title of a chart's rows.
pub(in crate::report) const STAGES: &str = "Stages";

/// In front of the names of parts.
pub(in crate::report) const LEFT_OUT: &str =
    "Left out, because GitHub takes no longer summary (the run's page has it): ";
/// Parts of the summary.
pub(in crate::report) const JOBS: &str = "the table of jobs";
/// The same.
pub(in crate::report) const CHART: &str = "the chart of jobs";
/// The same.
pub(in crate::report) const FAILED_TASKS: &str = "the failed tasks";
/// The same.
pub(in crate::report) const ERRORS: &str = "other errors";
/// The same.
pub(in crate::report) const TESTS: &str = "tests";
/// The same.
pub(in crate::report) const ARTIFACTS: &str = "artifacts";
/// The same.
pub(in crate::report) const WARNINGS: &str = "warnings";
/// The same.
pub(in crate::report) const EARLIER: &str = "earlier attempts";

/// One wait, as it stands behind "Waited".
pub(in crate::report) fn waited(wait: &Waited) -> String {
    let took = duration(wait.took);
    match &wait.what {
        WaitedFor::Queue => format!("{took} before it started"),
        WaitedFor::Check { kind, stage } => {
            let stage = match stage {
                Some(stage) => format!("the stage {stage}"),
                None => "the run".to_owned(),
            };
            match kind.as_str() {
                "Approval" => format!("{took} for somebody to approve {stage}"),
                "Authorization" => {
                    format!("{took} for permission to use a resource in {stage}")
                }
                _ => format!("{took} for a check in front of {stage} ({kind})"),
            }
        }
    }
}

/// A job that was seen waiting for an agent, as it stands behind "Waited".
pub(in crate::report) fn waited_for_agent(job: &str) -> String {
    format!("for an agent ({job})")
}

/// `65 jobs, 2 failed`.
pub(in crate::report) fn job_totals(all: usize, failed: usize) -> String {
    match failed {
        0 => format!("{all} jobs"),
        failed => format!("{all} jobs, {failed} failed"),
    }
}

/// `40 of 44 tests passed, 2 failed, 2 did not run`.
pub(in crate::report) fn test_totals(tests: &Tests) -> String {
    let Tests {
        total,
        passed,
        failed,
        ..
    } = tests;
    let rest = total.saturating_sub(*passed).saturating_sub(*failed);
    let counted = |count: u64, words: &str| match count {
        0 => String::new(),
        count => format!(", {count} {words}"),
    };
    let failed = counted(*failed, "failed");
    let rest = counted(rest, "did not run");
    format!("{passed} of {total} tests passed{failed}{rest}")
}
