//! How the run ended, what was built, and how long it took.

use super::super::wording::{self, Advice, summary as words};
use super::super::{Attempt, short};
use super::LONGEST_NAME;
use crate::build::{Build, Timeline, duration, waits};
use crate::outcome::{Outcome, PartiallySucceeded};
use crate::untrusted::Markdown;

/// How many waits for checks are told.
const MOST_WAITS: usize = 8;

/// What it is about and how it ended, behind the marks of a heading.
pub(super) fn heading(marks: &'static str, build: &Build, outcome: &Outcome) -> Markdown {
    let sign = match outcome {
        Outcome::Queued => "▶️",
        _ if outcome.exit_code() == 0 => "✅",
        Outcome::Canceled { .. } | Outcome::Interrupted => "🚫",
        _ => "❌",
    };
    titled(marks, sign, build)
        .text(wording::verdict_words(build, outcome))
        .ours("\n\n")
}

/// Of a heading all but how the run is.
pub(in crate::report) fn titled(
    marks: &'static str,
    sign: &'static str,
    build: &Build,
) -> Markdown {
    let title = format!("{} {}", build.pipeline, build.number);
    Markdown::new()
        .ours(marks)
        .ours(sign)
        .ours(" ")
        .link(short(&title, LONGEST_NAME), build.page.url())
        .ours(" ")
}

/// What can be done about it.
pub(super) fn advice(attempt: &Attempt, outcome: &Outcome) -> Markdown {
    let Some(Advice { text, link }) = wording::advice(attempt, outcome) else {
        return Markdown::new();
    };
    let advice = Markdown::new().text(text);
    let advice = match link {
        Some(page) => advice.ours(" (").link(words::DETAILS, &page).ours(")"),
        None => advice,
    };
    advice.ours(".\n\n")
}

/// The source and the time.
pub(super) fn facts(build: &Build, timeline: &Timeline, attempts: usize) -> Markdown {
    let mut facts = Vec::new();
    if let Some(branch) = &build.source_branch {
        let source = Markdown::new().code(short(branch, 3 * LONGEST_NAME));
        facts.push(match &build.source_version {
            Some(version) => source.ours(" at ").code(short(version, 3 * LONGEST_NAME)),
            None => source,
        });
    }
    if timeline.has_started() {
        let ran = wording::worth_saying(duration(build.started, build.finished));
        facts.extend(ran.map(|ran| Markdown::new().ours("ran ").text(ran)));
    }
    if attempts > 1 {
        facts.push(Markdown::new().ours("attempt ").count(attempts));
    }
    paragraph("", &facts)
}

/// What the run has waited for.
pub(super) fn waited(attempt: &Attempt) -> Markdown {
    let waits = waits(&attempt.build, &attempt.timeline);
    let waits = waits.iter().take(MOST_WAITS).map(words::waited);
    let agents = attempt.awaited_agents.iter().take(MOST_WAITS);
    let agents = agents.map(|job| words::waited_for_agent(&short(job, LONGEST_NAME)));
    let told: Vec<Markdown> = waits
        .chain(agents)
        .map(|wait| Markdown::new().text(wait))
        .collect();
    paragraph("Waited ", &told)
}

/// Facts beside each other; nothing where there are none.
fn paragraph(start: &'static str, facts: &[Markdown]) -> Markdown {
    let mut out = Markdown::new();
    for fact in facts {
        let between = if out.is_empty() { start } else { " · " };
        out = out.ours(between).markdown(fact);
    }
    if out.is_empty() {
        out
    } else {
        out.ours("\n\n")
    }
}

pub(super) fn earlier_attempts(attempts: &[Attempt]) -> Markdown {
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
