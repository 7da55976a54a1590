//! Whom nobody signs in, and whom the service does not know: a sentence that says what to configure, from `run` and from
//! `check`.

use azure_pipelines_simulator::Simulator;

use super::{
    CLIENT, SECRET, SIGN_IN, TENANT, WAYS, Way, asked, nothing_leaked, simulator, statuses,
    succeeded,
};
use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::COMPILES;

/// What went wrong, and the sentence about it.
struct Refusal {
    way: Way,
    sign_in: String,
    sentence: String,
}

/// What the federated credential must be for.
const CLAIMS: &str = "issuer \"https://token.actions.githubusercontent.com\", subject \"repo:octo/demo:ref:refs/heads/main\", audience \"api://AzureADTokenExchange\"";

fn refusals() -> Vec<Refusal> {
    let all = [
        of_credentials(),
        of_github(),
        of_secrets(),
        by_number(),
        of_machines(),
    ];
    all.into_iter().flatten().collect()
}

/// The application as Entra knows it.
fn application(keys: &str) -> String {
    format!("[[sign-in.application]]\nclient = \"{CLIENT}\"\n{keys}\n")
}

/// The application has no federated credential that fits.
fn of_credentials() -> Vec<Refusal> {
    let whose = format!("the application or managed identity {CLIENT} in the tenant {TENANT}");
    let unmatched = |part: &str, number: &str| {
        format!(
            "Entra found no federated credential that fits the {part} of this workflow ({number}): {whose} needs one with {CLAIMS}"
        )
    };
    let federated = |federated: &str, sentence: String| Refusal {
        way: Way::GitHub,
        sign_in: application(&format!("federated = [{federated}]")),
        sentence,
    };
    vec![
        federated(
            "{ subject = \"repo:octo/demo:environment:production\" }",
            unmatched("subject", "AADSTS700213"),
        ),
        federated(
            "{ issuer = \"https://github.example/_services/token\" }",
            unmatched("issuer", "AADSTS700211"),
        ),
        federated("", unmatched("issuer", "AADSTS700211")),
        federated(
            "{ audience = \"api://elsewhere\" }",
            unmatched("audience", "AADSTS700212"),
        ),
        federated(
            "{ subject = \"repo:Octo/Demo:ref:refs/heads/main\" }",
            format!(
                "Entra found a federated credential whose subject has other upper and lower case (AADSTS7002138): correct it in {whose} to {CLAIMS}"
            ),
        ),
    ]
}

/// GitHub's token is not good, or there is none.
fn of_github() -> Vec<Refusal> {
    let good = application("federated = [{}]");
    vec![
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.forged = true\n{good}"),
            sentence: format!("Entra refused to sign in the application {CLIENT} of the tenant {TENANT}: \"AADSTS700027: Client assertion contains an invalid signature. [Reason - The key was not found.]\""),
        },
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.lifetime = \"0s\"\n{good}"),
            sentence: "Entra got the workflow's token before or after its time (AADSTS700024): \"AADSTS700024: Client assertion is not within its valid time range.\"".to_owned(),
        },
        Refusal {
            way: Way::GitHub,
            sign_in: format!("sign-in.github.request-token = \"another\"\n{good}"),
            sentence: "GitHub refused to give the job an OIDC token (401): check that the job has `permissions: id-token: write`".to_owned(),
        },
    ]
}

/// The application, its tenant or its secret are others.
fn of_secrets() -> Vec<Refusal> {
    vec![
        Refusal {
            way: Way::Secret,
            sign_in: application("tenant = \"11111111-2222-3333-4444-555555555555\""),
            sentence: format!(
                "Entra does not know the tenant \"{TENANT}\" (AADSTS90002): correct `azure-tenant-id`; for another cloud than the public one give `azure-authority-host` as well"
            ),
        },
        Refusal {
            way: Way::Secret,
            sign_in: "[[sign-in.application]]\nclient = \"11111111-2222-3333-4444-555555555555\"\n"
                .to_owned(),
            sentence: format!(
                "Entra knows no application {CLIENT} in the tenant {TENANT} (AADSTS700016): correct `azure-client-id`, which is the application's client id and not an object id, or `azure-tenant-id`"
            ),
        },
        Refusal {
            way: Way::Secret,
            sign_in: application("secrets = [{ value = \"another\" }]"),
            sentence: format!(
                "Entra did not accept the secret of the application {CLIENT} (AADSTS7000215): give the value of a client secret as `azure-client-secret`, not its id"
            ),
        },
        Refusal {
            way: Way::Secret,
            sign_in: application(&format!(
                "secrets = [{{ value = \"{SECRET}\", expired = true }}]"
            )),
            sentence: format!(
                "The secret of the application {CLIENT} has expired (AADSTS7000222): make a new one and give its value as `azure-client-secret`, or sign in by GitHub's OIDC without a secret"
            ),
        },
    ]
}

