//! Nothing secret is shown, and nothing is sent anywhere but to the service: whatever goes wrong.
//!
//! Every step of these tests has secrets (`support::canary`), and everything that it wrote is searched
//! for them, in every encoding: here, in the fault matrix, and wherever else an [`Action`] has run. Here
//! is what the other tests do not do: each form of each secret, each input, services that repeat what
//! they were told, panics, and another host in every address.

use std::collections::BTreeSet;

use azure_pipelines_simulator::Simulator;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::action::Action;
use crate::support::canary::{PLANTED, leak};
use crate::support::in_process::{Trap, at_haste, hurried, write_to};
use crate::support::relay::Relay;
use crate::support::runner::{Culture, RunnerView};
use crate::support::service::{always, nobody, start};
use crate::tidy::declared;

/// A personal access token with what encoders change.
const TOKEN: &str = "c4n4ry/Of+A?Token&with=more%20and\"quotes\"-0123456789";

/// What the runner gives to steps that may sign in.
const REQUEST_TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.c4n4ry.OfARequestToken";

/// By how much steps in this process are hurried.
const HASTE: f64 = 100.0;

/// A run that fails, is retried, and in the end has logs, errors, tests and artifacts.
const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
artifacts = [{ name = "drop", size = 1024, type = "PipelineArtifact" }]
tests = { passed = 1, failed = ["adds: no"] }
[[pipeline.run.stage]]
name = "Build"
checks = [{ kind = "Approval", for = "2s" }]
[[pipeline.run.stage.job]]
name = "Linux"
[[pipeline.run.stage.job.task]]
name = "Compile"
lines = ["compiling", '##[error]broken']
attempts = [{ result = "failed" }, { result = "failed" }]
"#;

fn simulator(first: &str, last: &str) -> Simulator {
    start(&format!("{first}\n{PIPELINE}\n{last}"))
}

/// The forms in which a token may be given.
fn given() -> [(&'static str, String); 4] {
    let jwt = format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(r#"{"aud":"499b84ac"}"#),
        "c4n4ryOfASignature-0123456789"
    );
    [
        ("basic", TOKEN.to_owned()),
        ("basic", STANDARD.encode(format!(":{TOKEN}"))),
        ("basic", STANDARD.encode(format!("user:{TOKEN}"))),
        ("bearer", jwt),
    ]
}

/// What the simulator takes, of a token that is given so.
fn taken(scheme: &str, given: &str) -> String {
    let token = if scheme == "bearer" { given } else { TOKEN };
    let token = serde_json::Value::from(token);
    format!("token = {token}\nauth = {{ scheme = \"{scheme}\" }}")
}

#[test]
fn each_form_of_a_token_is_sent_and_not_shown() {
    for (scheme, given) in given() {
        let service = simulator(&taken(scheme, &given), "");
        let action = Action::on(&service)
            .secret("azure-devops-token", &given)
            .also_secret(if scheme == "basic" { TOKEN } else { &given })
            .input("retry-on", "failure");
        let finished = action.run();
        finished.ended_with(1);
        assert_eq!(
            leak(&service.journal_text(), std::slice::from_ref(&given)),
            None
        );
        // The same, refused.
        let other = simulator("token = \"another-token-0123456789\"", "");
        let finished = Action::on(&other)
            .secret("azure-devops-token", &given)
            .run();
        assert!(
            finished.error().contains("did not accept the token"),
            "{}",
            finished.stdout
        );
    }
}

/// A service, or a task, that repeats what it was told: the runner hides it.
#[test]
fn what_is_repeated_is_hidden_by_the_runner() {
    let url = utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string();
    let json = serde_json::Value::from(TOKEN).to_string();
    let repeated = [
        TOKEN.to_owned(),
        STANDARD.encode(TOKEN),
        STANDARD.encode(format!(":{TOKEN}")),
        STANDARD.encode(format!("somebody:{TOKEN}")),
        lower_case_escapes(&url.replace("%2D", "-")),
        url.replace("%2D", "-"),
        json,
    ];
    let secrets = [TOKEN.to_owned()];
    for said in &repeated {
        let line = serde_json::Value::from(format!("echo {said}"));
        let pipeline = PIPELINE.replace("\"compiling\"", &line.to_string());
        let body = serde_json::json!({ "message": format!("No: <{said}>") }).to_string();
        let body = serde_json::Value::from(body);
        for on in [
            "GET definitions",
            "POST builds",
            "GET builds/*/timeline",
            "GET nothing",
        ] {
            let fault = always(on, &format!("status = 403\nbody = {body}"));
            let service = start(&format!("{}\n{pipeline}{fault}", taken("basic", TOKEN)));
            let action = Action::on(&service)
                .secret("azure-devops-token", TOKEN)
                .input("retry-on", "never");
            let (_, log) = hurried(&action, HASTE);
            let shown = RunnerView::of(log.as_bytes(), b"", Culture::Icu)
                .log
                .join("\n");
            assert!(shown.contains("***"), "{on}: {said:?}\n{log}");
            assert_eq!(leak(&shown, &secrets), None, "{on}: {said:?}");
        }
    }
}

fn lower_case_escapes(url: &str) -> String {
    let mut parts = url.split('%');
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |out, part| {
        let (digits, rest) = part.split_at(2);
        format!("{out}%{}{rest}", digits.to_lowercase())
    })
}

