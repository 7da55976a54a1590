use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use PullRequestRef::{Base, Head, Merge};

fn context(env: &Value, payload: &Value) -> Context {
    let variable = |name: &str| match name {
        "GITHUB_EVENT_PATH" => Some("/event.json".to_owned()),
        _ => env[name].as_str().map(str::to_owned),
    };
    Context::from_env(variable, |_| Ok(payload.to_string().into_bytes())).unwrap()
}

/// An event on the default branch of `octo/demo`.
fn event(name: &str, payload: &Value) -> Context {
    let mut context = context(
        &json!({
            "GITHUB_EVENT_NAME": name,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "1".repeat(40),
        }),
        payload,
    );
    context.repository = Some("octo/demo".to_owned());
    context
}

fn pull_request_json(head_repository: &str) -> Value {
    json!({
        "number": 7, "state": "open", "merged": false, "merge_commit_sha": "4".repeat(40),
        "head": {"ref": "main", "sha": "2".repeat(40), "repo": {"full_name": head_repository}},
        "base": {"ref": "release/1.x", "sha": "3".repeat(40)},
    })
}

fn side(name: &Value) -> Option<PullRequestRef> {
    name.as_str().map(|name| match name {
        "head" => PullRequestRef::Head,
        "merge" => PullRequestRef::Merge,
        "base" => PullRequestRef::Base,
        other => panic!("{other}"),
    })
}

fn asking(side: Option<PullRequestRef>) -> SourceInputs {
    SourceInputs {
        pull_request_ref: side,
        allow_associations: ["OWNER", "MEMBER", "COLLABORATOR"]
            .map(str::to_owned)
            .to_vec(),
        ..SourceInputs::default()
    }
}

