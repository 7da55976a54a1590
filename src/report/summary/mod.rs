//! The job summary: verdict, stages and jobs, what failed, what was published.

mod chart;
mod failures;
pub(super) mod head;
mod jobs;
mod published;

use super::wording::summary as words;
use super::{Attempt, short};
use crate::build::{Build, Published, Timeline};
use crate::github::api::LONGEST_SUMMARY;
use crate::github::files::SUMMARY_LIMIT;
use crate::outcome::Outcome;
use crate::untrusted::Markdown;

/// Names beyond this many characters are cut.
const LONGEST_NAME: usize = 100;

/// How many bytes the whole, the table of jobs and the failed tasks may take.
#[derive(Debug, Clone, Copy)]
struct Room {
    whole: usize,
    jobs: usize,
    tasks: usize,
}

/// One part, and what is said of it where there is no room for it.
struct Part {
    markdown: Markdown,
    name: &'static str,
    /// Parts with the lowest number get room first; the first is always shown.
    rank: u8,
}

/// The summary of the last run, with the earlier ones counted; nothing if there was none.
pub(super) fn render(
    attempts: &[Attempt],
    outcome: &Outcome,
    published: &Published,
) -> Option<Markdown> {
    let last = attempts.last()?;
    let room = Room {
        whole: SUMMARY_LIMIT,
        jobs: usize::MAX,
        tasks: usize::MAX,
    };
    let heading = head::heading("## ", &last.build, outcome);
    let chart = chart::render(&last.timeline);
    parts(attempts, outcome, published, room, (&heading, chart))
}

/// The same for a check run, which has its own heading; charts are for pages.
pub(super) fn of_check(
    attempts: &[Attempt],
    outcome: &Outcome,
    published: &Published,
) -> Option<Markdown> {
    let room = Room {
        whole: LONGEST_SUMMARY,
        jobs: LONGEST_SUMMARY / 3,
        tasks: LONGEST_SUMMARY / 2,
    };
    let none = Markdown::new();
    parts(attempts, outcome, published, room, (&none, none.clone()))
}

/// The same for a check run, or a comment, about a run that goes on.
pub(super) fn of_going(build: &Build, timeline: &Timeline) -> Markdown {
    head::facts(build, timeline, 1).markdown(&jobs::render(build, timeline, LONGEST_SUMMARY / 3))
}

/// What a comment says of a run that is over.
pub(super) fn of_comment(attempts: &[Attempt], outcome: &Outcome) -> Option<Markdown> {
    let last = attempts.last()?;
    let comment = head::heading("### ", &last.build, outcome)
        .markdown(&head::advice(last, outcome))
        .markdown(&jobs::failed(&last.build, &last.timeline))
        .markdown(&head::facts(&last.build, &last.timeline, attempts.len()));
    Some(comment)
}

fn parts(
    attempts: &[Attempt],
    outcome: &Outcome,
    published: &Published,
    room: Room,
    (heading, chart): (&Markdown, Markdown),
) -> Option<Markdown> {
    let (last, earlier) = attempts.split_last()?;
    let Attempt {
        build, timeline, ..
    } = last;
    let part = |rank, name, markdown| Part {
        markdown,
        name,
        rank,
    };
    let head = heading
        .clone()
        .markdown(&head::advice(last, outcome))
        .markdown(&head::facts(build, timeline, attempts.len()))
        .markdown(&head::waited(last));
    let page = &build.page;
    let parts = [
        part(0, "", head),
        part(1, words::JOBS, jobs::render(build, timeline, room.jobs)),
        part(6, words::CHART, chart),
        part(2, words::FAILED_TASKS, failures::tasks(last, room.tasks)),
        part(3, words::ERRORS, failures::errors(last)),
        part(4, words::TESTS, published::tests(published, page)),
        part(5, words::ARTIFACTS, published::artifacts(published, page)),
        part(7, words::WARNINGS, failures::warnings(last)),
        part(5, words::EARLIER, head::earlier_attempts(earlier)),
    ];
    Some(fitted(&parts, room.whole))
}

/// As many parts as fit into so many bytes, the most important ones first, and which are left out.
fn fitted(parts: &[Part], limit: usize) -> Markdown {
    // The sentence about what is left out needs room, too.
    let mut room = limit.saturating_sub(1024);
    let mut by_rank: Vec<usize> = (0..parts.len()).collect();
    by_rank.sort_by_key(|index| parts[*index].rank);
    let mut is_shown = vec![false; parts.len()];
    for index in by_rank {
        let Part { markdown, rank, .. } = &parts[index];
        let size = markdown.as_str().len();
        is_shown[index] = size <= room || *rank == 0;
        if is_shown[index] {
            room = room.saturating_sub(size);
        }
    }
    let (mut out, mut left_out) = (Markdown::new(), Vec::new());
    for (part, is_shown) in parts.iter().zip(is_shown) {
        if is_shown {
            out = out.markdown(&part.markdown);
        } else {
            left_out.push(part.name);
        }
    }
    let mut names = left_out.into_iter();
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
