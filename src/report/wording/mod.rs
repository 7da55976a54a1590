//! The sentences of the log.

mod check;
mod request;
mod standing;
pub(super) mod summary;
mod troubleshooting;
mod verdict;
mod waiting;

use std::time::Duration;

use super::finding::Finding;
use super::line::{BOLD, GREEN, Line, RED, RESET, YELLOW};
use crate::build::{
    Build, BuildId, BuildResult, IssueKind, LeaveReason, Limit, LogSource, RecordResult, RunPage,
    RunProgress, duration as between,
};
use crate::outcome::{Cause, Outcome};
use crate::untrusted::Link;

pub use check::{
    YAML, anonymous, check_end, checking, default_source, no_yaml, not_checked, own_repository,
    pipeline, project, server, signed_in, source, unknown_caller, would_be_queued, yaml,
};
pub use request::{fixed_variable, foreign_claim, unknown_queue, unknown_variable};
pub(super) use standing::{
    IS_QUEUED, IS_RUNNING, IS_TRIED_AGAIN, RUN_PAGE, STEP_IS_GONE, progress, tried_again,
};
pub use standing::{
    no_pull_request, not_reported, report_elsewhere, report_ended, report_not_ended,
    report_without_token, unknown_head,
};
pub use troubleshooting::{anchor, explained_at};
pub use verdict::{Advice, verdict_words};
pub(super) use verdict::{advice, advice_line, verdict};
pub(super) use waiting::waiting;

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
pub fn other_repository(own: Option<(&str, &str)>, workflow: &str) -> String {
    let own = match own {
        Some((name, kind)) => format!("The pipeline's repository {name} ({kind})"),
        None => "The pipeline's repository, which is not known,".to_owned(),
    };
    format!(
        "{own} is not this workflow's {workflow}, so no branch or commit is sent; give `source-branch` to choose one."
    )
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
pub fn unknown_pipeline(
    input: &str,
    name: &str,
    project: &str,
    nearest: Option<&[String]>,
) -> String {
    let hint = match nearest {
        None => String::new(),
        Some([]) => "; none that the token may see has a similar name".to_owned(),
        Some(names) => format!("; similar names are {}", quoted(names)),
    };
    format!("`{input}` is \"{name}\", but the project \"{project}\" has no such pipeline{hint}")
}

/// An id that no pipeline has, or none that the token may see.
#[must_use]
pub fn unknown_pipeline_id(id: u64, project: &str, is_from_url: bool) -> String {
    let input = if is_from_url {
        "`definitionId` in `azure-devops-project-url`"
    } else {
        "`azure-pipeline-id`"
    };
    format!(
        "{input} is {id}, but the project \"{project}\" has no such pipeline, or the token may not see it: give the \
         `definitionId` from the address of the pipeline's page"
    )
}

/// A project that does not exist, or that the token may not see, with the names that come close; nothing
/// where they could not be listed. `code` is the service's own for it.
#[must_use]
pub fn unknown_project(
    project: &str,
    organization: &Link,
    code: &str,
    nearest: Option<&[String]>,
) -> String {
    let hint = match nearest {
        None => String::new(),
        Some([]) => "; none of the projects there has a similar name".to_owned(),
        Some(names) => format!("; similar names are {}", quoted(names)),
    };
    format!(
        "`azure-devops-project-url` names the project \"{project}\", but {organization} has no such project, or the \
         token may not see it ({code}){hint}"
    )
}

/// A run that does not exist, or that the token may not see.
#[must_use]
pub fn unknown_run(id: u64, project: &str) -> String {
    format!(
        "`run-id` is {id}, but the project \"{project}\" has no such run, or the token may not see it: give the \
         `buildId` from the address of the run's page"
    )
}

/// The service would not queue a run, and every reason has been told.
#[must_use]
pub fn not_started(request: &str, status: u16, reasons: usize) -> String {
    let reasons = match reasons {
        1 => "the reason".to_owned(),
        count => format!("the {count} reasons"),
    };
    format!("Azure DevOps did not start the run ({status}, {request}): see {reasons} above")
}

/// What to do about an error of the service that has not passed while it was asked again.
pub const LATER: &str = "; it was asked several times: run this job again later";

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

/// A result of a validation, with what to do.
pub(super) fn validation(message: &str) -> String {
    match validation_advice(message) {
        Some(advice) => format!("{message} ({advice})"),
        None => message.to_owned(),
    }
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

/// Requests travel in the clear; `source` gives the address.
#[must_use]
pub fn plain_http(source: &str, host: &str) -> String {
    format!("{source} uses http: the token and the answers travel to {host} unencrypted.")
}

/// The step was interrupted before there was a run.
#[must_use]
pub fn interrupted_early() -> Line {
    Line::new(YELLOW)
        .ours("Interrupted before the run was queued: nothing was started.")
        .ours(RESET)
}

/// The step was interrupted before it had what it asked for.
#[must_use]
pub fn interrupted() -> Line {
    Line::new(YELLOW)
        .ours("Interrupted before Azure DevOps had answered.")
        .ours(RESET)
}

/// Nobody has the name that `requested-for` gives.
#[must_use]
pub fn unknown_person(name: &str) -> String {
    format!(
        "`requested-for` is \"{name}\", but the organization knows nobody by this name: give an e-mail address, a \
         display name, an id or `me`"
    )
}

/// Several people have the name that `requested-for` gives.
#[must_use]
pub fn ambiguous_person(name: &str, candidates: &[String]) -> String {
    format!(
        "`requested-for` is \"{name}\", by which the organization knows several: {}; give an e-mail address or an id",
        quoted(candidates)
    )
}

/// The token may not look people up.
#[must_use]
pub fn identities_refused(name: &str) -> String {
    format!(
        "`requested-for` is \"{name}\", and to look people up the token needs the scope Identity (read) as well; an id or \
         `me` needs no looking up"
    )
}

/// An output is left out, because GitHub would not pass it on.
#[must_use]
pub fn output_too_long(output: &str, count: usize, bytes: usize) -> String {
    let advice = if output == "runs" {
        "; give a smaller `top`"
    } else {
        ""
    };
    format!(
        "The output `{output}` is left out: the JSON of {count} would have {}, and GitHub takes 1.0 MiB{advice}.",
        size(bytes as u64)
    )
}

/// The filters match nothing.
pub(super) fn no_runs() -> Line {
    Line::new("No run matches.")
}

/// The run has no tags.
pub(super) fn no_tags() -> Line {
    Line::new("The run has no tags.")
}

/// `12 bytes`, `1.5 KiB`, `2.0 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        None => format!("{bytes} bytes"),
        Some((name, unit)) => {
            let tenths = bytes / (unit / 10).max(1);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    }
}

/// A pause before another attempt would outlast the step's time limit.
#[must_use]
pub fn no_time_left() -> Line {
    Line::new(YELLOW)
        .ours("This would be tried again, but no time is left for another attempt (`timeout`).")
        .ours(RESET)
}

/// A run that exists is followed.
#[must_use]
pub fn watching(build: &Build) -> Line {
    Line::new(BOLD)
        .ours("Watching ")
        .ours(RESET)
        .line(run(build))
}

/// A run that is to be retried is not over.
#[must_use]
pub fn still_going(build: &Build) -> String {
    format!(
        "Run {} ({}) is still going, so nothing is retried: use the command `watch` to follow it",
        build.number,
        build.page.url()
    )
}

/// A run that is to be retried cannot be; why, as a clause.
#[must_use]
pub fn not_retried_at_all(build: &Build, why: &str) -> String {
    format!(
        "Run {} ({}) was not retried: {why}; use the command `run` to start a new one",
        build.number,
        build.page.url()
    )
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

/// The run that was to be canceled does not end.
#[must_use]
pub fn cancel_takes_long(build: &Build, waited: Duration) -> String {
    format!(
        "Azure DevOps was asked to cancel run {} ({}), which has not ended after {}: look on its page which job still \
         runs, and see that job's `cancelTimeoutInMinutes`",
        build.number,
        build.page.url(),
        duration(waited)
    )
}

/// It is not known whether the service has got a cancel request.
#[must_use]
pub fn cancel_unanswered(build: &Build) -> String {
    format!(
        "Interrupted while Azure DevOps was asked to cancel run {} ({}), which may still be going",
        build.number,
        build.page.url()
    )
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

/// `PIPELINE NUMBER (URL)`.
fn run(build: &Build) -> Line {
    Line::new("")
        .foreign(&build.pipeline)
        .ours(" ")
        .foreign(&build.number)
        .ours(" (")
        .foreign(build.page.url())
        .ours(")")
}

/// How a run ended, as a predicate.
fn ended(build: &Build) -> Line {
    match &build.result {
        Some(BuildResult::Canceled) => Line::new("was canceled"),
        Some(result) => Line::new("ended as ").foreign(result.as_str()),
        None => Line::new("ended without a result"),
    }
}

/// The step ended before it was known whether a run exists.
/// It cannot be known whether the run exists; `why` is a clause.
#[must_use]
pub fn uncertain_queue_request(why: &str) -> String {
    format!(
        "It is not known whether a run was started, because {why} (look on the pipeline's page before running this \
         step again)"
    )
}

/// Clauses for [`uncertain_queue_request`].
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

/// Following ended in an error.
#[must_use]
pub fn lost_run(number: &str, page: &Link) -> String {
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

pub(super) fn queued(build: &Build, attempt: u32, is_resumed: bool) -> Line {
    let run = match attempt {
        _ if is_resumed => "Going on with the run that an earlier attempt of this job started, ",
        0 | 1 => "Queued run ",
        _ => "Queued another run, ",
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
    progress: Option<RunProgress>,
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
        .foreign(took)
        .ours(reset)
        .foreign(progress.map(run_progress).unwrap_or_default())
}

/// ` (3 of 8 jobs done, 1 failed, 12m 03s so far)`.
fn run_progress(progress: RunProgress) -> String {
    let RunProgress {
        done,
        failed,
        total,
        elapsed,
    } = progress;
    let jobs = jobs_done(done, total, failed);
    let elapsed = worth_saying(elapsed).map(|elapsed| format!(", {elapsed} so far"));
    format!(" ({jobs}{})", elapsed.unwrap_or_default())
}

/// `3 of 8 jobs done, 1 failed`.
fn jobs_done(done: usize, total: usize, failed: usize) -> String {
    let failed = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{done} of {total} jobs done{failed}")
}

pub(super) fn service_trouble(error: &str, pause: Duration) -> Line {
    let again = match pause.as_secs() {
        0..5 => "; asking again, for some minutes if need be.".to_owned(),
        _ => format!(
            "; asking again in {}, and for some minutes if need be.",
            duration(pause)
        ),
    };
    Line::new(YELLOW).foreign(error).foreign(again).ours(RESET)
}

pub(super) fn cancel_requested(error: Option<&str>, limit: Option<Limit>) -> Line {
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
        .foreign(format!(
            "Starting attempt {attempt} of {max_attempts} in {}, because ",
            duration(delay)
        ))
        .foreign(why)
        .ours(".")
        .ours(RESET)
}

/// A run without a stage to start again.
pub const NO_FAILED_STAGE: &str = "no stage of it has failed";

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

/// The failed stages may or may not run again.
#[must_use]
pub fn not_retried(error: &str) -> String {
    format!("The run's failed stages could not be started again, so its result stands: {error}")
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

/// A finding in one line, where annotations are not wanted.
pub(super) fn finding(finding: &Finding) -> Line {
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
pub(super) fn more_findings(more: usize, page: &RunPage) -> Line {
    Line::default()
        .foreign(more.to_string())
        .ours(" more errors and warnings: ")
        .foreign(page.url())
}

/// A run that fails before it has a job leaves no record that says why.
pub(super) const NO_REASON: &str = "The run failed without a reason in its records: look at the run's page. When no \
    job has started, a frequent reason is that no parallel job has been purchased or granted.";

/// A check in front of a stage did not pass.
pub(super) fn failed_check(kind: &str, is_expired: bool) -> String {
    match (kind, is_expired) {
        ("Approval", false) => "The approval was rejected.".to_owned(),
        ("Approval", true) => "Nobody approved it in time.".to_owned(),
        ("Authorization", _) => "It may not use a resource that it needs.".to_owned(),
        (_, false) => format!("The check {kind} in front of it did not pass."),
        (_, true) => format!("The check {kind} in front of it did not pass in time."),
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

/// A short duration, as of a test; nothing where it is not known.
pub(super) fn milliseconds(took: Option<Duration>) -> String {
    match took {
        None => String::new(),
        Some(took) if took.as_secs() >= 10 => duration(took),
        Some(took) if took.as_secs() > 0 => {
            format!("{}.{}s", took.as_secs(), took.subsec_millis() / 100)
        }
        Some(took) => format!("{}ms", took.as_millis()),
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
        let start =
            "`azure-pipeline-name` is \"App\", but the project \"Fabrikam\" has no such pipeline";
        let sentence =
            |nearest| unknown_pipeline("azure-pipeline-name", "App", "Fabrikam", nearest);
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
