//! Every sentence that a person reads in the log.

use std::io::{self, Write};
use std::time::Duration;

use super::problem::Problem;
use crate::azure::{Pipeline, ProjectAddress, Repository};
use crate::build::{Build, BuildResult, IssueKind, LeaveReason, LogSource, RecordResult, Waiting};
use crate::github::command::{LogWriter, Span};
use crate::outcome::Outcome;
use crate::source::Source;

/// A line of the log: our words, and foreign ones among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Ours(String),
    Foreign(String),
}

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

impl Line {
    fn ours(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Ours(text.into()));
        self
    }

    fn foreign(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Foreign(text.into()));
        self
    }

    /// Writes the line.
    pub fn write<W: Write>(&self, out: &mut LogWriter<W>) -> io::Result<()> {
        let spans: Vec<Span<'_>> = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Ours(text) => Span::Ours(text),
                Piece::Foreign(text) => Span::Foreign(text),
            })
            .collect();
        out.line(&spans)
    }
}

fn line(text: impl Into<String>) -> Line {
    Line::default().ours(text)
}

/// What will be built, and why.
#[must_use]
pub fn plan(pipeline: &Pipeline, address: &ProjectAddress, source: Option<&Source>) -> Line {
    let start = line(BOLD)
        .ours("Starting Azure pipeline ")
        .foreign(&pipeline.name)
        .ours(" in ")
        .foreign(address.project())
        .ours(RESET);
    match source {
        Some(source) => {
            let planned = start.ours(": builds ").foreign(&source.branch);
            let planned = match &source.version {
                Some(version) => planned.ours(" at ").foreign(version),
                None => planned,
            };
            planned.ours(", ").foreign(&source.why)
        }
        None => start.ours(": builds its default branch"),
    }
}

/// The pipeline's code lives elsewhere, so that the workflow's ref means nothing there.
#[must_use]
pub fn other_repository(repository: Option<&Repository>, workflow: &str) -> Line {
    let start = line("The pipeline's repository ");
    match repository {
        Some(repository) => start
            .foreign(&repository.name)
            .ours(" (")
            .foreign(&repository.kind)
            .ours(")"),
        None => start.ours("is not known and"),
    }
    .ours(" is not this workflow's ")
    .foreign(workflow)
    .ours(", so no branch or commit is sent; give source-branch to choose one.")
}

/// The pipeline is paused.
#[must_use]
pub fn paused_pipeline(pipeline: &Pipeline) -> String {
    format!(
        "The pipeline {} is paused: the run stays in the queue until somebody resumes the pipeline.",
        pipeline.name
    )
}

/// The pipeline accepts no runs.
#[must_use]
pub fn disabled_pipeline(pipeline: &Pipeline) -> String {
    format!(
        "The pipeline {} is disabled: enable it in Azure DevOps (pipeline, Settings).",
        pipeline.name
    )
}

/// The step ended before it was known whether a run exists.
#[must_use]
pub fn lost_queue_request() -> &'static str {
    "Interrupted while the run was being queued, and Azure DevOps did not answer in time: look on the pipeline's page \
     whether a run was started."
}

/// It cannot be known whether the run exists.
#[must_use]
pub fn uncertain_queue_request() -> &'static str {
    "The answer to the request that queues the run was lost, so a run may have been started: look on the pipeline's \
     page before running this step again"
}

/// Following ended in an error.
#[must_use]
pub fn lost_run(number: &str, page: &str) -> String {
    format!("Run {number} can no longer be followed and may still be going ({page})")
}

/// Requests travel in the clear.
#[must_use]
pub fn plain_http(address: &ProjectAddress) -> String {
    format!(
        "azure-devops-project-url uses http: the token and the logs travel to {} unencrypted.",
        address.host()
    )
}

pub(super) fn queued(build: &Build, attempt: u32, page: &str) -> Line {
    let run = if attempt > 1 {
        "Queued another run, "
    } else {
        "Queued run "
    };
    line(run).foreign(&build.number).ours(": ").foreign(page)
}

pub(super) fn started(build: &Build) -> Line {
    let started = line("Run ").foreign(&build.number).ours(" started");
    match &build.source_version {
        Some(version) => started.ours(" on commit ").foreign(version),
        None => started,
    }
}

/// The service builds another commit than the one that was asked for.
#[must_use]
pub fn other_commit(asked: &str, built: &str) -> String {
    format!(
        "Azure DevOps reports that it builds commit {built}, but {asked} was asked for: the branch may have moved, or \
         the pipeline may fetch the whole history of a pull request's ref, where its agent ignores the commit."
    )
}

pub(super) fn waiting(waiting: &Waiting) -> Line {
    match waiting {
        Waiting::Queue(Some(position)) => {
            line(format!("Waiting in Azure's queue, at position {position}."))
        }
        Waiting::Queue(None) => line("Waiting in Azure's queue."),
        Waiting::Postponed => line(
            "Azure has postponed the run: it goes on when the pipeline, or what stands before it, is resumed.",
        ),
        Waiting::Agent { job } => line("Waiting for an agent for ").foreign(job).ours("."),
        Waiting::Check { stage, kind } => {
            let stage = |start: &str| {
                line(start).foreign(if stage == "__default" {
                    "the run"
                } else {
                    stage
                })
            };
            match kind.as_str() {
                "Approval" => stage("Waiting for somebody to approve ")
                    .ours("; the run's page has the button."),
                "Authorization" => stage("Waiting for permission to use a resource in ")
                    .ours("; the run's page says which, and has the button."),
                _ => stage("Waiting for a check of ")
                    .ours(" (")
                    .foreign(kind)
                    .ours(")."),
            }
        }
        Waiting::Canceling => {
            line("Azure is canceling the run; steps that always run may still run.")
        }
        Waiting::Unknown(word) => line("Azure calls the run \"")
            .foreign(word)
            .ours("\"; it is not over yet."),
    }
}

