//! Faults, the journal, waiting, and what a test hears of afterwards.

use std::time::Duration;

use azure_pipelines_simulator::Simulator;

use crate::http::{credentials, follow, get, queue, queued, send, start};

const ONE: &str = "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nlines = ['x']\n";
const BUILD: &str = "/fabrikam/Fabrikam/_apis/build/builds/1?api-version=7.1";

fn with_fault(fault: &str) -> Simulator {
    queued(&format!(
        "{ONE}[[fault]]\non = 'GET builds/*'\nat = [1]\n{fault}"
    ))
}

#[test]
fn answers_can_be_replaced() {
    let cases = [
        ("status = 503", 503, ""),
        ("status = 500\nbody = 'oops'", 500, "oops"),
        (
            "answer = 'throttled'\nheaders = { retry-after = '7' }",
            429,
            "TF400733",
        ),
        ("answer = 'sign-in-203'", 203, "Sign In"),
        ("answer = 'sign-in-302'", 302, "Sign In"),
        ("answer = '401'", 401, ""),
        ("answer = 'server-error'", 500, "TF400898"),
        ("answer = 'offline-bom'", 503, "\u{feff}{\"$id\""),
    ];
    for (fault, status, text) in cases {
        let simulator = with_fault(fault);
        let answer = get(&simulator, "builds/1");
        assert_eq!(answer.status, status, "{fault}");
        assert!(answer.text().contains(text), "{fault}: {}", answer.text());
        if fault.contains("retry-after") {
            assert_eq!(answer.header("retry-after"), Some("7"));
        }
        assert_eq!(get(&simulator, "builds/1").status, 200);
        assert!(simulator.problems().is_empty());
    }
}

#[test]
fn a_gateway_answers_without_the_services_headers() {
    for (from, is_own) in [("service", true), ("gateway", false)] {
        let simulator = with_fault(&format!("status = 502\nfrom = '{from}'"));
        let answer = get(&simulator, "builds/1");
        assert_eq!(answer.status, 502);
        for name in ["activityid", "x-vss-e2eid", "x-tfs-processid"] {
            assert_eq!(answer.header(name).is_some(), is_own, "{name}");
        }
    }
}

#[test]
fn headers_alone_are_added_to_the_real_answer() {
    let simulator = with_fault("headers = { Retry-After = '5' }\ndelay = '10ms'");
    let answer = get(&simulator, "builds/1");
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (200, Some("5"))
    );
    assert_eq!(answer.json()["id"], 1);
}

#[test]
fn connections_can_be_closed_before_after_and_amid_an_answer() {
    let ask = |simulator: &Simulator| send(simulator, "GET", BUILD, &[credentials()], "");
    for (close, later) in [("before", "inProgress"), ("after", "completed")] {
        let simulator = with_fault(&format!("close = '{close}'"));
        assert!(ask(&simulator).is_none());
        assert!(
            simulator
                .journal_text()
                .ends_with(&format!("GET {BUILD} -> closed\n"))
        );
        // The closed request has moved the time on only where it was handled.
        get(&simulator, "builds/1");
        assert_eq!(get(&simulator, "builds/1").json()["status"], later);
    }
    let simulator = with_fault("cut = 100");
    let cut = ask(&simulator).expect("the start of an answer");
    assert_eq!(cut.body.len(), 100);
    assert!(
        cut.header("content-length")
            .unwrap()
            .parse::<usize>()
            .unwrap()
            > 100
    );
}

#[test]
fn a_lost_answer_to_a_post_may_have_queued_a_build() {
    for (close, builds) in [("before", 0), ("after", 1)] {
        let simulator = start(&format!(
            "{ONE}[[fault]]\non = 'POST builds'\nat = [1]\nclose = '{close}'\n"
        ));
        let target = "/fabrikam/Fabrikam/_apis/build/builds?api-version=7.1";
        assert!(
            send(
                &simulator,
                "POST",
                target,
                &[credentials()],
                r#"{"definition":{"id":1}}"#
            )
            .is_none()
        );
        assert_eq!(simulator.builds().len(), builds, "{close}");
    }
}

