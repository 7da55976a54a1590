//! The Instance Metadata Service of a machine in Azure.

use serde_json::json;

use super::{RESOURCE, SignIn, answer_json, query};
use crate::call::Query;
use crate::reply::Reply;
use crate::request::Request;
use crate::script::MachineScript;

pub(super) fn answer(sign_in: &mut SignIn, request: &Request) -> Reply {
    if request.method != "GET" {
        return Reply::empty(405);
    }
    let query = query(request);
    let checked = check(request, &query);
    match checked.and_then(|()| identity(&sign_in.script.machine, query.get("client_id"))) {
        Ok(client) => token(sign_in, &client),
        Err(refusal) => refusal,
    }
}

fn check(request: &Request, query: &Query) -> Result<(), Reply> {
    // Requests that others were made to send lack the one header or have the other.
    let is_direct = request
        .header("metadata")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        && request.header("x-forwarded-for").is_none();
    if !is_direct {
        let text = "Required metadata header not specified";
        return Err(refusal("invalid_request", text));
    }
    if query.get("api-version") != Some("2018-02-01") {
        let text = "api-version is not supported";
        return Err(refusal("invalid_request", text));
    }
    if query.get("resource") != Some(RESOURCE) {
        let text = "AADSTS500011: The resource principal was not found in the tenant.";
        return Err(refusal("invalid_resource", text));
    }
    Ok(())
}

/// The client id of the identity that is asked for, or of the only one that can be meant.
fn identity(machine: &MachineScript, asked: Option<&str>) -> Result<String, Reply> {
    let mut all = machine.own.iter().chain(&machine.assigned);
    let found = match asked {
        Some(client) => all.find(|one| one.eq_ignore_ascii_case(client)),
        None if machine.own.is_none() && machine.assigned.len() > 1 => {
            let text = "Multiple user assigned identities exist, please specify the clientId / resourceId of the \
                        identity in the token request";
            return Err(refusal("invalid_request", text));
        }
        None => all.next(),
    };
    let missing = || refusal("invalid_request", "Identity not found");
    found.cloned().ok_or_else(missing)
}

fn token(sign_in: &mut SignIn, client: &str) -> Reply {
    let tenant = sign_in
        .application(client)
        .map_or_else(String::new, |application| application.tenant.clone());
    let (token, lifetime) = sign_in.issue(&tenant, client);
    let now = sign_in.seconds();
    let seconds = lifetime.as_secs();
    // Numbers are texts here.
    let body = json!({
        "access_token": token,
        "client_id": client,
        "expires_in": seconds.to_string(),
        "expires_on": (now + seconds).to_string(),
        "ext_expires_in": seconds.to_string(),
        "not_before": now.to_string(),
        "resource": RESOURCE,
        "token_type": "Bearer",
    });
    answer_json(200, &body)
}

fn refusal(error: &str, description: &str) -> Reply {
    let body = json!({"error": error, "error_description": description});
    answer_json(400, &body)
}
