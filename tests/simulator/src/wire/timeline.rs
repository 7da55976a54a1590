//! The timeline and the list of logs (docs: "Timeline - Get", "Builds - Get Build Logs").

use std::collections::BTreeMap;

use serde::Serialize;

use super::identity::USER_ID;
use super::identity_ref::SERVICE_ID;
use super::{home, word};
use crate::clock::Moment;
use crate::ids;
use crate::schedule::{self, Previous, RecordResult, RecordState, Schedule};
use crate::script::task::{IssueKind, IssueScript};
use crate::world::Build;

/// The agent keeps so many errors and so many warnings of a record, and counts all.
const ISSUE_LIMIT: u32 = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    records: Vec<Record>,
    last_changed_by: &'static str,
    last_changed_on: Moment,
    id: String,
    change_id: usize,
    url: String,
}

impl Timeline {
    /// `None` while there is no timeline.
    pub(crate) fn new(build: &Build, now: Moment, base: &str) -> Option<Self> {
        let schedule = &build.schedule;
        if now < schedule.expanded {
            return None;
        }
        let address = address(build, base);
        let logs = format!("{address}/logs");
        let mut records: Vec<Record> = schedule
            .visible_records(now)
            .map(|record| Record::new(schedule, record, now, &logs))
            .collect();
        // The service keeps no order; neither tree nor time may be relied on.
        records.sort_by_key(|record| ids::hash(&record.id, u64::from(build.id)));
        let id = ids::plan(build.id);
        Some(Self {
            records,
            last_changed_by: SERVICE_ID,
            last_changed_on: schedule.last_change(now),
            change_id: schedule.change_id(now),
            url: format!("{address}/Timeline/{id}"),
            id,
        })
    }

    /// The timeline of an attempt that is over. Its change number is 1, as recorded.
    pub(crate) fn earlier(build: &Build, now: Moment, base: &str, id: &str) -> Option<Self> {
        let schedule = &build.schedule;
        let timeline = schedule.earlier(id, now)?;
        let address = address(build, base);
        let logs = format!("{address}/logs");
        let records = timeline.records.iter();
        Some(Self {
            records: records
                .map(|record| Record::new(schedule, record, now, &logs))
                .collect(),
            last_changed_by: if timeline.is_the_callers {
                USER_ID
            } else {
                SERVICE_ID
            },
            last_changed_on: timeline.at,
            change_id: 1,
            url: format!("{address}/Timeline/{id}"),
            id: id.to_owned(),
        })
    }
}

/// Where a build's parts are.
fn address(build: &Build, base: &str) -> String {
    format!("{}/_apis/build/builds/{}", home(base), build.id)
}

/// Unlike a build, a record writes its nulls; only `issues`, `order` and `queueId` are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    previous_attempts: Vec<Previous>,
    id: String,
    parent_id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    start_time: Option<Moment>,
    finish_time: Option<Moment>,
    current_operation: Option<String>,
    percent_complete: Option<u32>,
    state: RecordState,
    result: Option<RecordResult>,
    result_code: Option<&'static str>,
    change_id: usize,
    last_modified: &'static str,
    worker_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<usize>,
    details: Option<String>,
    error_count: u32,
    warning_count: u32,
    url: Option<String>,
    log: Option<LogReference>,
    task: Option<TaskReference>,
    attempt: u32,
    identifier: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Issue>,
}

