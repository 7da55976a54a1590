//! One comment on a pull request, however many steps write it.

use super::{REFUSED, failed_as_the_run, on_pull_request, requests, simulator, text, warnings};
use crate::support::service::{always, at};

/// By what the comment of the pipeline App CI is found again.
const KEY: &str = "dc502c542133b65b";

/// The user of an app's token cannot be asked for; what somebody else has written stays.
#[test]
fn whose_token_it_is_need_not_be_known() {
    let stranger = format!(
        "[[github.comment]]\nissue = 7\nuser = 'mallory'\nbody = '<!-- run-azure-pipeline:{KEY} 1 -->'\n"
    );
    let simulator = simulator(&stranger);
    let finished = on_pull_request(&simulator, "pull-request-comment").run();
    failed_as_the_run(&finished);
    assert_eq!(warnings(&finished), [""; 0]);
    assert!(!requests(&simulator, "GET /api/v3/user").is_empty());
    assert_eq!(simulator.github().comments.len(), 2);
}

#[test]
fn a_personal_token_makes_no_check_runs_but_knows_its_own_comments() {
    let simulator = simulator(&format!(
        "[github]\nuser = 'mona'\n[[github.comment]]\nissue = 7\nuser = 'mallory'\n\
         body = '<!-- run-azure-pipeline:{KEY} 1 -->'\n"
    ));
    for _ in 0..2 {
        let finished = on_pull_request(&simulator, "check-run, pull-request-comment").run();
        failed_as_the_run(&finished);
        let warnings = warnings(&finished);
        assert!(
            warnings.len() == 1 && warnings[0].contains("via a GitHub App"),
            "{warnings:?}"
        );
    }
    let comments = simulator.github().comments;
    let users: Vec<&str> = comments
        .iter()
        .map(|one| text(&one["user"], "login"))
        .collect();
    assert_eq!(users, ["mallory", "mona"]);
    assert!(text(&comments[0], "body").ends_with("-->"));
}

/// Both steps look for a comment before either has written one.
fn both_look_first() -> String {
    at(&[1, 2], "GET /api/v3/**/comments", "gather = 2")
}

#[test]
fn of_two_who_comment_at_once_one_goes() {
    let simulator = simulator(&both_look_first());
    let actions = [0, 1].map(|_| on_pull_request(&simulator, "pull-request-comment").start());
    for running in actions {
        failed_as_the_run(&running.finish());
    }
    assert_eq!(requests(&simulator, "POST /api/v3/").len(), 2);
    assert_eq!(requests(&simulator, "DELETE /api/v3/").len(), 1);
    let comments = simulator.github().comments;
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(
        text(&comments[0], "body").contains(" 2 -->"),
        "the later run's"
    );
    assert!(
        text(&comments[0], "body").contains("failed in"),
        "{comments:?}"
    );
}

#[test]
fn a_comment_that_may_not_be_deleted_is_a_warning() {
    let refused = always("DELETE /api/v3/**", REFUSED);
    let simulator = simulator(&format!("{}{refused}", both_look_first()));
    let actions = [0, 1].map(|_| on_pull_request(&simulator, "pull-request-comment").start());
    let finished = actions.map(|running| running.finish());
    finished.iter().for_each(failed_as_the_run);
    let told: Vec<&str> = finished.iter().flat_map(warnings).collect();
    let is_told = told.len() == 1 && told[0].contains("`pull-requests: write`");
    assert!(is_told, "{told:?}");
}

#[test]
fn the_comment_is_found_behind_many_others_and_a_later_runs_stays() {
    let others = "[[github.comment]]\nissue = 7\nuser = 'mona'\nbody = 'hello'\ntimes = 250\n";
    let simulator = simulator(others);
    for run in 1..=2 {
        failed_as_the_run(&on_pull_request(&simulator, "pull-request-comment").run());
        let comments = simulator.github().comments;
        assert_eq!(comments.len(), 251, "run {run}");
    }
    let asked = requests(&simulator, "page=3");
    assert!(!asked.is_empty(), "{asked:?}");
    // The first run is told of once more.
    let finished = on_pull_request(&simulator, "pull-request-comment")
        .input("command", "watch")
        .input("run-id", "1")
        .input("azure-pipeline-name", "")
        .run();
    failed_as_the_run(&finished);
    let comments = simulator.github().comments;
    assert!(
        text(&comments[250], "body").contains(" 2 -->"),
        "{}",
        comments[250]
    );
}
