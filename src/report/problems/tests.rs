use proptest::prelude::*;

use super::*;
use crate::build::fixture::record;
use crate::build::{Record, RecordKind, RecordResult, Timeline};

/// What a log of these lines has, one problem a line: `kind file:line:column message`.
fn told(log: &str) -> String {
    let mut problems = Problems::default();
    for line in log.lines() {
        problems.read(&LogLine::parse(line), MOST);
    }
    let shown = problems.found.iter().map(|(at, problem)| {
        let kind = match problem.kind {
            IssueKind::Error => "error",
            IssueKind::Warning => "warning",
        };
        let number = |number: Option<u32>| number.map_or_else(String::new, |n| format!(":{n}"));
        let place = format!(
            "{}{}{}",
            problem.file.as_deref().unwrap_or("-"),
            number(problem.line),
            number(problem.column)
        );
        format!("{at} {kind} {place} | {}\n", problem.message)
    });
    shown.collect()
}

/// `tests/data/problems.txt`: a heading, a log, and what it tells.
#[test]
fn every_form_is_known() {
    let cases = include_str!("../../../tests/data/problems.txt");
    let mut count = 0;
    for case in cases.split("\n@@@ ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a name");
        let (log, expected) = rest.split_once("\n---\n").expect("a rule");
        let log = log.replace("␛", "\x1b");
        assert_eq!(told(&log).trim_end(), expected.trim_end(), "{name}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn what_there_is_no_room_for_is_counted() {
    let both = |line| format!("a.c:{line}:1: error: e\na.c:{line}:1: warning: w\n");
    let log: String = (1..=MOST + 7).map(both).collect();
    let mut problems = Problems::default();
    for line in log.lines().chain(log.lines()) {
        problems.read(&LogLine::parse(line), MOST);
    }
    assert_eq!(problems.found.len(), 2 * MOST);
    assert_eq!((problems.more_errors, problems.more_warnings), (7, 7));
}

#[test]
fn only_tasks_that_have_failed_count() {
    let source = |result: Option<RecordResult>| {
        let job = record(RecordKind::Job, "Linux", "");
        let task = record(RecordKind::Task, "Compile", "Linux");
        let task = Record { result, ..task };
        let timeline = Timeline::new(vec![job, task]);
        timeline.log_sources(&timeline.jobs()[0]).remove(0)
    };
    let found = |opened: Option<RecordResult>, closed: Option<RecordResult>| {
        let (opened, closed) = (source(opened), source(closed));
        let mut logs = LogProblems::default();
        logs.open(&opened);
        logs.read(&LogLine::parse("a.c:1:2: error: e"));
        logs.close(&closed);
        logs.read(&LogLine::parse("a.c:3:4: error: of no log"));
        let of_task = logs.of(&closed.key);
        assert_eq!(logs.kept, of_task.map_or(0, |found| found.found.len()));
        logs.kept
    };
    let (good, bad) = (RecordResult::Succeeded, RecordResult::Failed);
    assert_eq!(found(Some(bad.clone()), Some(bad.clone())), 1);
    assert_eq!(found(None, Some(bad)), 1);
    assert_eq!(found(None, Some(good.clone())), 0);
    assert_eq!(found(Some(good.clone()), Some(good)), 0);
}

#[test]
fn long_lines_are_passed_over() {
    let line = format!("a.c:1:1: error: {}", "x".repeat(LONGEST_LINE));
    assert_eq!(told(&line), "");
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "([ -~]|error|--> |:1:2: |\\.go|\\.py|E  |\\(3,4\\)|é|\\n){0,40}") {
        let _ = told(&text);
    }
}
