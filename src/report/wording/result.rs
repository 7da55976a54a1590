//! Results of records.

use crate::build::RecordResult;

/// A result as the predicate of a sentence.
pub(in crate::report) fn record_result(result: &RecordResult) -> &str {
    match result {
        RecordResult::Canceled => "was canceled",
        RecordResult::Skipped => "was skipped",
        RecordResult::Abandoned => "was abandoned",
        other => result_word(other),
    }
}

/// A result by itself, as in a table.
pub(in crate::report) fn result_word(result: &RecordResult) -> &str {
    match result {
        RecordResult::SucceededWithIssues => "succeeded with issues",
        other => other.as_str(),
    }
}
