//! The job summary: verdict, stages and jobs, what failed, what was published.

mod chart;
mod failures;
mod head;
mod jobs;
mod published;

use super::wording::summary as words;
use super::{Attempt, short};
use crate::build::Published;
use crate::github::files::SUMMARY_LIMIT;
use crate::outcome::Outcome;
use crate::untrusted::Markdown;

/// Names beyond this many characters are cut.
const LONGEST_NAME: usize = 100;

/// One part, and what is said of it where there is no room for it.
struct Part {
    markdown: Markdown,
    name: &'static str,
    /// Parts with the highest number are left out first; the first is always shown.
    rank: u8,
}

/// The summary of the last run, with the earlier ones counted; nothing if there was none.
pub(super) fn render(
    attempts: &[Attempt],
    outcome: &Outcome,
    published: &Published,
) -> Option<Markdown> {
    let (last, earlier) = attempts.split_last()?;
    let part = |rank, name, markdown| Part {
        markdown,
        name,
        rank,
    };
    let page = &last.build.page;
    let parts = [
        part(0, "", head::render(last, attempts.len(), outcome)),
        part(1, words::JOBS, jobs::render(last)),
        part(6, words::CHART, chart::render(&last.timeline)),
        part(2, words::FAILED_TASKS, failures::tasks(last)),
        part(3, words::ERRORS, failures::errors(last)),
        part(4, words::TESTS, published::tests(published, page)),
        part(5, words::ARTIFACTS, published::artifacts(published, page)),
        part(7, words::WARNINGS, failures::warnings(last)),
        part(5, words::EARLIER, head::earlier_attempts(earlier)),
    ];
    Some(fitted(&parts, SUMMARY_LIMIT))
}

/// As many parts as fit into so many bytes, the most important ones first, and which are left out.
fn fitted(parts: &[Part], limit: usize) -> Markdown {
    let size = |rank| {
        let shown = parts.iter().filter(|part| part.rank <= rank);
        shown
            .map(|part| part.markdown.as_str().len())
            .sum::<usize>()
    };
    // The sentence about what is left out needs room, too.
    let room = limit.saturating_sub(1024);
    let rank = (1..=u8::MAX).rev().find(|rank| size(*rank) <= room);
    let rank = rank.unwrap_or_default();
    let (shown, left_out): (Vec<&Part>, Vec<&Part>) =
        parts.iter().partition(|part| part.rank <= rank);
    let mut out = Markdown::new();
    for part in shown {
        out = out.markdown(&part.markdown);
    }
    let mut names = left_out
        .into_iter()
        .filter(|part| !part.markdown.is_empty())
        .map(|part| part.name);
    let Some(first) = names.next() else {
        return out;
    };
    out = out.ours(words::LEFT_OUT).ours(first);
    for name in names {
        out = out.ours(", ").ours(name);
    }
    out.ours(".\n")
}

#[cfg(test)]
mod tests;
