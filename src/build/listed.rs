//! A run as it stands in a table.

use chrono::{DateTime, Utc};

use super::{BuildId, RunPage};

/// What a table says of a run, in the service's own words.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedRun {
    /// Its id.
    pub id: BuildId,
    /// Its name.
    pub number: String,
    /// Where it is in its life.
    pub status: String,
    /// How it ended; nothing before.
    pub result: Option<String>,
    /// The id of its pipeline.
    pub pipeline_id: Option<u64>,
    /// The name of its pipeline.
    pub pipeline: String,
    /// The ref that is built.
    pub source_branch: Option<String>,
    /// Why it was queued.
    pub reason: String,
    /// When it was put into the queue, where the service says it.
    pub queued: Option<DateTime<Utc>>,
    /// When it started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// Where a person looks at it.
    pub page: RunPage,
}
