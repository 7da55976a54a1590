//! The sentences of the log.

use std::time::Duration;

use super::finding::Finding;
use super::line::{BOLD, GREEN, Line, RED, RESET, YELLOW};
use crate::build::{
    Build, BuildResult, IssueKind, LeaveReason, Limit, LogSource, RecordResult, Waiting,
    duration as between,
};
use crate::outcome::Outcome;

/// What will be built, and why.
#[must_use]
pub fn plan(pipeline: &str, project: &str, source: Option<(&str, Option<&str>, &str)>) -> Line {
    let start = Line::new(BOLD)
        .ours("Starting Azure pipeline ")
        .foreign(pipeline)
        .ours(" in ")
        .foreign(project)
        .ours(RESET);
    let Some((branch, version, why)) = source else {
        return start.ours(" on its default branch");
    };
    let start = start.ours(" on ").foreign(branch);
    let start = match version {
        Some(version) => start.ours(" at ").foreign(version),
        None => start,
    };
    start.ours(" (").foreign(why).ours(")")
}

/// The pipeline's code lives elsewhere, so that the workflow's ref means nothing there.
#[must_use]
pub fn other_repository(own: Option<(&str, &str)>, workflow: &str) -> Line {
    let start = match own {
        Some((name, kind)) => Line::new("The pipeline's repository ")
            .foreign(name)
            .ours(" (")
            .foreign(kind)
            .ours(")"),
        None => Line::new("The pipeline's repository, which is not known,"),
    };
    start
        .ours(" is not this workflow's ")
        .foreign(workflow)
        .ours(", so no branch or commit is sent; give `source-branch` to choose one.")
}

/// The pipeline is paused.
#[must_use]
pub fn paused_pipeline(pipeline: &str) -> String {
    format!(
        "The pipeline \"{pipeline}\" is paused: the run stays in the queue until somebody resumes the pipeline."
    )
}

/// The pipeline accepts no runs.
#[must_use]
pub fn disabled_pipeline(pipeline: &str) -> String {
    format!(
        "The pipeline \"{pipeline}\" is disabled: enable it in Azure DevOps (pipeline, Settings)"
    )
}

/// A wrong name, with those that come close; nothing where the names could not be listed.
#[must_use]
pub fn unknown_pipeline(name: &str, project: &str, nearest: Option<&[String]>) -> String {
    let hint = match nearest {
        None => String::new(),
        Some([]) => "; none that the token may see has a similar name".to_owned(),
        Some(names) => format!("; similar names are {}", quoted(names)),
    };
    format!(
        "`azure-pipeline-name` is \"{name}\", but the project \"{project}\" has no such pipeline{hint}"
    )
}

/// A name that several pipelines have.
#[must_use]
pub fn ambiguous_pipeline(name: &str, candidates: &[String]) -> String {
    format!(
        "`azure-pipeline-name` is \"{name}\", which several pipelines are called: give one of {}",
        quoted(candidates)
    )
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// Requests travel in the clear.
#[must_use]
pub fn plain_http(host: &str) -> String {
    format!(
        "`azure-devops-project-url` uses http: the token and the logs travel to {host} unencrypted."
    )
}

/// The step was interrupted before there was a run.
#[must_use]
pub fn interrupted_early() -> Line {
    Line::new(YELLOW)
        .ours("Interrupted before the run was queued: nothing was started.")
        .ours(RESET)
}

/// The step ended before it was known whether a run exists.
#[must_use]
pub fn lost_queue_request() -> &'static str {
    "Interrupted while the run was being queued, and Azure DevOps did not answer in time: look on the pipeline's page \
     whether a run was started"
}

/// It cannot be known whether the run exists.
#[must_use]
pub fn uncertain_queue_request() -> &'static str {
    "It is not known whether a run was started (look on the pipeline's page before running this step again)"
}

