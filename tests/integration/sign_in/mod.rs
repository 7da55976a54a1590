//! Signing in without a stored token: each way, each refusal, and tokens that end while a run is followed.

mod interrupted; // signals while there is no token, or hardly one
mod refusals; // each refusal, and what `check` says
mod renewals; // tokens that end while a run is followed

use std::thread;

use azure_pipelines_simulator::{Exchange, Simulator, TEST_REQUEST_TOKEN, TEST_TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{COMPILES, always, host, start};

const TENANT: &str = "7c0f3a51-1b44-4f6e-9d25-3b1c6e0a9f12";
const CLIENT: &str = "0b3d7c15-55f0-4d0e-8c61-1f2f9a6f7d31";
const SECRET: &str = "simulated-secret-of-an-application";

/// The ways that obtain tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    GitHub,
    Secret,
    Machine,
    AssignedIdentity,
}

const WAYS: [Way; 4] = [
    Way::GitHub,
    Way::Secret,
    Way::Machine,
    Way::AssignedIdentity,
];

/// What Entra, GitHub and the machine know when all is well.
const SIGN_IN: &str = r#"
[[sign-in.application]]
client = "0b3d7c15-55f0-4d0e-8c61-1f2f9a6f7d31"
secrets = [{ value = "simulated-secret-of-an-application" }]
federated = [{}]
[sign-in.machine]
own = "0b3d7c15-55f0-4d0e-8c61-1f2f9a6f7d31"
"#;

fn simulator(parts: &[&str]) -> Simulator {
    start(&parts.concat())
}

fn lifetime(seconds: u32) -> String {
    format!("sign-in.token-lifetime = \"{seconds}s\"\n")
}

impl Way {
    /// The inputs and variables of a step that signs in like this.
    fn of(self, simulator: &Simulator) -> Action {
        let action = Action::on(simulator)
            .without("INPUT_AZURE-DEVOPS-TOKEN")
            .variable(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                &simulator.oidc_request_url(),
            )
            .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", TEST_REQUEST_TOKEN)
            .variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", &simulator.url());
        let entra = |action: Action| {
            action
                .input("azure-authority-host", &simulator.url())
                .input("azure-tenant-id", TENANT)
                .input("azure-client-id", CLIENT)
        };
        match self {
            Self::GitHub => entra(action),
            Self::Secret => entra(action).input("azure-client-secret", SECRET),
            Self::Machine => action.input("azure-managed-identity", "true"),
            Self::AssignedIdentity => action
                .input("azure-managed-identity", "true")
                .input("azure-client-id", CLIENT),
        }
    }

    /// The request for an access token, as a pattern of faults.
    fn token_request(self) -> &'static str {
        match self {
            Self::GitHub | Self::Secret => "POST /*/oauth2/v2.0/token",
            Self::Machine | Self::AssignedIdentity => "GET /metadata/identity/oauth2/token",
        }
    }
}

/// How many access tokens were asked for.
fn asked(journal: &[Exchange]) -> usize {
    let is_for_token = |path: &str| path.contains("/oauth2/");
    journal.iter().filter(|one| is_for_token(&one.path)).count()
}

fn assertions(simulator: &Simulator) -> usize {
    let journal = simulator.journal();
    let is_for_token = |path: &str| path.starts_with("/idtoken/");
    journal.iter().filter(|one| is_for_token(&one.path)).count()
}

/// The status of every answer of Azure DevOps.
fn statuses(simulator: &Simulator) -> Vec<u16> {
    let journal = simulator.journal();
    let azure = journal
        .iter()
        .filter(|one| one.path.starts_with("/fabrikam/"));
    azure.filter_map(|one| one.status).collect()
}

/// No secret was shown, and each token was masked but such as were still on their way in the end.
#[track_caller]
fn nothing_leaked(simulator: &Simulator, finished: &Finished) {
    let tokens = simulator.tokens();
    let given = [SECRET, TEST_REQUEST_TOKEN].map(str::to_owned);
    for secret in tokens.iter().chain(&given) {
        let shown = [&finished.log(), &finished.summary, &finished.output_lines()];
        assert!(
            !shown.iter().any(|text| text.contains(secret.as_str())),
            "{}",
            finished.stdout
        );
    }
    let is_masked = |token: &&String| finished.view.masks.contains(token);
    let masked = tokens.iter().filter(is_masked).count();
    let late = if asked(&simulator.journal()) > 1 {
        2
    } else {
        0
    };
    assert!(masked > 0 || tokens.is_empty(), "{}", finished.log());
    assert!(masked + late >= tokens.len(), "{}", finished.log());
}

#[track_caller]
fn succeeded(simulator: &Simulator, finished: &Finished) {
    finished.ended_with(0);
    nothing_leaked(simulator, finished);
    assert_eq!(simulator.problems(), Vec::<String>::new());
}

