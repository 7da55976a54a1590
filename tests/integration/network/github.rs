//! GitHub's API has the same trust and the same proxies as Azure DevOps, and sentences of its own.

use std::time::Duration;

use azure_pipelines_simulator::Simulator;
use run_azure_pipeline::azure::Patience;

use super::succeeded;
use crate::support::action::Action;
use crate::support::in_process::in_process;
use crate::support::proxy::{Manner, Proxy};
use crate::support::service::{COMPILES, address, always, host, nobody, start};
use crate::support::tls::{Authority, Kind};

/// A comment on a pull request, about whose commit GitHub is asked.
fn comment(simulator: &Simulator, api_url: &str) -> Action {
    let payload = include_str!("../../scenarios/comment/event.json");
    Action::on(simulator)
        .payload(payload)
        .input("pull-request-ref", "head")
        .input("github-token", "ghs_canary")
        .variable("GITHUB_EVENT_NAME", "issue_comment")
        .variable("GITHUB_API_URL", api_url)
}

const PULL_REQUEST: &str = r#"
[[pull-request]]
number = 7
head-ref = "topic"
head-sha = "2222222222222222222222222222222222222222"
"#;

fn with_pull_request(more: &str) -> Simulator {
    start(&format!("{COMPILES}{PULL_REQUEST}{more}"))
}

