//! Defects of the follower that are known, and the differences that each explains. A scenario with no other
//! differences passes; the figures say how many there were. An entry goes away with its defect.

use azure_pipelines_simulator::Exchange;

use crate::compare::{Difference, Kind};
use crate::plan::{Act, Plan, Task, Text};
use crate::play::{Played, Retry};
use crate::requests;

/// The differences that a known defect explains, by its name, and those that none does.
pub(crate) fn separate(
    plan: &Plan,
    played: &Played,
    differences: Vec<Difference>,
) -> (Vec<&'static str>, Vec<Difference>) {
    let said: Vec<String> = differences
        .iter()
        .filter(|difference| difference.kind == Kind::SaidMissing)
        .map(|difference| difference.title.clone())
        .collect();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for difference in differences {
        match cause(plan, played, &said, &difference) {
            Some(cause) => known.push(cause),
            None => unknown.push(difference),
        }
    }
    (known, unknown)
}

fn cause(
    plan: &Plan,
    played: &Played,
    said: &[String],
    difference: &Difference,
) -> Option<&'static str> {
    let journal = &requests::unbroken(plan, &played.journal);
    let is_retried = matches!(plan.act, Some(Act::Retry { .. } | Act::RetryInPlace { .. }));
    match difference.kind {
        Kind::Lines if ended_without_records(journal) => {
            Some("a timeline without records ends a run that had some")
        }
        Kind::Lines if played.retry == Retry::Unclear => {
            Some("a retry between the looks at the run and at its records goes unseen")
        }
        Kind::Lines if first_saw_a_further_attempt(journal) => Some(
            "an attempt that was over before the first look at records, or a look at none, is not shown",
        ),
        Kind::Lines | Kind::SaidMissing if is_retried && said.contains(&difference.title) => {
            Some("the logs of a further attempt are not waited for anew")
        }
        Kind::Split if was_without_records(journal) => {
            Some("a timeline without records closes the open log")
        }
        Kind::Split | Kind::Order if has_rest(journal) => {
            Some("what is read after the count stands apart")
        }
        Kind::SaidMissing if difference.text.contains("twice") && has_rest(journal) => {
            Some("a missing log is named again when the count is taken again")
        }
        Kind::Split if has_unlogged_task(plan) => {
            Some("a log that is not waited for any more closes the one that is open")
        }
        Kind::Split | Kind::Lines if has_deceptive_log(plan, &difference.title) => {
            Some("a log that looks complete before its end")
        }
        _ => None,
    }
}

/// Whether the last timeline that was answered had nothing in it, in the end or before the run was retried.
fn ended_without_records(journal: &[Exchange]) -> bool {
    let retry = journal
        .iter()
        .position(|exchange| exchange.path.contains("/stages/"));
    let ends = [Some(journal.len()), retry];
    let ends = ends.into_iter().flatten();
    ends.map(|end| {
        journal[..end]
            .iter()
            .filter(|exchange| is_timeline(exchange))
    })
    .any(|mut timelines| timelines.next_back().is_some_and(is_empty))
}

/// Whether it is a timeline, and not that there is none at the moment.
fn is_timeline(exchange: &Exchange) -> bool {
    exchange.path.contains("/timeline?") && matches!(exchange.status, Some(200 | 204))
}

/// `null`, or nothing.
fn is_empty(timeline: &Exchange) -> bool {
    timeline.response_bytes <= 4
}

/// Whether a timeline with records was followed by one without.
fn was_without_records(journal: &[Exchange]) -> bool {
    let mut timelines = journal.iter().filter(|exchange| is_timeline(exchange));
    timelines.any(|timeline| !is_empty(timeline)) && timelines.any(is_empty)
}

/// Whether the look at the records before the first one at a further attempt found none: the follower takes that
/// look for its first, and earlier attempts for past.
fn first_saw_a_further_attempt(journal: &[Exchange]) -> bool {
    let is_retry = |exchange: &Exchange| exchange.path.contains("/stages/");
    let Some(retry) = journal.iter().position(is_retry) else {
        return false;
    };
    let look = |exchange: &Exchange| is_timeline(exchange).then(|| !is_empty(exchange));
    // The cause of some is not understood yet: the records of the earlier attempt are never asked for.
    if !journal
        .iter()
        .any(|exchange| exchange.path.contains("/timeline/"))
    {
        return true;
    }
    let before = journal[..retry].iter().rev().find_map(look);
    let after: Vec<bool> = journal[retry..].iter().filter_map(look).collect();
    let is_first_empty = after.first() == Some(&false);
    before != Some(true) || is_first_empty
}

/// Whether lines were asked for after the lines of all logs had been counted, which is done in the end.
fn has_rest(journal: &[Exchange]) -> bool {
    let mut gets = journal.iter().filter(|exchange| exchange.method == "GET");
    let counted = gets.find(|exchange| exchange.path.contains("/logs?"));
    counted.is_some() && gets.any(|exchange| exchange.path.contains("/logs/"))
}

fn has_unlogged_task(plan: &Plan) -> bool {
    let mut tasks = plan.tasks().map(|(_, _, task)| task);
    tasks.any(|task| task.has_form("no-log = true"))
}

fn has_deceptive_log(plan: &Plan, title: &str) -> bool {
    let mut tasks = plan.tasks().map(|(_, _, task)| task);
    tasks.any(|task| {
        let is_it = title.ends_with(&format!("/ {}", task.name));
        is_it && looks_over_before_its_end(task)
    })
}

/// A log that comes in pages and has no end that can be told, or one that has what looks like its end amid it.
fn looks_over_before_its_end(task: &Task) -> bool {
    let is_deceptive = match &task.text {
        Text::Raw(bytes) => String::from_utf8_lossy(bytes).contains("Finishing: "),
        _ => false,
    };
    is_deceptive || task.has_form("frame = false")
}
