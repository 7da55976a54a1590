//! Where tokens come from: GitHub's OIDC service, Entra, and the machine's metadata service.
//!
//! Built from GitHub Docs ("OpenID Connect reference"), Microsoft Learn ("Microsoft identity platform and
//! the OAuth 2.0 client credentials flow", "Microsoft Entra authentication and authorization error codes",
//! "How to use managed identities for Azure resources on an Azure VM to acquire an access token") and
//! errors from public reports.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::call::Query;
use crate::clock::Moment;
use crate::percent;
use crate::reply::Reply;
use crate::request::Request;
use crate::script::{ApplicationScript, SignInScript};

mod entra;
mod github_oidc;
mod jwt;
mod limbs;
mod managed_identity;
mod montgomery;
mod rsa_key;

use rsa_key::RsaKey;

/// Azure DevOps, as Entra knows it.
const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";

/// Where a job asks GitHub for a token; the query is the service's own.
pub(crate) const OIDC_PATH: &str = "/idtoken/4711/0815?api-version=2.0";

/// The tokens that were given, and the clock that they live by.
#[derive(Debug)]
pub(crate) struct SignIn {
    script: SignInScript,
    started: Instant,
    issued: Vec<Issued>,
    /// The tokens that GitHub gave.
    assertions: Vec<String>,
}

#[derive(Debug)]
struct Issued {
    token: String,
    tenant: String,
    client: String,
    end: Instant,
}

/// What Azure DevOps makes of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is nobody's, or it has expired.
    Unknown,
    /// It is that of a user of the organization.
    Member,
    /// It is good, but whose it is is no user of the organization.
    Stranger { tenant: String, client: String },
}

impl SignIn {
    pub(crate) fn new(script: SignInScript) -> Self {
        // A key takes a moment to make, which no caller should have to wait for.
        if !script.applications.is_empty() {
            RsaKey::shared();
        }
        if script.github.forged {
            RsaKey::unknown();
        }
        Self {
            script,
            started: Instant::now(),
            issued: Vec::new(),
            assertions: Vec::new(),
        }
    }

    /// Answers a request to one of the services; nothing if it is for none of them.
    pub(crate) fn answer(&mut self, request: &Request) -> Option<Reply> {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["idtoken", ..] => Some(github_oidc::answer(self, request)),
            ["metadata", "identity", "oauth2", "token"] => {
                Some(managed_identity::answer(self, request))
            }
            [tenant, "oauth2", "v2.0", "token"] => Some(entra::answer(self, tenant, request)),
            _ => None,
        }
    }

    /// Every token that was given.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        let issued = self.issued.iter().map(|issued| issued.token.as_str());
        issued.chain(self.assertions.iter().map(String::as_str))
    }

    /// What Azure DevOps makes of an `Authorization` header.
    pub(crate) fn standing(&self, authorization: &str) -> Standing {
        let now = Instant::now();
        let token = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        let issued = self.issued.iter().find(|issued| issued.token == token);
        let Some(issued) = issued.filter(|issued| now < issued.end) else {
            return Standing::Unknown;
        };
        let application = self.application(&issued.client);
        match application {
            Some(application) if !application.member => Standing::Stranger {
                tenant: issued.tenant.clone(),
                client: issued.client.clone(),
            },
            _ => Standing::Member,
        }
    }

    fn application(&self, client: &str) -> Option<&ApplicationScript> {
        let mut applications = self.script.applications.iter();
        applications.find(|application| application.client.eq_ignore_ascii_case(client))
    }

    /// Now, in seconds since 1970.
    fn seconds(&self) -> u64 {
        Moment::EPOCH.unix_seconds() + self.started.elapsed().as_secs()
    }

    /// A new access token for Azure DevOps.
    fn issue(&mut self, tenant: &str, client: &str) -> (String, Duration) {
        let lifetime = self.script.token_lifetime.to_duration();
        let now = self.seconds();
        let token = jwt::sign(
            RsaKey::shared(),
            &json!({
                "aud": RESOURCE,
                "iss": format!("https://sts.windows.net/{tenant}/"),
                "iat": now,
                "nbf": now,
                "exp": now + lifetime.as_secs(),
                "appid": client,
                "tid": tenant,
                "uti": format!("token-{}", self.issued.len()),
                "ver": "1.0",
            }),
        );
        self.issued.push(Issued {
            token: token.clone(),
            tenant: tenant.to_owned(),
            client: client.to_owned(),
            end: Instant::now() + lifetime,
        });
        (token, lifetime)
    }
}

/// Whether a request is for one of these services, whose answers do not look like Azure DevOps'.
pub(crate) fn is_for_sign_in(path: &str) -> bool {
    path.starts_with("/idtoken/")
        || path.starts_with("/metadata/")
        || path.ends_with("/oauth2/v2.0/token")
}

/// What may be written down of the body of a request for a token: not what proves who sends it.
pub(crate) fn without_proofs(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    let text = String::from_utf8_lossy(body);
    let pairs = percent::pairs(&text).map(|(name, value)| {
        let is_proof = matches!(name.as_str(), "client_secret" | "client_assertion");
        (name, json!(if is_proof { "***" } else { &value }))
    });
    Value::Object(pairs.collect())
}

fn query(request: &Request) -> Query {
    Query::parse(&request.query)
}

fn answer_json(status: u16, body: &Value) -> Reply {
    Reply::text(status, "application/json; charset=utf-8", body.to_string())
        .with_header("cache-control", "no-store, no-cache")
}
