//! Why there is no token, and what to configure.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::claims::Claims;

/// Who gives tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// GitHub, to the workflow.
    GitHub,
    /// Entra, at this host.
    Entra(String),
    /// The machine's endpoint of managed identities, at this host.
    Machine(String),
}

impl Issuer {
    /// What gives its address; nothing for the machine, whose failures have advice of their own.
    pub(super) fn source(&self) -> &'static str {
        match self {
            Self::GitHub => "ACTIONS_ID_TOKEN_REQUEST_URL",
            Self::Entra(_) => "`azure-authority-host`",
            Self::Machine(_) => "",
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitHub => f.write_str("GitHub's OIDC service"),
            Self::Entra(host) => write!(f, "Entra ({host})"),
            Self::Machine(host) => write!(f, "The endpoint of managed identities ({host})"),
        }
    }
}

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

/// What Entra refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraRefusal {
    /// The number behind `AADSTS`.
    pub(super) code: Option<u64>,
    /// Entra's own words.
    pub(super) message: String,
    /// The tenant that was asked.
    pub(super) tenant: String,
    /// The application.
    pub(super) client: String,
    /// What the workflow's token said, if it was the proof.
    pub(super) claims: Option<Claims>,
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

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!("\"{message}\"; ")
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

/// What to do about it, by its number (Microsoft Learn, "Microsoft Entra authentication and
/// authorization error codes").
impl fmt::Display for EntraRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            message,
            tenant,
            client,
            claims,
        } = self;
        let digits = code.map(|code| code.to_string()).unwrap_or_default();
        let number = format!("AADSTS{digits}");
        if let Some((claims, part)) = claims.as_ref().zip(unmatched(&digits)) {
            let whose =
                format!("the application or managed identity {client} in the tenant {tenant}");
            return if message.contains("case-insensitive") {
                write!(
                    f,
                    "Entra found a federated credential whose subject has other upper and lower case ({number}): correct it in \
                     {whose} to {claims}"
                )
            } else {
                write!(
                    f,
                    "Entra found no federated credential that fits the {part} of this workflow ({number}): {whose} needs one \
                     with {claims}"
                )
            };
        }
        match code {
            Some(90_002 | 900_023) => write!(
                f,
                "Entra does not know the tenant \"{tenant}\" ({number}): correct `azure-tenant-id`; for another cloud than the \
                 public one give `azure-authority-host` as well"
            ),
            Some(700_016) => write!(
                f,
                "Entra knows no application {client} in the tenant {tenant} ({number}): correct `azure-client-id`, which is the \
                 application's client id and not an object id, or `azure-tenant-id`"
            ),
            Some(7_000_229) => write!(
                f,
                "The application {client} has no service principal in the tenant {tenant} ({number}): create one (`az ad sp \
                 create --id {client}`)"
            ),
            Some(7_000_112) => write!(
                f,
                "The application {client} is disabled in the tenant {tenant} ({number}): enable it in Entra"
            ),
            Some(7_000_215) => write!(
                f,
                "Entra did not accept the secret of the application {client} ({number}): give the value of a client secret as \
                 `azure-client-secret`, not its id"
            ),
            Some(7_000_222) => write!(
                f,
                "The secret of the application {client} has expired ({number}): make a new one and give its value as \
                 `azure-client-secret`, or sign in by GitHub's OIDC without a secret"
            ),
            Some(700_024) => write!(
                f,
                "Entra got the workflow's token before or after its time ({number}): \"{message}\""
            ),
            Some(500_011) => write!(
                f,
                "The tenant {tenant} does not know Azure DevOps ({number}): give the tenant that the organization is \
                 connected to (Organization settings, Microsoft Entra) as `azure-tenant-id`"
            ),
            Some(50_034) => write!(
                f,
                "Entra knows no such account in the tenant {tenant} ({number}): correct `azure-tenant-id` and `azure-client-id`"
            ),
            Some(53_003) => write!(
                f,
                "A Conditional Access policy of the tenant {tenant} keeps the application {client} out ({number}): let it admit \
                 this application from where the runner is"
            ),
            // Entra's own words begin with the number.
            _ => write!(
                f,
                "Entra refused to sign in the application {client} of the tenant {tenant}: \"{message}\""
            ),
        }
    }
}

/// Which part of the workflow's token fits no federated credential. These numbers have had a digit
/// more since they were divided further.
fn unmatched(digits: &str) -> Option<&'static str> {
    let parts = [
        ("700211", "issuer"),
        ("700212", "audience"),
        ("700213", "subject"),
        ("70021", "token"),
    ];
    parts
        .iter()
        .find(|(start, _)| digits.starts_with(start))
        .map(|(_, part)| *part)
}
