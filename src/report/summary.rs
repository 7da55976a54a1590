//! The job summary: verdict, stages and jobs, what failed.

use std::fmt::Write;

use super::markdown::{code, inline, link};
use super::{FinishedRun, wording};
use crate::build::{Build, IssueKind, JobRecords, Record, RecordResult};
use crate::follow::duration;
use crate::github::files::SUMMARY_LIMIT;
use crate::outcome::Outcome;

/// Rows and items beyond these are counted, not shown, so that any run fits.
const MOST_JOBS: usize = 200;
const MOST_PROBLEMS: usize = 30;
const LONGEST_MESSAGE: usize = 2_000;

/// The summary of the last run, with the earlier ones counted; nothing if none ended.
pub(super) fn render(attempts: &[FinishedRun], outcome: &Outcome) -> Option<String> {
    let run = attempts.last()?;
    let mut out = String::new();
    heading(&mut out, run, outcome);
    facts(&mut out, run, attempts.len());
    jobs(&mut out, run);
    problems(&mut out, run);
    earlier(&mut out, &attempts[..attempts.len() - 1]);
    debug_assert!(
        out.len() < SUMMARY_LIMIT,
        "the limits above keep the summary small"
    );
    Some(out)
}

// Writing to a String cannot fail, so its results are dropped below.

fn heading(out: &mut String, run: &FinishedRun, outcome: &Outcome) {
    let sign = match outcome {
        Outcome::Queued => "▶️",
        _ if outcome.exit_code() == 0 => "✅",
        Outcome::Canceled | Outcome::Interrupted => "🚫",
        _ => "❌",
    };
    let title = format!("{} {}", run.build.pipeline, run.build.number);
    let words = wording::verdict_words(&run.build, outcome);
    let _ = writeln!(
        out,
        "## {sign} {} {}\n",
        link(&title, &run.page),
        inline(&words)
    );
}

fn facts(out: &mut String, run: &FinishedRun, attempts: usize) {
    let build = &run.build;
    let mut facts = Vec::new();
    if let Some(branch) = &build.source_branch {
        let version = build
            .source_version
            .as_deref()
            .map(|version| format!(" at {}", code(version)));
        facts.push(format!("{}{}", code(branch), version.unwrap_or_default()));
    }
    if let Some(took) = duration(build.started, build.finished).filter(|took| took.as_secs() > 0) {
        facts.push(format!("ran {}", wording::duration(took)));
    }
    if let Some(waited) = waited(build) {
        facts.push(format!("waited {} in the queue", wording::duration(waited)));
    }
    if attempts > 1 {
        facts.push(format!("attempt {attempts}"));
    }
    if !facts.is_empty() {
        let _ = writeln!(out, "{}\n", facts.join(" · "));
    }
}

fn waited(build: &Build) -> Option<std::time::Duration> {
    duration(build.queued, build.started).filter(|waited| waited.as_secs() > 0)
}

fn jobs(out: &mut String, run: &FinishedRun) {
    let jobs = run.timeline.jobs();
    if jobs.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "| | Stage | Job | Result | Duration |\n|---|---|---|---|---|"
    );
    for job in jobs.iter().take(MOST_JOBS) {
        job_row(out, run, job);
    }
    if let Some(more) = jobs.len().checked_sub(MOST_JOBS).filter(|more| *more > 0) {
        let _ = writeln!(out, "| | | {more} more jobs | | |");
    }
    out.push('\n');
}

fn job_row(out: &mut String, run: &FinishedRun, job: &JobRecords<'_>) {
    let Some(record) = job.record() else { return };
    let name = |name: &str| {
        if name == "__default" {
            String::new()
        } else {
            short(name, 200)
        }
    };
    let stage = job
        .stage
        .map_or_else(String::new, |stage| name(&stage.name));
    let page = format!("{}&view=logs&j={}", run.page, record.id.0);
    let title = match job.job.or(job.phase).map(|job| name(&job.name)) {
        Some(title) if !title.is_empty() => link(&title, &safe_page(&page)),
        Some(_) => link("Job", &safe_page(&page)),
        None => String::new(),
    };
    let attempt = if record.attempt > 1 {
        format!(", attempt {}", record.attempt)
    } else {
        String::new()
    };
    let result = record
        .result
        .as_ref()
        .map_or_else(|| record.state.as_str(), wording::result_word);
    let took = duration(record.started, record.finished)
        .filter(|took| took.as_secs() > 0)
        .map(wording::duration)
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "| {} | {} | {} | {}{attempt} | {took} |",
        sign(record),
        inline(&stage),
        title,
        inline(result),
    );
}

fn sign(record: &Record) -> &'static str {
    match &record.result {
        Some(RecordResult::Succeeded) => "✅",
        Some(RecordResult::SucceededWithIssues) => "⚠️",
        Some(RecordResult::Skipped) => "⏭️",
        Some(RecordResult::Canceled | RecordResult::Abandoned) => "🚫",
        Some(_) => "❌",
        None => "⏳",
    }
}

fn problems(out: &mut String, run: &FinishedRun) {
    for (kind, title) in [
        (IssueKind::Error, "Errors"),
        (IssueKind::Warning, "Warnings"),
    ] {
        let of_kind: Vec<_> = run
            .problems
            .iter()
            .filter(|problem| problem.kind == kind)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = writeln!(out, "### {title}\n");
        for problem in of_kind.iter().take(MOST_PROBLEMS) {
            let message = short(problem.message.trim(), LONGEST_MESSAGE);
            let title = short(&problem.title, 300);
            let _ = writeln!(
                out,
                "- **{}**: {} ({})",
                inline(&title),
                inline(&message),
                link("log", &safe_page(&problem.link))
            );
        }
        if let Some(more) = of_kind
            .len()
            .checked_sub(MOST_PROBLEMS)
            .filter(|more| *more > 0)
        {
            let _ = writeln!(out, "- {more} more: {}", link("the run's page", &run.page));
        }
        out.push('\n');
    }
}

fn earlier(out: &mut String, attempts: &[FinishedRun]) {
    if attempts.is_empty() {
        return;
    }
    let _ = writeln!(out, "### Earlier attempts\n");
    for (index, run) in attempts.iter().enumerate() {
        let result = run
            .build
            .result
            .as_ref()
            .map_or("ended without a result", |result| result.as_str());
        let _ = writeln!(
            out,
            "{}. {}: {}",
            index + 1,
            link(&run.build.number, &run.page),
            inline(result)
        );
    }
    out.push('\n');
}

/// Record ids come from the service and end up in links.
fn safe_page(page: &str) -> String {
    page.chars()
        .filter(|character| {
            character.is_ascii_graphic() && !matches!(character, '<' | '>' | '(' | ')')
        })
        .collect()
}

fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
