//! The workflow's own token, by which GitHub says who it is.

use percent_encoding::utf8_percent_encode;
use reqwest::header::ACCEPT;
use serde::Deserialize;

use super::token::ask;
use super::{Issuer, SignInError};
use crate::network::Network;
use crate::secret::Secret;
use crate::untrusted::PART;

/// Where GitHub gives tokens to the job, and what it wants to see for one: the variables
/// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, which a job has with the
/// permission `id-token: write` (GitHub Docs, "OpenID Connect reference").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHubOidc {
    /// The address, with a query.
    pub url: String,
    /// The bearer token for it.
    pub token: Secret,
}

#[derive(Deserialize)]
struct WireToken {
    value: Secret,
}

impl GitHubOidc {
    /// A fresh token for `audience`. It lives for some minutes only.
    pub(super) async fn assertion(
        &self,
        network: &Network,
        audience: &str,
    ) -> Result<Secret, SignInError> {
        let issuer = Issuer::GitHub;
        let audience = utf8_percent_encode(audience, PART);
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let request = network
            .client()
            .get(format!("{}{separator}audience={audience}", self.url))
            .bearer_auth(self.token.expose())
            .header(ACCEPT, "application/json");
        let answer = ask(network, &issuer, request).await?;
        if !answer.status.is_success() {
            return Err(SignInError::NoAssertion {
                status: answer.status.as_u16(),
            });
        }
        Ok(answer.read::<WireToken>(&issuer)?.value)
    }
}
