//! Entra: a proof of who one is against an access token.

use std::fmt;

use percent_encoding::utf8_percent_encode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use super::claims::Claims;
use super::token::{AccessToken, Answer, ask};
use super::{Authority, EntraRefusal, GitHubOidc, Issuer, RESOURCE, SignInError};
use crate::network::Network;
use crate::secret::Secret;
use crate::untrusted::PART;

/// An application of Entra, or a user-assigned managed identity that trusts the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraIdentity {
    /// Which cloud.
    pub authority: Authority,
    /// The tenant's id, or one of its domains.
    pub tenant: String,
    /// The application's client id.
    pub client: String,
    /// By what Entra knows it.
    pub proof: Proof,
}

/// By what Entra knows an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A token of the workflow, which the application trusts.
    GitHub(GitHubOidc),
    /// A secret that it shares with the application.
    Secret(Secret),
}

impl EntraIdentity {
    /// A token for Azure DevOps. What was received on the way is put into `secrets` first.
    pub(super) async fn token(
        &self,
        network: &Network,
        secrets: &mut Vec<Secret>,
    ) -> Result<AccessToken, SignInError> {
        let scope = format!("{RESOURCE}/.default");
        let mut form = vec![
            ("client_id", self.client.as_str()),
            ("scope", &scope),
            ("grant_type", "client_credentials"),
        ];
        let assertion;
        let mut claims = None;
        match &self.proof {
            Proof::Secret(secret) => form.push(("client_secret", secret.expose())),
            Proof::GitHub(github) => {
                assertion = github.assertion(network, self.authority.audience()).await?;
                secrets.push(assertion.clone());
                claims = Some(Claims::of(assertion.expose()));
                form.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ));
                form.push(("client_assertion", assertion.expose()));
            }
        }
        let encode = |text| utf8_percent_encode(text, PART);
        let pairs = form
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)));
        let issuer = self.issuer();
        let request = network
            .client()
            .post(self.authority.token_url(&self.tenant))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(pairs.collect::<Vec<_>>().join("&"));
        let answer = ask(network, &issuer, request).await?;
        if answer.status.is_success() {
            return answer.read(&issuer);
        }
        Err(self.refusal(&answer, claims))
    }

    pub(super) fn issuer(&self) -> Issuer {
        Issuer::Entra(self.authority.host().to_owned())
    }

    fn refusal(&self, answer: &Answer, claims: Option<Claims>) -> SignInError {
        let refusal = answer.refusal();
        let message = without_traces(refusal.message());
        let code = refusal.error_codes.first().copied();
        SignInError::Refused(Box::new(EntraRefusal {
            code: code.or_else(|| code_in(message)),
            message: match message {
                "" => format!("status {}", answer.status.as_u16()),
                message => message.to_owned(),
            },
            tenant: self.tenant.clone(),
            client: self.client.clone(),
            claims,
        }))
    }
}

impl fmt::Display for EntraIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.proof {
            Proof::GitHub(_) => "GitHub OIDC",
            Proof::Secret(_) => "client secret",
        };
        write!(
            f,
            "Entra token by {by} (client {}, tenant {})",
            self.client, self.tenant
        )
    }
}

/// The sentences in front of the ids and times, which are for Microsoft's support.
fn without_traces(description: &str) -> &str {
    let end = description.find("Trace ID:").unwrap_or(description.len());
    description[..end].trim()
}

/// The number in `AADSTS700213: …`.
fn code_in(message: &str) -> Option<u64> {
    let digits = message.strip_prefix("AADSTS")?;
    digits.split(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_support_needs_is_left_out() {
        let description = "AADSTS90002: Tenant 'x' not found. Check it.\r\nTrace ID: 1-2\r\nCorrelation ID: 3\r\nTimestamp: 2026";
        assert_eq!(
            without_traces(description),
            "AADSTS90002: Tenant 'x' not found. Check it."
        );
        assert_eq!(without_traces("plain"), "plain");
    }

    #[test]
    fn the_code_stands_in_the_message_too() {
        assert_eq!(code_in("AADSTS7002138: No matching"), Some(7_002_138));
        assert_eq!(code_in("No matching"), None);
    }
}
