//! Pull requests: `GET /repos/{owner}/{repo}/pulls/{number}`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::people::user;
use crate::ids;

/// Where the API tells what of a repository: `NAME_url`, below the repository's own address.
const URLS: [(&str, &str); 36] = [
    ("archive", "{archive_format}{/ref}"),
    ("assignees", "assignees{/user}"),
    ("blobs", "git/blobs{/sha}"),
    ("branches", "branches{/branch}"),
    ("collaborators", "collaborators{/collaborator}"),
    ("comments", "comments{/number}"),
    ("commits", "commits{/sha}"),
    ("compare", "compare/{base}...{head}"),
    ("contents", "contents/{+path}"),
    ("contributors", "contributors"),
    ("deployments", "deployments"),
    ("downloads", "downloads"),
    ("events", "events"),
    ("forks", "forks"),
    ("git_commits", "git/commits{/sha}"),
    ("git_refs", "git/refs{/sha}"),
    ("git_tags", "git/tags{/sha}"),
    ("hooks", "hooks"),
    ("issue_comment", "issues/comments{/number}"),
    ("issue_events", "issues/events{/number}"),
    ("issues", "issues{/number}"),
    ("keys", "keys{/key_id}"),
    ("labels", "labels{/name}"),
    ("languages", "languages"),
    ("merges", "merges"),
    ("milestones", "milestones{/number}"),
    ("notifications", "notifications{?since,all,participating}"),
    ("pulls", "pulls{/number}"),
    ("releases", "releases{/id}"),
    ("stargazers", "stargazers"),
    ("statuses", "statuses/{sha}"),
    ("subscribers", "subscribers"),
    ("subscription", "subscription"),
    ("tags", "tags"),
    ("teams", "teams"),
    ("trees", "git/trees{/sha}"),
];

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
        let repository = format!("https://api.github.com/repos/{}", self.repository);
        let issue = format!("{repository}/issues/{}", self.number);
        let links = [
            ("comments", format!("{issue}/comments")),
            ("commits", format!("{address}/commits")),
            ("review_comments", format!("{address}/comments")),
            (
                "review_comment",
                format!("{repository}/pulls/comments{{/number}}"),
            ),
            ("statuses", format!("{repository}/statuses/{head_sha}")),
        ];
        let mut json = json!({
            "url": address,
            "id": 1_000_000 + self.number,
            "node_id": format!("PR_simulated{}", self.number),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "issue_url": issue,
            "milestone": null,
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
            "maintainer_can_modify": false,
        });
        let counts = [
            ("comments", 0),
            ("review_comments", 0),
            ("commits", 1),
            ("additions", 1),
            ("deletions", 0),
            ("changed_files", 1),
        ];
        for (what, count) in counts {
            json[what] = count.into();
        }
        json["_links"] = json!({
            "self": {"href": address},
            "html": {"href": page},
            "issue": {"href": issue},
        });
        for (name, href) in links {
            json[format!("{name}_url")] = href.as_str().into();
            json["_links"][name] = json!({"href": href});
        }
        json
    }
}

fn side((branch, sha): (&str, &str), (name, pushed_at): (&str, &str), fork: bool) -> Value {
    let owner = name.split_once('/').map_or("octo", |(owner, _)| owner);
    json!({
        "label": format!("{owner}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": user(owner),
        "repo": repository(name, pushed_at, fork),
    })
}

fn repository(full_name: &str, pushed_at: &str, fork: bool) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap_or(("octo", full_name));
    let url = format!("https://api.github.com/repos/{full_name}");
    let page = format!("https://github.com/{full_name}");
    let mut json = json!({
        "id": ids::hash(full_name, 0) % 1_000_000_000,
        "node_id": format!("R_{name}"),
        "name": name,
        "full_name": full_name,
        "private": false,
        "owner": user(owner),
        "html_url": page,
        "description": null,
        "fork": fork,
        "created_at": "2025-01-02T03:04:05Z",
        "updated_at": pushed_at,
        "pushed_at": pushed_at,
        "url": url,
        "default_branch": "main",
        "clone_url": format!("{page}.git"),
        "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "archived": false,
        "disabled": false,
    });
    for (name, rest) in URLS {
        json[format!("{name}_url")] = format!("{url}/{rest}").into();
    }
    for what in ["downloads", "issues", "pages", "projects", "wiki"] {
        json[format!("has_{what}")] = true.into();
    }
    for what in [
        "forks",
        "forks_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "watchers",
        "watchers_count",
    ] {
        json[what] = 0.into();
    }
    json
}
