//! What the service sends, as far as it is needed.
//!
//! Every field may be missing and every enumeration may have values that are not known yet, so
//! nothing here fails for them. Source: the published OpenAPI documents of the Build area.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::builds::FoundRun;
use super::lenient::{each, lenient, lenient_time, null_as_default};
use super::template_text;
use crate::build::{
    Build, BuildId, BuildResult, BuildStatus, Issue, IssueKind, LogId, LogLine, Record, RecordId,
    RecordKind, RecordResult, RecordState, RunPage, Validation,
};

/// `{"count": n, "value": […]}`, around every list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(super) struct WireList<T> {
    #[serde(default, deserialize_with = "each")]
    pub(super) value: Vec<T>,
}

/// `Build`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireBuild {
    pub(super) id: u64,
    build_number: Option<String>,
    status: Option<String>,
    result: Option<String>,
    definition: Option<WireDefinition>,
    source_branch: Option<String>,
    source_version: Option<String>,
    #[serde(default, deserialize_with = "lenient_time")]
    queue_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient_time")]
    start_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient_time")]
    finish_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient")]
    queue_position: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    last_changed_by: Option<WireIdentityRef>,
    #[serde(default, deserialize_with = "lenient")]
    orchestration_plan: Option<WirePlan>,
    #[serde(default, deserialize_with = "lenient")]
    requested_for: Option<WireIdentityRef>,
    parameters: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    template_parameters: Map<String, Value>,
    #[serde(default, deserialize_with = "each")]
    pub(super) tags: Vec<String>,
    #[serde(default, deserialize_with = "each")]
    validation_results: Vec<WireValidation>,
    pub(super) repository: Option<WireRepository>,
}

/// `TaskOrchestrationPlanReference`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePlan {
    plan_id: Option<String>,
}

/// `IdentityRef`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireIdentityRef {
    id: Option<String>,
    display_name: Option<String>,
}

/// `BuildRequestValidationResult`.
#[derive(Debug, Deserialize)]
pub(super) struct WireValidation {
    result: Option<String>,
    message: Option<String>,
}

/// `BuildDefinition` and its references.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireDefinition {
    pub(super) id: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) path: Option<String>,
    pub(super) queue_status: Option<String>,
    pub(super) repository: Option<WireRepository>,
    #[serde(default)]
    pub(super) process: Value,
    /// By name; what is told of each is open to new ways.
    #[serde(default, deserialize_with = "null_as_default")]
    pub(super) variables: Map<String, Value>,
}

/// `BuildRepository`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireRepository {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) url: Option<String>,
}

/// `Timeline`.
#[derive(Debug, Deserialize)]
pub(super) struct WireTimeline {
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "each")]
    pub(super) records: Vec<WireRecord>,
}

/// `TimelineRecord`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireRecord {
    id: String,
    parent_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    identifier: Option<String>,
    ref_name: Option<String>,
    state: Option<String>,
    result: Option<String>,
    #[serde(default, deserialize_with = "lenient_time")]
    start_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient_time")]
    finish_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient")]
    order: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    attempt: Option<u32>,
    #[serde(default, deserialize_with = "each")]
    previous_attempts: Vec<WireAttempt>,
    #[serde(default, deserialize_with = "lenient")]
    log: Option<WireLog>,
    #[serde(default, deserialize_with = "each")]
    issues: Vec<WireIssue>,
}

/// `TimelineAttempt`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttempt {
    timeline_id: Option<String>,
}

/// `BuildLog` and `BuildLogReference`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireLog {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) line_count: Option<u64>,
}

/// `Issue`.
#[derive(Debug, Deserialize)]
struct WireIssue {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    data: Option<Map<String, Value>>,
}

/// The body of an error answer; two shapes exist.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireError {
    #[serde(alias = "Message")]
    pub(super) message: Option<String>,
    pub(super) type_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) custom_properties: Option<WireCustomProperties>,
    pub(super) value: Option<Box<WireError>>,
}

/// Where a refused queue request says why.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireCustomProperties {
    #[serde(rename = "ValidationResults", deserialize_with = "each")]
    pub(super) validation_results: Vec<WireValidation>,
}

impl WireBuild {
    /// The run with what tells it from others.
    pub(super) fn into_found(mut self, page: RunPage) -> FoundRun {
        FoundRun {
            pipeline: self
                .definition
                .as_ref()
                .and_then(|definition| definition.id),
            tags: std::mem::take(&mut self.tags),
            requested_for: self.requested_for.take().and_then(|identity| identity.id),
            variables: self.parameters.take(),
            template_parameters: Some(
                std::mem::take(&mut self.template_parameters)
                    .into_iter()
                    .map(|(name, value)| (name, template_text(&value)))
                    .collect(),
            ),
            build: self.into_build(page),
        }
    }

