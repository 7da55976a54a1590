//! Signing in without a stored token: each way, each refusal, and tokens that end while a run is followed.

use std::thread;

use azure_pipelines_simulator::{Scenario, Simulator, Snapshot, TEST_REQUEST_TOKEN, TEST_TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::action::{Action, Finished, PATIENCE, Running};

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

const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
lines = ["compiling"]
"#;

const SOAK: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
lines = ["soaking"]
"#;

fn simulator(parts: &[&str]) -> Simulator {
    let text = parts.concat();
    let scenario = Scenario::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Simulator::start(scenario)
}

fn lifetime(seconds: u32) -> String {
    format!("sign-in.token-lifetime = \"{seconds}s\"\n")
}

fn fault(on: &str, text: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\n{text}\n")
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
fn asked(journal: &[azure_pipelines_simulator::Exchange]) -> usize {
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
    assert_eq!(finished.exit_code, Some(0), "{}", finished.log());
    nothing_leaked(simulator, finished);
    assert_eq!(simulator.problems(), Vec::<String>::new());
}

#[test]
fn each_way_signs_in_and_asks_for_a_token_once() {
    for way in WAYS {
        let simulator = simulator(&[PIPELINE, SIGN_IN]);
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
        let simulator = simulator(&[&accepted, PIPELINE, SIGN_IN]);
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

/// What went wrong, and the sentence about it.
struct Refusal {
    way: Way,
    sign_in: String,
    sentence: String,
}

fn refusals() -> Vec<Refusal> {
    let application =
        |more: &str| format!("[[sign-in.application]]\nclient = \"{CLIENT}\"\n{more}\n");
    let claims = "issuer \"https://token.actions.githubusercontent.com\", subject \"repo:octo/demo:ref:refs/heads/main\", audience \"api://AzureADTokenExchange\"";
    let whose = format!("the application or managed identity {CLIENT} in the tenant {TENANT}");
    let unmatched = |part: &str, number: &str| {
        format!(
            "Entra found no federated credential that fits the {part} of this workflow ({number}): {whose} needs one with {claims}"
        )
    };
    let refused = |number: u32, sentence: String| Refusal {
        way: Way::Secret,
        sign_in: application(&format!("refused = {number}")),
        sentence,
    };
    let federated = |federated: &str, sentence: String| Refusal {
        way: Way::GitHub,
        sign_in: application(&format!("federated = [{federated}]")),
        sentence,
    };
    vec![
        federated("{ subject = \"repo:octo/demo:environment:production\" }", unmatched("subject", "AADSTS700213")),
        federated("{ issuer = \"https://github.example/_services/token\" }", unmatched("issuer", "AADSTS700211")),
        federated("", unmatched("issuer", "AADSTS700211")),
        federated("{ audience = \"api://elsewhere\" }", unmatched("audience", "AADSTS700212")),
        federated(
            "{ subject = \"repo:Octo/Demo:ref:refs/heads/main\" }",
            format!("Entra found a federated credential whose subject has other upper and lower case (AADSTS7002138): correct it in {whose} to {claims}"),
        ),
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.forged = true\n{}", application("federated = [{}]")),
            sentence: format!("Entra refused to sign in the application {CLIENT} of the tenant {TENANT}: \"AADSTS700027: Client assertion contains an invalid signature. [Reason - The key was not found.]\""),
        },
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.lifetime = \"0s\"\n{}", application("federated = [{}]")),
            sentence: "Entra got the workflow's token before or after its time (AADSTS700024): \"AADSTS700024: Client assertion is not within its valid time range.\"".to_owned(),
        },
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.request-token = \"another\"\n{}", application("federated = [{}]")),
            sentence: "GitHub refused to give the job an OIDC token (401): check that the job has `permissions: id-token: write`".to_owned(),
        },
        Refusal {
            way: Way::Secret,
            sign_in: application("tenant = \"11111111-2222-3333-4444-555555555555\""),
            sentence: format!("Entra does not know the tenant \"{TENANT}\" (AADSTS90002): correct `azure-tenant-id`; for another cloud than the public one give `azure-authority-host` as well"),
        },
        Refusal {
            way: Way::Secret,
            sign_in: "[[sign-in.application]]\nclient = \"11111111-2222-3333-4444-555555555555\"\n".to_owned(),
            sentence: format!("Entra knows no application {CLIENT} in the tenant {TENANT} (AADSTS700016): correct `azure-client-id`, which is the application's client id and not an object id, or `azure-tenant-id`"),
        },
        Refusal {
            way: Way::Secret,
            sign_in: application("secrets = [{ value = \"another\" }]"),
            sentence: format!("Entra did not accept the secret of the application {CLIENT} (AADSTS7000215): give the value of a client secret as `azure-client-secret`, not its id"),
        },
        Refusal {
            way: Way::Secret,
            sign_in: application(&format!("secrets = [{{ value = \"{SECRET}\", expired = true }}]")),
            sentence: format!("The secret of the application {CLIENT} has expired (AADSTS7000222): make a new one and give its value as `azure-client-secret`, or sign in by GitHub's OIDC without a secret"),
        },
        refused(7_000_112, format!("The application {CLIENT} is disabled in the tenant {TENANT} (AADSTS7000112): enable it in Entra")),
        refused(7_000_229, format!("The application {CLIENT} has no service principal in the tenant {TENANT} (AADSTS7000229): create one (`az ad sp create --id {CLIENT}`)")),
        refused(50_034, format!("Entra knows no such account in the tenant {TENANT} (AADSTS50034): correct `azure-tenant-id` and `azure-client-id`")),
        refused(53_003, format!("A Conditional Access policy of the tenant {TENANT} keeps the application {CLIENT} out (AADSTS53003): let it admit this application from where the runner is")),
        refused(500_011, format!("The tenant {TENANT} does not know Azure DevOps (AADSTS500011): give the tenant that the organization is connected to (Organization settings, Microsoft Entra) as `azure-tenant-id`")),
        refused(4711, format!("Entra refused to sign in the application {CLIENT} of the tenant {TENANT}: \"AADSTS4711: The request is refused for a reason that nobody foresaw.\"")),
        Refusal {
            way: Way::Machine,
            sign_in: "[sign-in.machine]\n".to_owned(),
            sentence: "The machine gave no token of a managed identity of its own (400): \"Identity not found\"; switch the machine's system-assigned identity on, or give the client id of a user-assigned one as `azure-client-id`".to_owned(),
        },
        Refusal {
            way: Way::Machine,
            sign_in: "[sign-in.machine]\nassigned = [\"a\", \"b\"]\n".to_owned(),
            sentence: "The machine gave no token of a managed identity of its own (400): \"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request\"; switch the machine's system-assigned identity on, or give the client id of a user-assigned one as `azure-client-id`".to_owned(),
        },
        Refusal {
            way: Way::AssignedIdentity,
            sign_in: "[sign-in.machine]\nown = \"11111111-2222-3333-4444-555555555555\"\n".to_owned(),
            sentence: format!("The machine gave no token of the managed identity {CLIENT} (400): \"Identity not found\"; assign that identity to the machine, or correct `azure-client-id`, which is the identity's client id"),
        },
    ]
}

