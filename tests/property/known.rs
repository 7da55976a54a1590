//! Limits of the follower that are known, and the differences that each explains. A scenario with no other
//! differences passes; the figures say how many there were.

use std::collections::HashSet;

use azure_pipelines_simulator::Exchange;

use crate::compare::{Difference, Kind};
use crate::plan::{Act, Plan, Task, Text};
use crate::play::Played;

/// The differences that a known defect explains, by its name, and those that none does.
pub(crate) fn separate(
    plan: &Plan,
    played: &Played,
    differences: Vec<Difference>,
) -> (Vec<&'static str>, Vec<Difference>) {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for difference in differences {
        match cause(plan, played, &difference) {
            Some(cause) => known.push(cause),
            None => unknown.push(difference),
        }
    }
    (known, unknown)
}

fn cause(plan: &Plan, played: &Played, difference: &Difference) -> Option<&'static str> {
    match difference.kind {
        Kind::Split | Kind::Lines if has_deceptive_log(plan, &difference.title) => {
            Some("a log that looks complete before its end")
        }
        Kind::Split | Kind::Order if plan.speed > 1000.0 => {
            Some("a blink is longer than the patience for the rest of a log")
        }
        Kind::Lines | Kind::Request if is_numbered_anew(plan, &played.journal) => {
            Some("the simulator numbers the logs of a canceled run anew, the service never does")
        }
        _ => None,
    }
}

/// Whether somebody canceled the run, and a log was asked for from its start twice, as if it were two.
fn is_numbered_anew(plan: &Plan, journal: &[Exchange]) -> bool {
    let starts: Vec<&str> = journal
        .iter()
        .filter(|exchange| exchange.status == Some(200) && exchange.response_bytes > 0)
        .map(|exchange| exchange.path.as_str())
        .filter(|path| path.contains("/logs/") && path.contains("?startLine=1&api"))
        .collect();
    let distinct: HashSet<&str> = starts.iter().copied().collect();
    matches!(plan.act, Some(Act::Cancel { .. })) && distinct.len() < starts.len()
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
