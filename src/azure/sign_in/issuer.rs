//! Who gives tokens.

use std::fmt;

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
