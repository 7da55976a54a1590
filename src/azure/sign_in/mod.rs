//! Signing in: which token Azure DevOps is shown, where it comes from, and when another is needed.
//!
//! Each secret goes to its own place alone: the workflow's request token to GitHub, its assertion or
//! the client secret to the authority, the access token to the configured Azure DevOps.

mod authority;
mod authorization;
mod claims;
mod entra;
mod entra_refusal;
mod error;
mod github_oidc;
mod issuer;
mod managed_identity;
mod token;

use std::fmt;

pub use authority::{Authority, AuthorityError};
pub use authorization::Authorization;
pub use entra::{EntraIdentity, Proof};
pub use entra_refusal::EntraRefusal;
pub use error::SignInError;
pub use github_oidc::GitHubOidc;
pub use issuer::Issuer;
pub use managed_identity::ManagedIdentity;

use super::Credential;
use crate::network::Network;
use crate::secret::Secret;
use token::AccessToken;

/// Azure DevOps, as Entra knows it (Microsoft Learn, "Use Microsoft Entra service principals and
/// managed identities in Azure DevOps").
pub(super) const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";

/// The one way in which a step signs in. As text: what kind of credential it is and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// By a token that is given.
    Token(Credential),
    /// As somebody whom Entra gives tokens, which are renewed.
    Identity(Identity),
}

/// Whom Entra gives tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// An application, or a managed identity that trusts the workflow.
    Entra(EntraIdentity),
    /// The machine that the step runs on.
    Managed(ManagedIdentity),
}

impl fmt::Display for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(Credential::Basic(_)) => f.write_str("personal access token"),
            Self::Token(Credential::Bearer(_)) => f.write_str("Entra access token"),
            Self::Identity(Identity::Entra(identity)) => identity.fmt(f),
            Self::Identity(Identity::Managed(identity)) => identity.fmt(f),
        }
    }
}

impl Identity {
    /// Whom the organization has to know.
    fn principal(&self) -> String {
        match self {
            Self::Entra(identity) => identity.client.clone(),
            Self::Managed(identity) => identity.principal(),
        }
    }

    fn issuer(&self) -> Issuer {
        match self {
            Self::Entra(identity) => identity.issuer(),
            Self::Managed(identity) => identity.issuer(),
        }
    }

    /// A new token. What was received on the way and nobody may see is put into `secrets`.
    async fn token(
        &self,
        network: &Network,
        secrets: &mut Vec<Secret>,
    ) -> Result<AccessToken, SignInError> {
        let token = match self {
            Self::Entra(identity) => identity.token(network, secrets).await?,
            Self::Managed(identity) => identity.token(network).await?,
        };
        secrets.push(token.text.clone());
        Ok(token)
    }
}
