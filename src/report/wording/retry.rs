//! Another attempt: a run of its own, or failed stages that run again.

use std::time::Duration;

use super::super::line::{Line, RESET, YELLOW};
use super::duration;
use crate::build::Build;
use crate::outcome::{Cause, Outcome};

pub(in crate::report) fn retrying(
    attempt: u32,
    max_attempts: u32,
    delay: Duration,
    why: &str,
) -> Line {
    Line::new(YELLOW)
        .foreign(format!(
            "Starting attempt {attempt} of {max_attempts} in {}, because ",
            duration(delay)
        ))
        .foreign(why)
        .ours(".")
        .ours(RESET)
}

/// Why another run is tried, as a clause.
#[must_use]
pub fn retry_reason(outcome: &Outcome) -> &'static str {
    let cause = match outcome {
        Outcome::Failed(failure) => Some(&failure.cause),
        _ => None,
    };
    match (outcome, cause) {
        (_, Some(Cause::AgentLost(_))) => "the agent was lost",
        (_, Some(Cause::Service(_))) => "Azure DevOps itself had an error",
        (_, Some(Cause::TimedOut { .. })) => "a job ran too long",
        (Outcome::PartiallySucceeded { .. }, _) => "the run only partially succeeded",
        _ => "the run failed",
    }
}

/// A pause before another attempt would outlast the step's time limit.
#[must_use]
pub fn no_time_left() -> Line {
    Line::new(YELLOW)
        .ours("This would be tried again, but no time is left for another attempt (`timeout`).")
        .ours(RESET)
}

/// The failed stages run again.
#[must_use]
pub fn retried_in_place(build: &Build, stages: &[&str]) -> Line {
    let stages: Vec<&str> = stages
        .iter()
        .map(|name| {
            if *name == "__default" {
                "its one stage"
            } else {
                name
            }
        })
        .collect();
    Line::new("Run ")
        .foreign(&build.number)
        .ours(" goes on with ")
        .foreign(stages.join(", "))
        .ours(": ")
        .foreign(build.page.url())
}

/// The failed stages cannot run again in the same run; `why` is a clause.
#[must_use]
pub fn new_run_instead(build: &Build, why: &str) -> Line {
    Line::new("Run ")
        .foreign(&build.number)
        .ours(" cannot go on, so another run is started: ")
        .foreign(why)
}

/// A run without a stage to start again.
pub const NO_FAILED_STAGE: &str = "no stage of it has failed";

/// The failed stages may or may not run again.
#[must_use]
pub fn not_retried(error: &str) -> String {
    format!("The run's failed stages could not be started again, so its result stands: {error}")
}