/// Whatever is wrong with an input, no secret is in the sentence about it.
#[test]
fn wrong_inputs_show_no_secret() {
    let service = simulator("", "");
    let mut exit_codes = BTreeSet::new();
    for input in declared("inputs") {
        for wrong in ["wrong", "{\"a\":", "a\nb"] {
            let action = Action::on(&service).input(&input, wrong);
            exit_codes.insert(searched(&action).0);
        }
    }
    assert!(exit_codes.contains(&2), "{exit_codes:?}");
    let secret = "c4n4ryOfAWrongSecret-0123456789";
    for (input, wrong) in [
        ("azure-devops-token", format!("{secret}\u{1}")),
        (
            "azure-devops-token",
            format!("eyJhbGciOiJSUzI1NiJ9.x\n{secret}.y"),
        ),
        (
            "azure-devops-project-url",
            format!("https://user:{secret}@dev.azure.com/f/F"),
        ),
        (
            "azure-devops-project-url",
            format!("https://user:{secret}@dev.azure.com:99999/f/F"),
        ),
        (
            "azure-devops-project-url",
            format!("https://{secret}@dev.azure.com"),
        ),
        ("azure-pipeline-variables", format!("{{\"a\": \"{secret}\"")),
        ("azure-pipeline-variables", format!("a=1\n{secret}")),
        ("template-parameters", format!("={secret}")),
        ("secret-variables", format!("{{\"a\": \"{secret}\"")),
        ("secret-variables", format!("a=1\n{secret}")),
        ("azure-client-secret", secret.to_owned()),
    ] {
        let action = Action::on(&service)
            .input(input, &wrong)
            .also_secret(secret);
        searched(&action);
        let finished = action.run();
        assert_ne!(finished.exit_code, None, "{input}: {wrong:?}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_shows_no_password() {
    let secret = "c4n4ryOfAProxy-0123456789";
    let nobody = nobody();
    for (scheme, proxy) in [
        ("http", format!("http://user:{secret}@{nobody}")),
        ("https", format!("http://user:{secret}@{nobody}")),
        ("http", format!("user:{secret}@{nobody}")),
        ("http", format!("http://user:{secret}@127.0.0.1:999999")),
        ("http", format!("nonsense://user:{secret}@")),
    ] {
        let action = Action::new(&format!("{scheme}://azure.test/fabrikam/Fabrikam"))
            .variable(&format!("{}_PROXY", scheme.to_uppercase()), &proxy)
            .variable("NO_PROXY", "")
            .also_secret(secret);
        let finished = action.run();
        assert!(
            matches!(finished.exit_code, Some(2 | 3)),
            "{proxy}: {}",
            finished.stdout
        );
    }
}

/// A real bug's message goes through the one writer, after the masks. No thread can be started here,
/// so that looking up a host's name panics in the client.
#[test]
fn a_panic_shows_no_secret() {
    let service = simulator("", "");
    let url = service.project_url().replace("127.0.0.1", "localhost");
    let finished = Action::new(&url)
        .secret("secret-variables", "password=c4n4ryOfAVariable-0123456789")
        .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)
        .also_secret(REQUEST_TOKEN)
        .variable("RUST_MIN_STACK", &(1_u64 << 50).to_string())
        .variable("RUST_BACKTRACE", "full")
        .run();
    finished.ended_with(3);
    assert!(
        finished.error().starts_with("Internal error: "),
        "{}",
        finished.stdout
    );
    assert!(service.journal().is_empty());
}

#[test]
fn no_panic_at_any_moment_shows_a_secret() {
    for at in 1..40 {
        let service = simulator("", "");
        let action = Action::on(&service).input("retry-on", "failure");
        let mut writes = 0;
        let mut trap = Trap::new(|_| {
            writes += 1;
            writes == at
        });
        let exit_code = write_to(&mut trap, &action, at_haste(HASTE));
        let log = trap.log();
        action.search(&log);
        if !trap.has_sprung() {
            assert_eq!(exit_code, 1, "{log}");
            assert!(at > 5, "{log}");
            return;
        }
        assert_eq!(exit_code, 3, "{log}");
    }
    panic!("the run never came to its end");
}

/// Addresses in answers are looked at by people, and called by nobody.
#[test]
fn no_other_host_is_called() {
    let service = simulator("", "");
    let relay = Relay::before(&service);
    let action = || {
        Action::new(&relay.project_url())
            .input("retry-on", "failure")
            .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)
            .also_secret(REQUEST_TOKEN)
    };
    let failed = action().run();
    failed.ended_with(1);
    for (command, expected) in [
        ("watch", 1),
        ("retry", 1),
        ("show", 0),
        ("cancel", 0),
        ("tag-list", 0),
    ] {
        let finished = action()
            .input("command", command)
            .input("run-id", "1")
            .run();
        finished.ended_with(expected);
    }
    let listed = action()
        .input("command", "list")
        .input("requested-for", "me")
        .run();
    listed.ended_with(0);
    assert!(
        service
            .journal()
            .iter()
            .all(|exchange| exchange.host == relay.other())
    );
    assert!(relay.names() > 10, "{}", relay.names());
    assert_eq!(relay.contacts(), 0);
    // What is for GitHub is not for Azure.
    let heard = format!("{:?}", service.journal());
    let others = PLANTED.map(|(_, secret)| secret.to_owned());
    let others: Vec<String> = others
        .into_iter()
        .chain([REQUEST_TOKEN.to_owned()])
        .collect();
    assert_eq!(leak(&heard, &others), None);
}

#[test]
fn no_redirect_of_any_request_is_followed() {
    let requests = [
        "GET definitions",
        "GET definitions/*",
        "POST builds",
        "POST builds/*/tags",
        "GET builds/*",
        "GET builds/*/timeline",
        "GET builds/*/logs/*",
        "PATCH builds/*/stages/*",
    ];
    let elsewhere = simulator("", "");
    for status in [301, 302, 303, 307, 308] {
        for on in requests {
            let location = format!("{}/fabrikam/Fabrikam/_apis/build/builds", elsewhere.url());
            let fault = format!("status = {status}\nheaders = {{ location = \"{location}\" }}");
            let service = simulator("", &always(on, &fault));
            let action = Action::on(&service).input("retry-on", "failure");
            let (exit_code, log) = searched(&action);
            assert!(matches!(exit_code, 1 | 3), "{on}: {log}");
            assert_eq!(elsewhere.journal_text(), "", "{on} {status}");
        }
    }
}

/// Runs a step in this process, in a hurry, and searches what it wrote.
fn searched(action: &Action) -> (u8, String) {
    let (exit_code, log) = hurried(action, HASTE);
    action.search(&log);
    (exit_code, log)
}
