//! An agent queue of a project (docs: "Queues - Get Agent Queues"), and a run's reference to one.

use serde::Serialize;

use super::{HOSTED_POOL, ORGANIZATION_ID, Pool};
use crate::script::Scenario;

/// In the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queue {
    id: u32,
    project_id: String,
    name: String,
    pool: PoolOfQueue,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolOfQueue {
    id: u32,
    scope: &'static str,
    name: String,
    is_hosted: bool,
    pool_type: &'static str,
    size: u32,
    is_legacy: bool,
    options: &'static str,
}

impl Queue {
    pub(crate) fn new(scenario: &Scenario, id: u32, name: &str) -> Self {
        Self {
            id,
            project_id: scenario.project_id.clone(),
            name: name.to_owned(),
            pool: PoolOfQueue {
                id: HOSTED_POOL.id,
                scope: ORGANIZATION_ID,
                name: name.to_owned(),
                is_hosted: id == super::QUEUE_ID,
                pool_type: "automation",
                size: 1,
                is_legacy: false,
                options: "none",
            },
        }
    }
}

/// Within a build.
#[derive(Debug, Serialize)]
pub(super) struct QueueReference {
    id: u32,
    name: String,
    pool: Pool,
}

impl QueueReference {
    pub(super) fn new(id: u32, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            pool: HOSTED_POOL,
        }
    }
}
