//! A log in chunks → lines → the step's log, and what its lines say went wrong.

use chrono::DateTime;
use run_azure_pipeline::azure::{Client, LogPart, MadeUp};
use run_azure_pipeline::build::{
    BuildEvent, BuildId, LogId, LogLine, LogSource, Published, Record, RecordId, RecordKind,
    RecordResult, RecordState, Report, Timeline,
};
use run_azure_pipeline::fuzzing::record;
use run_azure_pipeline::report::Reports;

use super::client::answered;
use super::judge;
use crate::cleaned;

/// One byte (the lowest bit: whether time stamps stay; the others: how long the chunks are), the
/// task's name up to the first LF, and the log as the service sends it.
pub fn check(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let (keeps_stamps, size) = (first & 1 == 1, usize::from(first >> 1) + 1);
    let cut = rest.iter().position(|byte| *byte == b'\n');
    let (task, log) = rest.split_at(cut.map_or(0, |at| at + 1));
    let task = String::from_utf8_lossy(task);

    let lines = read(log, log.len().max(1));
    assert_eq!(read(log, size), lines, "chunks of {size}");

    let (build, timeline) = (judge::failed(), failed(&task));
    let source = judge::logs(&timeline).pop().expect("the task's log");
    let mut out = Vec::new();
    let mut reports = Reports::new(&mut out, &[]);
    reports.configure(keeps_stamps, true, None);
    show(&mut reports, &source, &lines);
    reports.finish().expect("a vector takes everything");
    let shown = judge::log(&out, &["group", "endgroup"]);
    let [group, shown @ .., end] = shown.as_slice() else {
        panic!("{shown:?}");
    };
    assert!(group.starts_with("##[group]"), "{group:?}");
    assert_eq!(end, "##[endgroup]");
    if !keeps_stamps {
        assert_eq!(shown, cleaned::lines(log));
    }

    let mut out = Vec::new();
    let mut reports = Reports::new(&mut out, &[]);
    show(&mut reports, &source, &lines);
    let (build, timeline) = (&build, &timeline);
    reports.event(&BuildEvent::Finished { build, timeline });
    judge::end(reports, build, timeline, &Published::default());
    judge::log(&out, &judge::COMMANDS);
}

fn show(reports: &mut Reports<&mut Vec<u8>>, source: &LogSource, lines: &[String]) {
    reports.event(&BuildEvent::LogOpened(source));
    for line in lines {
        reports.event(&BuildEvent::LogLine(LogLine::parse(line)));
    }
    reports.event(&BuildEvent::LogClosed(source));
}

/// The lines of a log that comes in chunks of this size.
fn read(log: &[u8], size: usize) -> Vec<String> {
    let answer = MadeUp {
        status: 200,
        headers: Vec::new(),
        chunks: log.chunks(size).map(<[u8]>::to_vec).collect(),
    };
    let mut lines = Vec::new();
    let take = |part: LogPart<'_>| {
        if let LogPart::Line(line) = part {
            lines.push(line.to_owned());
        }
    };
    let read = async |client: &Client| client.read_log(BuildId(7), LogId(1), 1, true, take).await;
    answered(answer, read).expect("a log");
    lines
}

/// A job whose one task has failed, without saying why.
fn failed(task: &str) -> Timeline {
    let failed = |kind, name: &str, parent: &str| Record {
        state: RecordState::Completed,
        result: Some(RecordResult::Failed),
        finished: Some(DateTime::UNIX_EPOCH),
        log: Some(LogId(1)),
        ..record(kind, name, parent)
    };
    Timeline::new(vec![
        failed(RecordKind::Stage, "Build", ""),
        failed(RecordKind::Phase, "phase", "Build"),
        failed(RecordKind::Job, "Linux", "phase"),
        Record {
            id: RecordId("task".to_owned()),
            ..failed(RecordKind::Task, task, "Linux")
        },
    ])
}