#[test]
fn each_refusal_is_a_sentence_that_says_what_to_configure() {
    for Refusal {
        way,
        sign_in,
        sentence,
    } in refusals()
    {
        let simulator = simulator(&[&sign_in, PIPELINE]);
        let finished = way.of(&simulator).run();
        assert_eq!(finished.error(), sentence);
        assert_eq!(finished.exit_code, Some(3), "{sentence}");
        assert_eq!(statuses(&simulator), [0; 0], "{sentence}");
        nothing_leaked(&simulator, &finished);
    }
}

/// A check that signs in like this.
fn check(way: Way, simulator: &Simulator) -> Action {
    way.of(simulator)
        .input("command", "check")
        .input("azure-pipeline-variables", "who=me")
}

#[test]
fn check_says_as_whom_it_has_signed_in_and_what_would_be_queued() {
    let pipeline = PIPELINE.replace(
        "[[pipeline.run]]",
        "variables = [\"who\"]\n[[pipeline.run]]",
    );
    let client = format!("client {CLIENT}");
    for (way, how) in [
        (
            Way::GitHub,
            format!("Entra token by GitHub OIDC ({client}, tenant {TENANT})"),
        ),
        (
            Way::Secret,
            format!("Entra token by client secret ({client}, tenant {TENANT})"),
        ),
        (
            Way::Machine,
            "Entra token by the machine's managed identity".to_owned(),
        ),
        (
            Way::AssignedIdentity,
            format!("Entra token by managed identity ({client})"),
        ),
    ] {
        let simulator = simulator(&[&pipeline, SIGN_IN]);
        let finished = check(way, &simulator).run();
        succeeded(&simulator, &finished);
        let log = finished.log();
        for line in [
            format!("Signed in as Test User 1 ({how})"),
            "Would build refs/heads/main at 1111111111111111111111111111111111111111".to_owned(),
            "Would be queued with variables: who".to_owned(),
            "All is well: the command `run` would start App CI".to_owned(),
        ] {
            assert!(log.contains(&line), "{line}\n{log}");
        }
        assert_eq!(asked(&simulator.journal()), 1, "{way:?}");
        assert!(simulator.builds().is_empty());
    }
}

