//! Pull requests: `GET /repos/{owner}/{repo}/pulls/{number}`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::people::user;
use crate::ids;

/// One pull request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PullRequest {
    #[serde(default = "demo_repository")]
    repository: String,
    number: u64,
    #[serde(default = "title")]
    title: String,
    #[serde(default = "open")]
    state: String,
    #[serde(default)]
    merged: bool,
    #[serde(default)]
    draft: bool,
    merge_commit_sha: Option<String>,
    #[serde(default = "octocat")]
    user: String,
    head_ref: String,
    head_sha: Option<String>,
    /// Another repository than `repository` makes it a pull request from a fork.
    head_repository: Option<String>,
    /// When something was pushed to that repository last.
    #[serde(default = "long_ago")]
    head_pushed_at: String,
    #[serde(default = "main_branch")]
    base_ref: String,
    base_sha: Option<String>,
}

fn demo_repository() -> String {
    "octo/demo".to_owned()
}

fn title() -> String {
    "Improve the demo".to_owned()
}

fn open() -> String {
    "open".to_owned()
}

fn octocat() -> String {
    "octocat".to_owned()
}

fn long_ago() -> String {
    "2026-03-01T09:59:00Z".to_owned()
}

fn main_branch() -> String {
    "main".to_owned()
}

impl PullRequest {
    /// Whether it is the one with this number.
    pub(super) fn is_at(&self, repository: &str, number: &str) -> bool {
        self.repository.eq_ignore_ascii_case(repository) && self.number.to_string() == number
    }

    pub(super) fn json(&self) -> Value {
        let address = format!(
            "https://api.github.com/repos/{}/pulls/{}",
            self.repository, self.number
        );
        let page = format!(
            "https://github.com/{}/pull/{}",
            self.repository, self.number
        );
        let head_repository = self.head_repository.as_ref().unwrap_or(&self.repository);
        let head_sha = self
            .head_sha
            .clone()
            .unwrap_or_else(|| ids::commit(&format!("head/{page}")));
        let base_sha = self
            .base_sha
            .clone()
            .unwrap_or_else(|| ids::commit(&format!("base/{page}")));
        let merge = self
            .merge_commit_sha
            .clone()
            .unwrap_or_else(|| ids::commit(&format!("merge/{page}")));
        json!({
            "url": address,
            "id": 1_000_000 + self.number,
            "node_id": format!("PR_simulated{}", self.number),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "issue_url": format!("https://api.github.com/repos/{}/issues/{}", self.repository, self.number),
            "number": self.number,
            "state": self.state,
            "locked": false,
            "title": self.title,
            "user": user(&self.user),
            "body": null,
            "created_at": "2026-03-01T10:00:00Z",
            "updated_at": "2026-03-02T08:00:00Z",
            "closed_at": null,
            "merged_at": if self.merged { json!("2026-03-02T08:00:00Z") } else { Value::Null },
            "merge_commit_sha": merge,
            "assignee": null,
            "labels": [],
            "draft": self.draft,
            "head": side(
                (&self.head_ref, &head_sha),
                (head_repository, &self.head_pushed_at),
                head_repository != &self.repository,
            ),
            "base": side((&self.base_ref, &base_sha), (&self.repository, &long_ago()), false),
            "author_association": "CONTRIBUTOR",
            "auto_merge": null,
            "merged": self.merged,
            "mergeable": if self.merged { Value::Null } else { json!(true) },
            "mergeable_state": "clean",
            "merged_by": null,
            "comments": 0,
            "review_comments": 0,
            "maintainer_can_modify": false,
            "commits": 1,
            "additions": 1,
            "deletions": 0,
            "changed_files": 1,
        })
    }
}

fn side((branch, sha): (&str, &str), (repository, pushed_at): (&str, &str), fork: bool) -> Value {
    let (owner, name) = repository.split_once('/').unwrap_or(("octo", repository));
    json!({
        "label": format!("{owner}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": user(owner),
        "repo": {
            "id": ids::hash(repository, 0) % 1_000_000_000,
            "node_id": format!("R_{name}"),
            "name": name,
            "full_name": repository,
            "private": false,
            "owner": user(owner),
            "html_url": format!("https://github.com/{repository}"),
            "description": null,
            "fork": fork,
            "created_at": "2025-01-02T03:04:05Z",
            "updated_at": pushed_at,
            "pushed_at": pushed_at,
            "url": format!("https://api.github.com/repos/{repository}"),
            "default_branch": "main",
        },
    })
}
