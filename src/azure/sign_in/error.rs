//! Why there is no token, and what to configure.

use std::time::Duration;

use thiserror::Error;

use super::super::error::said;
use super::{EntraRefusal, Issuer};

/// There is no token. The text is one sentence for people.
#[derive(Debug, Clone, Error)]
pub enum SignInError {
    /// Nobody answered, or with a problem of their own; it may well succeed a little later.
    #[error("{issuer} gave no token: {reason}{}", reachable(issuer))]
    Unavailable {
        /// Who was asked.
        issuer: Issuer,
        /// What went wrong.
        reason: String,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// GitHub does not tell others who the workflow is.
    #[error(
        "GitHub refused to give the job an OIDC token ({status}): check that the job has `permissions: id-token: write`"
    )]
    NoAssertion {
        /// The HTTP status.
        status: u16,
    },
    /// The machine does not have the identity.
    #[error("The machine gave no token of {} ({status}): {}{}", identity(client.as_deref()), said(message), identity_advice(client.as_deref()))]
    NoIdentity {
        /// Its client id; nothing for the machine's own.
        client: Option<String>,
        /// The HTTP status.
        status: u16,
        /// The endpoint's own words.
        message: String,
    },
    /// Entra does not accept the application or its proof.
    #[error("{0}")]
    Refused(Box<EntraRefusal>),
    /// A token that no request can carry.
    #[error("Entra gave a token that cannot be sent")]
    Unusable,
}

impl SignInError {
    pub(super) fn unavailable(issuer: &Issuer, reason: String) -> Self {
        Self::Unavailable {
            issuer: issuer.clone(),
            reason,
            retry_after: None,
        }
    }

    /// Whether the same may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        // A workflow's token that came too early or too late is followed by another.
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused(refusal) => refusal.code == Some(700_024),
            _ => false,
        }
    }

    /// How long the issuer asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn reachable(issuer: &Issuer) -> &'static str {
    match issuer {
        Issuer::Machine(_) => {
            "; only machines in Azure have one, and the job must run on such a machine"
        }
        Issuer::GitHub | Issuer::Entra(_) => "",
    }
}

fn identity(client: Option<&str>) -> String {
    client.map_or_else(
        || "a managed identity of its own".to_owned(),
        |client| format!("the managed identity {client}"),
    )
}

fn identity_advice(client: Option<&str>) -> &'static str {
    if client.is_some() {
        "assign that identity to the machine, or correct `azure-client-id`, which is the identity's client id"
    } else {
        "switch the machine's system-assigned identity on, or give the client id of a user-assigned one as \
         `azure-client-id`"
    }
}
