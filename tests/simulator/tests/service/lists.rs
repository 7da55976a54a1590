//! Lists: builds and definitions, their filters, order and pages.

use serde_json::Value;

use crate::http::{ask, credentials, follow, get, queue, send, start};

fn ids(answer: &Value) -> Vec<u64> {
    answer["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect()
}

/// Builds 1 and 2 are completed, 3 (on another branch, tagged) is not.
fn three_builds() -> azure_pipelines_simulator::Simulator {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\n[[pipeline]]\nid = 2\nname = 'b'\nrun = { task = [{ result = 'failed' }] }\n",
    );
    queue(&simulator, r#"{"definition": {"id": 1}}"#);
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
    let cases: [(&str, &[u64]); 14] = [
        ("", &[3, 2, 1]),
        ("?queryOrder=queueTimeAscending", &[1, 2, 3]),
        ("?queryOrder=queueTimeDescending", &[3, 2, 1]),
        ("?definitions=1", &[3, 1]),
        ("?definitions=1,2&$top=1", &[3]),
        ("?statusFilter=completed", &[2, 1]),
        ("?statusFilter=notStarted,inProgress", &[3]),
        ("?resultFilter=failed", &[2]),
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
    let ask = |path: &str| {
        send(
            &simulator,
            "OPTIONS",
            &format!("/fabrikam/_apis{path}"),
            &[credentials()],
            "",
        )
        .unwrap()
        .json()
    };
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
    assert_eq!(ask("/build")["count"], 5);
}

#[test]
fn the_organization_lists_its_project() {
    let simulator = start("");
    let ask = |path: &str| {
        send(
            &simulator,
            "GET",
            &format!("/fabrikam/_apis/{path}"),
            &[credentials()],
            "",
        )
        .unwrap()
        .json()
    };
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
