//! Lists: builds and definitions, their filters, order and pages.

use azure_pipelines_simulator::Simulator;
use serde_json::Value;

use crate::http::{ask, follow, get, queue, queued, signed_in, start};

fn ids(answer: &Value) -> Vec<u64> {
    answer["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect()
}

/// Builds 1 and 2 are completed, 3 (on another branch, tagged) is not.
fn three_builds() -> Simulator {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\n[[pipeline]]\nid = 2\nname = 'b'\nrun = { task = [{ result = 'failed' }] }\n",
    );
    follow(&simulator, 1);
    queue(&simulator, r#"{"definition": {"id": 2}}"#);
    follow(&simulator, 2);
    queue(
        &simulator,
        r#"{"definition": {"id": 1}, "sourceBranch": "refs/heads/topic", "reason": "userCreated"}"#,
    );
    ask(&simulator, "POST", "builds/3/tags", r#"["red", "round"]"#);
    simulator
}

#[test]
fn builds_are_filtered() {
    let simulator = three_builds();
    let cases: [(&str, &[u64]); 18] = [
        ("", &[3, 2, 1]),
        ("?queryOrder=queueTimeAscending", &[1, 2, 3]),
        ("?queryOrder=queueTimeDescending", &[3, 2, 1]),
        ("?definitions=1", &[3, 1]),
        ("?definitions=1,2&$top=1", &[3]),
        ("?statusFilter=completed", &[2, 1]),
        ("?statusFilter=notStarted,inProgress", &[3]),
        ("?resultFilter=failed", &[2]),
        // As the vendor's Node client writes them.
        ("?statusFilter=2&resultFilter=8", &[2]),
        ("?statusFilter=33&queryOrder=5", &[3]),
        ("?reasonFilter=1", &[2, 1]),
        ("?statusFilter=all", &[3, 2, 1]),
        ("?branchName=refs/heads/topic", &[3]),
        ("?tagFilters=red,round", &[3]),
        ("?tagFilters=red,square", &[]),
        ("?reasonFilter=userCreated", &[3]),
        ("?requestedFor=user1@example.com&buildIds=1,2", &[2, 1]),
        (
            "?minTime=2026-03-02T08:27:01Z&queryOrder=queueTimeAscending",
            &[2, 3],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(
            ids(&get(&simulator, &format!("builds{query}")).json()),
            expected,
            "{query}"
        );
    }
    assert_eq!(
        get(&simulator, "builds?queryOrder=sideways").type_key(),
        "InvalidBuildQueryException"
    );
}

#[test]
fn a_continuation_token_leads_to_the_next_page() {
    let simulator = three_builds();
    let path = "builds?queryOrder=queueTimeDescending&$top=2";
    let first = get(&simulator, path);
    let token = first.header("x-ms-continuationtoken").unwrap().to_owned();
    let next = format!("{path}&continuationToken={}", token.replace(':', "%3A"));
    let second = get(&simulator, &next);
    assert_eq!(
        (ids(&first.json()), ids(&second.json())),
        (vec![3, 2], vec![1])
    );
    assert_eq!(second.header("x-ms-continuationtoken"), None);
    assert_eq!(
        get(&simulator, "builds?continuationToken=x").type_key(),
        "InvalidContinuationTokenException"
    );
}

#[test]
fn definitions_are_found_by_pattern_and_folder() {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = 'App CI'\n[[pipeline]]\nid = 2\nname = 'App CI'\nfolder = '\\old'\n[[pipeline]]\nid = 3\nname = 'Web'\n",
    );
    let cases: [(&str, &[u64]); 6] = [
        ("?name=app%20ci", &[1, 2]),
        ("?name=app%20ci&path=%5COLD", &[2]),
        ("?name=*e*", &[3]),
        ("?name=nothing", &[]),
        ("?$top=1", &[1]),
        ("?queryOrder=definitionNameDescending", &[3, 1, 2]),
    ];
    for (query, expected) in cases {
        assert_eq!(
            ids(&get(&simulator, &format!("definitions{query}")).json()),
            expected,
            "{query}"
        );
    }
    assert_eq!(
        get(&simulator, "definitions/9").type_key(),
        "DefinitionNotFoundException"
    );
}

#[test]
fn the_locations_tell_the_versions() {
    let simulator = start("product = 'server-2022'");
    let ask =
        |path: &str| signed_in(&simulator, "OPTIONS", &format!("/fabrikam/_apis{path}"), "").json();
    let all = ask("");
    let builds = all["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|location| location["resourceName"] == "Builds")
        .unwrap();
    assert_eq!(
        (&builds["maxVersion"], &builds["releasedVersion"]),
        (&"7.0".into(), &"7.0".into())
    );
    assert_eq!(ask("/build")["count"], 10);
}

#[test]
fn the_organization_lists_its_project() {
    let simulator = start("");
    let ask =
        |path: &str| signed_in(&simulator, "GET", &format!("/fabrikam/_apis/{path}"), "").json();
    assert_eq!(
        ask("projects?api-version=7.1")["value"][0]["name"],
        "Fabrikam"
    );
    assert_eq!(
        ask("projects/fabrikam?api-version=7.1")["state"],
        "wellFormed"
    );
    assert_eq!(
        ask("connectionData?api-version=7.1-preview.1")["authenticatedUser"]["providerDisplayName"],
        "Test User 1"
    );
}

#[test]
fn pages_neither_repeat_nor_skip_builds_of_one_time() {
    let simulator = start("[[pipeline]]\nid = 1\nname = 'a'\n");
    for _ in 0..7 {
        queue(&simulator, r#"{"definition": {"id": 1}}"#);
    }
    for order in [
        "",
        "&queryOrder=queueTimeDescending",
        "&queryOrder=startTimeAscending",
    ] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = get(&simulator, &format!("builds?$top=2{order}{token}"));
            seen.extend(ids(&page.json()));
            match page.header("x-ms-continuationtoken") {
                Some(next) => token = format!("&continuationToken={}", next.replace(':', "%3A")),
                None => break,
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7], "{order}");
    }
}

#[test]
fn builds_are_found_by_number_and_the_latest_by_its_pipeline() {
    let simulator = three_builds();
    let cases: [(&str, &[u64]); 5] = [
        ("?buildNumber=20260302.2", &[3]),
        ("?buildNumber=20260302.*&definitions=1", &[3, 1]),
        ("?buildNumber=2025*", &[]),
        ("?maxBuildsPerDefinition=1", &[3, 2]),
        ("?deletedFilter=onlyDeleted", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(
            ids(&get(&simulator, &format!("builds{query}")).json()),
            expected,
            "{query}"
        );
    }
    let latest = |path: &str| {
        let target = format!("/fabrikam/Fabrikam/_apis/build/latest/{path}");
        signed_in(&simulator, "GET", &target, "")
    };
    assert_eq!(latest("a?api-version=7.1-preview.1").json()["id"], 1);
    assert_eq!(latest("2?api-version=7.1-preview.1").json()["id"], 2);
    assert_eq!(
        latest("2?api-version=7.1").type_key(),
        "VssInvalidPreviewVersionException"
    );
    let none = latest("1?api-version=7.1-preview.1&branchName=refs/heads/topic");
    assert_eq!(none.type_key(), "BuildNotFoundException");
    assert_eq!(
        get(&simulator, "tags").json()["value"],
        serde_json::json!(["red", "round"])
    );
}

#[test]
fn definitions_come_in_pages() {
    let simulator = start("[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline]]\nid = 2\nname = 'b'\n");
    let first = get(&simulator, "definitions?$top=1");
    let token = first.header("x-ms-continuationtoken").unwrap();
    let second = get(
        &simulator,
        &format!("definitions?$top=1&continuationToken={token}"),
    );
    assert_eq!(
        (ids(&first.json()), ids(&second.json())),
        (vec![1], vec![2])
    );
    assert_eq!(second.header("x-ms-continuationtoken"), None);
}