    /// The run, which a person looks at on `page`. The page that the service names is not used: it
    /// could be anywhere.
    pub(super) fn into_build(self, page: RunPage) -> Build {
        let wire = self;
        Build {
            id: BuildId(wire.id),
            number: wire.build_number.unwrap_or_else(|| wire.id.to_string()),
            status: wire.status.map_or(BuildStatus::NotStarted, build_status),
            result: wire.result.and_then(build_result),
            pipeline: wire
                .definition
                .and_then(|definition| definition.name)
                .unwrap_or_default(),
            source_branch: wire.source_branch,
            source_version: wire.source_version,
            queued: wire.queue_time,
            started: wire.start_time,
            finished: wire.finish_time,
            queue_position: wire.queue_position,
            last_changed_by: wire
                .last_changed_by
                .and_then(|identity| identity.display_name),
            plan: wire.orchestration_plan.and_then(|plan| plan.plan_id),
            validation: wire
                .validation_results
                .into_iter()
                .filter_map(WireValidation::known)
                .collect(),
            page,
        }
    }
}

impl WireValidation {
    /// The message, unless it says that all is well.
    pub(super) fn known(self) -> Option<Validation> {
        let result = self.result.unwrap_or_default();
        (!result.eq_ignore_ascii_case("ok")).then(|| Validation {
            is_error: !result.eq_ignore_ascii_case("warning"),
            message: without_marker(self.message),
        })
    }
}

impl From<WireRecord> for Record {
    fn from(wire: WireRecord) -> Self {
        Self {
            id: RecordId(wire.id),
            parent: wire.parent_id.map(RecordId),
            kind: record_kind(wire.kind.unwrap_or_default()),
            name: wire.name.unwrap_or_default(),
            identifier: wire.identifier.or(wire.ref_name),
            state: wire.state.map_or(RecordState::Pending, record_state),
            result: wire.result.map(record_result),
            started: wire.start_time,
            finished: wire.finish_time,
            order: wire.order.unwrap_or_default(),
            attempt: wire.attempt.unwrap_or(1).max(1),
            earlier: wire
                .previous_attempts
                .into_iter()
                .filter_map(|attempt| attempt.timeline_id)
                .collect(),
            log: wire.log.map(|log| LogId(log.id)),
            issues: wire.issues.into_iter().map(Issue::from).collect(),
        }
    }
}

impl From<WireIssue> for Issue {
    fn from(wire: WireIssue) -> Self {
        let data = wire.data.unwrap_or_default();
        let text = |name: &str| {
            data.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .and_then(|(_, value)| value.as_str())
                .filter(|text| !text.is_empty())
        };
        let number = |name: &str| {
            text(name)
                .and_then(|text| text.parse().ok())
                .filter(|n| *n > 0)
        };
        let is_error = wire
            .kind
            .is_some_and(|kind| kind.eq_ignore_ascii_case("error"));
        Self {
            kind: if is_error {
                IssueKind::Error
            } else {
                IssueKind::Warning
            },
            message: without_marker(wire.message),
            file: text("sourcepath").map(str::to_owned),
            line: number("linenumber"),
            column: number("columnnumber"),
            log_line: number("logFileLineNumber").map(u64::from),
        }
    }
}

/// Some messages begin as lines of a log do: with `##[error]`.
fn without_marker(message: Option<String>) -> String {
    let message = message.unwrap_or_default();
    LogLine::without_timestamp(&message).text.to_owned()
}

/// Enumerations come in any case, and the service spells cancel with one *l* and with two.
fn build_status(word: String) -> BuildStatus {
    match word.to_ascii_lowercase().as_str() {
        "notstarted" | "none" => BuildStatus::NotStarted,
        "postponed" => BuildStatus::Postponed,
        "inprogress" => BuildStatus::InProgress,
        "cancelling" | "canceling" => BuildStatus::Canceling,
        "completed" => BuildStatus::Completed,
        _ => BuildStatus::Other(word),
    }
}

fn build_result(word: String) -> Option<BuildResult> {
    Some(match word.to_ascii_lowercase().as_str() {
        "none" => return None,
        "succeeded" => BuildResult::Succeeded,
        "partiallysucceeded" => BuildResult::PartiallySucceeded,
        "failed" => BuildResult::Failed,
        "canceled" | "cancelled" => BuildResult::Canceled,
        _ => BuildResult::Other(word),
    })
}

