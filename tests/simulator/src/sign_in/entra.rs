//! Entra's token endpoint: the flow of client credentials, with a secret or an assertion.

use serde_json::{Value, json};

use super::rsa_key::RsaKey;
use super::{RESOURCE, SignIn, answer_json, jwt};
use crate::ids;
use crate::percent;
use crate::reply::Reply;
use crate::request::Request;
use crate::script::{ApplicationScript, FederatedScript};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FEDERATION: &str =
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/// The fields of a request, decoded.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(request: &Request) -> Self {
        let is_form = request
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let text = String::from_utf8_lossy(&request.body);
        Self(percent::pairs(&text).filter(|_| is_form).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What is wrong.
struct Refusal {
    status: u16,
    /// OAuth's word.
    error: &'static str,
    /// What follows `AADSTS`.
    number: u32,
    text: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, number: u32, text: impl Into<String>) -> Self {
        Self {
            status,
            error,
            number,
            text: text.into(),
        }
    }

    /// The client has not proved who it is.
    fn of_proof(number: u32, text: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", number, text)
    }

    fn reply(self) -> Reply {
        let Self {
            status,
            error,
            number,
            text,
        } = self;
        let (trace, correlation) = (ids::guid("trace"), ids::guid("correlation"));
        let time = "2026-03-02 08:27:00Z";
        let description = format!(
            "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
        );
        let body: Value = json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": time,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        });
        answer_json(status, &body)
    }
}

pub(super) fn answer(sign_in: &mut SignIn, tenant: &str, request: &Request) -> Reply {
    if request.method != "POST" {
        return Reply::empty(405);
    }
    match check(sign_in, tenant, &Form::read(request)) {
        Ok(client) => {
            let (token, lifetime) = sign_in.issue(tenant, &client);
            let seconds = lifetime.as_secs();
            let body = json!({
                "token_type": "Bearer",
                "expires_in": seconds,
                "ext_expires_in": seconds,
                "access_token": token,
            });
            answer_json(200, &body)
        }
        Err(refusal) => refusal.reply(),
    }
}

/// The client that has proved who it is.
fn check(sign_in: &SignIn, tenant: &str, form: &Form) -> Result<String, Refusal> {
    check_tenant(sign_in, tenant)?;
    check_wish(form)?;
    let client = form.get("client_id").unwrap_or_default();
    let application = find_application(sign_in, tenant, client)?;
    if let Some(number) = application.refused {
        return Err(refused(number, client, tenant));
    }
    check_proof(sign_in, application, form)?;
    Ok(application.client.clone())
}

fn check_tenant(sign_in: &SignIn, tenant: &str) -> Result<(), Refusal> {
    if !tenant.contains('.') && !ids::looks_like_guid(tenant) {
        let text = format!(
            "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
        );
        return Err(Refusal::new(400, "invalid_request", 900_023, text));
    }
    let mut applications = sign_in.script.applications.iter();
    if !applications.any(|application| application.tenant.eq_ignore_ascii_case(tenant)) {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        );
        return Err(Refusal::new(400, "invalid_request", 90_002, text));
    }
    Ok(())
}

/// What is asked for: a token for Azure DevOps, by the flow of client credentials.
fn check_wish(form: &Form) -> Result<(), Refusal> {
    if form.get("grant_type") != Some("client_credentials") {
        let text = "The app requested an unsupported grant type.";
        return Err(Refusal::new(400, "unsupported_grant_type", 70_003, text));
    }
    let scope = form.get("scope").unwrap_or_default();
    if scope != format!("{RESOURCE}/.default") {
        let text = format!(
            "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        return Err(Refusal::new(400, "invalid_scope", 70_011, text));
    }
    Ok(())
}

fn find_application<'a>(
    sign_in: &'a SignIn,
    tenant: &str,
    client: &str,
) -> Result<&'a ApplicationScript, Refusal> {
    let known = sign_in
        .application(client)
        .filter(|application| application.tenant.eq_ignore_ascii_case(tenant));
    known.ok_or_else(|| {
        let text = format!(
            "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You may have sent your authentication request to the wrong tenant."
        );
        Refusal::new(400, "unauthorized_client", 700_016, text)
    })
}