#[test]
fn check_says_what_to_configure_where_there_is_no_token() {
    for Refusal {
        way,
        sign_in,
        sentence,
    } in refusals()
    {
        let simulator = simulator(&[&sign_in, PIPELINE]);
        let finished = check(way, &simulator).run();
        assert_eq!(finished.error(), sentence);
        assert_eq!(finished.exit_code, Some(3), "{sentence}");
        assert_eq!(statuses(&simulator), [0; 0], "{sentence}");
        let log = finished.log();
        assert!(!log.contains("Signed in"), "{log}");
        assert!(
            log.contains("1 problem; the command `run` would not start a run"),
            "{log}"
        );
        nothing_leaked(&simulator, &finished);
    }
}

#[test]
fn check_says_whom_to_add_to_the_organization() {
    for way in WAYS {
        let stranger = SIGN_IN.replace("federated", "member = false\nfederated");
        let simulator = simulator(&[PIPELINE, &stranger]);
        let finished = check(way, &simulator).run();
        let whom = if way == Way::Machine {
            "of the machine"
        } else {
            CLIENT
        };
        let advice =
            format!("; add the service principal or managed identity {whom} to the organization");
        assert!(finished.error().contains(&advice), "{}", finished.error());
        assert_eq!(finished.exit_code, Some(3));
        assert!(!finished.log().contains("Signed in"), "{}", finished.log());
        nothing_leaked(&simulator, &finished);
    }
}

#[test]
fn whom_the_organization_does_not_know_has_to_be_added() {
    for way in WAYS {
        let stranger = SIGN_IN.replace("federated", "member = false\nfederated");
        let simulator = simulator(&[PIPELINE, &stranger]);
        let finished = way.of(&simulator).run();
        let whom = if way == Way::Machine {
            "of the machine"
        } else {
            CLIENT
        };
        assert_eq!(
            finished.error(),
            format!(
                "Azure DevOps did not accept the token (401, GET /fabrikam/Fabrikam/_apis/build/definitions): \"TF401444: Please sign-in at least once as {TENANT}\\\\{TENANT}\\\\{CLIENT} in a web browser to enable access to the service.\"; add the service principal or managed identity {whom} to the organization as a user with the access level Basic (Organization settings, Users), and to the project; the organization must be connected to its tenant"
            )
        );
        assert_eq!(finished.exit_code, Some(3));
        assert_eq!(
            asked(&simulator.journal()),
            1,
            "another token would be refused, too"
        );
    }
}

#[test]
fn a_job_without_the_permission_is_told_so_before_any_request() {
    let simulator = simulator(&[PIPELINE, SIGN_IN]);
    for missing in [
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ] {
        let finished = Way::GitHub.of(&simulator).without(missing).run();
        assert_eq!(finished.exit_code, Some(2));
        let error = finished.error();
        assert!(error.contains("`permissions: id-token: write`"), "{error}");
        assert!(error.contains("forks"), "{error}");
    }
    assert!(simulator.journal().is_empty());
}

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
        let good = |status: &u16| (200..300).contains(status);
        assert!(
            statuses(&simulator).iter().all(good),
            "{way:?}: {:?}",
            statuses(&simulator)
        );
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
        let warned = finished.stdout.contains("gave no token");
        assert!(!warned, "{}", finished.log());
    };
    side_by_side(check);
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
            let once = fault(on, &format!("at = [1]\nanswer = \"{answer}\""));
            let simulator = simulator(&[PIPELINE, SIGN_IN, &once]);
            let finished = way.of(&simulator).run();
            succeeded(&simulator, &finished);
            assert_eq!(asked(&simulator.journal()), 2, "{way:?} {on} {answer}");
            assert_eq!(simulator.builds().len(), 1, "{way:?} {on} {answer}");
            assert!(
                !finished.stdout.contains("did not accept"),
                "{}",
                finished.stdout
            );
        }
    }
}

