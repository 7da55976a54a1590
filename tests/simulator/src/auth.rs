//! Who may call, and what the others get instead of an answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::{AuthScheme, Scenario, SignInAnswer};

/// The page people see instead of an answer when they are not signed in.
const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>Azure DevOps Services | Sign In</title></head>\
    <body><h1>Sign in to your account</h1></body></html>\n";

/// Checks an `Authorization` header. The user name of a Basic one does not matter.
pub(crate) fn is_good(scenario: &Scenario, now: Moment, header: Option<&str>) -> bool {
    let Some((scheme, value)) = header.and_then(|header| header.split_once(' ')) else {
        return false;
    };
    let (basic, bearer) = match scenario.auth.scheme {
        AuthScheme::Basic => (true, false),
        AuthScheme::Bearer => (false, true),
        AuthScheme::Any => (true, true),
    };
    let secret = match scheme.to_ascii_lowercase().as_str() {
        "basic" if basic => password(value),
        "bearer" if bearer => Some(value.trim().to_owned()),
        _ => None,
    };
    let expired = scenario
        .auth
        .expires_after
        .is_some_and(|span| now >= Moment::EPOCH.plus(span));
    !expired && secret.is_some_and(|secret| secret == scenario.token)
}

fn password(value: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    decoded
        .split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// The answer to a caller without good credentials.
pub(crate) fn refuse(sign_in: SignInAnswer, method: &str, redirects_are_suppressed: bool) -> Reply {
    match sign_in {
        // Reported for expired Entra tokens: a page for GET and POST, an error for PATCH.
        SignInAnswer::Page if method == "PATCH" => Reply::refusal(&Refusal::unauthorized()),
        SignInAnswer::Page => sign_in_page(),
        SignInAnswer::Redirect if redirects_are_suppressed => unauthorized(),
        SignInAnswer::Redirect => sign_in_redirect(),
    }
}

pub(crate) fn unauthorized() -> Reply {
    let realm = "Basic realm=\"https://tfsprodsin1.app.visualstudio.com/\"";
    Reply::empty(401).with_header("www-authenticate", realm)
}

pub(crate) fn sign_in_page() -> Reply {
    Reply::text(203, "text/html; charset=utf-8", SIGN_IN_PAGE)
}

pub(crate) fn sign_in_redirect() -> Reply {
    let location = "https://spsprodweu2.vssps.visualstudio.com/_signin?realm=dev.azure.com";
    Reply::text(302, "text/html; charset=utf-8", SIGN_IN_PAGE).with_header("location", location)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(auth: &str, header: &str, good: bool) {
        let scenario = Scenario::from_toml(&format!("token = 'pat'\n{auth}")).unwrap();
        assert_eq!(
            is_good(&scenario, Moment::EPOCH, Some(header)),
            good,
            "{auth} {header}"
        );
    }

    #[test]
    fn the_token_may_come_with_any_user_name() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        check("", &basic(":pat"), true);
        check("", &basic("anyone:pat"), true);
        check("", &basic(":other"), false);
        check("", "Bearer pat", false);
        check("auth = { scheme = 'bearer' }", "Bearer pat", true);
        check("auth = { scheme = 'any' }", "bearer pat", true);
        check("auth = { expires-after = '0s' }", &basic(":pat"), false);
    }
}
