//! How a run ended.

use super::super::line::{BOLD, GREEN, Line, RED, RESET};
use super::super::short;
use super::{duration, worth_saying};
use crate::build::{Build, BuildResult, Limit, duration as between};
use crate::outcome::{Cause, Outcome};

/// Titles beyond this many characters are cut.
const LONGEST_NAME: usize = 200;

/// How the run ended, in one line.
pub(in crate::report) fn verdict(build: &Build, outcome: &Outcome) -> Line {
    let colour = if outcome.exit_code() == 0 { GREEN } else { RED };
    let took = worth_saying(between(build.started.or(build.queued), build.finished));
    Line::new(colour)
        .ours(BOLD)
        .foreign(&build.pipeline)
        .ours(" ")
        .foreign(&build.number)
        .ours(" ")
        .foreign(verdict_words(build, outcome))
        .foreign(took.map(|took| format!(" ({took})")).unwrap_or_default())
        .ours(RESET)
        .ours(": ")
        .foreign(build.page.url())
}

/// The verdict as the predicate of a sentence.
#[must_use]
pub fn verdict_words(build: &Build, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Queued => "is queued".to_owned(),
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::PartiallySucceeded { passes: true, .. } => {
            "partially succeeded, which passes by `partially-succeeded: pass`".to_owned()
        }
        Outcome::PartiallySucceeded { with_issues, .. } => match with_issues.as_slice() {
            [] => "partially succeeded".to_owned(),
            titles => format!("partially succeeded: issues in {}", listed(titles)),
        },
        Outcome::Failed(failure) => failed(&failure.cause),
        Outcome::Canceled { by } => match by {
            Some(by) => format!("was canceled by {}", short(by, LONGEST_NAME)),
            None => "was canceled".to_owned(),
        },
        Outcome::TimedOut(limit) => timed_out(build, *limit),
        Outcome::Interrupted => match &build.result {
            Some(BuildResult::Canceled) => {
                "was canceled, because this step was interrupted".to_owned()
            }
            Some(result) => format!("ended as {}; this step was interrupted", result.as_str()),
            None => "was left when this step was interrupted".to_owned(),
        },
        Outcome::Lost => match &build.result {
            Some(result) => format!("ended as {}", result.as_str()),
            None => "can no longer be followed and may still be going".to_owned(),
        },
        Outcome::Unknown(word) => {
            format!("ended with \"{word}\", which is not taken for a success")
        }
    }
}

fn failed(cause: &Cause) -> String {
    match cause {
        Cause::Invalid => {
            "failed, because its YAML, or a resource that it names, is not valid".to_owned()
        }
        Cause::Tasks { first, others } => {
            let others = counted(*others, "another task", "other tasks");
            format!("failed in {}{others}", short(&first.title, LONGEST_NAME))
        }
        Cause::Check {
            stage,
            kind,
            is_expired,
        } => {
            let stage = short(stage.as_deref().unwrap_or("the run"), LONGEST_NAME);
            format!("failed, because {}", check(&stage, kind, *is_expired))
        }
        Cause::NoParallelism => {
            "failed, because the organization has no parallel job to run it".to_owned()
        }
        Cause::NoAgent(jobs) => format!("failed, because no agent can take {}", listed(jobs)),
        Cause::TimedOut { jobs, minutes } => {
            let limit = match minutes {
                Some(1) => "the minute that it may".to_owned(),
                Some(minutes) => format!("the {minutes} minutes that it may"),
                None => "it may".to_owned(),
            };
            format!(
                "was ended, because {} ran longer than {limit}",
                listed(jobs)
            )
        }
        Cause::NeverStarted(titles) => {
            format!("failed, because {} could not begin", listed(titles))
        }
        Cause::JobsCanceled(jobs) => format!("failed, because of a cancel in {}", listed(jobs)),
        Cause::AgentLost(jobs) => format!("failed, because the agent of {} was lost", listed(jobs)),
        Cause::Service(jobs) => format!(
            "failed, because Azure DevOps itself had an error with {}",
            listed(jobs)
        ),
        Cause::Unknown { has_started: true } => "failed".to_owned(),
        Cause::Unknown { has_started: false } => "failed before a job had begun".to_owned(),
    }
}

/// What became of a check, as a clause.
fn check(stage: &str, kind: &str, is_expired: bool) -> String {
    match (kind, is_expired) {
        ("Approval", false) => format!("the approval of {stage} was rejected"),
        ("Approval", true) => format!("nobody approved {stage} in time"),
        ("Authorization", _) => format!("{stage} may not use a resource that it needs"),
        (_, false) => format!("a check of {stage} did not pass ({kind})"),
        (_, true) => format!("a check of {stage} did not pass in time ({kind})"),
    }
}

fn timed_out(build: &Build, limit: Limit) -> String {
    let why = match limit {
        Limit::Queue(limit) => format!(
            "it had not started after {} (`queue-timeout`)",
            duration(limit)
        ),
        Limit::Total(limit) => format!("it had not ended after {} (`timeout`)", duration(limit)),
    };
    match &build.result {
        Some(BuildResult::Canceled) => format!("was canceled, because {why}"),
        Some(result) => format!(
            "ended as {} when it was to be canceled, because {why}",
            result.as_str()
        ),
        None => format!("was to be canceled and may still be going, because {why}"),
    }
}

/// `A`, `A and B`, `A and 2 others`.
fn listed(titles: &[String]) -> String {
    let name = |title: &String| short(title, LONGEST_NAME);
    match titles {
        [] => "a job".to_owned(),
        [one] => name(one),
        [one, other] => format!("{} and {}", name(one), name(other)),
        [one, others @ ..] => format!("{} and {} others", name(one), others.len()),
    }
}

/// ` and another task`, ` and 2 other tasks`, or nothing.
fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" and {one}"),
        count => format!(" and {count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::build::fixture::build;

    #[test]
    fn a_limit_that_passed_says_what_became_of_the_run() {
        let limit = Outcome::TimedOut(Limit::Total(Duration::from_mins(90)));
        let words = |result| verdict_words(&build(result), &limit);
        let why = "because it had not ended after 1h 30m 00s (`timeout`)";
        assert_eq!(
            words(Some(BuildResult::Canceled)),
            format!("was canceled, {why}")
        );
        assert_eq!(
            words(Some(BuildResult::Failed)),
            format!("ended as failed when it was to be canceled, {why}")
        );
        assert_eq!(
            words(None),
            format!("was to be canceled and may still be going, {why}")
        );
    }

    #[test]
    fn a_long_list_is_counted() {
        let titles = ["A", "B", "C"].map(str::to_owned);
        assert_eq!(listed(&titles[..1]), "A");
        assert_eq!(listed(&titles[..2]), "A and B");
        assert_eq!(listed(&titles), "A and 2 others");
    }
}
