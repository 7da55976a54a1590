//! What a run reports as errors and warnings.

use super::super::finding::Finding;
use super::super::line::{Line, RED, RESET, YELLOW};
use crate::build::{IssueKind, RunPage};

/// A finding in one line, where annotations are not wanted.
pub(in crate::report) fn finding(finding: &Finding) -> Line {
    let (colour, word) = match finding.kind {
        IssueKind::Error => (RED, "Error: "),
        IssueKind::Warning => (YELLOW, "Warning: "),
    };
    let start = Line::new(colour)
        .ours(word)
        .foreign(&finding.title)
        .ours(": ");
    let start = match finding.place() {
        Some(place) => start.foreign(place).ours(": "),
        None => start,
    };
    start
        .foreign(&finding.message)
        .ours(RESET)
        .ours(" ")
        .foreign(&finding.link)
}

/// Findings that are not shown.
pub(in crate::report) fn more_findings(more: usize, page: &RunPage) -> Line {
    Line::default()
        .foreign(more.to_string())
        .ours(" more errors and warnings: ")
        .foreign(page.url())
}

/// Findings of one kind that are not annotated.
pub(in crate::report) fn more_of_kind(more: usize, kind: IssueKind, page: &RunPage) -> String {
    let words = match kind {
        IssueKind::Error => "errors",
        IssueKind::Warning => "warnings",
    };
    format!("{more} more {words}: {page}")
}

/// A run that fails before it has a job leaves no record that says why.
pub(in crate::report) const NO_REASON: &str = "The run failed without a reason in its records: look at the run's page. When no \
    job has started, a frequent reason is that no parallel job has been purchased or granted.";

/// A task that failed and gave no error.
pub(in crate::report) const FAILED_SILENTLY: &str =
    "It failed without an error message; its log says more.";

/// A check in front of a stage did not pass.
pub(in crate::report) fn failed_check(kind: &str, is_expired: bool) -> String {
    match (kind, is_expired) {
        ("Approval", false) => "The approval was rejected.".to_owned(),
        ("Approval", true) => "Nobody approved it in time.".to_owned(),
        ("Authorization", _) => "It may not use a resource that it needs.".to_owned(),
        (_, false) => format!("The check {kind} in front of it did not pass."),
        (_, true) => format!("The check {kind} in front of it did not pass in time."),
    }
}

/// A result of a validation, with what to do.
pub(in crate::report) fn validation(message: &str) -> String {
    match validation_advice(message) {
        Some(advice) => format!("{message} ({advice})"),
        None => message.to_owned(),
    }
}

/// What to do about a result of a validation, where its words do not say it.
fn validation_advice(message: &str) -> Option<&'static str> {
    let has = |part: &str| message.contains(part);
    if has("parameter must be provided") {
        Some("Give it in `template-parameters`.")
    } else if has("Unexpected parameter '") {
        Some("The pipeline declares no such parameter: correct `template-parameters`.")
    } else if has("GitHub reported the error") {
        Some(
            "Azure DevOps sees the repository through the pipeline's service connection: check that this may read it, \
             and that the commit is in the repository and not in a fork alone.",
        )
    } else if has(" not found in repository ") {
        Some("Check the pipeline's path of the YAML file, and `source-branch`.")
    } else if has("has not been authorized for use") {
        Some(
            "Permit the pipeline to use it: on its page in Azure DevOps, or by running the pipeline there once.",
        )
    } else {
        None
    }
}