#[test]
fn a_token_that_stays_refused_ends_the_step() {
    let always = fault("GET builds/*/timeline", "every = true\nanswer = \"401\"");
    let simulator = simulator(&[SOAK, SIGN_IN, &always]);
    let finished = Way::GitHub.of(&simulator).run();
    assert_eq!(finished.exit_code, Some(3), "{}", finished.log());
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
        let down = fault(
            way.token_request(),
            "at = [2, 3]\nstatus = 503\nbody = \"\"",
        );
        let simulator = simulator(&[&lifetime(16), LONG, SIGN_IN, &down]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        let said = finished
            .stdout
            .matches("gave no token: it answered 503")
            .count();
        assert_eq!(said, 1, "{way:?}\n{}", finished.log());
        let good = |status: &u16| (200..300).contains(status);
        assert!(statuses(&simulator).iter().all(good));
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
        let down = fault(
            on,
            "at = [2]\ndelay = \"1500ms\"\nstatus = 503\nbody = \"\"",
        );
        let simulator = simulator(&[&lifetime(2), LONG, SIGN_IN, &down]);
        let finished = way.of(&simulator).input("poll-interval", "100ms").run();
        succeeded(&simulator, &finished);
        let good = |status: &u16| (200..300).contains(status);
        assert!(statuses(&simulator).iter().all(good));
    });
}

#[test]
fn a_first_token_that_does_not_come_at_once_is_asked_for_again() {
    for way in WAYS {
        let down = fault(
            way.token_request(),
            "at = [1, 2]\nstatus = 503\nbody = \"\"",
        );
        let simulator = simulator(&[PIPELINE, SIGN_IN, &down]);
        let finished = way.of(&simulator).run();
        succeeded(&simulator, &finished);
        assert_eq!(asked(&simulator.journal()), 3, "{way:?}");
    }
    let down = fault(
        Way::GitHub.token_request(),
        "every = true\nstatus = 503\nbody = \"\"",
    );
    let simulator = simulator(&[PIPELINE, SIGN_IN, &down]);
    let finished = Way::GitHub.of(&simulator).run();
    let host = simulator.url().replace("http://", "");
    assert_eq!(
        finished.error(),
        format!("Entra ({host}) gave no token: it answered 503")
    );
    assert_eq!(finished.exit_code, Some(3));
    assert_eq!(asked(&simulator.journal()), 5);
}

/// A step that follows a run that does not end, until `count` tokens have been asked for.
fn soaking(simulator: &Simulator, way: Way, count: usize) -> Running {
    let running = way.of(simulator).input("poll-interval", "20ms").start();
    let is_ready = |snapshot: &Snapshot| {
        let mut journal = snapshot.journal.iter();
        asked(&snapshot.journal) >= count && journal.any(|one| one.path.contains("/timeline"))
    };
    assert!(simulator.wait_until(is_ready, PATIENCE));
    running
}

const REAL: &str = "clock = { real = 10.0 }\n";

#[test]
fn canceling_does_not_wait_for_a_renewal_while_the_token_holds() {
    side_by_side(|way| {
        // Its answer never comes in time.
        let hangs = fault(way.token_request(), "at = [2]\ndelay = \"60s\"");
        let simulator = simulator(&[REAL, &lifetime(8), SOAK, SIGN_IN, &hangs]);
        let running = soaking(&simulator, way, 2);
        running.signal("INT");
        let is_canceled = |snapshot: &Snapshot| snapshot.builds[0].cancel_requested;
        assert!(simulator.wait_until(is_canceled, PATIENCE));
        // Nobody asked again, nor was the answer there.
        assert_eq!(asked(&simulator.journal()), 2);
        let finished = running.finish();
        assert_eq!(finished.exit_code, Some(130), "{}", finished.log());
        assert!(
            finished
                .stdout
                .contains("Azure DevOps was asked to cancel the run"),
            "{}",
            finished.stdout
        );
    });
}

#[test]
fn canceling_waits_for_the_renewal_that_is_under_way_where_no_token_holds() {
    for way in WAYS {
        let refused = fault("GET builds/*/timeline", "at = [9]\nanswer = \"401\"");
        let slow = fault(way.token_request(), "at = [2]\ndelay = \"1s\"");
        let simulator = simulator(&[REAL, SOAK, SIGN_IN, &refused, &slow]);
        let running = soaking(&simulator, way, 2);
        running.signal("INT");
        let finished = running.finish();
        assert!(
            simulator.builds()[0].cancel_requested,
            "{}",
            finished.stdout
        );
        assert_eq!(finished.exit_code, Some(130), "{}", finished.log());
        // The interruption has not begun another one.
        assert_eq!(asked(&simulator.journal()), 2, "{way:?}");
        succeeded_but_interrupted(&simulator, &finished);
    }
}

