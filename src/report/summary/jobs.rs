//! The table of stages and jobs.

use super::super::short;
use super::super::wording::{self, summary as words};
use super::LONGEST_NAME;
use crate::build::{Build, JobRecords, Record, RecordResult, Timeline};
use crate::untrusted::Markdown;

/// Jobs beyond these are counted, not shown.
const MOST_JOBS: usize = 200;

/// With more jobs than these the table is folded, so that what comes behind it is seen.
const MOST_UNFOLDED: usize = 30;

/// How many failed jobs a comment shows, which people read at a glance.
const MOST_IN_COMMENT: usize = 10;

/// All jobs, as far as the table has no more bytes than `room`.
pub(super) fn render(build: &Build, timeline: &Timeline, room: usize) -> Markdown {
    table(build, &timeline.jobs(), MOST_JOBS, room)
}

/// The first jobs that failed.
pub(super) fn failed(build: &Build, timeline: &Timeline) -> Markdown {
    let mut jobs = timeline.jobs();
    jobs.retain(JobRecords::has_failed);
    table(build, &jobs, MOST_IN_COMMENT, usize::MAX)
}

fn table(build: &Build, jobs: &[JobRecords<'_>], most: usize, room: usize) -> Markdown {
    if jobs.is_empty() {
        return Markdown::new();
    }
    let is_folded = jobs.len() > MOST_UNFOLDED && most > MOST_UNFOLDED;
    let mut out = Markdown::new();
    if is_folded {
        let failed = jobs.iter().filter(|job| job.has_failed()).count();
        out = out
            .ours("<details><summary>")
            .text(words::job_totals(jobs.len(), failed))
            .ours("</summary>\n\n");
    }
    out = out.ours("| | Stage | Job | Result | Duration |\n|---|---|---|---|---|\n");
    let mut shown = 0;
    for job in jobs.iter().take(most) {
        let row = row(build, job);
        if out.as_str().len() + row.as_str().len() > room {
            break;
        }
        out = out.markdown(&row);
        shown += 1;
    }
    if let Some(more) = jobs.len().checked_sub(shown).filter(|more| *more > 0) {
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
        .ours(sign(job.result()))
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
    let result = job
        .result()
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

pub(super) fn sign(result: Option<&RecordResult>) -> &'static str {
    match result {
        Some(RecordResult::Succeeded) => "✅",
        Some(RecordResult::SucceededWithIssues) => "⚠️",
        Some(RecordResult::Skipped) => "⏭️",
        Some(RecordResult::Canceled | RecordResult::Abandoned) => "🚫",
        Some(_) => "❌",
        None => "⏳",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::RecordKind;
    use crate::build::fixture::{build, record};

    /// The service closes the phase of a lost agent long before the job.
    #[test]
    fn a_job_without_a_result_has_that_of_its_phase() {
        let phase = record(RecordKind::Phase, "Linux phase", "").ended(RecordResult::Canceled);
        let job = record(RecordKind::Job, "Linux", "Linux phase");
        let timeline = Timeline::new(vec![phase, job]);
        let table = render(&build(None), &timeline, usize::MAX);
        let row = table.as_str().lines().nth(2).expect("a row");
        assert!(
            row.starts_with("| 🚫 |") && row.contains("| canceled |"),
            "{row}"
        );
    }
}
