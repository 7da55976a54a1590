//! GitHub's OIDC service, as a job sees it.

use serde_json::json;

use super::rsa_key::RsaKey;
use super::{SignIn, answer_json, jwt, query};
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn answer(sign_in: &mut SignIn, request: &Request) -> Reply {
    let script = &sign_in.script.github;
    if request.method != "GET" {
        return Reply::empty(405);
    }
    let expected = format!("Bearer {}", script.request_token);
    if request.header("authorization") != Some(&expected) {
        return answer_json(401, &json!({"message": "Bad credentials"}));
    }
    let query = query(request);
    // Unless the job asks for another one, it is the page of the repository's owner.
    let audience = query.get("audience").unwrap_or("https://github.com/octo");
    let now = sign_in.seconds();
    let claims = json!({
        "jti": format!("job-token-{}", sign_in.assertions.len()),
        "sub": script.subject,
        "aud": audience,
        "iss": script.issuer,
        "ref": "refs/heads/main",
        "repository": "octo/demo",
        "repository_owner": "octo",
        "iat": now,
        "nbf": now.saturating_sub(300),
        "exp": now + script.lifetime.to_duration().as_secs(),
    });
    let key = if script.forged {
        RsaKey::unknown()
    } else {
        RsaKey::shared()
    };
    let token = jwt::sign(key, &claims);
    sign_in.assertions.push(token.clone());
    answer_json(200, &json!({"count": token.len(), "value": token}))
}
