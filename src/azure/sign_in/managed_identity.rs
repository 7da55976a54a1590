//! The identity that Azure gives a machine.

use std::fmt;

use super::token::{AccessToken, ask};
use super::{Issuer, RESOURCE, SignInError};
use crate::network::Network;

/// Where a machine in Azure asks for the tokens of its identities: the Instance Metadata Service,
/// which is reached without a proxy (Microsoft Learn, "How to use managed identities for Azure
/// resources on an Azure VM to acquire an access token").
const ENDPOINT: &str = "http://169.254.169.254";

/// A managed identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// The client id of a user-assigned one; nothing for the machine's own.
    pub client: Option<String>,
    /// Scheme and host of another endpoint than the machine's, as Azure's own clients take it from
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub endpoint: Option<String>,
}

impl ManagedIdentity {
    /// A token for Azure DevOps, which may be one that was given before.
    pub(super) async fn token(&self, network: &Network) -> Result<AccessToken, SignInError> {
        let (issuer, endpoint) = (self.issuer(), self.endpoint());
        let mut url = format!(
            "{endpoint}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={RESOURCE}"
        );
        if let Some(client) = &self.client {
            url = format!("{url}&client_id={client}");
        }
        // Answers to requests without this header would let others' pages ask for tokens.
        let request = network.client().get(url).header("Metadata", "true");
        let answer = ask(network, &issuer, request).await?;
        match answer.status.as_u16() {
            200 => answer.read(&issuer),
            // "Error handling" on the same page: it is being updated.
            404 | 410 => Err(answer.unavailable(&issuer)),
            status => Err(SignInError::NoIdentity {
                client: self.client.clone(),
                status,
                message: answer.refusal().message().to_owned(),
            }),
        }
    }

    fn endpoint(&self) -> &str {
        self.endpoint.as_deref().unwrap_or(ENDPOINT)
    }

    pub(super) fn issuer(&self) -> Issuer {
        let endpoint = self.endpoint();
        let host = endpoint
            .split_once("://")
            .map_or(endpoint, |(_, host)| host);
        Issuer::Machine(host.to_owned())
    }

    pub(super) fn principal(&self) -> String {
        let client = self.client.as_deref();
        client.map_or_else(|| "of the machine".to_owned(), str::to_owned)
    }
}

impl fmt::Display for ManagedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Some(client) => write!(f, "Entra token by managed identity (client {client})"),
            None => f.write_str("Entra token by the machine's managed identity"),
        }
    }
}
