//! What GitHub says about the workflow run: the `GITHUB_*` variables and the event payload.
//!
//! Names: GitHub Docs, "Variables reference" and "Webhook events and payloads". Payloads are read
//! leniently: a field that is missing or of another type than expected is `None`.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Why the facts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The event file is named but cannot be read.
    #[error("GITHUB_EVENT_PATH names {path:?}, which could not be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The event file is not JSON.
    #[error("GITHUB_EVENT_PATH names {path:?}, which is not JSON: {source}")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
}

/// The facts. A variable that is unset or empty is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// `GITHUB_EVENT_NAME`, such as `pull_request`.
    pub event_name: Option<String>,
    /// `GITHUB_REF`: the full ref a checkout would give.
    pub ref_: Option<String>,
    /// `GITHUB_SHA`: the commit a checkout would give.
    pub sha: Option<String>,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: Option<String>,
    /// `GITHUB_SERVER_URL`, such as `https://github.com`.
    pub server_url: Option<String>,
    /// `GITHUB_API_URL`, such as `https://api.github.com`.
    pub api_url: Option<String>,
    /// `GITHUB_RUN_ID`: the workflow run, the same each time it is run again.
    pub run_id: Option<String>,
    /// `GITHUB_RUN_ATTEMPT`: 1, and one more each time it is run again.
    pub run_attempt: u32,
    /// `GITHUB_JOB`: the workflow job's key, the same for all legs of a matrix.
    pub job: Option<String>,
    /// `GITHUB_ACTION`: the step, unique within its job.
    pub action: Option<String>,
    /// `GITHUB_OUTPUT`: the file for outputs.
    pub output_file: Option<PathBuf>,
    /// `GITHUB_STATE`: the file for the post step's state.
    pub state_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: the file for the summary.
    pub summary_file: Option<PathBuf>,
    /// The event's payload; `Null` if there is none.
    pub payload: Value,
}

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

/// A comment on an issue or on a pull request, which for GitHub is an issue too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueComment {
    /// The number of the issue or pull request.
    pub number: u64,
    /// Whether it is a pull request.
    pub is_on_pull_request: bool,
    /// What its author is to the repository: `OWNER`, `MEMBER`, `COLLABORATOR`, `CONTRIBUTOR`,
    /// `NONE`, …
    pub author_association: Option<String>,
    /// Its author.
    pub author: Option<String>,
    /// What has happened to it: `created`, `edited` or `deleted`.
    pub action: Option<String>,
    /// Who did that. The payload does not tell what they are to the repository.
    pub sender: Option<String>,
    /// When it got the text that it has.
    pub written: Option<DateTime<Utc>>,
}

/// A commit that an event is about although a checkout would give another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCommit {
    /// The short name of its branch, if the payload names one.
    pub branch: Option<String>,
    /// The commit.
    pub sha: String,
    /// `owner/name` of the repository that it was pushed to, if the payload names it.
    pub repository: Option<String>,
    /// Whether the payload proves that the branch is this repository's. The branch of a fork may be
    /// called `main`.
    pub is_from_this_repository: bool,
    /// Where the payload has the commit, as a workflow would write it:
    /// `github.event.workflow_run.head_sha`.
    pub expression: &'static str,
}

impl Context {
    /// Reads the variables through `variable` and the event file through `read_file`. No event file
    /// is no error.
    pub fn from_env(
        variable: impl Fn(&str) -> Option<String>,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, ContextError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| get(name).map(PathBuf::from);
        let payload = match path("GITHUB_EVENT_PATH") {
            None => Value::Null,
            Some(path) => match read_file(&path) {
                Ok(bytes) => serde_json::from_slice(&bytes)
                    .map_err(|source| ContextError::NotJson { path, source })?,
                Err(source) => return Err(ContextError::Unreadable { path, source }),
            },
        };
        Ok(Self {
            event_name: get("GITHUB_EVENT_NAME"),
            ref_: get("GITHUB_REF"),
            sha: get("GITHUB_SHA"),
            repository: get("GITHUB_REPOSITORY"),
            server_url: get("GITHUB_SERVER_URL"),
            api_url: get("GITHUB_API_URL"),
            run_id: get("GITHUB_RUN_ID"),
            run_attempt: get("GITHUB_RUN_ATTEMPT")
                .and_then(|attempt| attempt.parse().ok())
                .unwrap_or(1),
            job: get("GITHUB_JOB"),
            action: get("GITHUB_ACTION"),
            output_file: path("GITHUB_OUTPUT"),
            state_file: path("GITHUB_STATE"),
            summary_file: path("GITHUB_STEP_SUMMARY"),
            payload,
        })
    }

    /// `owner/name` of the repository the workflow runs in, from the environment or else from the
    /// payload.
    #[must_use]
    pub fn this_repository(&self) -> Option<String> {
        self.repository
            .clone()
            .or_else(|| self.text("/repository/full_name"))
    }

