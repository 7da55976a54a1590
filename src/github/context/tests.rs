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
    let sentence = |file| {
        format!(
            "{:#}",
            anyhow::Error::from(read("/event.json", file).unwrap_err())
        )
    };
    assert_eq!(
        sentence(Err(io::ErrorKind::NotFound.into())),
        "GITHUB_EVENT_PATH names \"/event.json\", which could not be read: entity not found"
    );
    assert_eq!(
        sentence(Ok(b"{".to_vec())),
        "GITHUB_EVENT_PATH names \"/event.json\", which is not JSON: EOF while parsing an object at line 1 column 1"
    );
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
    let check_run = json!({"check_run": {"head_sha": "22", "check_suite": {"head_branch": null}}});
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