/// Following ended in an error.
#[must_use]
pub fn lost_run(number: &str, page: &str) -> String {
    format!("Run {number} can no longer be followed and may still be going ({page})")
}

/// The service builds another commit than the one that was asked for.
#[must_use]
pub fn other_commit(asked: &str, built: &str) -> String {
    format!(
        "Azure DevOps reports that it builds commit {built}, but {asked} was asked for: the branch may have moved, or \
         the pipeline may fetch the whole history of a pull request's ref, where its agent ignores the commit."
    )
}

pub(super) fn queued(build: &Build, attempt: u32) -> Line {
    let run = if attempt > 1 {
        "Queued another run, "
    } else {
        "Queued run "
    };
    Line::new(run)
        .foreign(&build.number)
        .ours(": ")
        .foreign(build.page.url())
}

pub(super) fn started(build: &Build) -> Line {
    let started = Line::new("Run ").foreign(&build.number).ours(" started");
    match &build.source_version {
        Some(version) => started.ours(" on commit ").foreign(version),
        None => started,
    }
}

pub(super) fn waiting(waiting: &Waiting) -> Line {
    match waiting {
        Waiting::Queue(Some(position)) => {
            Line::new(format!("Waiting in the queue, at position {position}."))
        }
        Waiting::Queue(None) => Line::new("Waiting in the queue."),
        Waiting::Postponed => Line::new(
            "Azure DevOps has postponed the run: it goes on when the pipeline, or what stands before it, is resumed.",
        ),
        Waiting::Agent { job } => Line::new("Waiting for an agent for ")
            .foreign(job)
            .ours("."),
        Waiting::Check { stage, kind } => check(stage.as_deref().unwrap_or("the run"), kind),
        Waiting::Canceling => {
            Line::new("Azure DevOps is canceling the run; tasks that always run may still run.")
        }
        Waiting::Unknown(word) => Line::new("Azure DevOps calls the run \"")
            .foreign(word)
            .ours("\"; it is not over yet."),
    }
}

fn check(stage: &str, kind: &str) -> Line {
    match kind {
        "Approval" => Line::new("Waiting for somebody to approve ")
            .foreign(stage)
            .ours("; the run's page has the button."),
        "Authorization" => Line::new("Waiting for permission to use a resource in ")
            .foreign(stage)
            .ours("; the run's page says which, and has the button."),
        _ => Line::new("Waiting for a check of ")
            .foreign(stage)
            .ours(" (")
            .foreign(kind)
            .ours(")."),
    }
}

/// The title of a log's group. When the log comes after its task has ended, as it mostly does, the
/// title says how.
pub(super) fn group_title(source: &LogSource) -> String {
    let title = source.title();
    let result = source
        .result
        .as_ref()
        .filter(|result| **result != RecordResult::Succeeded);
    let facts: Vec<String> = result
        .map(|result| result_word(result).to_owned())
        .into_iter()
        .chain(worth_saying(source.duration))
        .collect();
    if facts.is_empty() {
        title
    } else {
        format!("{title} ({})", facts.join(", "))
    }
}

pub(super) fn log_missing(source: &LogSource) -> Line {
    Line::new(YELLOW)
        .ours("The log of ")
        .foreign(source.title())
        .ours(" never came.")
        .ours(RESET)
}

pub(super) fn logs_unchecked(error: &str) -> Line {
    Line::new(YELLOW)
        .ours("The run is over, but its logs may be incomplete here: ")
        .foreign(error)
        .ours(RESET)
}

/// A job has failed, but a task of another one is being followed.
pub(super) fn job_failed(title: &str) -> Line {
    Line::new(RED)
        .foreign(title)
        .ours(" has failed; its log comes after this task's.")
        .ours(RESET)
}