#[track_caller]
fn known(inputs: &SourceInputs, context: &Context) -> Source {
    match plan(inputs, context) {
        Ok(SourcePlan::Known(source)) => source,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_builds(inputs: &SourceInputs, context: &Context, expected: &Value, case: &str) {
    let source = known(inputs, context);
    if let Some(trust) = expected["trust"].as_str() {
        let trust = match trust {
            "trusted" => Trust::Repository,
            "pr-code" => Trust::PullRequest,
            "fork-code" => Trust::Anyone,
            other => panic!("{other}"),
        };
        assert_eq!(source.trust, trust, "{case}");
    }
    assert_eq!(
        Some(source.branch.as_str()),
        expected["sourceBranch"].as_str(),
        "{case}"
    );
    assert_eq!(
        source.version.as_deref(),
        expected["sourceVersion"].as_str(),
        "{case}"
    );
}

#[track_caller]
fn refusal(inputs: &SourceInputs, context: &Context) -> String {
    let sentence = plan(inputs, context).unwrap_err().to_string();
    assert!(!sentence.contains(char::is_control), "{sentence:?}");
    assert!(
        sentence.contains("source-")
            || sentence.contains("allow-")
            || sentence.contains("pull-request-ref")
            || sentence.contains("comment"),
        "{sentence}"
    );
    sentence
}

#[test]
fn every_event_of_the_table() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../tests/data/event-refs.json")).unwrap();
    assert!(cases.len() > 40);
    for row in &cases {
        let case = row["case"].as_str().unwrap();
        let context = context(&row["env"], &row["payload"]);
        if case == "act: pull_request, GITHUB_SHA is the local HEAD" {
            // The row expects the test merge, as GITHUB_REF has it; since then the default has
            // become the head, which the payload names.
            assert_builds(
                &asking(Some(PullRequestRef::Merge)),
                &context,
                &row["expected"],
                case,
            );
            let head = json!({"sourceBranch": "refs/pull/7/head", "sourceVersion": "2".repeat(40)});
            assert_builds(&asking(None), &context, &head, case);
            continue;
        }
        if row["expected"]["refuse"] == true {
            refusal(&asking(None), &context);
            // Explicit inputs are always a way out.
            let explicit = SourceInputs {
                branch: Some("main".to_owned()),
                version: Some("5".repeat(40)),
                ..asking(None)
            };
            let expected =
                json!({"sourceBranch": "refs/heads/main", "sourceVersion": "5".repeat(40)});
            assert_builds(&explicit, &context, &expected, case);
        } else {
            let mut expected = row["expected"].clone();
            expected["trust"] = row["trust"].clone();
            assert_builds(&asking(None), &context, &expected, case);
        }
        for alternative in row["alternatives"].as_array().into_iter().flatten() {
            check_alternative(alternative, &context, case);
        }
    }
}

fn check_alternative(alternative: &Value, context: &Context, case: &str) {
    let text = |name: &str| alternative[name].as_str().map(str::to_owned);
    let mut inputs = asking(side(&alternative["pullRequestRef"]));
    if alternative["explicit"] == true {
        inputs.branch = text("sourceBranch");
        inputs.version = text("sourceVersion");
    }
    if let Some(also) = text("alsoNeeds") {
        assert_eq!(also, "allow-fork-code");
        assert!(refusal(&inputs, context).contains("`allow-fork-code: true`"));
        inputs.allow_fork_code = true;
    }
    if text("needsApi").is_none() {
        assert_builds(&inputs, context, alternative, case);
        return;
    }
    // The comment in the table is by a stranger.
    assert!(refusal(&inputs, context).contains("allow-associations"));
    inputs.allow_associations.push("NONE".to_owned());
    let expected = SourcePlan::AskGitHub { number: 7 };
    assert_eq!(plan(&inputs, context).unwrap(), expected, "{case}");
    let pull_request =
        PullRequest::from_json(&pull_request_json("octo/demo"), Some("octo/demo")).unwrap();
    let source = from_pull_request(&inputs, context, &pull_request).unwrap();
    assert_eq!(Some(source.branch), text("sourceBranch"));
    assert_eq!(source.version, Some("2".repeat(40)));
}

#[test]
fn explicit_branches() {
    let check = |given: &str, expected: Option<&str>| {
        let inputs = SourceInputs {
            branch: Some(given.to_owned()),
            ..asking(None)
        };
        match expected {
            Some(expected) => {
                let source = known(&inputs, &event("pull_request_target", &Value::Null));
                assert_eq!((source.branch.as_str(), source.version), (expected, None));
            }
            None => {
                assert!(refusal(&inputs, &Context::default()).contains("`source-branch` is "));
            }
        }
    };
    check("x", Some("refs/heads/x"));
    check("heads/x", Some("refs/heads/heads/x"));
    check("pull/7/head", Some("refs/heads/pull/7/head"));
    check("refs/heads/refs/heads/x", Some("refs/heads/refs/heads/x"));
    check("refs/tags/v1.2", Some("refs/tags/v1.2"));
    check("refs/pull/12/merge", Some("refs/pull/12/merge"));
    for bad in ["", "refs/x", "refs/heads/", "a b", "a\x1b[31m"] {
        check(bad, None);
    }
}

#[test]
fn explicit_versions() {
    let with = |version: &str| SourceInputs {
        version: Some(version.to_owned()),
        ..asking(None)
    };
    let main = event("push", &Value::Null);
    let source = known(&with(&"Ab".repeat(20)), &main);
    assert_eq!(
        (source.branch.as_str(), source.version),
        ("refs/heads/main", Some("ab".repeat(20)))
    );
    assert_eq!(
        known(&with(&"c".repeat(64)), &main).version,
        Some("c".repeat(64))
    );
    for bad in ["", "abc1234"] {
        assert!(refusal(&with(bad), &main).starts_with("`source-version` is "));
    }
    // The event's own commit no longer matters, its ref and the guards do.
    let mut without_commit = main;
    without_commit.sha = None;
    known(&with(&"a".repeat(40)), &without_commit);
    refusal(&asking(None), &without_commit);
    refusal(
        &with(&"a".repeat(40)),
        &event("pull_request_target", &Value::Null),
    );
}

#[test]
fn contradictions() {
    let inputs = SourceInputs {
        branch: Some("x".to_owned()),
        ..asking(Some(PullRequestRef::Head))
    };
    assert_eq!(
        plan(&inputs, &Context::default()),
        Err(SourceError::Contradiction)
    );
}

/// What a side of pull request #7 builds in an event: branch and commit, or nothing.
#[track_caller]
fn check_side(
    event_name: &str,
    pull_request: &Value,
    side: PullRequestRef,
    expected: Option<(&str, &str)>,
) {
    let inputs = SourceInputs {
        allow_fork_code: true,
        ..asking(Some(side))
    };
    let mut context = event(event_name, &json!({"pull_request": pull_request}));
    if event_name == "pull_request" {
        context.ref_ = Some("refs/pull/7/merge".to_owned());
    }
    match expected {
        Some((branch, digit)) => {
            let source = known(&inputs, &context);
            let built = (source.branch.as_str(), source.version);
            assert_eq!(built, (branch, Some(digit.repeat(40))));
        }
        None => drop(refusal(&inputs, &context)),
    }
}

const HEAD: Option<(&str, &str)> = Some(("refs/pull/7/head", "2"));
const BASE: Option<(&str, &str)> = Some(("refs/heads/release/1.x", "3"));

#[test]
fn sides_of_a_pull_request() {
    let check =
        |payload: &Value, side, expected| check_side("pull_request", payload, side, expected);
    let open = pull_request_json("x/demo");
    let test_merge = Some(("refs/pull/7/merge", "1"));
    check(&open, Head, HEAD);
    check(&open, Merge, test_merge);
    check(&open, Base, BASE);
    let mut merged = open;
    merged["merged"] = true.into();
    check(&merged, Head, HEAD);
    check(&merged, Merge, Some(("refs/heads/release/1.x", "4")));
    check(&Value::Null, Head, None);
    check(&Value::Null, Merge, test_merge);
}

#[test]
fn sides_of_a_pull_request_where_there_are_secrets() {
    let check = |payload: &Value, side, expected| {
        check_side("pull_request_target", payload, side, expected);
    };
    let open = pull_request_json("x/demo");
    check(&open, Head, HEAD);
    check(&open, Merge, Some(("refs/pull/7/merge", "4")));
    check(&open, Base, Some(("refs/heads/main", "1")));
    let mut conflicting = open;
    conflicting["merge_commit_sha"] = Value::Null;
    check(&conflicting, Merge, None);
    check(&Value::Null, Head, None);
}

#[test]
fn forks_are_guarded_where_there_are_secrets() {
    let target = |repository: &str| {
        event(
            "pull_request_target",
            &json!({"pull_request": pull_request_json(repository)}),
        )
    };
    for side in [PullRequestRef::Head, PullRequestRef::Merge] {
        known(&asking(Some(side)), &target("octo/demo"));
        let sentence = refusal(&asking(Some(side)), &target("x/\u{1b}[31m"));
        assert!(sentence.contains("\"x/\\u{1b}[31m\""), "{sentence}");
        let deleted = event(
            "pull_request_target",
            &json!({"pull_request": {"number": 7}}),
        );
        assert!(refusal(&asking(Some(side)), &deleted).contains("an unknown repository"));
    }
}

/// A new comment by somebody of this association.
fn comment_by(association: &str, issue: &Value) -> Context {
    let payload = json!({
        "action": "created", "issue": issue, "comment": {"author_association": association},
    });
    event("issue_comment", &payload)
}

fn issue_of_pull_request() -> Value {
    json!({"number": 7, "pull_request": {}})
}

#[test]
fn comments_are_guarded() {
    let merge = asking(Some(Merge));
    let member = comment_by("member", &issue_of_pull_request());
    assert_eq!(
        plan(&merge, &member),
        Ok(SourcePlan::AskGitHub { number: 7 })
    );
    assert_eq!(
        refusal(&merge, &comment_by("FIRST_TIMER", &issue_of_pull_request())),
        "The comment is by someone whose association with the repository is \"FIRST_TIMER\": \
         `allow-associations` allows \"OWNER\", \"MEMBER\", \"COLLABORATOR\""
    );
    // On an issue there is no pull request to build, whatever the input says.
    let on_issue = comment_by("NONE", &json!({"number": 7}));
    assert_eq!(known(&merge, &on_issue).branch, "refs/heads/main");
    refusal(&merge, &comment_by("MEMBER", &Value::Null));
}

#[test]
fn the_pull_request_that_was_looked_up_is_built() {
    let build = |pull_request: &PullRequest| {
        let member = comment_by("MEMBER", &issue_of_pull_request());
        from_pull_request(&asking(Some(Merge)), &member, pull_request)
    };
    let looked_up =
        |json: &Value| PullRequest::from_json(json, Some("octo/demo")).expect("a pull request");
    let ours = looked_up(&pull_request_json("octo/demo"));
    let source = build(&ours).unwrap();
    assert_eq!(
        (source.branch.as_str(), source.version),
        ("refs/pull/7/merge", Some("4".repeat(40)))
    );
    let fork = looked_up(&pull_request_json("x/demo"));
    assert!(matches!(build(&fork), Err(SourceError::ForkCode { .. })));
    let other = PullRequest {
        number: 8,
        ..ours.clone()
    };
    build(&other).unwrap_err();
    let conflicting = PullRequest {
        merge_commit_sha: None,
        ..ours
    };
    assert_eq!(
        build(&conflicting),
        Err(SourceError::NoMergeCommit { number: 7 })
    );
}

/// A comment by a member on pull request #7, changed as the test wants it.
fn member_comment(change: impl Fn(&mut Value)) -> Context {
    let mut payload = json!({
        "action": "created", "issue": {"number": 7, "pull_request": {}},
        "comment": {
            "author_association": "MEMBER", "user": {"login": "octocat"},
            "created_at": "2026-03-02T08:00:00Z", "updated_at": "2026-03-02T08:00:00Z",
        },
        "sender": {"login": "octocat"},
    });
    change(&mut payload);
    event("issue_comment", &payload)
}

/// Whether the head of the pull request may be built for a comment, by the event or by a ref that the
/// workflow makes itself.
#[track_caller]
fn check_comment(change: fn(&mut Value), allowed: bool) {
    let comment = member_comment(change);
    let head = asking(Some(Head));
    let is_asked = plan(&head, &comment) == Ok(SourcePlan::AskGitHub { number: 7 });
    assert_eq!(is_asked, allowed, "{:?}", comment.payload);
    if !allowed {
        refusal(&head, &comment);
        let named = SourceInputs {
            branch: Some("refs/pull/7/head".to_owned()),
            ..asking(None)
        };
        refusal(&named, &comment);
    }
}

fn edit_by_another(it: &mut Value) {
    it["action"] = "edited".into();
    it["sender"]["login"] = "hubot".into();
}

#[test]
fn who_asks_is_the_author_or_nobody() {
    let check = check_comment;
    check(|_| (), true);
    check(
        |it| it["comment"]["author_association"] = "NONE".into(),
        false,
    );
    check(
        |it| it["comment"]["author_association"] = Value::Null,
        false,
    );
    check(|it| drop(it["comment"].take()), false);
    // Edited by its author, or by somebody else who may: the association is the author's.
    check(|it| it["action"] = "edited".into(), true);
    check(edit_by_another, false);
    check(
        |it| {
            it["action"] = "edited".into();
            it["sender"] = Value::Null;
        },
        false,
    );
    // No known action: then the one who acts has to be known.
    check(|it| it["action"] = Value::Null, true);
    check(
        |it| {
            it["action"] = "pinned".into();
            it["comment"]["user"] = Value::Null;
        },
        false,
    );
    check(|it| it["action"] = "deleted".into(), false);
}

#[test]
fn why_a_comment_is_not_enough() {
    let head = asking(Some(Head));
    assert_eq!(
        refusal(&head, &member_comment(edit_by_another)),
        "The comment was changed by \"hubot\", who did not write it, and GitHub tells the association of its author \
         alone: whoever wants the pull request to be built writes a comment of their own"
    );
    let deleted = member_comment(|it| it["action"] = "deleted".into());
    assert_eq!(
        refusal(&head, &deleted),
        "The comment was deleted, so it asks for nothing: skip the job with `if: github.event.action != 'deleted'`"
    );
    // The base is the workflow's own code, whoever asks.
    assert_eq!(
        known(&asking(Some(Base)), &deleted).trust,
        Trust::Repository
    );
}

#[test]
fn a_fork_that_was_pushed_to_after_the_comment_is_not_built() {
    let inputs = SourceInputs {
        allow_fork_code: true,
        ..asking(Some(Head))
    };
    let pull_request = |repository: &str, pushed: Option<&str>| {
        let mut json = pull_request_json(repository);
        json["head"]["repo"]["pushed_at"] = pushed.map_or(Value::Null, Value::from);
        PullRequest::from_json(&json, Some("octo/demo")).unwrap()
    };
    let (before, after) = (Some("2026-03-02T07:59:59Z"), Some("2026-03-02T08:00:01Z"));
    let comment = member_comment(|_| ());
    let build = |inputs: &SourceInputs, comment: &Context, repository, pushed| {
        from_pull_request(inputs, comment, &pull_request(repository, pushed))
    };
    let source = build(&inputs, &comment, "x/demo", before).unwrap();
    assert_eq!(source.trust, Trust::Anyone);
    for pushed in [after, None] {
        assert_eq!(
            build(&inputs, &comment, "x/demo", pushed)
                .unwrap_err()
                .to_string(),
            "Something may have been pushed to the repository \"x/demo\" after the comment on pull request #7 was \
             written, so the comment need not be about the code that would be built: look at it and comment again, or \
             name the commit with `source-version`"
        );
    }
    // An edit by the author counts as a new comment; one whose time is not known counts as old.
    let edited = member_comment(|it| {
        it["action"] = "edited".into();
        it["comment"]["updated_at"] = "2026-03-02T08:00:01Z".into();
    });
    build(&inputs, &edited, "x/demo", after).unwrap();
    let timeless = member_comment(|it| {
        it["comment"]["updated_at"] = Value::Null;
        it["comment"]["created_at"] = "yesterday".into();
    });
    build(&inputs, &timeless, "x/demo", before).unwrap_err();
    // A commit that somebody has named is the one that was looked at; this repository's own branches
    // are pushed to all the time, by those who may.
    let looked_at = SourceInputs {
        version: Some("5".repeat(40)),
        ..inputs.clone()
    };
    build(&looked_at, &comment, "x/demo", after).unwrap();
    let own = build(&inputs, &comment, "octo/demo", after).unwrap();
    assert_eq!(own.trust, Trust::PullRequest);
}

fn named(branch: &str, version: Option<&str>) -> SourceInputs {
    SourceInputs {
        branch: Some(branch.to_owned()),
        version: version.map(str::to_owned),
        ..asking(None)
    }
}

/// Whose code it is; no trust is a fork's, which has to be allowed.
#[track_caller]
fn check_trust(inputs: &SourceInputs, context: &Context, trust: Option<Trust>) {
    let allowed = SourceInputs {
        allow_fork_code: true,
        ..inputs.clone()
    };
    if let Some(trust) = trust {
        assert_eq!(known(inputs, context).trust, trust);
    } else {
        assert!(refusal(inputs, context).contains("`allow-fork-code: true`"));
        assert_eq!(known(&allowed, context).trust, Trust::Anyone);
    }
}

#[test]
fn a_forks_code_stays_a_forks_when_the_inputs_name_it() {
    let check = check_trust;
    let (head, merge, other) = ("2".repeat(40), "4".repeat(40), "5".repeat(40));
    let target = |repository: &str| {
        let payload = json!({"pull_request": pull_request_json(repository)});
        event("pull_request_target", &payload)
    };
    let (fork, own) = (target("x/demo"), target("octo/demo"));
    check(&named("refs/pull/7/head", None), &fork, None);
    check(&named("refs/pull/7/merge", Some(&other)), &fork, None);
    check(&named("main", Some(&head)), &fork, None);
    check(&named("main", Some(&merge)), &fork, None);
    check(&named("main", Some(&other)), &fork, Some(Trust::Repository));
    check(&named("main", None), &fork, Some(Trust::Repository));
    let own_head = named("refs/pull/7/head", None);
    check(&own_head, &own, Some(Trust::PullRequest));
    let base = SourceInputs {
        version: Some(head),
        ..asking(Some(Base))
    };
    check(&base, &fork, None);
    // Another pull request than the payload's: whose it is, is not known.
    check(&named("refs/pull/8/head", None), &own, Some(Trust::Anyone));
    // Where the event has no secrets for forks, the payload's pull request is built as it is.
    let mut plain = fork;
    plain.event_name = Some("pull_request".to_owned());
    check(&own_head, &plain, Some(Trust::Anyone));
}

/// What a copied expression gives for a fork whose branch is called like ours.
#[test]
fn the_commit_of_another_workflow_run_stays_a_forks() {
    let check = check_trust;
    let (head, other) = ("2".repeat(40), "5".repeat(40));
    let workflow_run = |repository: &str| {
        let run = json!({
            "head_branch": "main", "head_sha": head, "head_repository": {"full_name": repository},
        });
        event("workflow_run", &json!({"workflow_run": run}))
    };
    let (own, fork) = (workflow_run("octo/demo"), workflow_run("stranger/demo"));
    let copied = named("main", Some(&head));
    check(&copied, &own, Some(Trust::Repository));
    check(&copied, &fork, None);
    let unknown = event("workflow_run", &json!({"workflow_run": {"head_sha": head}}));
    check(&copied, &unknown, None);
    check(&named("main", Some(&other)), &fork, Some(Trust::Repository));
    let version_alone = SourceInputs {
        version: Some(head.clone()),
        ..asking(None)
    };
    check(&version_alone, &fork, None);
    assert_eq!(
        refusal(&copied, &fork),
        "`source-version` names a commit from the repository \"stranger/demo\", and the event \"workflow_run\" has \
         secrets: give `allow-fork-code: true` to build it all the same"
    );
}

/// Reviews and their comments come without secrets for forks, and otherwise build the repository's own
/// pull requests, whoever has written them.
#[test]
fn reviews_build_the_pull_request_whoever_writes_them() {
    for name in ["pull_request_review", "pull_request_review_comment"] {
        for action in ["created", "edited", "submitted", "dismissed"] {
            let payload = |repository: &str| {
                json!({
                    "action": action, "pull_request": pull_request_json(repository),
                    "review": {"author_association": "NONE"}, "comment": {"author_association": "NONE"},
                    "sender": {"login": "stranger"},
                })
            };
            let source = |repository| known(&asking(None), &event(name, &payload(repository)));
            let own = source("octo/demo");
            assert_eq!(
                (own.branch.as_str(), own.trust),
                ("refs/pull/7/head", Trust::PullRequest)
            );
            let fork = source("x/demo");
            assert_eq!(fork.version, Some("2".repeat(40)));
            assert_eq!(fork.trust, Trust::Anyone);
            assert_eq!(
                fork.notes.join("\n"),
                "Pull request #7 comes from \"x/demo\": its code runs with every secret of the pipeline; \
                 `allow-fork-code: true` says that this is meant."
            );
            let meant = SourceInputs {
                allow_fork_code: true,
                ..asking(None)
            };
            assert_eq!(
                known(&meant, &event(name, &payload("x/demo"))).notes,
                [""; 0]
            );
        }
    }
}

/// Anybody may cause these; what is built is what the workflow itself runs on.
#[test]
fn events_by_anyone_build_the_default_branch() {
    let repository = json!({"full_name": "octo/demo", "default_branch": "main"});
    for name in [
        "discussion_comment",
        "discussion",
        "issues",
        "fork",
        "watch",
        "issue_comment",
    ] {
        let payload = json!({
            "action": "created", "repository": repository, "sender": {"login": "stranger"},
            "issue": {"number": 7}, "comment": {"author_association": "NONE"},
        });
        let source = known(&asking(None), &event(name, &payload));
        assert_eq!(
            (source.branch.as_str(), source.trust),
            ("refs/heads/main", Trust::Repository)
        );
    }
}

#[test]
fn the_side_of_a_pull_request_means_nothing_to_other_events() {
    let inputs = asking(Some(PullRequestRef::Head));
    assert_eq!(
        known(&inputs, &event("push", &Value::Null)).branch,
        "refs/heads/main"
    );
}

#[test]
fn notes() {
    let push = event("push", &Value::Null);
    assert_eq!(known(&asking(None), &push).notes, [""; 0]);

    let workflow_run = |repository: &str| {
        json!({"workflow_run": {
            "head_branch": "topic", "head_sha": "2".repeat(40),
            "head_repository": {"full_name": repository},
        }})
    };
    let notes = |payload: &Value| {
        known(&asking(None), &event("workflow_run", payload))
            .notes
            .join("\n")
    };
    assert_eq!(
        notes(&workflow_run("octo/demo")),
        "The event \"workflow_run\" is about commit 2222222222222222222222222222222222222222, \
         which is not built; \
         to build it, give `source-branch: refs/heads/topic` and \
         `source-version: ${{ github.event.workflow_run.head_sha }}`."
    );
    assert!(!notes(&workflow_run("x/demo")).contains("topic"));

    let mut closed = pull_request_json("octo/demo");
    closed["state"] = "closed".into();
    let mut context = event(
        "pull_request_review",
        &json!({
            "pull_request": closed, "review": {"commit_id": "5".repeat(40)},
        }),
    );
    context.ref_ = Some("refs/pull/7/merge".to_owned());
    let notes = |side| known(&asking(side), &context).notes.join("\n");
    assert!(notes(None).starts_with("The review was for commit 555"));
    assert!(notes(Some(PullRequestRef::Merge)).starts_with("Pull request #7 is closed"));
}

#[track_caller]
fn check_why(inputs: &SourceInputs, context: &Context, why: &str) {
    assert_eq!(known(inputs, context).why, why);
}

fn event_on(name: &str, ref_: &str) -> Context {
    let mut context = event(name, &json!({"repository": {"default_branch": "main"}}));
    context.ref_ = Some(ref_.to_owned());
    context
}

#[test]
fn the_log_says_why() {
    let main = event_on("push", "refs/heads/main");
    check_why(&asking(None), &main, "the branch that was pushed");
    for (name, ref_, why) in [
        ("push", "refs/tags/v1", "the tag that was pushed"),
        ("", "refs/tags/v1", "the tag that GITHUB_REF names"),
        ("release", "refs/tags/v1", "the tag of the release"),
        (
            "schedule",
            "refs/heads/main",
            "the default branch, on which the event \"schedule\" runs",
        ),
        (
            "repository_dispatch",
            "refs/heads/x",
            "the branch on which the event \"repository_dispatch\" runs",
        ),
    ] {
        check_why(&asking(None), &event_on(name, ref_), why);
    }
    let mut deployment = main;
    deployment.event_name = Some("deployment".to_owned());
    deployment.ref_ = None;
    let why = "the default branch, because the deployment names none";
    check_why(&asking(None), &deployment, why);
}

#[test]
fn the_log_says_why_where_inputs_decide() {
    let main = event_on("push", "refs/heads/main");
    let commit = "5".repeat(40);
    let both = "named by `source-branch` and `source-version`";
    check_why(&named("x", Some(&commit)), &main, both);
    check_why(&named("x", None), &main, "named by `source-branch`");
    let version = SourceInputs {
        version: Some(commit),
        ..asking(None)
    };
    let why = "the branch that was pushed; the commit is named by `source-version`";
    check_why(&version, &main, why);
}

#[test]
fn the_log_says_which_side_of_a_pull_request() {
    let on = |pull_request: &Value| event("pull_request", &json!({"pull_request": pull_request}));
    let mut pull_request = pull_request_json("octo/demo");
    for (side, why) in [
        (Head, "the head of pull request #7"),
        (Merge, "the test merge of pull request #7"),
        (Base, "the base of pull request #7"),
    ] {
        check_why(&asking(Some(side)), &on(&pull_request), why);
    }
    pull_request["merged"] = true.into();
    let why = "the branch that pull request #7 was merged into";
    check_why(&asking(None), &on(&pull_request), why);
}

#[test]
fn a_bad_ref_is_said_to_come_from_where_it_comes_from() {
    let way_out = "from which nothing can be built: give `source-branch` (`refs/heads/NAME`)";
    let mut context = event("push", &Value::Null);
    context.ref_ = Some("refs/notes/x".to_owned());
    assert_eq!(
        refusal(&asking(None), &context),
        format!("GITHUB_REF is \"refs/notes/x\", {way_out}")
    );
    let mut pull_request = pull_request_json("octo/demo");
    pull_request["base"]["ref"] = "a b".into();
    assert_eq!(
        refusal(
            &asking(Some(Base)),
            &event("pull_request", &json!({"pull_request": pull_request}))
        ),
        format!("The pull request's base branch is \"refs/heads/a b\", {way_out}")
    );
    let mut deployment = event(
        "deployment",
        &json!({"repository": {"default_branch": "a b"}}),
    );
    deployment.ref_ = None;
    assert_eq!(
        refusal(&asking(None), &deployment),
        format!("The repository's default branch is \"refs/heads/a b\", {way_out}")
    );
}

#[test]
fn a_deleted_ref_is_named() {
    let payload = json!({"deleted": true, "ref": "refs/heads/old"});
    assert_eq!(
        refusal(&asking(None), &event("push", &payload)),
        "The push deleted \"refs/heads/old\", so there is nothing of it to build: give \
         `source-branch` (`refs/heads/NAME`), or skip the job with \
         `if: ${{ !github.event.deleted }}`"
    );
}

proptest! {
    #[test]
    fn whatever_is_planned_is_a_ref_and_a_commit(
        event_name in prop::sample::select(vec![
            "push", "pull_request", "pull_request_target", "status", "",
        ]),
        ref_ in prop_oneof![
            "refs/(heads|tags|pull)/.{0,6}(/merge)?", "refs/pull/7/merge", ".{0,9}",
        ],
        sha in prop_oneof!["[0-9a-fA-F]{40}", "[0-9a-g]{39,41}", ".{0,9}"],
        base in prop_oneof!["[a-z/.]{1,6}", ".{0,6}"],
        asked in prop::sample::select(vec!["", "head", "merge", "base"]),
    ) {
        let mut pull_request = pull_request_json("octo/demo");
        pull_request["head"]["sha"] = sha.clone().into();
        pull_request["base"]["ref"] = base.into();
        let mut context = event(event_name, &json!({"pull_request": pull_request}));
        context.ref_ = Some(ref_);
        context.sha = Some(sha);
        let asked = Some(Value::from(asked)).filter(|asked| asked != "").unwrap_or_default();
        match plan(&asking(side(&asked)), &context) {
            Ok(SourcePlan::Known(source)) => {
                prop_assert!(is_ref(&source.branch));
                let version = source.version.unwrap();
                prop_assert!(matches!(version.len(), 40 | 64));
                prop_assert!(version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
            }
            Ok(other) => prop_assert!(false, "{other:?}"),
            Err(error) => prop_assert!(!error.to_string().contains(char::is_control), "{error}"),
        }
    }
}
