//! Where tokens come from, as their callers see it.

use azure_pipelines_simulator::{Simulator, TEST_REQUEST_TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::http::{Answer, send, start};

const TENANT: &str = "7c0f3a51-1b44-4f6e-9d25-3b1c6e0a9f12";
const CLIENT: &str = "0b3d7c15-55f0-4d0e-8c61-1f2f9a6f7d31";
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798%2F.default";
const BUILDS: &str = "/fabrikam/Fabrikam/_apis/build/builds?api-version=7.1";

fn simulator() -> Simulator {
    start(&format!(
        "[[sign-in.application]]\nclient = '{CLIENT}'\nsecrets = [{{ value = 's3cret' }}]\nfederated = [{{}}]\n\
         [sign-in.machine]\nown = '{CLIENT}'\n[[pipeline]]\nid = 1\nname = 'a'\n"
    ))
}

fn get(simulator: &Simulator, target: &str, headers: &[String]) -> Answer {
    send(simulator, "GET", target, headers, "").unwrap()
}

fn job_token(simulator: &Simulator, query: &str, token: &str) -> Answer {
    let url = simulator.oidc_request_url();
    let target = url.strip_prefix(&simulator.url()).unwrap();
    let authorization = format!("Authorization: Bearer {token}");
    get(simulator, &format!("{target}{query}"), &[authorization])
}

/// Asks for a token for Azure DevOps with a proof.
fn access_token(simulator: &Simulator, proof: &str) -> Answer {
    let form = "Content-Type: application/x-www-form-urlencoded".to_owned();
    let body = format!("client_id={CLIENT}&scope={SCOPE}&grant_type=client_credentials&{proof}");
    let target = format!("/{TENANT}/oauth2/v2.0/token");
    send(simulator, "POST", &target, &[form], &body).unwrap()
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn status_with(simulator: &Simulator, token: &str) -> u16 {
    let headers = [
        format!("Authorization: Bearer {token}"),
        "X-TFS-FedAuthRedirect: Suppress".to_owned(),
    ];
    get(simulator, BUILDS, &headers).status
}

#[test]
fn a_job_gets_a_token_for_the_audience_that_it_names() {
    let simulator = simulator();
    let answer = job_token(
        &simulator,
        "&audience=api%3A%2F%2FAzureADTokenExchange",
        TEST_REQUEST_TOKEN,
    );
    let claims_of = |answer: &Answer| claims(&answer.json()["value"]);
    let found = claims_of(&answer);
    assert_eq!(found["aud"], "api://AzureADTokenExchange");
    assert_eq!(found["sub"], "repo:octo/demo:ref:refs/heads/main");
    assert_eq!(found["iss"], "https://token.actions.githubusercontent.com");
    let plain = job_token(&simulator, "", TEST_REQUEST_TOKEN);
    assert_eq!(claims_of(&plain)["aud"], "https://github.com/octo");
    assert_eq!(job_token(&simulator, "", "another").status, 401);
}

#[test]
fn a_proof_is_exchanged_for_a_token_that_azure_devops_takes() {
    let simulator = simulator();
    let job = job_token(
        &simulator,
        "&audience=api%3A%2F%2FAzureADTokenExchange",
        TEST_REQUEST_TOKEN,
    )
    .json();
    let assertion = format!(
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={}",
        job["value"].as_str().unwrap()
    );
    for proof in [assertion.as_str(), "client_secret=s3cret"] {
        let answer = access_token(&simulator, proof);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        assert_eq!(
            (&json["token_type"], &json["expires_in"]),
            (&"Bearer".into(), &3599.into())
        );
        let token = json["access_token"].as_str().unwrap();
        assert_eq!(status_with(&simulator, token), 200);
    }
    // Nobody gave this one.
    let job = job["value"].as_str().unwrap();
    assert_eq!(status_with(&simulator, job), 401);
    let written = simulator.journal_text();
    assert!(
        !written.contains("s3cret") && !written.contains(job),
        "{written}"
    );
}

#[test]
fn an_error_has_the_number_in_the_text_and_beside_it() {
    let answer = access_token(&simulator(), "client_secret=other");
    assert_eq!(answer.status, 401);
    let json = answer.json();
    assert_eq!(json["error"], "invalid_client");
    assert_eq!(json["error_codes"], serde_json::json!([7_000_215]));
    let text = json["error_description"].as_str().unwrap();
    assert!(
        text.starts_with("AADSTS7000215: Invalid client secret provided."),
        "{text}"
    );
    assert!(
        text.contains(" Trace ID: ") && text.contains(" Timestamp: "),
        "{text}"
    );
    let nothing = access_token(&simulator(), "");
    assert_eq!(
        nothing.json()["error_codes"],
        serde_json::json!([7_000_218])
    );
}

#[test]
fn a_machine_gives_tokens_to_those_who_ask_it_themselves() {
    let simulator = simulator();
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=499b84ac-1321-427f-aa17-267ca6975798";
    let header = || "Metadata: true".to_owned();
    let good = get(&simulator, target, &[header()]).json();
    // Numbers are texts here.
    assert_eq!(
        (&good["expires_in"], &good["client_id"]),
        (&"3599".into(), &CLIENT.into())
    );
    assert_eq!(
        status_with(&simulator, good["access_token"].as_str().unwrap()),
        200
    );
    let forwarded = "X-Forwarded-For: 10.0.0.1".to_owned();
    for headers in [Vec::new(), vec![header(), forwarded]] {
        assert_eq!(get(&simulator, target, &headers).status, 400);
    }
    let other = format!("{target}&client_id=another");
    let text = get(&simulator, &other, &[header()]).text();
    assert!(text.contains("Identity not found"), "{text}");
}

#[test]
fn tokens_end() {
    let simulator = start(
        "sign-in.token-lifetime = '0s'\n[sign-in.machine]\nown = 'a'\n[[pipeline]]\nid = 1\nname = 'a'\n",
    );
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=499b84ac-1321-427f-aa17-267ca6975798";
    let json = get(&simulator, target, &["Metadata: true".to_owned()]).json();
    assert_eq!(
        status_with(&simulator, json["access_token"].as_str().unwrap()),
        401
    );
}
