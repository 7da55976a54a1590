//! Looking for a run that may exist: one whose answer was lost, or that an earlier attempt has started.

use std::time::Duration;

use super::super::line::{Line, RESET, YELLOW};
use super::duration;
use crate::build::Build;

/// The answer to the queue request was lost.
#[must_use]
pub fn lost_answer(error: Option<String>) -> Line {
    let error = error.unwrap_or_else(|| "Azure DevOps did not answer in time".to_owned());
    Line::new(YELLOW)
        .foreign(error)
        .ours("; looking whether a run was started all the same.")
        .ours(RESET)
}

/// The run of a lost answer is there.
#[must_use]
pub fn found_run(build: &Build) -> Line {
    Line::new("It was, as run ")
        .foreign(&build.number)
        .ours(".")
}

/// The run of a lost answer is not there.
#[must_use]
pub fn queueing_again(pause: Duration) -> Line {
    Line::new("It was not; asking for a run again in ")
        .foreign(duration(pause))
        .ours(".")
}

/// Clauses for [`uncertain_queue_request`](super::uncertain_queue_request): the service has not answered.
pub const NOT_FOUND_YET: &str = "Azure DevOps did not answer in time and shows no run yet";

/// Every request was lost.
pub const NEVER_FOUND: &str = "the answer was lost each time, although no run is there";

/// Runs that could be it.
pub const SEVERAL_ALIKE: &str =
    "the answer was lost and there are runs that could be it, none of them beyond doubt";

/// Two steps look for their runs.
pub const CLAIMED_BY_ANOTHER: &str =
    "the answer was lost and another step claims the run that looks like it";

/// No time to look.
pub const INTERRUPTED_SEARCH: &str = "the step was interrupted before Azure DevOps had answered";

/// The service did not say which runs there are.
#[must_use]
pub fn not_searched(error: &str) -> String {
    format!("the answer was lost and Azure DevOps could not be asked for the run: {error}")
}

/// The run carries no tags of ours.
#[must_use]
pub fn unmarked(error: &str) -> String {
    format!(
        "The run could not be tagged, so that running this job again cannot go on with it: {error}"
    )
}

/// Two steps have claimed one run.
pub const CONTESTED: &str = "Another step has tagged this run as its own: both follow it now, and one of them may have \
    meant another run.";

/// An earlier attempt's runs could not be asked for.
#[must_use]
pub fn not_resumed(error: &str) -> String {
    format!(
        "It could not be found out whether a run of an earlier attempt is still going, so another one is started: {error}"
    )
}

/// Several runs could be the step's own.
#[must_use]
pub fn unclear_earlier_run() -> Line {
    Line::new(YELLOW)
        .ours(
            "Several runs could be the one that an earlier attempt of this step started, so another one is started \
             (give steps that are alike a `resume-key` of their own).",
        )
        .ours(RESET)
}

/// Another step goes on with the run.
#[must_use]
pub fn earlier_run_taken(build: &Build) -> Line {
    Line::new(YELLOW)
        .ours("Another step goes on with run ")
        .foreign(&build.number)
        .ours(" already, so another one is started.")
        .ours(RESET)
}
