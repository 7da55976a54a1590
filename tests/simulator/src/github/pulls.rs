//! Pull requests: `GET /repos/{owner}/{repo}/pulls/{number}`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::people::user;
use super::{DEMO, address};
use crate::ids;

/// When something was pushed to a repository, unless the scenario says otherwise.
const LONG_AGO: &str = "2026-03-01T09:59:00Z";

/// One pull request, open, to the branch `main` of `octo/demo`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PullRequest {
    number: u64,
    head_ref: String,
    head_sha: Option<String>,
    /// Another repository than `octo/demo` makes it a pull request from a fork.
    head_repository: Option<String>,
    /// When something was pushed to that repository last.
    #[serde(default = "long_ago")]
    head_pushed_at: String,
}

fn long_ago() -> String {
    LONG_AGO.to_owned()
}

impl PullRequest {
    /// Whether it is the one with this number.
    pub(super) fn is_at(&self, repository: &str, number: &str) -> bool {
        DEMO.eq_ignore_ascii_case(repository) && self.number.to_string() == number
    }

    pub(super) fn json(&self) -> Value {
        let number = self.number;
        let page = self.page();
        let mut json = json!({
            "id": 1_000_000 + number,
            "node_id": format!("PR_simulated{number}"),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "milestone": null,
            "number": number,
            "state": "open",
            "locked": false,
            "title": "Improve the demo",
            "user": user("octocat"),
            "body": null,
            "created_at": "2026-03-01T10:00:00Z",
            "updated_at": "2026-03-02T08:00:00Z",
            "closed_at": null,
            "merged_at": null,
            "merge_commit_sha": ids::commit(&format!("merge/{page}")),
            "assignee": null,
            "labels": [],
            "draft": false,
            "head": Side {
                branch: &self.head_ref,
                sha: &self.head_sha(),
                repository: self.head_repository.as_deref().unwrap_or(DEMO),
                pushed_at: &self.head_pushed_at,
            }.json(),
            "base": Side {
                branch: "main",
                sha: &ids::commit(&format!("base/{page}")),
                repository: DEMO,
                pushed_at: LONG_AGO,
            }.json(),
            "author_association": "CONTRIBUTOR",
            "auto_merge": null,
            "merged": false,
            "mergeable": true,
            "mergeable_state": "clean",
            "merged_by": null,
            "maintainer_can_modify": false,
        });
        self.add_links(&mut json);
        for (what, count) in COUNTS {
            json[what] = count.into();
        }
        json
    }

    fn page(&self) -> String {
        format!("https://github.com/{DEMO}/pull/{}", self.number)
    }

    fn head_sha(&self) -> String {
        let made_up = || ids::commit(&format!("head/{}", self.page()));
        self.head_sha.clone().unwrap_or_else(made_up)
    }

    /// Where the API tells what of it, twice: as `NAME_url` and below `_links`.
    fn add_links(&self, json: &mut Value) {
        let url = address(DEMO, &format!("pulls/{}", self.number));
        let issue = address(DEMO, &format!("issues/{}", self.number));
        json["url"] = url.as_str().into();
        json["issue_url"] = issue.as_str().into();
        json["_links"] = json!({
            "self": {"href": url},
            "html": {"href": self.page()},
            "issue": {"href": issue},
        });
        let links = [
            ("comments", format!("{issue}/comments")),
            ("commits", format!("{url}/commits")),
            ("review_comments", format!("{url}/comments")),
            ("review_comment", address(DEMO, "pulls/comments{/number}")),
            (
                "statuses",
                address(DEMO, &format!("statuses/{}", self.head_sha())),
            ),
        ];
        for (name, href) in links {
            json[format!("{name}_url")] = href.as_str().into();
            json["_links"][name] = json!({"href": href});
        }
    }
}

/// How much of what a pull request has.
const COUNTS: [(&str, u32); 6] = [
    ("comments", 0),
    ("review_comments", 0),
    ("commits", 1),
    ("additions", 1),
    ("deletions", 0),
    ("changed_files", 1),
];

/// What is to be merged, or what it is to be merged into.
struct Side<'a> {
    branch: &'a str,
    sha: &'a str,
    repository: &'a str,
    pushed_at: &'a str,
}

impl Side<'_> {
    fn json(&self) -> Value {
        let Self { branch, sha, .. } = self;
        let owner = self.repository.split('/').next().unwrap_or_default();
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": user(owner),
            "repo": repository(self.repository, self.pushed_at),
        })
    }
}

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

fn repository(full_name: &str, pushed_at: &str) -> Value {
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
        "fork": full_name != DEMO,
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