pub(super) fn job_finished(
    title: &str,
    result: Option<&RecordResult>,
    took: Option<Duration>,
) -> Line {
    let colour = match result {
        Some(RecordResult::Succeeded) => GREEN,
        Some(RecordResult::SucceededWithIssues) => YELLOW,
        Some(RecordResult::Skipped) => "",
        _ => RED,
    };
    let word = result.map_or("ended without a result", record_result);
    let took = worth_saying(took)
        .map(|took| format!(" in {took}"))
        .unwrap_or_default();
    let reset = if colour.is_empty() { "" } else { RESET };
    Line::new(colour)
        .foreign(title)
        .ours(" ")
        .foreign(word)
        .ours(took)
        .ours(reset)
}

pub(super) fn service_trouble(error: &str, pause: Duration) -> Line {
    let again = match pause.as_secs() {
        0..5 => "; asking again, for some minutes if need be.".to_owned(),
        _ => format!(
            "; asking again in {}, and for some minutes if need be.",
            duration(pause)
        ),
    };
    Line::new(YELLOW).foreign(error).ours(again).ours(RESET)
}

pub(super) fn cancel_requested(error: Option<&str>, limit: Option<Limit>) -> Line {
    let why = limit.map_or_else(|| "Interrupted".to_owned(), limit_passed);
    match error {
        None => Line::new(YELLOW).ours(why).ours(": Azure DevOps was asked to cancel the run.").ours(RESET),
        Some(error) => Line::new(RED)
            .ours(why)
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

/// Nothing where the error that follows says it.
pub(super) fn left(reason: LeaveReason) -> Option<Line> {
    match reason {
        LeaveReason::Interrupted | LeaveReason::TimedOut => Some(
            Line::new(YELLOW)
                .ours("This step ends now; the run may still be going.")
                .ours(RESET),
        ),
        LeaveReason::NotAwaited => Some(Line::new("Not waiting for the run (`wait: false`).")),
        LeaveReason::Lost => None,
    }
}

pub(super) fn retrying(attempt: u32, max_attempts: u32, delay: Duration, why: &str) -> Line {
    Line::new(YELLOW)
        .ours(format!(
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
    match outcome {
        Outcome::Failed {
            is_infrastructure: true,
        } => "the agent was lost",
        Outcome::PartiallySucceeded { .. } => "the run only partially succeeded",
        _ => "the run failed",
    }
}

/// A finding in one line, where annotations are not wanted.
pub(super) fn finding(finding: &Finding) -> Line {
    let (colour, word) = match finding.kind {
        IssueKind::Error => (RED, "Error: "),
        IssueKind::Warning => (YELLOW, "Warning: "),
    };
    Line::new(colour)
        .ours(word)
        .foreign(&finding.title)
        .ours(": ")
        .foreign(&finding.message)
        .ours(RESET)
        .ours(" ")
        .foreign(&finding.link)
}

/// How the run ended, in one line.
pub(super) fn verdict(build: &Build, outcome: &Outcome) -> Line {
    let colour = if outcome.exit_code() == 0 { GREEN } else { RED };
    let took = worth_saying(between(build.started.or(build.queued), build.finished));
    Line::new(colour)
        .ours(BOLD)
        .foreign(&build.pipeline)
        .ours(" ")
        .foreign(&build.number)
        .ours(" ")
        .foreign(verdict_words(build, outcome))
        .ours(took.map(|took| format!(" ({took})")).unwrap_or_default())
        .ours(RESET)
        .ours(": ")
        .foreign(build.page.url())
}

/// The verdict as the predicate of a sentence.
#[must_use]
pub fn verdict_words(build: &Build, outcome: &Outcome) -> String {
    // Where a service account changed the run last, it does not say who canceled it.
    let by = build
        .last_changed_by
        .as_deref()
        .filter(|name| !name.starts_with("Microsoft.VisualStudio."));
    match outcome {
        Outcome::Queued => "is queued".to_owned(),
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::PartiallySucceeded { passes: true } => {
            "partially succeeded, which passes by `partially-succeeded: pass`".to_owned()
        }
        Outcome::PartiallySucceeded { passes: false } => {
            "partially succeeded, which fails this step unless `partially-succeeded` is `pass`"
                .to_owned()
        }
        Outcome::Failed {
            is_infrastructure: true,
        } => "failed because its agent was lost".to_owned(),
        Outcome::Failed {
            is_infrastructure: false,
        } => "failed".to_owned(),
        Outcome::Canceled => by.map_or_else(
            || "was canceled".to_owned(),
            |by| format!("was canceled by {by}"),
        ),
        Outcome::Interrupted => match &build.result {
            Some(BuildResult::Canceled) => {
                "was canceled, because this step was interrupted".to_owned()
            }
            Some(result) => format!("ended as {}; this step was interrupted", result.as_str()),
            None => "was left when this step was interrupted".to_owned(),
        },
        Outcome::TimedOut(limit) => match (limit, &build.result) {
            (Limit::Queue(limit), Some(_)) => format!(
                "was canceled, because it had not started after {} (`queue-timeout`)",
                duration(*limit)
            ),
            (Limit::Total(limit), Some(_)) => format!(
                "was canceled, because it had not ended after {} (`timeout`)",
                duration(*limit)
            ),
            (_, None) => {
                "took too long and may still be going, although it was to be canceled".to_owned()
            }
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

/// A run that fails before it has a job leaves no record that says why.
pub(super) const NO_REASON: &str = "The run failed without a reason in its records: look at the run's page. When no \
    job has started, a frequent reason is that no parallel job has been purchased or granted.";

/// A check in front of a stage did not pass.
pub(super) fn failed_check(kind: &str) -> String {
    match kind {
        "Approval" => {
            "It was not approved: the approval was rejected, or its time passed.".to_owned()
        }
        "Authorization" => {
            "It may not use a resource that it needs: permit it on the run's page, then run again."
                .to_owned()
        }
        other => format!("The check {other} in front of it did not pass."),
    }
}

/// A task that failed and gave no error.
pub(super) const FAILED_SILENTLY: &str = "It failed without an error message; its log says more.";

/// A result as the predicate of a sentence.
#[must_use]
pub fn record_result(result: &RecordResult) -> &str {
    match result {
        RecordResult::Canceled => "was canceled",
        RecordResult::Skipped => "was skipped",
        RecordResult::Abandoned => "was abandoned",
        other => result_word(other),
    }
}

/// A result by itself, as in a table.
#[must_use]
pub fn result_word(result: &RecordResult) -> &str {
    match result {
        RecordResult::SucceededWithIssues => "succeeded with issues",
        other => other.as_str(),
    }
}

/// A duration, unless it is too short to be worth a word.
pub(super) fn worth_saying(took: Option<Duration>) -> Option<String> {
    took.filter(|took| took.as_secs() > 0).map(duration)
}

/// `1h 02m 03s`, `2m 03s`, `4s`, `less than 1s`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) if seconds < 1 => "less than 1s".to_owned(),
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest:02}s"),
        _ => format!("{hours}h {minutes:02}m {rest:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let show = |milliseconds| duration(Duration::from_millis(milliseconds));
        assert_eq!(show(400), "less than 1s");
        assert_eq!(show(4_900), "4s");
        assert_eq!(show(123_000), "2m 03s");
        assert_eq!(show(3_723_000), "1h 02m 03s");
    }

    #[test]
    fn a_wrong_name_gets_a_hint() {
        let names = ["App CI".to_owned(), "team/App".to_owned()];
        let start =
            "`azure-pipeline-name` is \"App\", but the project \"Fabrikam\" has no such pipeline";
        let sentence = |nearest| unknown_pipeline("App", "Fabrikam", nearest);
        assert_eq!(
            sentence(Some(&names)),
            format!("{start}; similar names are \"App CI\", \"team/App\"")
        );
        assert_eq!(
            sentence(Some(&[])),
            format!("{start}; none that the token may see has a similar name")
        );
        assert_eq!(sentence(None), start);
    }
}
