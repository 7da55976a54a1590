//! Canceling, which needs a token, too.

use azure_pipelines_simulator::{Simulator, Snapshot};

use super::{SIGN_IN, WAYS, Way, asked, lifetime, nothing_leaked, side_by_side, simulator};
use crate::support::running::Running;
use crate::support::service::{SOAKS, at, wait_until};

/// A step that follows a run that does not end, until `count` tokens have been asked for.
fn soaking(simulator: &Simulator, way: Way, count: usize) -> Running {
    let running = way.of(simulator).input("poll-interval", "20ms").start();
    let is_ready = |snapshot: &Snapshot| {
        let mut journal = snapshot.journal.iter();
        asked(&snapshot.journal) >= count && journal.any(|one| one.path.contains("/timeline"))
    };
    wait_until(simulator, is_ready);
    running
}

#[test]
fn canceling_does_not_wait_for_a_renewal_while_the_token_holds() {
    side_by_side(|way| {
        // Its answer never comes in time.
        let hangs = at(&[2], way.token_request(), "delay = \"60s\"");
        let simulator = simulator(&[&lifetime(8), SOAKS, SIGN_IN, &hangs]);
        let running = soaking(&simulator, way, 2);
        running.signal("INT");
        let is_canceled = |snapshot: &Snapshot| snapshot.builds[0].cancel_requested;
        wait_until(&simulator, is_canceled);
        // Nobody asked again, nor was the answer there.
        assert_eq!(asked(&simulator.journal()), 2);
        let finished = running.finish();
        finished.ended_with(130);
        finished.says("Azure DevOps was asked to cancel the run");
    });
}

#[test]
fn canceling_waits_for_the_renewal_that_is_under_way_where_no_token_holds() {
    for way in WAYS {
        let refused = at(&[9], "GET builds/*/timeline", "answer = \"401\"");
        let slow = at(&[2], way.token_request(), "delay = \"1s\"");
        let simulator = simulator(&[SOAKS, SIGN_IN, &refused, &slow]);
        let running = soaking(&simulator, way, 2);
        running.signal("INT");
        let finished = running.finish();
        assert!(
            simulator.builds()[0].cancel_requested,
            "{}",
            finished.stdout
        );
        finished.ended_with(130);
        // The interruption has not begun another one.
        assert_eq!(asked(&simulator.journal()), 2, "{way:?}");
        nothing_leaked(&simulator, &finished);
        finished.says("Azure DevOps was asked to cancel the run");
    }
}

#[test]
fn what_an_interrupted_step_cannot_cancel_without_a_token_the_post_step_does() {
    let refused = at(&[9], "GET builds/*/timeline", "answer = \"401\"");
    let later: Vec<u8> = (2..99).collect();
    let down = at(&later, "GET /idtoken/**", "close = \"before\"");
    let simulator = simulator(&[SOAKS, SIGN_IN, &refused, &down]);
    let running = Way::GitHub
        .of(&simulator)
        .input("poll-interval", "20ms")
        .start();
    let is_down = |snapshot: &Snapshot| {
        let journal = snapshot.journal.iter();
        let paths = journal.filter(|one| one.path.starts_with("/idtoken/"));
        paths.count() > 1
    };
    wait_until(&simulator, is_down);
    running.signal("INT");
    running.signal("TERM");
    let finished = running.finish();
    assert!(
        !simulator.builds()[0].cancel_requested,
        "{}",
        finished.stdout
    );
    finished.says("could not be asked to cancel the run");
    let post = Way::Secret.of(&simulator).after(&finished).run();
    post.ended_with(0);
    assert!(simulator.builds()[0].cancel_requested, "{}", post.stdout);
}

#[test]
fn the_post_step_signs_in_by_itself() {
    for way in WAYS {
        let simulator = simulator(&[SOAKS, SIGN_IN]);
        let running = soaking(&simulator, way, 1);
        running.signal("KILL");
        let killed = running.finish();
        let post = way.of(&simulator).after(&killed).run();
        post.ended_with(0);
        post.says("Azure DevOps was asked to cancel App CI");
        assert!(simulator.builds()[0].cancel_requested);
        // The tokens of the step before need no mask any more.
        for token in simulator.tokens() {
            assert!(!post.log().contains(&token), "{}", post.stdout);
        }
    }
}
