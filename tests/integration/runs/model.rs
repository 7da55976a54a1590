//! Lists of any filters, beside the published description of "Builds - List" in a few lines.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use proptest::{option, sample};
use serde_json::Value;

use super::{history, list, runs, step};

/// What one step asks for.
#[derive(Debug, Clone)]
struct Wanted {
    pipelines: Vec<u64>,
    branches: Vec<&'static str>,
    statuses: Vec<&'static str>,
    results: Vec<&'static str>,
    reasons: Vec<&'static str>,
    tags: Vec<&'static str>,
    numbers: Vec<&'static str>,
    since: Option<usize>,
    until: Option<usize>,
    order: Option<&'static str>,
    top: usize,
}

const ORDERS: [&str; 6] = [
    "FinishTimeAsc",
    "FinishTimeDesc",
    "QueueTimeAsc",
    "QueueTimeDesc",
    "StartTimeAsc",
    "StartTimeDesc",
];

fn wanted() -> impl Strategy<Value = Wanted> {
    fn some<T: Copy + std::fmt::Debug + 'static>(
        values: &'static [T],
    ) -> impl Strategy<Value = Vec<T>> {
        prop_oneof![
            3 => Just(Vec::new()),
            2 => sample::subsequence(values, 1..=2.min(values.len())),
        ]
    }
    let filters = (
        some(&[12_u64, 7, 31, 40, 666]),
        some(&[
            "refs/heads/main",
            "refs/heads/release/2.0",
            "refs/pull/7/merge",
        ]),
        some(&["completed", "inProgress", "notStarted", "cancelling", "all"]),
        some(&[
            "succeeded",
            "failed",
            "canceled",
            "partiallySucceeded",
            "none",
        ]),
        some(&["manual", "individualCI", "schedule", "triggered", "all"]),
        some(&["good", "red", "nightly"]),
        some(&["20260302.*", "20260303.1", "2026030*"]),
    );
    let range = (
        option::weighted(0.3, 0..29_usize),
        option::weighted(0.3, 0..29_usize),
        option::of(sample::select(&ORDERS[..])),
        1..40_usize,
    );
    (filters, range).prop_map(|(filters, (since, until, order, top))| {
        let (pipelines, branches, statuses, results, reasons, tags, numbers) = filters;
        Wanted {
            pipelines,
            branches,
            statuses,
            results,
            reasons,
            tags,
            numbers,
            since,
            until,
            order,
            top,
        }
    })
}

/// A time of a run; what is not there yet counts as the latest.
fn time(run: &Value, field: &str) -> DateTime<Utc> {
    let text = run[field].as_str();
    text.map_or(DateTime::<Utc>::MAX_UTC, |text| text.parse().expect(text))
}

/// The published description of "Builds - List", in a few lines.
fn model(all: &[Value], wanted: &Wanted) -> Vec<u64> {
    let (since, until) = range(all, wanted);
    let is_bounded = since.or(until).is_some();
    let order = wanted.order.or(is_bounded.then_some("QueueTimeDesc"));
    let field = match order {
        Some(order) if order.starts_with("Queue") => "queueTime",
        Some(order) if order.starts_with("Start") => "startTime",
        _ => "finishTime",
    };
    let among = |values: &[&str], value: &str| values.is_empty() || values.contains(&value);
    let text = |run: &Value, field: &str| run[field].as_str().unwrap_or("none").to_owned();
    let is_reason = |run: &Value| {
        let reason = text(run, "reason");
        let covers = |wanted: &&str| match *wanted {
            "all" => true,
            "triggered" => reason != "validateShelveset",
            word => word == reason,
        };
        wanted.reasons.is_empty() || wanted.reasons.iter().any(covers)
    };
    let is_numbered = |run: &Value| {
        let number = text(run, "buildNumber");
        let covers = |wanted: &&str| match wanted.strip_suffix('*') {
            Some(start) => number.starts_with(start),
            None => number == **wanted,
        };
        wanted.numbers.is_empty() || wanted.numbers.iter().any(covers)
    };
    let is_wanted = |run: &&Value| {
        let id = run["definition"]["id"].as_u64().expect("an id");
        let tags = run["tags"].as_array().expect("tags");
        (wanted.pipelines.is_empty() || wanted.pipelines.contains(&id))
            && among(&wanted.branches, &text(run, "sourceBranch"))
            && (wanted.statuses.contains(&"all") || among(&wanted.statuses, &text(run, "status")))
            && among(&wanted.results, &text(run, "result"))
            && is_reason(run)
            && is_numbered(run)
            && wanted.tags.iter().all(|tag| tags.contains(&(*tag).into()))
            && since.is_none_or(|since| time(run, field) >= since)
            && until.is_none_or(|until| time(run, field) <= until)
    };
    let mut found: Vec<&Value> = all.iter().filter(is_wanted).collect();
    let id = |run: &Value| run["id"].as_u64().expect("an id");
    found.sort_by_key(|run| (time(run, field), id(run)));
    if order.is_none() {
        // Of one time, those that were queued first.
        found.sort_by_key(|run| (std::cmp::Reverse(time(run, field)), id(run)));
    } else if order.is_some_and(|order| order.ends_with("Desc")) {
        found.reverse();
    }
    found.into_iter().map(id).take(wanted.top).collect()
}

/// The queue time of one of the runs, for `min-time` and `max-time`.
fn bound(all: &[Value], place: Option<usize>) -> Option<DateTime<Utc>> {
    let time = time(&all[place?], "queueTime");
    Some(time).filter(|time| *time < DateTime::<Utc>::MAX_UTC)
}

fn range(all: &[Value], wanted: &Wanted) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (since, until) = (bound(all, wanted.since), bound(all, wanted.until));
    if since.is_some() && until.is_some() && since > until {
        (until, since)
    } else {
        (since, until)
    }
}

fn inputs(all: &[Value], wanted: &Wanted) -> Vec<(&'static str, String)> {
    let pipelines: Vec<String> = wanted.pipelines.iter().map(u64::to_string).collect();
    let (since, until) = range(all, wanted);
    let time = |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339());
    vec![
        ("pipeline-ids", pipelines.join(",")),
        ("branch", wanted.branches.join(",")),
        ("status", wanted.statuses.join(",")),
        ("result", wanted.results.join(",")),
        ("reason", wanted.reasons.join(",")),
        ("tags", wanted.tags.join(",")),
        ("build-number", wanted.numbers.join(",")),
        ("min-time", time(since).unwrap_or_default()),
        ("max-time", time(until).unwrap_or_default()),
        ("query-order", wanted.order.unwrap_or_default().to_owned()),
        ("top", wanted.top.to_string()),
    ]
}

/// Filters, orders and pages of the action, the simulator and the documents are the same.
#[test]
fn lists_are_what_a_straightforward_model_gives() {
    let simulator = history("largest-page = 3");
    let all = runs(&step(&simulator, "list", &[("top", "1000")]));
    let cases = std::cell::Cell::new((0, 0));
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let judged = runner.run(&wanted(), |wanted| {
        let inputs = inputs(&all, &wanted);
        let inputs: Vec<(&str, &str)> = inputs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let expected = model(&all, &wanted);
        let (any, several) = cases.get();
        cases.set((
            any + u32::from(!expected.is_empty()),
            several + u32::from(expected.len() > 3),
        ));
        prop_assert_eq!(list(&simulator, &inputs), expected);
        Ok(())
    });
    judged.unwrap();
    let (any, several) = cases.get();
    assert!(
        any > 20 && several > 5,
        "{any} with runs, {several} with pages"
    );
}