#[track_caller]
fn succeeded_but_interrupted(simulator: &Simulator, finished: &Finished) {
    nothing_leaked(simulator, finished);
    assert!(
        finished
            .stdout
            .contains("Azure DevOps was asked to cancel the run"),
        "{}",
        finished.stdout
    );
}

#[test]
fn what_an_interrupted_step_cannot_cancel_without_a_token_the_post_step_does() {
    let refused = fault("GET builds/*/timeline", "at = [9]\nanswer = \"401\"");
    let later: Vec<String> = (2..99).map(|number: u32| number.to_string()).collect();
    let down = format!("at = [{}]\nclose = \"before\"", later.join(", "));
    let down = fault("GET /idtoken/**", &down);
    let simulator = simulator(&[REAL, SOAK, SIGN_IN, &refused, &down]);
    let running = Way::GitHub
        .of(&simulator)
        .input("poll-interval", "20ms")
        .start();
    let is_down = |snapshot: &Snapshot| {
        let journal = snapshot.journal.iter();
        let paths = journal.filter(|one| one.path.starts_with("/idtoken/"));
        paths.count() > 1
    };
    assert!(simulator.wait_until(is_down, PATIENCE));
    running.signal("INT");
    running.signal("TERM");
    let finished = running.finish();
    assert!(
        !simulator.builds()[0].cancel_requested,
        "{}",
        finished.stdout
    );
    let said = "could not be asked to cancel the run";
    assert!(finished.stdout.contains(said), "{}", finished.log());
    let post = Way::Secret.of(&simulator).after(&finished).run();
    assert_eq!(post.exit_code, Some(0), "{}", post.stdout);
    assert!(simulator.builds()[0].cancel_requested, "{}", post.stdout);
}

#[test]
fn the_post_step_signs_in_by_itself() {
    for way in WAYS {
        let simulator = simulator(&[REAL, SOAK, SIGN_IN]);
        let running = soaking(&simulator, way, 1);
        running.signal("KILL");
        let killed = running.finish();
        let post = way.of(&simulator).after(&killed).run();
        assert_eq!(post.exit_code, Some(0), "{}", post.stdout);
        assert!(
            post.stdout
                .contains("Azure DevOps was asked to cancel App CI"),
            "{}",
            post.stdout
        );
        assert!(simulator.builds()[0].cancel_requested);
        nothing_leaked_by(&simulator, &post);
    }
}

/// The tokens of the step before need no mask any more.
#[track_caller]
fn nothing_leaked_by(simulator: &Simulator, post: &Finished) {
    for token in simulator.tokens() {
        assert!(!post.log().contains(&token), "{}", post.stdout);
    }
}

#[test]
fn tokens_go_to_their_own_services_alone() {
    let elsewhere = simulator(&[PIPELINE, SIGN_IN]);
    for (way, on) in [
        (Way::GitHub, "GET /idtoken/**"),
        (Way::GitHub, Way::GitHub.token_request()),
        (Way::Secret, Way::Secret.token_request()),
        (Way::Machine, Way::Machine.token_request()),
    ] {
        for status in [302, 307, 308] {
            let target = format!("{}/fabrikam/", elsewhere.url());
            let redirect = fault(
                on,
                &format!(
                    "every = true\nstatus = {status}\nheaders = {{ location = \"{target}\" }}\nbody = \"\""
                ),
            );
            let simulator = simulator(&[PIPELINE, SIGN_IN, &redirect]);
            let finished = way.of(&simulator).run();
            assert_eq!(finished.exit_code, Some(3), "{}", finished.log());
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
    let simulator = simulator(&[PIPELINE, SIGN_IN]);
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
    let simulator = simulator(&[PIPELINE, SIGN_IN]);
    let finished = Way::Machine
        .of(&simulator)
        .variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9/")
        .run();
    assert_eq!(
        finished.error(),
        "The endpoint of managed identities (127.0.0.1:9) gave no token: Connection refused (os error 111); only machines in Azure have one, and the job must run on such a machine"
    );
    assert_eq!(finished.exit_code, Some(3));
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
        let odd = fault(
            Way::Secret.token_request(),
            &format!("every = true\nstatus = 200\nbody = \"{body}\""),
        );
        let simulator = simulator(&[PIPELINE, SIGN_IN, &odd]);
        let finished = Way::Secret.of(&simulator).run();
        let host = simulator.url().replace("http://", "");
        assert_eq!(
            finished.error(),
            format!("Entra ({host}) gave no token: its answer could not be read ({place})")
        );
    }
}
