//! The job summary: verdict, stages and jobs, what failed.

use super::wording::{self, Advice};
use super::{Attempt, short};
use crate::build::{Build, IssueKind, JobRecords, Record, RecordResult, duration};
use crate::outcome::{Outcome, PartiallySucceeded};
use crate::untrusted::Markdown;

/// Rows and items beyond these are counted, not shown, so that any run fits.
const MOST_JOBS: usize = 200;
const MOST_FINDINGS: usize = 20;
const LONGEST_MESSAGE: usize = 1_000;
const LONGEST_NAME: usize = 100;

/// The summary of the last run, with the earlier ones counted; nothing if there was none.
pub(super) fn render(attempts: &[Attempt], outcome: &Outcome) -> Option<Markdown> {
    let (last, earlier) = attempts.split_last()?;
    let summary = Markdown::new()
        .markdown(&heading(&last.build, outcome))
        .markdown(&facts(last, attempts.len()))
        .markdown(&jobs(last))
        .markdown(&findings(last))
        .markdown(&earlier_attempts(earlier));
    Some(summary)
}

fn heading(build: &Build, outcome: &Outcome) -> Markdown {
    let sign = match outcome {
        Outcome::Queued => "▶️",
        _ if outcome.exit_code() == 0 => "✅",
        Outcome::Canceled { .. } | Outcome::Interrupted => "🚫",
        _ => "❌",
    };
    let title = format!("{} {}", build.pipeline, build.number);
    let heading = Markdown::new()
        .ours("## ")
        .ours(sign)
        .ours(" ")
        .link(short(&title, LONGEST_NAME), build.page.url())
        .ours(" ")
        .text(wording::verdict_words(build, outcome))
        .ours("\n\n");
    let Some(Advice { text, link }) = wording::advice(build, outcome) else {
        return heading;
    };
    let advice = heading.text(text);
    let advice = match link {
        Some(page) => advice.ours(" (").link("details", &page).ours(")"),
        None => advice,
    };
    advice.ours(".\n\n")
}

fn facts(attempt: &Attempt, attempts: usize) -> Markdown {
    let build = &attempt.build;
    let mut facts = Vec::new();
    if let Some(branch) = &build.source_branch {
        let source = Markdown::new().code(short(branch, 3 * LONGEST_NAME));
        facts.push(match &build.source_version {
            Some(version) => source.ours(" at ").code(short(version, 3 * LONGEST_NAME)),
            None => source,
        });
    }
    if attempt.timeline.has_started() {
        let ran = wording::worth_saying(duration(build.started, build.finished));
        let waited = wording::worth_saying(duration(build.queued, build.started));
        facts.extend(ran.map(|ran| Markdown::new().ours("ran ").text(ran)));
        facts.extend(waited.map(|waited| {
            let waited = Markdown::new().ours("waited ").text(waited);
            waited.ours(" before it started")
        }));
    }
    if attempts > 1 {
        facts.push(Markdown::new().ours("attempt ").count(attempts));
    }
    let mut out = Markdown::new();
    for fact in &facts {
        let between = if out.is_empty() { "" } else { " · " };
        out = out.ours(between).markdown(fact);
    }
    if facts.is_empty() {
        out
    } else {
        out.ours("\n\n")
    }
}

fn jobs(attempt: &Attempt) -> Markdown {
    let jobs = attempt.timeline.jobs();
    if jobs.is_empty() {
        return Markdown::new();
    }
    let mut out =
        Markdown::new().ours("| | Stage | Job | Result | Duration |\n|---|---|---|---|---|\n");
    for job in jobs.iter().take(MOST_JOBS) {
        out = out.markdown(&job_row(&attempt.build, job));
    }
    if let Some(more) = jobs.len().checked_sub(MOST_JOBS).filter(|more| *more > 0) {
        out = out.ours("| | | ").count(more).ours(" more jobs | | |\n");
    }
    out.ours("\n")
}

fn job_row(build: &Build, job: &JobRecords<'_>) -> Markdown {
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

fn findings(attempt: &Attempt) -> Markdown {
    let mut out = Markdown::new();
    for (kind, title) in [
        (IssueKind::Error, "### Errors\n\n"),
        (IssueKind::Warning, "### Warnings\n\n"),
    ] {
        let of_kind = attempt.findings.of_kind(kind);
        let count = of_kind.len() + attempt.findings.more(kind);
        if of_kind.is_empty() {
            continue;
        }
        out = out.ours(title);
        for finding in of_kind.iter().take(MOST_FINDINGS) {
            out = out
                .ours("- **")
                .text(short(&finding.title, 2 * LONGEST_NAME))
                .ours("**: ");
            if let Some(place) = finding.place() {
                out = out.code(short(&place, 3 * LONGEST_NAME)).ours(": ");
            }
            out = out
                .text(short(finding.message.trim(), LONGEST_MESSAGE))
                .ours(" (")
                .link("details", &finding.link)
                .ours(")\n");
        }
        let shown = of_kind.len().min(MOST_FINDINGS);
        if let Some(more) = count.checked_sub(shown).filter(|more| *more > 0) {
            out = out
                .ours("- ")
                .count(more)
                .ours(" more: ")
                .link("the run's page", attempt.build.page.url())
                .ours("\n");
        }
        out = out.ours("\n");
    }
    out
}

fn earlier_attempts(attempts: &[Attempt]) -> Markdown {
    if attempts.is_empty() {
        return Markdown::new();
    }
    let mut out = Markdown::new().ours("### Earlier attempts\n\n");
    for (index, attempt) in attempts.iter().enumerate() {
        let Attempt {
            build, timeline, ..
        } = attempt;
        // One that had passed would have been the last.
        let outcome = Outcome::of(build, timeline, PartiallySucceeded::Fail);
        out = out
            .count(index + 1)
            .ours(". ")
            .link(short(&build.number, LONGEST_NAME), build.page.url())
            .ours(" ")
            .text(wording::verdict_words(build, &outcome))
            .ours("\n");
    }
    out.ours("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{
        BuildId, BuildResult, BuildStatus, Issue, RecordId, RecordKind, RecordState, RunPage,
        Timeline,
    };
    use crate::github::files::SUMMARY_LIMIT;
    use crate::report::finding::{Origin, findings};
    use crate::report::problems::LogProblems;
    use crate::untrusted::Link;

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
            page: RunPage::new(Link::literal(
                "https://example.com/_build/results?buildId=1",
            )),
        };
        let origin = Origin {
            problems: &LogProblems::default(),
            repository: None,
            is_own_repository: true,
        };
        let findings = findings(&build, &timeline, origin);
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
        let summary = summary.as_str();
        assert!(summary.len() < SUMMARY_LIMIT, "{} bytes", summary.len());
        assert!(summary.contains("800 more jobs"));
        assert!(summary.contains("980 more: "));
    }
}
