//! What GitHub says about a pull request.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::json::{is_same_repository, text, time};

/// A pull request, from an event payload or from the REST API (GitHub Docs, "Get a pull request"):
/// both look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in the repository it was opened against.
    pub number: u64,
    /// The last commit that was pushed to it.
    pub head_sha: Option<String>,
    /// `owner/name` of the repository its branch is in; `None` when that was deleted.
    pub head_repository: Option<String>,
    /// Whether its branch is in another repository, or cannot be shown to be in this one.
    pub head_is_fork: bool,
    /// When anything was pushed to the repository its branch is in.
    pub head_pushed: Option<DateTime<Utc>>,
    /// The short name of the branch it is to be merged into.
    pub base_ref: Option<String>,
    /// The commit of that branch when the event happened.
    pub base_sha: Option<String>,
    /// Whether it has been merged.
    pub is_merged: bool,
    /// Whether it is closed, merged or not.
    pub is_closed: bool,
    /// The test merge while it is open (may be one push behind), the commit on the base branch once
    /// it is merged; `None` while GitHub has not made one or when there are conflicts.
    pub merge_commit_sha: Option<String>,
}

impl PullRequest {
    /// Reads GitHub's JSON; `repository` is `owner/name` of the repository we work for. `None`
    /// without a number.
    #[must_use]
    pub fn from_json(json: &Value, repository: Option<&str>) -> Option<Self> {
        let number = json
            .pointer("/number")?
            .as_u64()
            .filter(|&number| number > 0)?;
        let head_repository = text(json, "/head/repo/full_name");
        let is_ours = is_same_repository(head_repository.as_deref(), repository);
        Some(Self {
            number,
            head_sha: text(json, "/head/sha"),
            head_repository,
            head_is_fork: !is_ours,
            head_pushed: time(json, "/head/repo/pushed_at"),
            base_ref: text(json, "/base/ref"),
            base_sha: text(json, "/base/sha"),
            is_merged: json
                .pointer("/merged")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            is_closed: text(json, "/state").as_deref() == Some("closed"),
            merge_commit_sha: text(json, "/merge_commit_sha"),
        })
    }
}