fn record_kind(word: String) -> RecordKind {
    match word.as_str() {
        "Stage" => RecordKind::Stage,
        "Phase" => RecordKind::Phase,
        "Job" => RecordKind::Job,
        "Task" => RecordKind::Task,
        "Checkpoint" => RecordKind::Checkpoint,
        _ => match word.strip_prefix("Checkpoint.") {
            Some(check) => RecordKind::Check(check.to_owned()),
            None => RecordKind::Other(word),
        },
    }
}

fn record_state(word: String) -> RecordState {
    match word.to_ascii_lowercase().as_str() {
        "pending" => RecordState::Pending,
        "inprogress" => RecordState::InProgress,
        "completed" => RecordState::Completed,
        _ => RecordState::Other(word),
    }
}

fn record_result(word: String) -> RecordResult {
    match word.to_ascii_lowercase().as_str() {
        "succeeded" => RecordResult::Succeeded,
        "succeededwithissues" => RecordResult::SucceededWithIssues,
        "failed" => RecordResult::Failed,
        "canceled" | "cancelled" => RecordResult::Canceled,
        "skipped" => RecordResult::Skipped,
        "abandoned" => RecordResult::Abandoned,
        _ => RecordResult::Other(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_survive() {
        let build: WireBuild = serde_json::from_str(
            r#"{"id":1,"status":"hibernating","result":"meh","startTime":"whenever","queueTime":"2026-03-02T08:27:00.1234567"}"#,
        )
        .expect("lenient");
        let build = build.into_build(RunPage::new(crate::untrusted::Link::literal("")));
        assert_eq!(build.status, BuildStatus::Other("hibernating".into()));
        assert_eq!(build.result, Some(BuildResult::Other("meh".into())));
        assert_eq!(build.started, None);
        assert!(build.queued.is_some());
    }

    #[test]
    fn a_record_may_lack_nearly_everything() {
        let timeline: WireTimeline = serde_json::from_str(
            r#"{"records":[{"id":"a","type":"Checkpoint.Approval","state":"inProgress","issues":null,"log":null,
                "lastModified":"0001-01-01T00:00:00"},{"id":"b","issues":[{"type":"error","message":"\u0023#[error]e","data":null},
                {"type":"warning","message":"w","data":{"linenumber":"-3","columnnumber":"4","sourcepath":""}}]}]}"#,
        )
        .expect("lenient");
        let records: Vec<Record> = timeline.records.into_iter().map(Record::from).collect();
        assert_eq!(records[0].kind, RecordKind::Check("Approval".into()));
        assert_eq!(records[1].issues[0].kind, IssueKind::Error);
        assert_eq!(records[1].issues[0].message, "e");
        assert_eq!(records[1].issues[1].line, None);
        assert_eq!(records[1].issues[1].column, Some(4));
        assert_eq!(records[1].issues[1].file, None);
        let none: WireTimeline = serde_json::from_str(r#"{"records":null}"#).expect("lenient");
        assert!(none.records.is_empty());
    }

    #[test]
    fn what_is_wrong_in_one_record_costs_no_other() {
        let timeline: WireTimeline = serde_json::from_str(
            r#"{"records":[null,5,"x",[],{},{"id":7},{"id":"a","attempt":-1,"order":1.5,"log":[],"startTime":5,
                "issues":[null,{"message":"m","data":"x"}],"previousAttempts":5},{"id":"b","attempt":99999999999999999999,
                "order":-9223372036854775809,"log":{"id":-1},"issues":{}},{"id":"c","order":-3,"attempt":2,
                "log":{"id":4,"lineCount":-1}}]}"#,
        )
        .expect("lenient");
        let records: Vec<Record> = timeline.records.into_iter().map(Record::from).collect();
        let ids: Vec<&str> = records.iter().map(|record| record.id.0.as_str()).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert!(
            records[..2]
                .iter()
                .all(|record| record.attempt == 1 && record.order == 0 && record.log.is_none())
        );
        assert_eq!(records[0].issues.len(), 1);
        assert_eq!((records[2].attempt, records[2].order), (2, -3));
        assert_eq!(records[2].log, Some(LogId(4)));
    }

    #[test]
    fn both_spellings_of_cancel_are_one() {
        for word in ["cancelling", "canceling", "Cancelling"] {
            assert_eq!(build_status(word.into()), BuildStatus::Canceling);
        }
    }
}