#[derive(Debug, Serialize)]
struct LogReference {
    id: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

impl LogReference {
    fn new(logs: &str, id: usize) -> Self {
        Self {
            id,
            kind: "Container",
            url: format!("{logs}/{id}"),
        }
    }
}

#[derive(Debug, Serialize)]
struct TaskReference {
    id: &'static str,
    name: &'static str,
    version: &'static str,
}

const COMMAND_LINE: TaskReference = TaskReference {
    id: "d9bafed4-0b18-4f58-968d-86655b4d2ce9",
    name: "CmdLine",
    version: "2.250.1",
};

impl Record {
    fn new(schedule: &Schedule, record: &schedule::Record, now: Moment, logs: &str) -> Self {
        let state = record.state(now);
        let is_completed = state == RecordState::Completed;
        let start_time = record.start.filter(|start| *start <= now);
        let issues = record.issues(now);
        let log = record.log.and_then(|key| schedule.log_number(key, now));
        // Recorded: an attempt that no agent began has neither start nor finish.
        let was_given_up = record.vanishes < Moment::NEVER;
        let waits = record.is_scripted_task && !is_completed && start_time.is_none();
        // A waiting job has no agent yet; its tasks appear together with the agent.
        let has_worker = record.kind != "Job" || start_time.is_some();
        Self {
            previous_attempts: record.previous.clone(),
            id: record.id.clone(),
            parent_id: record.parent.clone(),
            kind: record.kind.clone(),
            name: record.name.clone(),
            start_time,
            finish_time: is_completed
                .then_some(record.finish)
                .filter(|_| !was_given_up),
            current_operation: None,
            percent_complete: if waits {
                Some(0)
            } else {
                record.percent.filter(|_| is_completed)
            },
            state,
            result: is_completed.then_some(record.result),
            result_code: record.result_code.filter(|_| is_completed),
            change_id: schedule.change_id_of(record, now),
            last_modified: "0001-01-01T00:00:00",
            worker_name: record.worker.clone().filter(|_| has_worker),
            queue_id: record.queue_id,
            order: record.order,
            details: None,
            error_count: count(issues, IssueKind::Error),
            warning_count: count(issues, IssueKind::Warning),
            url: None,
            log: log.map(|id| LogReference::new(logs, id)),
            task: record.is_scripted_task.then_some(COMMAND_LINE),
            attempt: record.attempt,
            identifier: record.identifier.clone(),
            issues: kept_issues(issues),
        }
    }
}

fn count(issues: &[IssueScript], kind: IssueKind) -> u32 {
    issues
        .iter()
        .filter(|issue| issue.kind == kind)
        .map(|issue| issue.times)
        .sum()
}

#[derive(Debug, Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: IssueKind,
    category: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<IssueData>,
}

#[derive(Debug, Serialize)]
struct IssueData {
    #[serde(rename = "type")]
    kind: IssueKind,
    #[serde(flatten)]
    place: BTreeMap<&'static str, String>,
}

fn kept_issues(issues: &[IssueScript]) -> Vec<Issue> {
    let (mut errors, mut warnings) = (0, 0);
    let mut kept = Vec::new();
    for issue in issues {
        for _ in 0..issue.times {
            let number = if issue.kind == IssueKind::Error {
                &mut errors
            } else {
                &mut warnings
            };
            *number += 1;
            if *number <= ISSUE_LIMIT {
                kept.push(Issue::new(issue));
            }
        }
    }
    kept
}

impl Issue {
    /// With a file the message begins with the place, as compilers write it.
    fn new(script: &IssueScript) -> Self {
        if script.is_the_servers {
            return Self {
                kind: script.kind,
                category: None,
                message: script.message.clone(),
                data: None,
            };
        }
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let place = [
            ("sourcepath", script.file.clone()),
            ("linenumber", number(script.line)),
            ("columnnumber", number(script.column)),
            ("code", script.code.clone()),
            ("logFileLineNumber", number(script.log_line)),
        ];
        let place = place
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        Self {
            kind: script.kind,
            category: Some(if script.file.is_some() {
                "Code"
            } else {
                "General"
            }),
            message: message_with_place(script),
            data: Some(IssueData {
                kind: script.kind,
                place,
            }),
        }
    }
}

fn message_with_place(script: &IssueScript) -> String {
    let Some(file) = &script.file else {
        return script.message.clone();
    };
    let position = match (script.line, script.column) {
        (Some(line), Some(column)) => format!("({line},{column})"),
        (Some(line), None) => format!("({line})"),
        _ => String::new(),
    };
    let kind = word(&script.kind);
    let code = script.code.as_deref().unwrap_or_default();
    format!("{file}{position}: {kind} {code}: {}", script.message)
}

/// An item of the list of logs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogItem {
    line_count: usize,
    created_on: Moment,
    last_changed_on: Moment,
    id: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

pub(crate) fn log_items(build: &Build, now: Moment, base: &str) -> Vec<LogItem> {
    let home = home(base);
    let numbered = build.schedule.logs.iter().zip(1..);
    let visible = numbered.filter(|(log, _)| log.created() <= now);
    let item = |(log, id): (&schedule::Log, usize)| LogItem {
        line_count: log.visible_lines(now),
        created_on: log.created(),
        last_changed_on: log.last_change(now),
        id,
        kind: "Container",
        url: format!("{home}/_apis/build/Builds/{}/logs/{id}", build.id),
    };
    visible.map(item).collect()
}
