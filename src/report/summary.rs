//! The job summary: verdict, stages and jobs, what failed.

use std::fmt::Write;

use super::markdown::{code, inline, link};
use super::wording::{self, Advice};
use super::{Attempt, short};
use crate::build::{Build, IssueKind, JobRecords, Record, RecordResult, duration};
use crate::outcome::{Outcome, PartiallySucceeded};

/// Rows and items beyond these are counted, not shown, so that any run fits.
const MOST_JOBS: usize = 200;
const MOST_FINDINGS: usize = 20;
const LONGEST_MESSAGE: usize = 1_000;
const LONGEST_NAME: usize = 100;

/// The summary of the last run, with the earlier ones counted; nothing if there was none.
pub(super) fn render(attempts: &[Attempt], outcome: &Outcome) -> Option<String> {
    let (last, earlier) = attempts.split_last()?;
    let mut out = String::new();
    heading(&mut out, &last.build, outcome);
    facts(&mut out, last, attempts.len());
    jobs(&mut out, last);
    findings(&mut out, last);
    earlier_attempts(&mut out, earlier);
    Some(out)
}

// Writing to a String cannot fail, so its results are dropped below.

fn heading(out: &mut String, build: &Build, outcome: &Outcome) {
    let sign = match outcome {
        Outcome::Queued => "▶️",
        _ if outcome.exit_code() == 0 => "✅",
        Outcome::Canceled { .. } | Outcome::Interrupted => "🚫",
        _ => "❌",
    };
    let title = short(
        &format!("{} {}", build.pipeline, build.number),
        LONGEST_NAME,
    );
    let words = wording::verdict_words(build, outcome);
    let _ = writeln!(
        out,
        "## {sign} {} {}\n",
        link(&title, build.page.url()),
        inline(&words)
    );
    let Some(Advice { text, link: page }) = wording::advice(build, outcome) else {
        return;
    };
    let page = page.map(|page| format!(" ({})", link("details", &page)));
    let _ = writeln!(out, "{}{}.\n", inline(&text), page.unwrap_or_default());
}

fn facts(out: &mut String, attempt: &Attempt, attempts: usize) {
    let build = &attempt.build;
    let mut facts = Vec::new();
    if let Some(branch) = &build.source_branch {
        let code = |text: &str| code(&short(text, 3 * LONGEST_NAME));
        let version = build
            .source_version
            .as_deref()
            .map(|version| format!(" at {}", code(version)));
        facts.push(format!("{}{}", code(branch), version.unwrap_or_default()));
    }
    if attempt.timeline.has_started() {
        let ran = wording::worth_saying(duration(build.started, build.finished));
        let waited = wording::worth_saying(duration(build.queued, build.started));
        facts.extend(ran.map(|ran| format!("ran {ran}")));
        facts.extend(waited.map(|waited| format!("waited {waited} before it started")));
    }
    if attempts > 1 {
        facts.push(format!("attempt {attempts}"));
    }
    if !facts.is_empty() {
        let _ = writeln!(out, "{}\n", facts.join(" · "));
    }
}

fn jobs(out: &mut String, attempt: &Attempt) {
    let jobs = attempt.timeline.jobs();
    if jobs.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "| | Stage | Job | Result | Duration |\n|---|---|---|---|---|"
    );
    for job in jobs.iter().take(MOST_JOBS) {
        job_row(out, &attempt.build, job);
    }
    if let Some(more) = jobs.len().checked_sub(MOST_JOBS).filter(|more| *more > 0) {
        let _ = writeln!(out, "| | | {more} more jobs | | |");
    }
    out.push('\n');
}