    /// The payload's pull request: in all `pull_request*` events.
    #[must_use]
    pub fn pull_request(&self) -> Option<PullRequest> {
        let repository = self.this_repository();
        PullRequest::from_json(
            self.payload.pointer("/pull_request")?,
            repository.as_deref(),
        )
    }

    /// The comment of an `issue_comment` event.
    #[must_use]
    pub fn issue_comment(&self) -> Option<IssueComment> {
        if self.event_name.as_deref() != Some("issue_comment") {
            return None;
        }
        let issue = self.payload.pointer("/issue")?;
        Some(IssueComment {
            number: issue
                .pointer("/number")?
                .as_u64()
                .filter(|&number| number > 0)?,
            is_on_pull_request: issue
                .pointer("/pull_request")
                .is_some_and(|link| !link.is_null()),
            author_association: self.text("/comment/author_association"),
            author: self.text("/comment/user/login"),
            action: self.text("/action"),
            sender: self.text("/sender/login"),
            written: time(&self.payload, "/comment/updated_at")
                .or_else(|| time(&self.payload, "/comment/created_at")),
        })
    }

    /// Whether the event is the deletion of a ref by a push. GitHub then names the default branch
    /// instead.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        self.payload
            .pointer("/deleted")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// The short name of the repository's default branch.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        self.text("/repository/default_branch")
    }

    /// The commit that a `pull_request_review` was given for; the pull request may have moved on.
    #[must_use]
    pub fn reviewed_commit(&self) -> Option<String> {
        self.text("/review/commit_id")
    }

    /// The commit that the event is about, for the events that run on the default branch whatever
    /// they are about.
    #[must_use]
    pub fn other_commit(&self) -> Option<OtherCommit> {
        let repository = self.this_repository();
        let is_ours =
            |name: Option<String>| is_same_repository(name.as_deref(), repository.as_deref());
        let (expression, branch, is_from_this_repository) = match self.event_name.as_deref()? {
            "workflow_run" => (
                "github.event.workflow_run.head_sha",
                self.text("/workflow_run/head_branch"),
                is_ours(self.text("/workflow_run/head_repository/full_name")),
            ),
            // The payloads of checks do not say whose branch it is.
            "check_run" => (
                "github.event.check_run.head_sha",
                self.text("/check_run/check_suite/head_branch"),
                false,
            ),
            "check_suite" => (
                "github.event.check_suite.head_sha",
                self.text("/check_suite/head_branch"),
                false,
            ),
            "status" => {
                // Branches of this repository whose tip it is: none, one or several.
                let branch = self
                    .text("/branches/0/name")
                    .filter(|_| self.payload.pointer("/branches/1").is_none());
                let is_ours = branch.is_some();
                ("github.event.sha", branch, is_ours)
            }
            "deployment" | "deployment_status" => ("github.event.deployment.sha", None, false),
            "page_build" => ("github.event.build.commit", None, true),
            _ => return None,
        };
        let pointer = expression.strip_prefix("github.event")?.replace('.', "/");
        Some(OtherCommit {
            branch,
            sha: self.text(&pointer)?,
            repository: self.text("/workflow_run/head_repository/full_name"),
            is_from_this_repository,
            expression,
        })
    }

    fn text(&self, pointer: &str) -> Option<String> {
        text(&self.payload, pointer)
    }
}