fn check_proof(
    sign_in: &SignIn,
    application: &ApplicationScript,
    form: &Form,
) -> Result<(), Refusal> {
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => check_secret(application, secret),
        (None, Some(assertion)) if form.get("client_assertion_type") == Some(ASSERTION_TYPE) => {
            check_assertion(sign_in, application, assertion)
        }
        _ => {
            let text = "The request body must contain the following parameter: 'client_assertion' or \
                        'client_secret'.";
            Err(Refusal::of_proof(7_000_218, text))
        }
    }
}

fn check_secret(application: &ApplicationScript, secret: &str) -> Result<(), Refusal> {
    let client = &application.client;
    let mut secrets = application.secrets.iter();
    let (number, text) = match secrets.find(|known| known.value == secret) {
        Some(known) if !known.expired => return Ok(()),
        Some(_) => (
            7_000_222,
            format!(
                "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys \
                 for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added \
                 security: https://aka.ms/certCreds."
            ),
        ),
        None => (
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
                 not the client secret ID, for a secret added to app '{client}'."
            ),
        ),
    };
    Err(Refusal::of_proof(number, text))
}

fn check_assertion(
    sign_in: &SignIn,
    application: &ApplicationScript,
    assertion: &str,
) -> Result<(), Refusal> {
    let Some((claims, is_signed)) = jwt::read(RsaKey::shared(), assertion) else {
        let text = "Client assertion is not a valid JSON web token.";
        return Err(Refusal::of_proof(50_027, text));
    };
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    let (issuer, subject, audience) = (text("iss"), text("sub"), text("aud"));
    let all = &application.federated;
    let unmatched = |number, what: &str, value: &str, hint: &str| {
        let text = format!(
            "No matching federated identity record found for presented assertion {what} '{value}'.{hint} Check your \
             federated identity credential Subject, Audience and Issuer against the presented assertion. {FEDERATION}"
        );
        Err(Refusal::of_proof(number, text))
    };
    let of_issuer: Vec<&FederatedScript> = all.iter().filter(|one| one.issuer == issuer).collect();
    if of_issuer.is_empty() {
        return unmatched(700_211, "issuer", issuer, "");
    }
    let of_subject: Vec<&&FederatedScript> = of_issuer
        .iter()
        .filter(|one| one.subject == subject)
        .collect();
    if of_subject.is_empty() {
        let is_alike = |one: &&FederatedScript| one.subject.eq_ignore_ascii_case(subject);
        if of_issuer.iter().any(is_alike) {
            let hint = " The subject matches with case-insensitive comparison, but not with case-sensitive \
                        comparison.";
            return unmatched(7_002_138, "subject", subject, hint);
        }
        return unmatched(700_213, "subject", subject, "");
    }
    if !of_subject.iter().any(|one| one.audience == audience) {
        return unmatched(700_212, "audience", audience, "");
    }
    if !is_signed {
        let text =
            "Client assertion contains an invalid signature. [Reason - The key was not found.]";
        return Err(Refusal::of_proof(700_027, text));
    }
    let now = sign_in.seconds();
    let seconds = |name: &str| claims[name].as_u64().unwrap_or_default();
    if now < seconds("nbf") || now >= seconds("exp") {
        let text = "Client assertion is not within its valid time range.";
        return Err(Refusal::of_proof(700_024, text));
    }
    Ok(())
}

/// Refusals that do not follow from what is proved.
fn refused(number: u32, client: &str, tenant: &str) -> Refusal {
    let (status, error, text) = match number {
        50_034 => (
            400,
            "invalid_grant",
            format!("The user account does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."),
        ),
        53_003 => (
            400,
            "invalid_grant",
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
                .to_owned(),
        ),
        500_011 => (
            400,
            "invalid_resource",
            format!("The resource principal named {RESOURCE} was not found in the tenant named {tenant}."),
        ),
        7_000_112 => (
            401,
            "unauthorized_client",
            format!("Application '{client}' is disabled."),
        ),
        7_000_229 => (
            401,
            "unauthorized_client",
            format!("The client application {client} is missing service principal in the tenant {tenant}."),
        ),
        _ => (
            400,
            "invalid_request",
            "The request is refused for a reason that nobody foresaw.".to_owned(),
        ),
    };
    Refusal::new(status, error, number, text)
}
