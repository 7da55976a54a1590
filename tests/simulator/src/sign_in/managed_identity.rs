//! The Instance Metadata Service of a machine in Azure.

use serde_json::json;

use super::{RESOURCE, SignIn, answer_json, query};
use crate::reply::Reply;
use crate::service::Request;

pub(super) fn answer(sign_in: &mut SignIn, request: &Request) -> Reply {
    let query = query(request);
    if request.method != "GET" {
        return Reply::empty(405);
    }
    // Requests that others were made to send lack the one header or have the other.
    let is_direct = request
        .header("metadata")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        && request.header("x-forwarded-for").is_none();
    if !is_direct {
        return refusal("invalid_request", "Required metadata header not specified");
    }
    if query.get("api-version") != Some("2018-02-01") {
        return refusal("invalid_request", "api-version is not supported");
    }
    if query.get("resource") != Some(RESOURCE) {
        let text = "AADSTS500011: The resource principal was not found in the tenant.";
        return refusal("invalid_resource", text);
    }
    let machine = &sign_in.script.machine;
    let asked = query.get("client_id").map(str::to_owned);
    let known = |client: &String| {
        let all = machine.own.iter().chain(&machine.assigned);
        all.into_iter().any(|one| one.eq_ignore_ascii_case(client))
    };
    let client = match asked {
        Some(client) => Some(client).filter(known),
        None if machine.own.is_none() && machine.assigned.len() > 1 => {
            let text = "Multiple user assigned identities exist, please specify the clientId / resourceId of the \
                        identity in the token request";
            return refusal("invalid_request", text);
        }
        None => machine.own.clone().or(machine.assigned.first().cloned()),
    };
    let Some(client) = client else {
        return refusal("invalid_request", "Identity not found");
    };
    let tenant = sign_in
        .application(&client)
        .map_or_else(String::new, |application| application.tenant.clone());
    let (token, lifetime) = sign_in.issue(&tenant, &client);
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