#[test]
fn each_way_signs_in_and_asks_for_a_token_once() {
    for way in WAYS {
        let simulator = simulator(&[COMPILES, SIGN_IN]);
        let finished = way.of(&simulator).run();
        succeeded(&simulator, &finished);
        assert_eq!(asked(&simulator.journal()), 1, "{way:?}");
        assert_eq!(
            assertions(&simulator),
            usize::from(way == Way::GitHub),
            "{way:?}"
        );
        for exchange in simulator.journal() {
            if exchange.path.starts_with("/fabrikam/") {
                assert_eq!(exchange.authorization.as_deref(), Some("Bearer"), "{way:?}");
            }
        }
    }
}

#[test]
fn a_token_that_is_given_costs_no_request() {
    let jwt = format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(r#"{"aud":"499b84ac"}"#)
    );
    let pair = STANDARD.encode(format!(":{TEST_TOKEN}"));
    for (token, accepted, scheme) in [
        (TEST_TOKEN, TEST_TOKEN, "basic"),
        (pair.as_str(), TEST_TOKEN, "basic"),
        (jwt.as_str(), jwt.as_str(), "bearer"),
    ] {
        let accepted = format!("token = \"{accepted}\"\nauth.scheme = \"{scheme}\"\n");
        let simulator = simulator(&[&accepted, COMPILES, SIGN_IN]);
        let finished = Action::on(&simulator)
            .input("azure-devops-token", token)
            .variable(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                &simulator.oidc_request_url(),
            )
            .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", TEST_REQUEST_TOKEN)
            .run();
        succeeded(&simulator, &finished);
        let journal = simulator.journal();
        assert!(journal.iter().all(|one| one.path.starts_with("/fabrikam/")));
    }
}

#[test]
fn a_job_without_the_permission_is_told_so_before_any_request() {
    let simulator = simulator(&[COMPILES, SIGN_IN]);
    for missing in [
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ] {
        let finished = Way::GitHub.of(&simulator).without(missing).run();
        finished.ended_with(2);
        let error = finished.error();
        assert!(error.contains("`permissions: id-token: write`"), "{error}");
        assert!(error.contains("forks"), "{error}");
    }
    assert!(simulator.journal().is_empty());
}

/// Checks all ways at once: what takes seconds for each takes them once.
fn side_by_side(check: impl Fn(Way) + Sync) {
    thread::scope(|scope| {
        for way in WAYS {
            let check = &check;
            scope.spawn(move || check(way));
        }
    });
}

#[test]
fn tokens_go_to_their_own_services_alone() {
    let elsewhere = simulator(&[COMPILES, SIGN_IN]);
    for (way, on) in [
        (Way::GitHub, "GET /idtoken/**"),
        (Way::GitHub, Way::GitHub.token_request()),
        (Way::Secret, Way::Secret.token_request()),
        (Way::Machine, Way::Machine.token_request()),
    ] {
        for status in [302, 307, 308] {
            let target = format!("{}/fabrikam/", elsewhere.url());
            let redirect =
                format!("status = {status}\nheaders = {{ location = \"{target}\" }}\nbody = \"\"");
            let redirect = always(on, &redirect);
            let simulator = simulator(&[COMPILES, SIGN_IN, &redirect]);
            let finished = way.of(&simulator).run();
            finished.ended_with(3);
            assert!(
                finished.error().contains(&status.to_string()),
                "{}",
                finished.error()
            );
            assert_eq!(statuses(&simulator), [0; 0]);
        }
    }
    assert!(elsewhere.journal().is_empty());
}

#[test]
fn the_machine_is_asked_without_a_proxy() {
    let simulator = simulator(&[COMPILES, SIGN_IN]);
    let project = simulator.project_url().replace("127.0.0.1", "localhost");
    let finished = Way::Machine
        .of(&simulator)
        .input("azure-devops-project-url", &project)
        .variable("HTTP_PROXY", "http://127.0.0.1:9")
        .variable("NO_PROXY", "localhost")
        .run();
    succeeded(&simulator, &finished);
}

#[test]
fn a_machine_without_the_service_is_said_to_be_none() {
    let simulator = simulator(&[COMPILES, SIGN_IN]);
    let finished = Way::Machine
        .of(&simulator)
        .variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9/")
        .run();
    assert_eq!(
        finished.error(),
        "The endpoint of managed identities (127.0.0.1:9) gave no token: Connection refused (os error 111); only machines in Azure have one, and the job must run on such a machine"
    );
    finished.ended_with(3);
}

#[test]
fn an_answer_that_is_no_token_is_not_shown() {
    for (body, place) in [
        ("canary", "line 1, column 1"),
        (
            "{\\\"access_token\\\": 7, \\\"x\\\": \\\"canary\\\"}",
            "line 1, column 18",
        ),
    ] {
        let odd = always(
            Way::Secret.token_request(),
            &format!("status = 200\nbody = \"{body}\""),
        );
        let simulator = simulator(&[COMPILES, SIGN_IN, &odd]);
        let finished = Way::Secret.of(&simulator).run();
        let host = host(&simulator);
        assert_eq!(
            finished.error(),
            format!("Entra ({host}) gave no token: its answer could not be read ({place})")
        );
    }
}
