//! What GitHub's token may not is a warning that names the permission, and no more.

use super::{
    REFUSED, failed_as_the_run, on, on_comment, on_pull_request, payload, requests, simulator,
    warnings,
};
use crate::support::service::{always, once};

/// For each kind of report: what GitHub's token is not given, and the warning that names it.
#[test]
fn a_permission_that_is_missing_is_one_warning_and_nothing_else() {
    for (report, permission) in [
        ("commit-status", "statuses: write"),
        ("check-run", "checks: write"),
        ("pull-request-comment", "pull-requests: write"),
    ] {
        for hides in [false, true] {
            let simulator = simulator(&format!("[github]\npermissions = {{}}\nhides = {hides}\n"));
            let finished = on_pull_request(&simulator, report).run();
            failed_as_the_run(&finished);
            let warnings = warnings(&finished);
            let [warning] = warnings.as_slice() else {
                panic!("{report}: {warnings:?}");
            };
            let advice = format!("add `{permission}` to the `permissions:` of the job");
            assert!(warning.contains(&advice), "{warning}");
            let words = if hides {
                "Not Found"
            } else {
                "Resource not accessible by integration"
            };
            assert!(warning.contains(words), "{warning}");
            // It is not asked for again.
            let asked = requests(&simulator, "/api/v3/");
            assert_eq!(asked.len(), 1, "{asked:?}");
        }
    }
}

/// Each request that a step sends to GitHub for `report`, refused: what leads to it, and the permission
/// that the one warning names.
#[test]
fn each_request_that_is_refused_is_one_warning() {
    let lost = once("POST /api/v3/**/check-runs", "close = 'after'");
    for (report, request, before, permission) in [
        (
            "commit-status",
            "POST /api/v3/**/statuses/*",
            "",
            "statuses: write",
        ),
        (
            "check-run",
            "POST /api/v3/**/check-runs",
            "",
            "checks: write",
        ),
        (
            "check-run",
            "PATCH /api/v3/**/check-runs/*",
            "",
            "checks: write",
        ),
        (
            "check-run",
            "GET /api/v3/**/commits/*/check-runs",
            &lost,
            "checks: write",
        ),
        (
            "pull-request-comment",
            "GET /api/v3/**/comments",
            "",
            "pull-requests: write",
        ),
        (
            "pull-request-comment",
            "POST /api/v3/**/comments",
            "",
            "pull-requests: write",
        ),
        (
            "pull-request-comment",
            "PATCH /api/v3/**/comments/*",
            "",
            "pull-requests: write",
        ),
    ] {
        let simulator = simulator(&format!("{before}{}", always(request, REFUSED)));
        let finished = on_pull_request(&simulator, report).run();
        failed_as_the_run(&finished);
        let warnings = warnings(&finished);
        let [warning] = warnings.as_slice() else {
            panic!("{request}: {warnings:?}");
        };
        let advice = format!("; add `{permission}` to the `permissions:` of the job");
        assert!(warning.contains(&advice), "{request}: {warning}");
    }
}

#[test]
fn a_lookup_without_permission_says_which() {
    let simulator = simulator("[github]\npermissions = {}\n");
    let finished = on_comment(&simulator, "").run();
    finished.ended_with(3);
    assert!(
        finished
            .error()
            .contains("permission `pull-requests: read`"),
        "{}",
        finished.stdout
    );
}

#[test]
fn a_pull_request_from_a_fork_has_a_token_that_may_only_read() {
    let simulator = simulator("[github]\npermissions = { statuses = 'read' }\n");
    let finished = on_pull_request(&simulator, "commit-status")
        .payload(&payload("mona/demo"))
        .run();
    failed_as_the_run(&finished);
    let said = "for a pull request from a fork GitHub's own token may only read";
    let warnings = warnings(&finished);
    let is_said = warnings.iter().any(|warning| warning.contains(said));
    assert!(is_said, "{warnings:?}");
}

#[test]
fn tokens_that_are_wrong_or_missing_are_warnings() {
    let simulator = simulator("[github]\ntoken = 'another'\n");
    let finished = on(&simulator, "commit-status").run();
    failed_as_the_run(&finished);
    let warning = warnings(&finished)[0];
    assert!(
        warning.contains("\"Bad credentials\" (401); check `github-token`"),
        "{warning}"
    );
    let finished = on(&simulator, "commit-status")
        .input("github-token", "")
        .run();
    failed_as_the_run(&finished);
    assert!(
        warnings(&finished)[0].contains("`github-token` is empty"),
        "{}",
        finished.stdout
    );
    let finished = on(&simulator, "commit-status")
        .variable("GITHUB_API_URL", "no URL")
        .run();
    failed_as_the_run(&finished);
    assert!(
        warnings(&finished)[0].contains("GITHUB_API_URL is \"no URL\""),
        "{}",
        finished.stdout
    );
}
