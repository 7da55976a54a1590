//! The commit on GitHub that a run is about.

use super::git_ref::{commit_id, pull_request_ref_parts};
use crate::github::context::{Context, PullRequest};

/// What GitHub can be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// On which statuses and checks stand.
    pub commit: TargetCommit,
    /// Its number, where there is one to comment on.
    pub pull_request: Option<u64>,
}

/// The commit of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetCommit {
    /// This one.
    Known(String),
    /// The one that the service says it builds, once it does.
    AsBuilt,
    /// The head of a pull request of which only the test merge is known.
    Unknown,
}

/// The commit that a run of `branch` at `version`, in the workflow's own repository, is about: a pull
/// request's head, also where its test merge is built, on which nobody would see a status. `asked` is
/// the pull request that was looked up.
#[must_use]
pub fn target(
    context: &Context,
    branch: &str,
    version: Option<&str>,
    asked: Option<&PullRequest>,
) -> Target {
    let event = context.pull_request();
    let known = asked.or(event.as_ref());
    let comment = context
        .issue_comment()
        .filter(|comment| comment.is_on_pull_request);
    let version = version.and_then(commit_id);
    let as_built =
        |version: Option<String>| version.map_or(TargetCommit::AsBuilt, TargetCommit::Known);
    match pull_request_ref_parts(branch) {
        Some((number, "merge")) => {
            let head = known.filter(|known| known.number == number);
            let head = head.and_then(|known| commit_id(known.head_sha.as_deref()?));
            Target {
                commit: head.map_or(TargetCommit::Unknown, TargetCommit::Known),
                pull_request: Some(number),
            }
        }
        Some((number, _)) => Target {
            commit: as_built(version),
            pull_request: Some(number),
        },
        None => Target {
            commit: as_built(version),
            pull_request: known
                .map(|known| known.number)
                .or(comment.map(|comment| comment.number)),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HEAD: &str = "2222222222222222222222222222222222222222";
    const MERGE: &str = "3333333333333333333333333333333333333333";

    #[test]
    fn a_pull_requests_head_carries_what_is_said_of_it() {
        let of = |payload: &Value, branch: &str, version: Option<&str>| {
            let context = Context {
                event_name: Some("pull_request".into()),
                repository: Some("octo/demo".into()),
                payload: payload.clone(),
                ..Context::default()
            };
            let target = target(&context, branch, version, None);
            (target.commit, target.pull_request)
        };
        let known = |sha: &str| TargetCommit::Known(sha.to_owned());
        let (as_built, unknown) = (TargetCommit::AsBuilt, TargetCommit::Unknown);
        let (head, merge, main) = ("refs/pull/7/head", "refs/pull/7/merge", "refs/heads/main");
        let payload = json!({"pull_request": {"number": 7, "head": {"sha": HEAD}}});
        let seven = |branch, version| of(&payload, branch, version);
        assert_eq!(seven(head, Some(HEAD)), (known(HEAD), Some(7)));
        assert_eq!(seven(merge, Some(MERGE)), (known(HEAD), Some(7)));
        let other = seven("refs/pull/8/merge", Some(MERGE));
        assert_eq!(other, (unknown.clone(), Some(8)));
        assert_eq!(seven(main, Some(MERGE)), (known(MERGE), Some(7)));
        assert_eq!(seven(main, None), (as_built.clone(), Some(7)));
        let none = |branch, version| of(&Value::Null, branch, version);
        assert_eq!(none(main, Some(MERGE)), (known(MERGE), None));
        assert_eq!(none(main, Some("tip")), (as_built, None));
        assert_eq!(none(merge, Some(MERGE)), (unknown, Some(7)));
    }

    #[test]
    fn a_comment_is_about_the_pull_request_that_was_looked_up() {
        let context = Context {
            event_name: Some("issue_comment".into()),
            payload: json!({"issue": {"number": 7, "pull_request": {}}}),
            ..Context::default()
        };
        let asked = json!({"number": 7, "head": {"sha": HEAD}});
        let asked = PullRequest::from_json(&asked, None).expect("a pull request");
        let found = target(&context, "refs/pull/7/merge", Some(MERGE), Some(&asked));
        assert_eq!(found.commit, TargetCommit::Known(HEAD.to_owned()));
        let base = target(&context, "refs/heads/main", Some(MERGE), None);
        assert_eq!(
            (base.commit, base.pull_request),
            (TargetCommit::Known(MERGE.to_owned()), Some(7))
        );
    }
}
