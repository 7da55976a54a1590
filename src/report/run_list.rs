//! Runs and tags in tables: in the log as the vendor's command line shows them, in the summary as
//! Markdown.

use super::line::Line;
use super::{short, table, wording};
use crate::build::{BuildId, ListedRun, RunPage};
use crate::untrusted::Markdown;
use crate::zone::Zone;

/// Rows beyond these are counted, not shown, so that any summary fits.
const MOST_ROWS: usize = 200;
const LONGEST_CELL: usize = 100;

/// The columns of `az pipelines runs list --output table`.
const HEADERS: [&str; 9] = [
    "Run ID",
    "Number",
    "Status",
    "Result",
    "Pipeline ID",
    "Pipeline Name",
    "Source Branch",
    "Queued Time",
    "Reason",
];

/// The runs as a table in the log; a sentence where there is none.
#[must_use]
pub fn run_table(runs: &[ListedRun], zone: &Zone) -> Vec<Line> {
    if runs.is_empty() {
        return vec![Line::new(wording::NO_RUNS)];
    }
    let rows: Vec<Vec<String>> = runs.iter().map(|run| cells(run, zone).to_vec()).collect();
    table::lines(&HEADERS, &rows)
}

/// The same as a summary.
#[must_use]
pub fn runs_summary(runs: &[ListedRun], zone: &Zone, project: &str) -> Markdown {
    let out = Markdown::new()
        .ours("## Runs in ")
        .text(short(project, LONGEST_CELL))
        .ours("\n\n");
    if runs.is_empty() {
        out.ours(wording::NO_RUNS).ours("\n\n")
    } else {
        out.markdown(&rows(runs, zone))
    }
}

/// A Markdown table; the id and the number lead to the run's page.
pub(super) fn rows(runs: &[ListedRun], zone: &Zone) -> Markdown {
    let mut out = Markdown::new().ours("|");
    for header in HEADERS {
        out = out.ours(" ").ours(header).ours(" |");
    }
    out = out.ours("\n|");
    for _ in HEADERS {
        out = out.ours("---|");
    }
    out = out.ours("\n");
    for run in runs.iter().take(MOST_ROWS) {
        out = out.ours("|");
        for (place, cell) in cells(run, zone).iter().enumerate() {
            let cell = short(cell, LONGEST_CELL);
            out = out.ours(" ");
            out = if place < 2 {
                out.link(cell, run.page.url())
            } else {
                out.text(cell)
            };
            out = out.ours(" |");
        }
        out = out.ours("\n");
    }
    out.markdown(&more_in_the_log(runs.len(), MOST_ROWS))
        .ours("\n")
}

/// How many there are beyond those for which there is room; nothing if there are none.
pub(super) fn more_in_the_log(count: usize, room: usize) -> Markdown {
    match count.saturating_sub(room) {
        0 => Markdown::new(),
        more => Markdown::new()
            .ours("\n")
            .count(more)
            .ours(" more are in the log.\n"),
    }
}

fn cells(run: &ListedRun, zone: &Zone) -> [String; 9] {
    let branch = run.source_branch.as_deref().unwrap_or_default();
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let id = |id: u64| id.to_string();
    [
        run.id.to_string(),
        run.number.clone(),
        run.status.clone(),
        run.result.clone().unwrap_or_default(),
        run.pipeline_id.map(id).unwrap_or_default(),
        run.pipeline.clone(),
        branch.to_owned(),
        queued(run, zone),
        run.reason.clone(),
    ]
}

/// As Python writes a time: six digits, or none.
fn queued(run: &ListedRun, zone: &Zone) -> String {
    let Some(time) = run.queued.map(|time| zone.local(time)) else {
        return String::new();
    };
    let text = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    text.trim_end_matches(".000000").to_owned()
}

/// The tags as a table in the log; a sentence where there is none.
#[must_use]
pub fn tag_table(tags: &[String]) -> Vec<Line> {
    if tags.is_empty() {
        return vec![Line::new(wording::NO_TAGS)];
    }
    let rows: Vec<Vec<String>> = tags.iter().map(|tag| vec![tag.clone()]).collect();
    table::lines(&["Tags"], &rows)
}

/// The same as a summary.
#[must_use]
pub fn tags_summary(tags: &[String], id: BuildId, page: &RunPage) -> Markdown {
    let mut out = Markdown::new()
        .ours("## Tags of run ")
        .link(id.to_string(), page.url())
        .ours("\n\n");
    if tags.is_empty() {
        out = out.ours(wording::NO_TAGS).ours("\n");
    }
    for tag in tags.iter().take(MOST_ROWS) {
        out = out.ours("- ").text(short(tag, LONGEST_CELL)).ours("\n");
    }
    out.markdown(&more_in_the_log(tags.len(), MOST_ROWS))
        .ours("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::files::SUMMARY_LIMIT;
    use crate::untrusted::Link;

    fn run(text: &str) -> ListedRun {
        ListedRun {
            id: BuildId(u64::MAX),
            number: text.into(),
            status: text.into(),
            result: Some(text.into()),
            pipeline_id: Some(u64::MAX),
            pipeline: text.into(),
            source_branch: Some(text.into()),
            reason: text.into(),
            queued: None,
            started: None,
            finished: None,
            page: RunPage::new(Link::literal(
                "https://example.com/_build/results?buildId=1",
            )),
        }
    }

    #[test]
    fn the_largest_summary_fits() {
        let runs: Vec<ListedRun> = (0..300).map(|_| run(&"|*_<`".repeat(400))).collect();
        let summary = runs_summary(&runs, &Zone::utc(), "Fabrikam");
        let summary = summary.as_str();
        assert!(summary.len() < SUMMARY_LIMIT, "{} bytes", summary.len());
        assert!(summary.contains("100 more are in the log."));
    }

    #[test]
    fn a_time_that_is_missing_is_blank_and_whole_seconds_have_no_digits() {
        let mut run = run("x");
        assert_eq!(queued(&run, &Zone::utc()), "");
        for (time, text) in [
            ("2020-01-23T18:56:10.0675889Z", "2020-01-23 18:56:10.067588"),
            ("2020-01-23T18:56:10Z", "2020-01-23 18:56:10"),
        ] {
            run.queued = Some(time.parse().expect(time));
            assert_eq!(queued(&run, &Zone::utc()), text);
        }
    }
}
