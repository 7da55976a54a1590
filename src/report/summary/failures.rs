//! What failed: tasks with what they said and the end of their logs, and what else the run reports.

use super::super::failed_task::FailedTask;
use super::super::finding::Finding;
use super::super::wording::{self, summary as words};
use super::super::{Attempt, short};
use super::LONGEST_NAME;
use crate::build::IssueKind;
use crate::untrusted::Markdown;

/// Errors and warnings beyond these are counted, not shown.
const MOST_FINDINGS: usize = 20;

/// Messages of a task beyond these are counted.
const MOST_OF_TASK: usize = 10;

/// Messages beyond this many characters are cut.
const LONGEST_MESSAGE: usize = 1_000;

/// As many as `room` bytes hold. Only the first of several tasks is unfolded: it is mostly the reason.
pub(super) fn tasks(attempt: &Attempt, room: usize) -> Markdown {
    let (tasks, more) = &attempt.failed_tasks;
    if tasks.is_empty() {
        return Markdown::new();
    }
    let mut out = Markdown::new().ours("### Failed tasks\n\n");
    let mut shown = 0;
    for failed in tasks {
        let start = if shown == 0 {
            "<details open><summary>❌ <b>"
        } else {
            "<details><summary>❌ <b>"
        };
        let markdown = task(attempt, failed, start);
        if out.as_str().len() + markdown.as_str().len() > room {
            break;
        }
        out = out.markdown(&markdown);
        shown += 1;
    }
    let more = more + tasks.len() - shown;
    if more > 0 {
        out = out
            .count(more)
            .ours(" more: ")
            .link(words::RUN_PAGE, attempt.build.page.url())
            .ours("\n\n");
    }
    out
}

fn task(attempt: &Attempt, task: &FailedTask, start: &'static str) -> Markdown {
    let mut out = Markdown::new()
        .ours(start)
        .text(short(&task.title, 2 * LONGEST_NAME))
        .ours("</b>");
    if let Some(took) = wording::worth_saying(task.took) {
        out = out.ours(" (").text(took).ours(")");
    }
    out = out.ours("</summary>\n\n");
    let errors = attempt.findings.of_kind(IssueKind::Error);
    let errors: Vec<&Finding> = errors
        .into_iter()
        .filter(|finding| finding.title == task.title)
        .collect();
    for finding in errors.iter().take(MOST_OF_TASK) {
        out = out.ours("- ").markdown(&message(finding));
    }
    let rest = errors.len().saturating_sub(MOST_OF_TASK);
    if rest > 0 {
        let more = out.ours("- ").count(rest).ours(" more: ");
        out = more.link(words::WHOLE_LOG, &task.link).ours("\n");
    }
    if let Some(tail) = &task.tail {
        out = out
            .ours("\n")
            .ours(words::LAST_LINES)
            .ours(" (")
            .link(words::WHOLE_LOG, &task.link)
            .ours("):\n\n")
            .block(tail);
    }
    out.ours("\n</details>\n\n")
}

/// The errors that do not stand with a task.
pub(super) fn errors(attempt: &Attempt) -> Markdown {
    list(attempt, IssueKind::Error, "### Errors\n\n")
}

pub(super) fn warnings(attempt: &Attempt) -> Markdown {
    list(attempt, IssueKind::Warning, "### Warnings\n\n")
}

fn list(attempt: &Attempt, kind: IssueKind, heading: &'static str) -> Markdown {
    let (tasks, _) = &attempt.failed_tasks;
    let is_shown = |finding: &Finding| {
        finding.kind == IssueKind::Error && tasks.iter().any(|task| task.title == finding.title)
    };
    let of_kind = attempt.findings.of_kind(kind);
    let rest: Vec<&Finding> = of_kind
        .into_iter()
        .filter(|finding| !is_shown(finding))
        .collect();
    let more = attempt.findings.more(kind) + rest.len().saturating_sub(MOST_FINDINGS);
    if rest.is_empty() && more == 0 {
        return Markdown::new();
    }
    let mut out = Markdown::new().ours(heading);
    for finding in rest.iter().take(MOST_FINDINGS) {
        out = out
            .ours("- **")
            .text(short(&finding.title, 2 * LONGEST_NAME))
            .ours("**: ")
            .markdown(&message(finding));
    }
    if more > 0 {
        out = out
            .ours("- ")
            .count(more)
            .ours(" more: ")
            .link(words::RUN_PAGE, attempt.build.page.url())
            .ours("\n");
    }
    out.ours("\n")
}

/// Where it is, what it says, and the line of the log that says it.
fn message(finding: &Finding) -> Markdown {
    let place = finding.place().map(|place| short(&place, 3 * LONGEST_NAME));
    let out = match place {
        Some(place) => Markdown::new().code(place).ours(": "),
        None => Markdown::new(),
    };
    out.text(short(finding.message.trim(), LONGEST_MESSAGE))
        .ours(" (")
        .link(words::DETAILS, &finding.link)
        .ours(")\n")
}
