//! Timelines: every record, and agents that were lost.

use std::collections::{BTreeMap, BTreeSet};

use run_azure_pipeline::build::{
    BuildResult, Issue, IssueKind, JobRecords, Mishap, Record, RecordId, RecordResult, Timeline,
};
use run_azure_pipeline::outcome::{Cause, Failure};
use serde_json::Value;

use super::{build, same_time, timeline};
use crate::support::{documents, interactions, tell};

#[test]
fn timelines_are_read_as_recorded() {
    let documents = documents();
    let (mut answers, mut records) = (0, 0);
    for (name, interaction) in interactions(&documents.recordings()) {
        if !interaction.route().contains("/timeline/") {
            continue;
        }
        answers += 1;
        let raw = interaction.body["records"].as_array().expect("records");
        let raw: BTreeMap<&str, &Value> = raw
            .iter()
            .map(|raw| (raw["id"].as_str().expect("an id"), raw))
            .collect();
        let timeline = timeline(interaction);
        let read = reachable(&timeline);
        let expected: BTreeSet<&str> = raw
            .keys()
            .copied()
            .filter(|id| is_below_a_stage(id, &raw))
            .collect();
        let found: BTreeSet<&str> = read.iter().map(|record| record.id.0.as_str()).collect();
        assert_eq!(found, expected, "{name}");
        if name.starts_with("timeline-full") {
            assert_eq!(
                (found.len(), raw.len()),
                (2750, 2750),
                "the tree holds every record"
            );
        }
        for record in read {
            same_record(name, record, raw[record.id.0.as_str()]);
            records += 1;
        }
    }
    assert!(answers >= 8, "{answers}");
    tell(&format!(
        "{answers} recorded timelines replayed ({records} records)"
    ));
}

#[test]
fn lost_agents_are_known_in_recorded_timelines() {
    let documents = documents();
    let mut lost = 0;
    for interaction in &documents.recording("timeline-agent-lost").interactions {
        let timeline = timeline(interaction);
        let (known, others): (Vec<_>, Vec<_>) = timeline
            .jobs()
            .into_iter()
            .filter(JobRecords::has_failed)
            .partition(|job| job.mishap() == Some(Mishap::AgentLost));
        assert!(!known.is_empty(), "{}", interaction.path);
        lost += known.len();
        // Where another job failed of its own, that has to be mended first.
        let failure = Failure::of(&build(Some(BuildResult::Failed)), &timeline);
        assert_eq!(failure.is_infrastructure, others.is_empty());
        assert_eq!(
            matches!(failure.cause, Cause::AgentLost(_)),
            others.is_empty(),
            "{failure:?}"
        );
    }
    tell(&format!(
        "{lost} recorded jobs are known to have lost their agents"
    ));
}

/// Every record of the tree, from its stages down, and jobs that stand alone.
fn reachable(timeline: &Timeline) -> Vec<&Record> {
    let mut found = Vec::new();
    let mut open: Vec<&Record> = timeline.stages().collect();
    while let Some(record) = open.pop() {
        found.push(record);
        open.extend(timeline.children(record));
    }
    found
}

fn is_below_a_stage(id: &str, raw: &BTreeMap<&str, &Value>) -> bool {
    let Some(record) = raw.get(id) else {
        return false;
    };
    match record["parentId"].as_str() {
        Some(parent) => is_below_a_stage(parent, raw),
        None => record["type"] == "Stage",
    }
}

fn same_record(name: &str, read: &Record, raw: &Value) {
    let text = |key: &str| raw[key].as_str();
    let context = &format!("{name} {}", read.id.0);
    let parent = text("parentId").map(|id| RecordId(id.to_owned()));
    assert_eq!(read.parent, parent, "{context}");
    assert_eq!(Some(read.name.as_str()), text("name"), "{context}");
    assert_eq!(Some(read.state.as_str()), text("state"), "{context}");
    let result = read.result.as_ref().map(RecordResult::as_str);
    assert_eq!(result, text("result"), "{context}");
    let attempt = Some(u64::from(read.attempt));
    assert_eq!(attempt, raw["attempt"].as_u64(), "{context}");
    let log = read.log.map(|log| log.0);
    assert_eq!(log, raw["log"]["id"].as_u64(), "{context}");
    let order = raw["order"].as_i64().unwrap_or_default();
    assert_eq!(read.order, order, "{context}");
    let identifier = text("identifier").or(text("refName"));
    assert_eq!(read.identifier.as_deref(), identifier, "{context}");
    let issues = raw["issues"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(read.issues.len(), issues.len(), "{context}");
    for (read, raw) in read.issues.iter().zip(issues) {
        same_issue(context, read, raw);
    }
    same_time(context, read.started, raw, "startTime");
    same_time(context, read.finished, raw, "finishTime");
}

fn same_issue(context: &str, read: &Issue, raw: &Value) {
    let is_error = read.kind == IssueKind::Error;
    assert_eq!(is_error, raw["type"] == "error", "{context}");
    let message = Some(read.message.as_str());
    assert_eq!(message, raw["message"].as_str(), "{context}");
    let line = raw["data"]["logFileLineNumber"].as_str();
    let line = line.and_then(|line| line.parse().ok());
    assert_eq!(read.log_line, line, "{context}");
}
