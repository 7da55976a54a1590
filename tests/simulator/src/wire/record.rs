//! A record of the timeline.

use serde::Serialize;

use super::issue::{Issue, count, kept_issues};
use crate::clock::Moment;
use crate::schedule::{self, Previous, RecordResult, RecordState, Schedule};
use crate::script::task::IssueKind;

/// Unlike a build, a record writes its nulls; only `issues`, `order` and `queueId` are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    previous_attempts: Vec<Previous>,
    pub(super) id: String,
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
    pub(super) fn new(
        schedule: &Schedule,
        record: &schedule::Record,
        now: Moment,
        logs: &str,
    ) -> Self {
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
