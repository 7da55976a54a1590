//! An agent queue of a project (docs: "Queues - Get Agent Queues"), and a run's reference to one.

use serde::Serialize;

use super::ORGANIZATION_ID;
use super::project::PROJECT_ID;

/// The agent queue that every run has by itself.
pub(crate) const QUEUE_ID: u32 = 72;
pub(crate) const QUEUE_NAME: &str = "Azure Pipelines";

/// In the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queue {
    id: u32,
    project_id: &'static str,
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
    pub(crate) fn new(id: u32, name: &str) -> Self {
        Self {
            id,
            project_id: PROJECT_ID,
            name: name.to_owned(),
            pool: PoolOfQueue {
                id: HOSTED_POOL.id,
                scope: ORGANIZATION_ID,
                name: name.to_owned(),
                is_hosted: id == QUEUE_ID,
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

/// The agent pool behind the queue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pool {
    id: u32,
    name: &'static str,
    is_hosted: bool,
}

pub(super) const HOSTED_POOL: Pool = Pool {
    id: 9,
    name: QUEUE_NAME,
    is_hosted: true,
};
