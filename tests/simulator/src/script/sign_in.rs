//! Who may sign in otherwise than by the token.

use serde::Deserialize;

use crate::clock::Span;

/// What GitHub's OIDC service wants to see from a job, unless the scenario says otherwise; no secret.
pub const TEST_REQUEST_TOKEN: &str = "simulated-request-token-of-a-job";

/// `[sign-in]`. Its times go by the wall clock, because the lifetimes of tokens are told in seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SignInScript {
    /// How long access tokens live; whole seconds.
    pub(crate) token_lifetime: Span,
    pub(crate) github: WorkflowJobScript,
    #[serde(rename = "application")]
    pub(crate) applications: Vec<ApplicationScript>,
    pub(crate) machine: MachineScript,
}

impl Default for SignInScript {
    fn default() -> Self {
        Self {
            token_lifetime: Span::millis(3_599_000),
            github: WorkflowJobScript::default(),
            applications: Vec::new(),
            machine: MachineScript::default(),
        }
    }
}

/// `[sign-in.github]`: the job, as GitHub's OIDC service sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct WorkflowJobScript {
    pub(crate) request_token: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) lifetime: Span,
    /// Tokens are signed with a key that Entra does not know.
    pub(crate) forged: bool,
}

impl Default for WorkflowJobScript {
    fn default() -> Self {
        Self {
            request_token: TEST_REQUEST_TOKEN.to_owned(),
            issuer: issuer(),
            subject: subject(),
            lifetime: Span::millis(300_000),
            forged: false,
        }
    }
}

/// `[[sign-in.application]]`: an application of Entra, or a user-assigned managed identity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ApplicationScript {
    #[serde(default = "tenant")]
    pub(crate) tenant: String,
    pub(crate) client: String,
    #[serde(default)]
    pub(crate) secrets: Vec<SecretScript>,
    #[serde(default, rename = "federated")]
    pub(crate) federated: Vec<FederatedScript>,
    /// Whether it is a user of the organization.
    #[serde(default = "yes")]
    pub(crate) member: bool,
    /// Entra refuses it whatever it proves, with this number.
    pub(crate) refused: Option<u32>,
}

/// A secret that an application shares.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SecretScript {
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) expired: bool,
}

/// Whose tokens an application accepts as a proof.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct FederatedScript {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
}

impl Default for FederatedScript {
    fn default() -> Self {
        Self {
            issuer: issuer(),
            subject: subject(),
            audience: "api://AzureADTokenExchange".to_owned(),
        }
    }
}

/// `[sign-in.machine]`: what the Instance Metadata Service of the job's machine knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct MachineScript {
    /// The client id of the system-assigned identity; absent: there is none.
    pub(crate) own: Option<String>,
    /// The client ids of the user-assigned ones.
    pub(crate) assigned: Vec<String>,
}

fn yes() -> bool {
    true
}

fn tenant() -> String {
    "7c0f3a51-1b44-4f6e-9d25-3b1c6e0a9f12".to_owned()
}

fn issuer() -> String {
    "https://token.actions.githubusercontent.com".to_owned()
}

fn subject() -> String {
    "repo:octo/demo:ref:refs/heads/main".to_owned()
}