/// GitHub's client has the same trust and the same proxies as Azure DevOps'.
#[test]
fn github_is_reached_in_the_same_ways() {
    let (simulator, authority) = (with_pull_request(""), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let step = comment(&simulator, &format!("https://{server}/api/v3"));
    succeeded(&step.input("ca-certificate", &authority.pem()).run());
    let proxy = Proxy::start(server, Manner::Login("me:s3cret"));
    let step = comment(&simulator, "https://azure.test/api/v3")
        .input("ca-certificate", &authority.pem())
        .variable("HTTPS_PROXY", &format!("http://me:s3cret@{}", proxy.host()));
    succeeded(&step.run());
    assert_eq!(proxy.seen(), ["CONNECT azure.test:443 HTTP/1.1"]);
    let step = Action::on(&simulator)
        .input("report", "commit-status")
        .input("github-token", "ghs_canary")
        .input("ca-certificate", &authority.pem())
        .variable("GITHUB_API_URL", "https://azure.test/api/v3")
        .variable("HTTPS_PROXY", &format!("http://me:s3cret@{}", proxy.host()));
    succeeded(&step.run());
    let statuses = simulator.github().statuses;
    let last = statuses.last().expect("a status");
    assert_eq!(last["state"], "success");
    let proxy = Proxy::start(address(&simulator), Manner::Open);
    let step = comment(&simulator, "http://azure.test/api/v3")
        .variable("NO_PROXY", "127.0.0.1")
        .variable("HTTP_PROXY", &proxy.host());
    let finished = step.run();
    succeeded(&finished);
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
    let warning =
        "GITHUB_API_URL uses http: the token and the answers travel to azure.test unencrypted.";
    finished.says(warning);
}

/// Whatever asks GitHub says so, once: a run that is also reported there, and one that is only checked.
#[test]
fn github_that_is_asked_in_the_clear_is_warned_of_once() {
    let simulator = with_pull_request("");
    for (input, value) in [("command", "check"), ("report", "commit-status")] {
        let proxy = Proxy::start(address(&simulator), Manner::Open);
        let finished = comment(&simulator, "http://azure.test/api/v3")
            .variable("NO_PROXY", "127.0.0.1")
            .variable("HTTP_PROXY", &proxy.host())
            .input(input, value)
            .run();
        assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
        let warnings = finished.stdout.matches("GITHUB_API_URL uses http: ");
        assert_eq!(warnings.count(), 1, "{}", finished.stdout);
    }
}

#[test]
fn github_that_cannot_be_asked_has_its_sentence() {
    let (simulator, authority) = (with_pull_request(""), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let unreached = |host: &str, reason: &str| {
        format!("GitHub could not be reached at {host} (GET /repos/octo/demo/pulls/7): {reason}")
    };
    let finished = comment(&simulator, &format!("https://{server}/api/v3")).run();
    let reason = "its certificate is by an authority that is not trusted; if that is your company's own, give its \
                  certificate as `ca-certificate`";
    assert_eq!(finished.error(), unreached(&server.to_string(), reason));
    finished.ended_with(3);
    let down = nobody();
    let finished = comment(&simulator, &format!("http://{down}")).run();
    let reason =
        "Connection refused (os error 111); check GITHUB_API_URL, the network and the proxy";
    assert_eq!(finished.error(), unreached(&down.to_string(), reason));
    for (scheme, name, target) in [
        ("https", "HTTPS_PROXY", server),
        ("http", "HTTP_PROXY", address(&simulator)),
    ] {
        let proxy = Proxy::start(target, Manner::Login("me:s3cret"));
        let step = comment(&simulator, &format!("{scheme}://azure.test/api/v3"))
            .variable("NO_PROXY", "127.0.0.1")
            .variable(name, &proxy.host());
        let reason = format!(
            "the proxy {} wants another user name and password (407); give them in `HTTPS_PROXY` or `HTTP_PROXY` \
             (http://USER:PASSWORD@HOST:PORT)",
            proxy.host()
        );
        assert_eq!(step.run().error(), unreached("azure.test", &reason));
    }
    let finished = comment(&simulator, "api.github.com").run();
    let sentence = "GITHUB_API_URL is \"api.github.com\", which is no http(s) URL";
    assert_eq!(finished.error(), sentence);
    let finished = comment(&simulator, &format!("{}/api/v3", simulator.url()))
        .input("github-token", "ghs_\u{1}canary")
        .run();
    let sentence = "`github-token` holds a character that cannot be part of a token: paste it again without line breaks";
    assert_eq!(finished.error(), sentence);
    assert_eq!(simulator.builds().len(), 0);
}

/// Answers of GitHub that are none.
#[test]
fn what_github_answers_is_read_up_to_a_limit_and_in_time() {
    let sentence = |reason: &str| {
        format!(
            "Failed to look up pull request #7 of \"octo/demo\" on GitHub: {reason}; check that `github-token` is set \
             and that the job has the permission `pull-requests: read`"
        )
    };
    let always = |fault: &str| with_pull_request(&always("GET /api/v3/**", fault));
    let endless = format!("body = \"{}\"", "[".repeat(17 * 1024 * 1024));
    for (fault, reason) in [
        (
            "status = 404\nbody = '{\"message\":\"Not Found\"}'",
            "\"Not Found\" (404)",
        ),
        (
            "status = 502\nbody = '<html>'",
            "\"it gave no reason\" (502)",
        ),
        (
            "status = 301\nheaders = { location = \"http://elsewhere.test/\" }",
            "\"it gave no reason\" (301)",
        ),
        (
            "status = 200\nbody = '[7]'",
            "the answer is no pull request",
        ),
        ("status = 200\nbody = ''", "the answer is no pull request"),
        (endless.as_str(), "the answer is longer than 16777216 bytes"),
    ] {
        let simulator = always(fault);
        let finished = comment(&simulator, &format!("{}/api/v3", simulator.url())).run();
        assert_eq!(finished.error(), sentence(reason));
        finished.ended_with(3);
    }
    let simulator = always("drip = \"50ms\"");
    let patience = Patience {
        request: Duration::from_millis(500),
        ..Patience::default()
    };
    let step = comment(&simulator, &format!("{}/api/v3", simulator.url()));
    let (exit_code, log) = in_process(&step, patience);
    assert_eq!(exit_code, 3, "{log}");
    let host = host(&simulator);
    let sentence = format!(
        "GitHub could not be reached at {host} (GET /repos/octo/demo/pulls/7): the request timed out"
    );
    assert!(log.contains(&sentence), "{log}");
}