/// The title of a log's group. When the log comes after its task has ended, as it mostly does, the
/// title says how.
pub(super) fn group_title(source: &LogSource) -> String {
    let title = source.title();
    let took = crate::follow::duration(source.started, source.finished)
        .filter(|took| took.as_secs() > 0)
        .map(duration);
    let result = source
        .result
        .as_ref()
        .filter(|result| **result != RecordResult::Succeeded)
        .map(|result| result_word(result).to_owned());
    let facts: Vec<String> = result.into_iter().chain(took).collect();
    if facts.is_empty() {
        title
    } else {
        format!("{title} ({})", facts.join(", "))
    }
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
    let took = took
        .map(|took| format!(" in {}", duration(took)))
        .unwrap_or_default();
    let reset = if colour.is_empty() { "" } else { RESET };
    line(colour)
        .foreign(title)
        .ours(" ")
        .foreign(word)
        .ours(took)
        .ours(reset)
}

pub(super) fn service_trouble(error: &str, pause: Duration) -> Line {
    line(YELLOW)
        .foreign(error)
        .ours(match pause.as_secs() {
            0..5 => "; asking again, for some minutes if need be.".to_owned(),
            _ => format!(
                "; asking again in {}, and for some minutes if need be.",
                duration(pause)
            ),
        })
        .ours(RESET)
}

pub(super) fn cancel_requested(error: Option<&str>) -> Line {
    match error {
        None => line(YELLOW).ours("Interrupted: Azure was asked to cancel the run.").ours(RESET),
        Some(error) => line(RED)
            .ours("Interrupted, but Azure could not be asked to cancel the run, which may still be going: ")
            .foreign(error)
            .ours(RESET),
    }
}

pub(super) fn left(reason: LeaveReason) -> Line {
    match reason {
        LeaveReason::Interrupted => line(YELLOW)
            .ours("This step ends now; the run may still be going.")
            .ours(RESET),
        LeaveReason::NotAwaited => line("Not waiting for the run (wait: false)."),
    }
}

/// The step was interrupted before there was a run.
#[must_use]
pub fn interrupted_early() -> Line {
    line(YELLOW)
        .ours("Interrupted before the run was queued: nothing was started.")
        .ours(RESET)
}

pub(super) fn retrying(attempt: u32, max_attempts: u32, delay: Duration, why: &str) -> Line {
    line(YELLOW)
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

/// A problem in one line, where annotations are not wanted.
pub(super) fn problem(problem: &Problem) -> Line {
    let (colour, word) = match problem.kind {
        IssueKind::Error => (RED, "Error: "),
        IssueKind::Warning => (YELLOW, "Warning: "),
    };
    line(colour)
        .ours(word)
        .foreign(&problem.title)
        .ours(": ")
        .foreign(&problem.message)
        .ours(RESET)
        .ours(" ")
        .foreign(&problem.link)
}

/// How the run ended, in one line.
pub(super) fn verdict(build: &Build, outcome: &Outcome, page: &str) -> Line {
    let colour = if outcome.exit_code() == 0 { GREEN } else { RED };
    let took = crate::follow::duration(build.started.or(build.queued), build.finished)
        .filter(|took| took.as_secs() > 0)
        .map(|took| format!(" ({})", duration(took)))
        .unwrap_or_default();
    line(colour)
        .ours(BOLD)
        .foreign(&build.pipeline)
        .ours(" ")
        .foreign(&build.number)
        .ours(" ")
        .foreign(verdict_words(build, outcome))
        .ours(took)
        .ours(RESET)
        .ours(": ")
        .foreign(page)
}

/// The verdict as the predicate of a sentence.
#[must_use]
pub fn verdict_words(build: &Build, outcome: &Outcome) -> String {
    let by = build
        .last_changed_by
        .as_deref()
        // Where a service account changed the run last, it does not say who canceled it.
        .filter(|name| !name.starts_with("Microsoft.VisualStudio."));
    match outcome {
        Outcome::Queued => "is queued".to_owned(),
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::PartiallySucceeded { passes: true } => {
            "partially succeeded, which passes (partially-succeeded: pass)".to_owned()
        }
        Outcome::PartiallySucceeded { passes: false } => {
            "partially succeeded, which fails the step (partially-succeeded: fail)".to_owned()
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
            Some(result) => format!(
                "ended as {} while this step was interrupted",
                result.as_str()
            ),
            None => "was left when this step was interrupted".to_owned(),
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
            "Nobody approved it: the approval was rejected, or its time passed.".to_owned()
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

/// A wrong name, with those that come close.
#[must_use]
pub fn unknown_pipeline(name: &str, project: &str, nearest: &[String]) -> String {
    let hint = match nearest {
        [] => "it has none that the token may see.".to_owned(),
        names => format!("did you mean {}?", names.join(" or ")),
    };
    format!("azure-pipeline-name: the project {project} has no pipeline \"{name}\"; {hint}")
}

/// A name that several pipelines have.
#[must_use]
pub fn ambiguous_pipeline(name: &str, candidates: &[String]) -> String {
    format!(
        "azure-pipeline-name: several pipelines are called \"{name}\": give one of {}",
        candidates.join(", ")
    )
}

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
        assert_eq!(
            unknown_pipeline("App", "Fabrikam", &names),
            "azure-pipeline-name: the project Fabrikam has no pipeline \"App\"; did you mean App CI or team/App?"
        );
        assert_eq!(
            unknown_pipeline("App", "Fabrikam", &[]),
            "azure-pipeline-name: the project Fabrikam has no pipeline \"App\"; it has none that the token may see."
        );
    }
}