#[test]
fn a_request_can_be_carried_out_although_its_answer_says_otherwise() {
    for carried_out in [false, true] {
        let simulator = start(&format!(
            "{ONE}[[fault]]\non = 'POST builds'\nat = [1]\nanswer = 'server-error'\ncarried-out = {carried_out}\n"
        ));
        let answer = queue(&simulator, r#"{"definition":{"id":1}}"#);
        assert_eq!(answer.status, 500);
        assert_eq!(simulator.builds().len(), usize::from(carried_out));
    }
}

#[test]
fn the_journal_tells_what_was_asked_without_the_secret() {
    let simulator = start(ONE);
    queue(
        &simulator,
        r#"{"sourceBranch": "refs/heads/main", "definition": {"id": 1}}"#,
    );
    follow(&simulator, 1);
    let expected = format!(
        "POST /fabrikam/Fabrikam/_apis/build/builds?api-version=7.1 -> 200 {{\"definition\":{{\"id\":1}},\"sourceBranch\":\"refs/heads/main\"}}\n\
         GET {BUILD} -> 200 (3 times)\n"
    );
    assert_eq!(simulator.journal_text(), expected);
    let first = &simulator.journal()[0];
    assert_eq!(first.authorization.as_deref(), Some("Basic"));
    assert_eq!(first.header("accept"), Some("application/json"));
    assert!(simulator.url().ends_with(&first.host));
    let inside = send(&simulator, "GET", "/_simulator/journal", &[], "").unwrap();
    assert!(
        !inside
            .text()
            .contains(credentials().split(' ').next_back().unwrap())
    );
    assert_eq!(inside.json().as_array().unwrap().len(), 4);
}

#[test]
fn faults_that_were_never_reached_are_problems() {
    let simulator = start(
        "[[fault]]\non = 'GET builds/*/logs/*'\nat = [1, 3]\nstatus = 500\n[[fault]]\non = '* definitions'\nevery = true\nstatus = 500\n",
    );
    let expected = [
        "the fault on `GET builds/*/logs/*` number 1 was never reached",
        "the fault on `GET builds/*/logs/*` number 3 was never reached",
        "the fault on `* definitions` was never reached",
    ];
    assert_eq!(simulator.problems(), expected);
}

#[test]
fn a_test_can_wait_for_a_state_also_with_a_real_clock() {
    let simulator = start(&format!("clock = {{ real = 50.0 }}\n{ONE}"));
    let long = Duration::from_secs(10);
    assert!(!simulator.wait_until(|seen| !seen.builds.is_empty(), Duration::from_millis(20)));
    queue(&simulator, r#"{"definition": {"id": 1}}"#);
    assert!(simulator.wait_until(|seen| seen.builds[0].status == "completed", long));
    assert_eq!(simulator.builds()[0].result.as_deref(), Some("succeeded"));
}

#[test]
fn bodies_drip_and_stall() {
    let plain = with_fault("headers = { x = 'y' }");
    let whole = get(&plain, "builds/1").body.len();
    let simulator = with_fault("drip = '1ms'\ndrip-bytes = 100");
    let before = std::time::Instant::now();
    assert_eq!(get(&simulator, "builds/1").body.len(), whole);
    assert!(before.elapsed() >= Duration::from_millis(whole as u64 / 100));
    let simulator = with_fault("stall = 50");
    let stalled = get(&simulator, "builds/1");
    assert_eq!((stalled.status, stalled.body.len()), (200, 50));
    assert_eq!(
        stalled.header("content-length"),
        Some(whole.to_string().as_str())
    );
    assert_eq!(get(&simulator, "builds/1").json()["id"], 1);
}

#[test]
fn throttling_has_its_headers_on_refusals_and_on_good_answers() {
    for (answer, status, remaining) in [("throttled", 429, "0"), ("slowed", 200, "20")] {
        let simulator = with_fault(&format!("answer = '{answer}'"));
        let answer = get(&simulator, "builds/1");
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        assert_eq!(answer.header("retry-after"), Some("1"));
        let reset = answer.header("x-ratelimit-reset").unwrap();
        assert!(reset.parse::<u64>().unwrap() > 1_772_440_020, "{reset}");
    }
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    use std::io::Read as _;

    let simulator = queued(ONE);
    follow(&simulator, 1);
    let target = "/fabrikam/Fabrikam/_apis/build/builds/1/timeline?api-version=7.1";
    let ask = |header: &str| {
        send(
            &simulator,
            "GET",
            target,
            &[credentials(), header.to_owned()],
            "",
        )
        .unwrap()
    };
    let (packed, plain) = (ask("Accept-Encoding: br, gzip;q=0.5"), ask("Accept: */*"));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(plain.header("content-encoding"), None);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
}

#[test]
fn a_compressed_body_can_be_cut_too() {
    let fault = "[[fault]]\non = 'GET builds/*/timeline'\nat = [2]\ncut = 50\npacked = true\n";
    let simulator = queued(&format!("{ONE}{fault}"));
    get(&simulator, "builds/1");
    get(&simulator, "builds/1");
    let target = "/fabrikam/Fabrikam/_apis/build/builds/1/timeline?api-version=7.1";
    let headers = [credentials(), "Accept-Encoding: gzip".to_owned()];
    let ask = || send(&simulator, "GET", target, &headers, "").expect("the start of an answer");
    let (whole, cut) = (ask(), ask());
    assert_eq!(cut.header("content-encoding"), Some("gzip"));
    assert_eq!(cut.body.len(), 50);
    assert!(whole.body.len() > 50);
    assert!(cut.body.starts_with(&whole.body[..10]));
}
