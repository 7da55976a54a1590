//! What GitHub is told of a run, and what is said where it is not.

use std::time::Duration;

use super::super::line::{Line, RESET, YELLOW};
use super::duration;
use crate::github::api::ApiError;

/// Predicates of a run that is not over.
pub(in crate::report) const IS_QUEUED: &str = "is queued";
/// Agents work on it.
pub(in crate::report) const IS_RUNNING: &str = "is running";
/// It has failed, and another attempt follows.
pub(in crate::report) const IS_TRIED_AGAIN: &str = "is tried again";

/// `attempt 2 of 3 begins in 2m 00s, because the run failed`.
pub(in crate::report) fn tried_again(
    attempt: u32,
    max_attempts: u32,
    delay: Duration,
    why: &str,
) -> String {
    let delay = duration(delay);
    format!("attempt {attempt} of {max_attempts} begins in {delay}, because {why}")
}

/// What GitHub is told when nobody knows how the run ends.
pub(in crate::report) const STEP_IS_GONE: &str =
    "The step that followed the run ended before it could tell how the run did";

/// The link beside it.
pub(in crate::report) const RUN_PAGE: &str = "The run's page";

/// GitHub was not told of the run in one way: what it is called, and the permission that it needs.
#[must_use]
pub fn not_reported(
    (what, permission): (&'static str, &'static str),
    error: &ApiError,
    is_fork: bool,
) -> String {
    let advice = match error {
        ApiError::Refused { status: 401, .. } => "; check `github-token`".to_owned(),
        error if !error.is_about_permissions() => String::new(),
        _ if is_fork => format!(
            "; it needs `{permission}`, but for a pull request from a fork GitHub's own token may only read, whatever \
             `permissions` say"
        ),
        _ => format!("; add `{permission}` to the `permissions:` of the job"),
    };
    format!("The {what} on GitHub is not up to date: {error}{advice}.")
}

/// The post step has ended what GitHub was told.
#[must_use]
pub fn report_ended() -> Line {
    Line::new(YELLOW)
        .ours("GitHub was told that the step ended before it could tell how the run did.")
        .ours(RESET)
}

/// The post step has not ended what GitHub was told; `why` is a clause.
#[must_use]
pub fn report_not_ended(why: &str) -> String {
    format!("GitHub still says that the run goes on, because it could not be told otherwise: {why}")
}

/// GitHub is told nothing, because what is built is not in the workflow's repository.
#[must_use]
pub fn report_elsewhere() -> Line {
    Line::new(
        "What the run builds is not in this workflow's repository, so GitHub is not told of it (`report`).",
    )
}

/// GitHub is told nothing without a token.
#[must_use]
pub fn report_without_token() -> String {
    "`report` is given, but `github-token` is empty: GitHub is not told of the run.".to_owned()
}

/// There is no pull request to comment on.
#[must_use]
pub fn no_pull_request() -> Line {
    Line::new("This event is not about a pull request, so there is none to comment on (`report`).")
}

/// The commit that the run is about cannot be known.
#[must_use]
pub fn unknown_head() -> Line {
    Line::new(
        "The run builds the test merge of another pull request than this event's, so its commit gets no status and no \
         check run (`report`).",
    )
}
