//! What is said of a run while it is followed.

use std::time::Duration;

use super::super::line::{BOLD, GREEN, Line, RED, RESET, YELLOW};
use super::{duration, record_result, result_word, worth_saying};
use crate::build::{Build, LeaveReason, LogSource, RecordResult, RunProgress};

pub(in crate::report) fn queued(build: &Build, attempt: u32, is_resumed: bool) -> Line {
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

/// A run that exists is followed.
#[must_use]
pub fn watching(build: &Build) -> Line {
    Line::new(BOLD)
        .ours("Watching ")
        .ours(RESET)
        .line(run(build))
}

/// `PIPELINE NUMBER (URL)`.
pub(super) fn run(build: &Build) -> Line {
    Line::new("")
        .foreign(&build.pipeline)
        .ours(" ")
        .foreign(&build.number)
        .ours(" (")
        .foreign(build.page.url())
        .ours(")")
}

pub(in crate::report) fn started(build: &Build) -> Line {
    let started = Line::new("Run ").foreign(&build.number).ours(" started");
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

/// The title of a log's group. When the log comes after its task has ended, as it mostly does, the
/// title says how.
pub(in crate::report) fn group_title(source: &LogSource) -> String {
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

pub(in crate::report) fn log_missing(source: &LogSource) -> Line {
    Line::new(YELLOW)
        .ours("The log of ")
        .foreign(source.title())
        .ours(" never came.")
        .ours(RESET)
}

pub(in crate::report) fn logs_unchecked(error: &str) -> Line {
    Line::new(YELLOW)
        .ours("The run is over, but its logs may be incomplete here: ")
        .foreign(error)
        .ours(RESET)
}

/// A job has failed, but a task of another one is being followed.
pub(in crate::report) fn job_failed(title: &str) -> Line {
    Line::new(RED)
        .foreign(title)
        .ours(" has failed; its log comes after this task's.")
        .ours(RESET)
}

pub(in crate::report) fn job_finished(
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
pub(in crate::report) fn jobs_done(done: usize, total: usize, failed: usize) -> String {
    let failed = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{done} of {total} jobs done{failed}")
}

pub(in crate::report) fn service_trouble(error: &str, pause: Duration) -> Line {
    let again = match pause.as_secs() {
        0..5 => "; asking again, for some minutes if need be.".to_owned(),
        _ => format!(
            "; asking again in {}, and for some minutes if need be.",
            duration(pause)
        ),
    };
    Line::new(YELLOW).foreign(error).foreign(again).ours(RESET)
}

/// Nothing where the error that follows says it.
pub(in crate::report) fn left(reason: LeaveReason) -> Option<Line> {
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
