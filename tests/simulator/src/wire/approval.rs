//! An approval (docs: "Approvals - Query"). Its id is that of the check's record.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::build::build_number;
use super::home;
use super::identity::{USER_ACCOUNT, USER_DESCRIPTOR, USER_ID, USER_NAME};
use crate::clock::Moment;
use crate::schedule::{Decision, Record, RecordResult, RecordState};
use crate::version::ApiVersion;
use crate::world::{Build, World};

/// How an approval stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ApprovalStatus {
    Pending,
    Approved,
    Rejected,
    Canceled,
    TimedOut,
}

impl ApprovalStatus {
    fn of(record: &Record, now: Moment) -> Self {
        if record.state(now) != RecordState::Completed {
            return Self::Pending;
        }
        match record.result {
            RecordResult::Succeeded | RecordResult::SucceededWithIssues => Self::Approved,
            RecordResult::Skipped => Self::TimedOut,
            RecordResult::Canceled | RecordResult::Abandoned => Self::Canceled,
            RecordResult::Failed => Self::Rejected,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    pub(crate) id: String,
    steps: Vec<Value>,
    pub(crate) status: ApprovalStatus,
    created_on: Moment,
    last_modified_on: Moment,
    execution_order: &'static str,
    min_required_approvers: u32,
    blocked_approvers: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<Value>,
    #[serde(rename = "_links")]
    links: Value,
}

/// All approvals of all builds.
pub(crate) fn approvals(
    world: &World,
    base: &str,
    version: &ApiVersion,
    with_steps: bool,
) -> Vec<Approval> {
    let home = &home(base);
    let mut found = Vec::new();
    for build in world.builds() {
        let records = build.schedule.all_records();
        let is_approval = |record: &&Record| {
            record.kind == "Checkpoint.Approval" && record.appears <= world.now()
        };
        for record in records.filter(is_approval) {
            let mut approval = Approval::new(world, build, record, home, with_steps);
            approval.pipeline = version
                .is_at_least(7, 2)
                .then(|| pipeline(world, build, home));
            found.push(approval);
        }
    }
    found
}

impl Approval {
    fn new(world: &World, build: &Build, record: &Record, home: &str, with_steps: bool) -> Self {
        let now = world.now();
        let status = ApprovalStatus::of(record, now);
        let changed = Some(record.finish).filter(|finish| *finish <= now);
        let decision = build.decision(&record.id);
        Self {
            id: record.id.clone(),
            steps: if with_steps {
                vec![step(record, status, decision, now)]
            } else {
                Vec::new()
            },
            status,
            created_on: record.appears,
            last_modified_on: changed.unwrap_or(record.appears),
            execution_order: "anyOrder",
            min_required_approvers: 1,
            blocked_approvers: [],
            pipeline: None,
            links: json!({"self": {"href": format!("{home}/_apis/pipelines/approvals/{}", record.id)}}),
        }
    }
}

fn step(
    record: &Record,
    status: ApprovalStatus,
    decision: Option<&Decision>,
    now: Moment,
) -> Value {
    let user = json!({
        "displayName": USER_NAME,
        "id": USER_ID,
        "uniqueName": USER_ACCOUNT,
        "descriptor": USER_DESCRIPTOR,
    });
    let mut step = json!({
        "assignedApprover": user,
        "status": status,
        "lastModifiedOn": record.finish.min(now).max(record.appears),
        "order": 1,
        "lastModifiedBy": user,
        "initiatedOn": record.appears,
        "history": [],
    });
    if let Some(decision) = decision {
        step["actualApprover"] = user;
        step["comment"] = json!(decision.comment);
    }
    step
}

/// Which run waits; newer than the released version.
fn pipeline(world: &World, build: &Build, home: &str) -> Value {
    let pipeline = world.pipeline_of(build);
    json!({
        "owner": {
            "_links": {
                "web": {"href": format!("{home}/_build/results?buildId={}", build.id)},
                "self": {"href": format!("{home}/_apis/build/Builds/{}", build.id)},
            },
            "id": build.id,
            "name": build_number(world, build),
        },
        "id": pipeline.id.to_string(),
        "name": pipeline.name,
    })
}