fn job_row(out: &mut String, build: &Build, job: &JobRecords<'_>) {
    let Some(record) = job.record() else { return };
    let name = |record: &Record| record.display_name().map(|name| short(name, LONGEST_NAME));
    let stage = job.stage.and_then(name).unwrap_or_default();
    let title = job.job.or(job.phase).map(|job| {
        let title = name(job).unwrap_or_else(|| "Job".to_owned());
        link(&title, &build.page.job(&job.id))
    });
    let attempt = match record.attempt {
        1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    let result = record
        .result
        .as_ref()
        .map_or_else(|| record.state.as_str(), wording::result_word);
    let _ = writeln!(
        out,
        "| {} | {} | {} | {}{attempt} | {} |",
        sign(record),
        inline(&stage),
        title.unwrap_or_default(),
        inline(result),
        wording::worth_saying(record.duration()).unwrap_or_default(),
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

fn findings(out: &mut String, attempt: &Attempt) {
    for (kind, title) in [
        (IssueKind::Error, "Errors"),
        (IssueKind::Warning, "Warnings"),
    ] {
        let of_kind: Vec<_> = attempt
            .findings
            .iter()
            .filter(|finding| finding.kind == kind)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = writeln!(out, "### {title}\n");
        for finding in of_kind.iter().take(MOST_FINDINGS) {
            let title = inline(&short(&finding.title, 2 * LONGEST_NAME));
            let message = inline(&short(finding.message.trim(), LONGEST_MESSAGE));
            let _ = writeln!(
                out,
                "- **{title}**: {message} ({})",
                link("details", &finding.link)
            );
        }
        if let Some(more) = of_kind
            .len()
            .checked_sub(MOST_FINDINGS)
            .filter(|more| *more > 0)
        {
            let _ = writeln!(
                out,
                "- {more} more: {}",
                link("the run's page", attempt.build.page.url())
            );
        }
        out.push('\n');
    }
}

fn earlier_attempts(out: &mut String, attempts: &[Attempt]) {
    if attempts.is_empty() {
        return;
    }
    let _ = writeln!(out, "### Earlier attempts\n");
    for (index, attempt) in attempts.iter().enumerate() {
        let Attempt {
            build, timeline, ..
        } = attempt;
        // One that had passed would have been the last.
        let outcome = Outcome::of(build, timeline, PartiallySucceeded::Fail);
        let words = wording::verdict_words(build, &outcome);
        let _ = writeln!(
            out,
            "{}. {} {}",
            index + 1,
            link(&short(&build.number, LONGEST_NAME), build.page.url()),
            inline(&words)
        );
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{
        BuildId, BuildResult, BuildStatus, Issue, RecordId, RecordKind, RecordState, RunPage,
        Timeline,
    };
    use crate::github::files::SUMMARY_LIMIT;
    use crate::report::finding;

    /// A stage of a thousand failed jobs, each of whose names and messages is long and full of
    /// punctuation.
    fn huge() -> Attempt {
        let text = "|*_<`".repeat(400);
        let record = |id: usize, kind: RecordKind| Record {
            id: RecordId(id.to_string()),
            parent: (id > 0).then(|| RecordId("0".into())),
            kind,
            name: format!("{text}{id}"),
            identifier: Some(id.to_string()),
            state: RecordState::Completed,
            result: Some(RecordResult::Failed),
            started: None,
            finished: None,
            order: 1,
            attempt: 2,
            earlier: Vec::new(),
            log: None,
            issues: [IssueKind::Error, IssueKind::Warning]
                .map(|kind| Issue {
                    kind,
                    message: text.clone(),
                    file: None,
                    line: None,
                    column: None,
                    log_line: None,
                })
                .into(),
        };
        let mut records = vec![record(0, RecordKind::Stage)];
        records.extend((1..=1_000).map(|id| record(id, RecordKind::Job)));
        let timeline = Timeline::new(records);
        let build = Build {
            id: BuildId(1),
            number: text.clone(),
            status: BuildStatus::Completed,
            result: Some(BuildResult::Failed),
            pipeline: text.clone(),
            source_branch: Some(text.clone()),
            source_version: Some(text),
            queued: None,
            started: None,
            finished: None,
            queue_position: None,
            last_changed_by: None,
            plan: None,
            validation: Vec::new(),
            page: RunPage::new("https://example.com/_build/results?buildId=1".into()),
        };
        let findings = finding::findings(&build, &timeline, true);
        Attempt {
            build,
            timeline,
            findings,
        }
    }

    #[test]
    fn the_largest_summary_fits() {
        let attempts: Vec<Attempt> = (0..2).map(|_| huge()).collect();
        let last = attempts.last().expect("an attempt");
        let outcome = Outcome::of(&last.build, &last.timeline, PartiallySucceeded::Fail);
        let summary = render(&attempts, &outcome).expect("a summary");
        assert!(summary.len() < SUMMARY_LIMIT, "{} bytes", summary.len());
        assert!(summary.contains("800 more jobs"));
        assert!(summary.contains("980 more: "));
    }
}
