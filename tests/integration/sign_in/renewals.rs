//! Tokens that end, or are refused, while a run is followed.

use azure_pipelines_simulator::Simulator;

use super::{
    CLIENT, SIGN_IN, WAYS, Way, asked, assertions, lifetime, side_by_side, simulator, statuses,
    succeeded,
};
use crate::support::service::{COMPILES, SOAKS, always, at, host, once};

/// A run of some seconds that writes all along.
const LONG: &str = r#"
clock = { real = 1.0 }
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "0s"
[[pipeline.run.task]]
name = "Count"
duration = "15s"
spread = true
generate = { lines = 300, bytes = 30, start = "n" }
"#;

/// Azure DevOps has taken every token.
#[track_caller]
fn nothing_was_refused(simulator: &Simulator) {
    let statuses = statuses(simulator);
    let is_good = |status: &u16| (200..300).contains(status);
    assert!(statuses.iter().all(is_good), "{statuses:?}");
}

#[test]
fn a_run_that_outlasts_five_tokens_is_followed_without_a_gap() {
    let check = |way: Way| {
        let simulator = simulator(&[&lifetime(3), LONG, SIGN_IN]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        let count = asked(&simulator.journal());
        assert!(count >= 6, "{way:?}: {count}");
        if way == Way::GitHub {
            // Each time GitHub's token is another one; the last may have come too late.
            let extra = assertions(&simulator) - count;
            assert!(extra <= 1, "{extra}");
        }
        nothing_was_refused(&simulator);
        let expected: Vec<String> = simulator
            .task_logs(1)
            .iter()
            .flat_map(|log| log.lines.clone())
            .map(|line| String::from_utf8(line).expect("UTF-8"))
            .filter(|line| line.contains("nline "))
            .map(|line| line[29..].to_owned())
            .collect();
        let lines = finished.view.log.iter();
        let shown: Vec<String> = lines
            .filter(|line| line.contains("nline "))
            .cloned()
            .collect();
        assert_eq!(expected.len(), 300);
        assert_eq!(shown, expected, "{way:?}");
        finished.does_not_say("gave no token");
    };
    side_by_side(check);
}

/// A token that is taken no more before its time: the request is sent again with a new one, once.
#[test]
fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    for way in WAYS {
        for (on, answer) in [
            ("GET builds/*", "401"),
            ("GET builds/*/timeline", "sign-in-203"),
            ("GET builds/*/logs/*", "sign-in-302"),
            ("POST builds", "401"),
            ("POST builds", "sign-in-203"),
        ] {
            let refused = once(on, &format!("answer = \"{answer}\""));
            let simulator = simulator(&[COMPILES, SIGN_IN, &refused]);
            let finished = way.of(&simulator).run();
            succeeded(&simulator, &finished);
            assert_eq!(asked(&simulator.journal()), 2, "{way:?} {on} {answer}");
            assert_eq!(simulator.builds().len(), 1, "{way:?} {on} {answer}");
            finished.does_not_say("did not accept");
        }
    }
}

#[test]
fn a_token_that_stays_refused_ends_the_step() {
    let always = always("GET builds/*/timeline", "answer = \"401\"");
    let simulator = simulator(&[SOAKS, SIGN_IN, &always]);
    let finished = Way::GitHub.of(&simulator).run();
    finished.ended_with(3);
    let error = finished.error();
    assert!(
        error.contains("did not accept the token (401, GET"),
        "{error}"
    );
    assert!(
        error.contains(&format!(
            "add the service principal or managed identity {CLIENT}"
        )),
        "{error}"
    );
    assert_eq!(asked(&simulator.journal()), 2);
}

#[test]
fn a_renewal_that_fails_while_the_token_holds_is_said_once_and_tried_again() {
    side_by_side(|way| {
        // Due after twelve of sixteen seconds; the second and the third request for a token fail.
        let down = at(&[2, 3], way.token_request(), "status = 503\nbody = \"\"");
        let simulator = simulator(&[&lifetime(16), LONG, SIGN_IN, &down]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        let said = finished
            .stdout
            .matches("gave no token: it answered 503")
            .count();
        assert_eq!(said, 1, "{way:?}\n{}", finished.log());
        nothing_was_refused(&simulator);
    });
}

/// Whoever answers in Entra's place asks for a longer wait than a clock can count.
#[test]
fn a_renewal_is_not_put_off_for_ever() {
    side_by_side(|way| {
        let down = at(
            &[2],
            way.token_request(),
            "status = 503\nbody = \"\"\nheaders = { retry-after = \"1e19\" }",
        );
        let simulator = simulator(&[&lifetime(4), LONG, SIGN_IN, &down]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        assert!(finished.stdout.contains("gave no token: it answered 503"));
    });
}

#[test]
fn a_renewal_that_comes_late_is_waited_for() {
    side_by_side(|way| {
        let on = match way {
            Way::GitHub => "GET /idtoken/**",
            other => other.token_request(),
        };
        // It fails when the token has ended.
        let down = at(&[2], on, "delay = \"1500ms\"\nstatus = 503\nbody = \"\"");
        let simulator = simulator(&[&lifetime(2), LONG, SIGN_IN, &down]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        nothing_was_refused(&simulator);
    });
}

#[test]
fn a_first_token_that_does_not_come_at_once_is_asked_for_again() {
    for way in WAYS {
        let down = at(&[1, 2], way.token_request(), "status = 503\nbody = \"\"");
        let simulator = simulator(&[COMPILES, SIGN_IN, &down]);
        let finished = way.of(&simulator).run();
        succeeded(&simulator, &finished);
        assert_eq!(asked(&simulator.journal()), 3, "{way:?}");
    }
    let down = always(Way::GitHub.token_request(), "status = 503\nbody = \"\"");
    let simulator = simulator(&[COMPILES, SIGN_IN, &down]);
    let finished = Way::GitHub.of(&simulator).run();
    let host = host(&simulator);
    assert_eq!(
        finished.error(),
        format!("Entra ({host}) gave no token: it answered 503")
    );
    finished.ended_with(3);
    assert_eq!(asked(&simulator.journal()), 5);
}