/// What Entra says no more of than a number.
fn by_number() -> Vec<Refusal> {
    let refused = |number: u32, sentence: String| Refusal {
        way: Way::Secret,
        sign_in: application(&format!("refused = {number}")),
        sentence,
    };
    vec![
        refused(
            7_000_112,
            format!(
                "The application {CLIENT} is disabled in the tenant {TENANT} (AADSTS7000112): enable it in Entra"
            ),
        ),
        refused(
            7_000_229,
            format!(
                "The application {CLIENT} has no service principal in the tenant {TENANT} (AADSTS7000229): create one (`az ad sp create --id {CLIENT}`)"
            ),
        ),
        refused(
            50_034,
            format!(
                "Entra knows no such account in the tenant {TENANT} (AADSTS50034): correct `azure-tenant-id` and `azure-client-id`"
            ),
        ),
        refused(
            53_003,
            format!(
                "A Conditional Access policy of the tenant {TENANT} keeps the application {CLIENT} out (AADSTS53003): let it admit this application from where the runner is"
            ),
        ),
        refused(
            500_011,
            format!(
                "The tenant {TENANT} does not know Azure DevOps (AADSTS500011): give the tenant that the organization is connected to (Organization settings, Microsoft Entra) as `azure-tenant-id`"
            ),
        ),
        refused(
            4711,
            format!(
                "Entra refused to sign in the application {CLIENT} of the tenant {TENANT}: \"AADSTS4711: The request is refused for a reason that nobody foresaw.\""
            ),
        ),
    ]
}

/// The machine has no such identity.
fn of_machines() -> Vec<Refusal> {
    vec![
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

/// A check that signs in like this.
fn check(way: Way, simulator: &Simulator) -> Action {
    way.of(simulator)
        .input("command", "check")
        .input("azure-pipeline-variables", "who=me")
}

/// Nobody is signed in, for this reason, and the service is asked nothing.
#[track_caller]
fn is_refused(simulator: &Simulator, finished: &Finished, sentence: &str) {
    assert_eq!(finished.error(), sentence);
    finished.ended_with(3);
    assert_eq!(statuses(simulator), [0; 0], "{sentence}");
    nothing_leaked(simulator, finished);
}

#[test]
fn each_refusal_is_a_sentence_that_says_what_to_configure() {
    for refusal in refusals() {
        let simulator = simulator(&[&refusal.sign_in, COMPILES]);
        let finished = refusal.way.of(&simulator).run();
        is_refused(&simulator, &finished, &refusal.sentence);
    }
}

#[test]
fn check_says_what_to_configure_where_there_is_no_token() {
    for refusal in refusals() {
        let simulator = simulator(&[&refusal.sign_in, COMPILES]);
        let finished = check(refusal.way, &simulator).run();
        is_refused(&simulator, &finished, &refusal.sentence);
        finished.does_not_say("Signed in");
        finished.says("1 problem; the command `run` would not start a run");
    }
}

#[test]
fn check_says_as_whom_it_has_signed_in_and_what_would_be_queued() {
    let pipeline = COMPILES.replace(
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

/// An organization to which nobody has added who signs in like this, and whom to add.
fn strange_to(way: Way) -> (Simulator, &'static str) {
    let stranger = SIGN_IN.replace("federated", "member = false\nfederated");
    let whom = match way {
        Way::Machine => "of the machine",
        _ => CLIENT,
    };
    (simulator(&[COMPILES, &stranger]), whom)
}

#[test]
fn check_says_whom_to_add_to_the_organization() {
    for way in WAYS {
        let (simulator, whom) = strange_to(way);
        let finished = check(way, &simulator).run();
        let advice =
            format!("; add the service principal or managed identity {whom} to the organization");
        assert!(finished.error().contains(&advice), "{}", finished.error());
        finished.ended_with(3);
        finished.does_not_say("Signed in");
        nothing_leaked(&simulator, &finished);
    }
}

#[test]
fn whom_the_organization_does_not_know_has_to_be_added() {
    for way in WAYS {
        let (simulator, whom) = strange_to(way);
        let finished = way.of(&simulator).run();
        assert_eq!(
            finished.error(),
            format!(
                "Azure DevOps did not accept the token (401, GET /fabrikam/Fabrikam/_apis/build/definitions): \"TF401444: Please sign-in at least once as {TENANT}\\\\{TENANT}\\\\{CLIENT} in a web browser to enable access to the service.\"; add the service principal or managed identity {whom} to the organization as a user with the access level Basic (Organization settings, Users), and to the project; the organization must be connected to its tenant"
            )
        );
        finished.ended_with(3);
        assert_eq!(
            asked(&simulator.journal()),
            1,
            "another token would be refused, too"
        );
    }
}
