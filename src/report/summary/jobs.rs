//! The table of stages and jobs.

use super::super::wording::{self, summary as words};
use super::super::{Attempt, short};
use super::LONGEST_NAME;
use crate::build::{Build, JobRecords, Record, RecordResult};
use crate::untrusted::Markdown;

/// Jobs beyond these are counted, not shown.
const MOST_JOBS: usize = 200;

/// With more jobs than these the table is folded, so that what comes behind it is seen.
const MOST_UNFOLDED: usize = 30;

pub(super) fn render(attempt: &Attempt) -> Markdown {
    let jobs = attempt.timeline.jobs();
    if jobs.is_empty() {
        return Markdown::new();
    }
    let is_folded = jobs.len() > MOST_UNFOLDED;
    let mut out = Markdown::new();
    if is_folded {
        let failed = jobs.iter().filter(|job| job.has_failed()).count();
        out = out
            .ours("<details><summary>")
            .text(words::job_totals(jobs.len(), failed))
            .ours("</summary>\n\n");
    }
    out = out.ours("| | Stage | Job | Result | Duration |\n|---|---|---|---|---|\n");
    for job in jobs.iter().take(MOST_JOBS) {
        out = out.markdown(&row(&attempt.build, job));
    }
    if let Some(more) = jobs.len().checked_sub(MOST_JOBS).filter(|more| *more > 0) {
        out = out.ours("| | | ").count(more).ours(" more jobs | | |\n");
    }
    out.ours(if is_folded { "\n</details>\n\n" } else { "\n" })
}

fn row(build: &Build, job: &JobRecords<'_>) -> Markdown {
    let Some(record) = job.record() else {
        return Markdown::new();
    };
    let name = |record: &Record| record.display_name().map(|name| short(name, LONGEST_NAME));
    let row = Markdown::new()
        .ours("| ")
        .ours(sign(record))
        .ours(" | ")
        .text(job.stage.and_then(name).unwrap_or_default())
        .ours(" | ");
    let row = match job.job.or(job.phase) {
        Some(job) => {
            let title = name(job).unwrap_or_else(|| "Job".to_owned());
            row.link(title, &build.page.job(&job.id))
        }
        None => row,
    };
    let result = record
        .result
        .as_ref()
        .map_or_else(|| record.state.as_str(), wording::result_word);
    let row = row.ours(" | ").text(result);
    let row = match record.attempt {
        1 => row,
        attempt => row.ours(", attempt ").count(attempt as usize),
    };
    row.ours(" | ")
        .text(wording::worth_saying(record.duration()).unwrap_or_default())
        .ours(" |\n")
}

pub(super) fn sign(record: &Record) -> &'static str {
    match &record.result {
        Some(RecordResult::Succeeded) => "✅",
        Some(RecordResult::SucceededWithIssues) => "⚠️",
        Some(RecordResult::Skipped) => "⏭️",
        Some(RecordResult::Canceled | RecordResult::Abandoned) => "🚫",
        Some(_) => "❌",
        None => "⏳",
    }
}
