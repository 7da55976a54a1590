//! A run that is to end before its time.

use super::super::line::{GREEN, Line, RED, RESET, YELLOW};
use super::duration;
use super::following::run;
use crate::build::{Build, BuildId, BuildResult, Limit};
use crate::untrusted::Link;

pub(in crate::report) fn cancel_requested(error: Option<&str>, limit: Option<Limit>) -> Line {
    let why = limit.map_or_else(|| "Interrupted".to_owned(), limit_passed);
    match error {
        None => Line::new(YELLOW).foreign(why).ours(": Azure DevOps was asked to cancel the run.").ours(RESET),
        Some(error) => Line::new(RED)
            .foreign(why)
            .ours(", but Azure DevOps could not be asked to cancel the run, which may still be going: ")
            .foreign(error)
            .ours(RESET),
    }
}

/// The limit that has passed, as a main clause.
fn limit_passed(limit: Limit) -> String {
    match limit {
        Limit::Queue(limit) => format!(
            "The run has not started within {} (`queue-timeout`)",
            duration(limit)
        ),
        Limit::Total(limit) => format!(
            "The run has not ended within {} (`timeout`)",
            duration(limit)
        ),
    }
}

/// There is nothing to cancel.
#[must_use]
pub fn over_already(build: &Build) -> Line {
    run(build)
        .ours(" is over already: it ")
        .line(ended(build))
        .ours(".")
}

/// The service has been asked to cancel the run, whose end is awaited.
#[must_use]
pub fn canceling(build: &Build) -> Line {
    Line::new("Azure DevOps was asked to cancel ")
        .line(run(build))
        .ours("; tasks that always run may still run.")
}

/// The run that was to be canceled is over.
#[must_use]
pub fn canceled(build: &Build) -> Line {
    let colour = match build.result {
        Some(BuildResult::Canceled) => GREEN,
        _ => YELLOW,
    };
    Line::new(colour)
        .line(run(build))
        .ours(" ")
        .line(ended(build))
        .ours(".")
        .ours(RESET)
}

/// The step was interrupted while it waited for the end of a run that is being canceled.
#[must_use]
pub fn still_canceling(build: &Build) -> Line {
    Line::new(YELLOW)
        .ours("Interrupted: ")
        .line(run(build))
        .ours(" is still being canceled.")
        .ours(RESET)
}

/// How a run ended, as a predicate.
fn ended(build: &Build) -> Line {
    match &build.result {
        Some(BuildResult::Canceled) => Line::new("was canceled"),
        Some(result) => Line::new("ended as ").foreign(result.as_str()),
        None => Line::new("ended without a result"),
    }
}

/// The post step has canceled the run.
#[must_use]
pub fn cleaned_up(build: &Build) -> Line {
    Line::new(YELLOW)
        .ours("The step ended before its run did: Azure DevOps was asked to cancel ")
        .line(run(build))
        .ours(".")
        .ours(RESET)
}

/// The post step could not cancel the run.
#[must_use]
pub fn not_cleaned_up(id: BuildId, page: Option<&Link>, why: &str) -> String {
    let page = page.map(|page| format!(" ({page})")).unwrap_or_default();
    format!(
        "The step ended before its run {id}{page}, which may still be going, because Azure DevOps could not be asked \
         to cancel it: {why}"
    )
}

/// The post step has not found out whether there is a run to cancel; `why` is a clause.
#[must_use]
pub fn not_looked_after(pipeline_page: Option<&Link>, why: &str) -> String {
    let page = pipeline_page
        .map(|page| format!(", {page}"))
        .unwrap_or_default();
    format!(
        "The step ended before it knew whether it had started a run, and one may still be going (look on the pipeline's \
         page{page}): {why}"
    )
}

/// Why the post step has not canceled the run, as a clause.
pub const NO_ANSWER: &str = "no answer came in time";

/// Why the post step has not canceled the run, as a clause.
pub const POST_STEP_CANCELED: &str = "this step was canceled, too";
