//! What was asked for: nothing that was shown is fetched again.

use std::collections::HashMap;

use azure_pipelines_simulator::{Exchange, TaskLog};

use crate::compare::{Difference, Kind};
use crate::plan::{Fault, Plan};

/// How many lines may be fetched once more to see that the console feed and the log agree.
const OVERLAP: usize = 4;

/// The requests for lines of a log, as faults name them.
pub(crate) const ON_LINES: &str = "GET builds/*/logs/*";

/// What one log can have been shown of, in lines, from what its answers held.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    least: usize,
    most: usize,
}

/// All requests for lines that were shown already, or for ones that would leave a gap, as sentences.
pub(crate) fn repeated(plan: &Plan, journal: &[Exchange], logs: &[TaskLog]) -> Vec<Difference> {
    let mut progress: HashMap<usize, Progress> = HashMap::new();
    let mut found = Vec::new();
    let mut of_lines = 0;
    let gets = journal.iter().filter(|exchange| exchange.method == "GET");
    for (place, exchange) in gets.enumerate() {
        let Some(Asked { id, first, last }) = asked(&exchange.path) else {
            continue;
        };
        of_lines += 1;
        let Some(log) = logs.iter().find(|log| log.log_id == id) else {
            let text = "is no log of a task";
            found.push(Difference::new(Kind::Request, &exchange.path, text));
            continue;
        };
        let shown = progress.entry(id).or_default();
        let is_bad = match last {
            // What an agent that was lost wrote to the console may never have reached its log, which is then
            // compared as a whole.
            None if first == 1 && shown.least > log.lines.len() => false,
            None => first <= shown.least || first > shown.most + 1,
            // Lines that came from the console feed, of which the last few are compared.
            Some(last) => last < shown.least || first + OVERLAP <= last,
        };
        if is_bad {
            let Progress { least, most } = shown;
            let text = format!(
                "is GET {} after {least} to {most} lines of {}",
                place + 1,
                log.task
            );
            found.push(Difference::new(Kind::Request, &exchange.path, text));
        }
        if let Some(last) = last {
            (shown.least, shown.most) = (last, last);
            continue;
        }
        if exchange.status == Some(200) {
            let is_broken = fault_of(plan, place + 1, of_lines).is_some_and(breaks_body);
            *shown = after(&log.text, first, exchange.response_bytes, is_broken);
        }
    }
    found
}

/// The requests whose answers came whole.
pub(crate) fn unbroken(plan: &Plan, journal: &[Exchange]) -> Vec<Exchange> {
    let (mut gets, mut of_lines) = (0, 0);
    let mut whole = Vec::new();
    for exchange in journal {
        let is_get = exchange.method == "GET";
        gets += usize::from(is_get);
        of_lines += usize::from(is_get && asked(&exchange.path).is_some());
        let fault = fault_of(plan, gets, of_lines).filter(|_| is_get);
        if !fault.is_some_and(breaks_body) {
            whole.push(exchange.clone());
        }
    }
    whole
}

/// How many faults were played.
pub(crate) fn faults_served(plan: &Plan, journal: &[Exchange]) -> usize {
    let gets: Vec<&Exchange> = journal
        .iter()
        .filter(|exchange| exchange.method == "GET")
        .collect();
    let of_timelines = gets
        .iter()
        .filter(|exchange| exchange.path.contains("/timeline?"));
    let timelines = of_timelines.count();
    let is_served = |fault: &&Fault| match fault.on {
        "GET **" => fault.at <= gets.len(),
        _ => fault.at <= timelines,
    };
    let dead = plan
        .dead_from
        .map_or(0, |from| (gets.len() + 1).saturating_sub(from));
    plan.faults.iter().filter(is_served).count() + dead
}

/// A request for lines of a log, counted from 1, both included.
struct Asked {
    id: usize,
    first: usize,
    last: Option<usize>,
}

fn asked(path: &str) -> Option<Asked> {
    let (path, query) = path.split_once('?')?;
    let (_, id) = path.split_once("/logs/")?;
    let number = |wanted: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(name, _)| *name == wanted);
        found.and_then(|(_, value)| value.parse().ok())
    };
    Some(Asked {
        id: id.parse().ok()?,
        first: number("startLine").unwrap_or(1),
        last: number("endLine"),
    })
}

/// The fault of a request, which is the n-th GET and the n-th one for lines, counted from 1.
fn fault_of(plan: &Plan, at: usize, of_lines: usize) -> Option<&Fault> {
    plan.faults.iter().find(|fault| match fault.on {
        "GET **" => fault.at == at,
        ON_LINES => fault.at == of_lines,
        _ => false,
    })
}

fn breaks_body(fault: &Fault) -> bool {
    // A body that a proxy made up holds no line, and its status says so.
    fault.keys.contains("cut")
}

/// What can have been shown after an answer with so many bytes from line `first` on.
fn after(text: &[u8], first: usize, bytes: u64, is_broken: bool) -> Progress {
    let start: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(first - 1)
        .map(<[u8]>::len)
        .sum();
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let body = &text[start..start.saturating_add(bytes).min(text.len())];
    let whole = memchr::memchr_iter(b'\n', body).count();
    let open = usize::from(!body.is_empty() && !body.ends_with(b"\n"));
    Progress {
        least: first - 1 + if is_broken { 0 } else { whole },
        most: first - 1 + whole + open,
    }
}