fn text(json: &Value, pointer: &str) -> Option<String> {
    let text = json.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn time(json: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(&text(json, pointer)?).ok()?;
    Some(time.with_timezone(&Utc))
}

/// GitHub does not tell names apart by case. Two unknown repositories are not the same.
fn is_same_repository(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn context(event: &str, payload: Value) -> Context {
        Context {
            event_name: Some(event.to_owned()),
            repository: Some("octo/demo".to_owned()),
            payload,
            ..Context::default()
        }
    }

    fn read(event_path: &str, file: io::Result<Vec<u8>>) -> Result<Context, ContextError> {
        let file = std::cell::RefCell::new(Some(file));
        Context::from_env(
            |name| match name {
                "GITHUB_EVENT_PATH" => Some(event_path.to_owned()),
                "GITHUB_REF" => Some("refs/heads/main".to_owned()),
                "GITHUB_OUTPUT" => Some("/out".to_owned()),
                "GITHUB_SHA" => Some(String::new()),
                _ => None,
            },
            |path| {
                assert_eq!(path, Path::new(event_path));
                file.take().unwrap()
            },
        )
    }

    #[test]
    fn variables_and_payload() {
        let context = read("/event.json", Ok(br#"{"deleted": true}"#.to_vec())).unwrap();
        assert_eq!(context.ref_.as_deref(), Some("refs/heads/main"));
        assert_eq!(context.sha, None);
        assert_eq!(context.output_file, Some(PathBuf::from("/out")));
        assert!(context.is_deletion());
        assert_eq!(read("", Ok(Vec::new())).unwrap().payload, Value::Null);
    }

    #[test]
    fn a_bad_event_file_is_named() {
        let error = read("/event.json", Err(io::ErrorKind::NotFound.into()))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "GITHUB_EVENT_PATH names \"/event.json\", which could not be read: entity not found"
        );
        let error = read("/event.json", Ok(b"{".to_vec()))
            .unwrap_err()
            .to_string();
        let start = "GITHUB_EVENT_PATH names \"/event.json\", which is not JSON: EOF";
        assert!(error.starts_with(start), "{error}");
    }

    #[test]
    fn pull_requests() {
        let payload = |repository: Value| {
            json!({"pull_request": {
                "number": 7, "state": "open", "merged": false, "merge_commit_sha": null,
                "head": {"ref": "main", "sha": "22", "repo": repository},
                "base": {"ref": "main", "sha": "33"},
            }})
        };
        let ours = context("pull_request", payload(json!({"full_name": "Octo/Demo"})))
            .pull_request()
            .unwrap();
        assert!(!ours.head_is_fork);
        assert_eq!(ours.merge_commit_sha, None);
        assert_eq!((ours.number, ours.base_sha.as_deref()), (7, Some("33")));
        let fork = context("pull_request", payload(json!({"full_name": "x/demo"})))
            .pull_request()
            .unwrap();
        assert!(fork.head_is_fork);
        let deleted = context("pull_request", payload(Value::Null))
            .pull_request()
            .unwrap();
        assert!(deleted.head_is_fork && deleted.head_repository.is_none());
    }

    #[test]
    fn comments() {
        let comment = |issue: Value| {
            context(
                "issue_comment",
                json!({"issue": issue, "comment": {"author_association": "NONE"}}),
            )
            .issue_comment()
        };
        let on_pull_request = comment(json!({"number": 7, "pull_request": {}})).unwrap();
        assert!(on_pull_request.is_on_pull_request);
        assert_eq!(on_pull_request.author_association.as_deref(), Some("NONE"));
        assert!(!comment(json!({"number": 7})).unwrap().is_on_pull_request);
        assert_eq!(comment(json!({"number": "7"})), None);
    }

    #[test]
    fn other_commits() {
        let check = |event: &str, payload: Value, expected: Option<(&str, Option<&str>, bool)>| {
            let other = context(event, payload).other_commit();
            let actual = other.as_ref().map(|other| {
                (
                    other.sha.as_str(),
                    other.branch.as_deref(),
                    other.is_from_this_repository,
                )
            });
            assert_eq!(actual, expected, "{event}");
        };
        let workflow_run = |repository: &str| {
            json!({"workflow_run": {
                "head_branch": "main", "head_sha": "22",
                "head_repository": {"full_name": repository},
            }})
        };
        check(
            "workflow_run",
            workflow_run("octo/demo"),
            Some(("22", Some("main"), true)),
        );
        check(
            "workflow_run",
            workflow_run("x/demo"),
            Some(("22", Some("main"), false)),
        );
        check("workflow_run", json!({}), None);
        let check_run =
            json!({"check_run": {"head_sha": "22", "check_suite": {"head_branch": null}}});
        check("check_run", check_run, Some(("22", None, false)));
        let status = |branches: Value| json!({"sha": "22", "branches": branches});
        check(
            "status",
            status(json!([{"name": "topic"}])),
            Some(("22", Some("topic"), true)),
        );
        check(
            "status",
            status(json!([{"name": "a"}, {"name": "b"}])),
            Some(("22", None, false)),
        );
        check(
            "page_build",
            json!({"build": {"commit": "22"}}),
            Some(("22", None, true)),
        );
        check("push", json!({"after": "22"}), None);
    }

    /// JSON with the names that the accessors look for, and any types.
    fn payloads() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        let names = prop::sample::select(vec![
            "pull_request",
            "number",
            "head",
            "base",
            "repo",
            "full_name",
            "sha",
            "ref",
            "merged",
            "issue",
            "comment",
            "author_association",
            "deleted",
            "repository",
            "default_branch",
            "workflow_run",
            "head_sha",
            "branches",
            "check_run",
            "check_suite",
            "deployment",
            "build",
            "commit",
            "review",
            "commit_id",
            "user",
            "login",
            "sender",
            "action",
            "created_at",
            "pushed_at",
        ]);
        leaf.prop_recursive(5, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_payload_can_be_asked_anything(
            payload in payloads(),
            event in prop::sample::select(vec![
                "push", "pull_request", "issue_comment", "workflow_run", "check_run",
                "check_suite", "status", "deployment",
            ]),
        ) {
            let context = context(event, payload);
            let _ = (context.pull_request(), context.issue_comment(), context.other_commit());
            let _ = (context.is_deletion(), context.default_branch(), context.reviewed_commit());
        }
    }
}
