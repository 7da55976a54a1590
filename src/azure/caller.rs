//! Who asks the service, and what this one can do about a refusal.

/// Whose token the service was shown: what to do about a refusal depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Caller {
    /// The owner of a personal access token.
    #[default]
    PersonalToken,
    /// Somebody for whom Entra has given a token elsewhere.
    EntraToken,
    /// A service principal or managed identity, for which this step has been given a token.
    Principal(String),
}

impl Caller {
    /// What to do where the service does not know the caller. Servers of one's own may offer to sign in
    /// as Windows does.
    pub(super) fn sign_in_advice(&self, message: &str, is_windows: bool) -> String {
        let advice = self.advice_by_code(message).unwrap_or_else(|| match self {
            Self::PersonalToken => "check that `azure-devops-token` has not expired, belongs to this organization and \
                                    has the scope Build (read & execute)"
                .to_owned(),
            Self::EntraToken => "check that `azure-devops-token` has not expired (Entra's live about an hour), is for \
                                 Azure DevOps, and that whom it is for is a user of this organization"
                .to_owned(),
            Self::Principal(principal) => membership_advice(principal),
        });
        // "IIS Basic Authentication invalidates personal access tokens"
        let on_windows = "; on a server of your own, IIS Basic Authentication must be off, because it makes such \
                          tokens invalid";
        let is_concerned = is_windows && *self == Self::PersonalToken;
        format!("{advice}{}", if is_concerned { on_windows } else { "" })
    }

    /// What to do where the caller is known, but may not do what was asked.
    pub(super) fn permission_advice(&self, message: &str) -> String {
        if let Some(advice) = self.advice_by_code(message) {
            return advice;
        }
        if message.starts_with("TF215106") {
            return "grant it in Azure DevOps (the pipeline's menu, Manage security)".to_owned();
        }
        match self {
            Self::PersonalToken => "give the token the scope Build (read & execute), and its owner the permission that \
                                    this needs"
                .to_owned(),
            Self::EntraToken => "give whom the token is for the permission that this needs".to_owned(),
            Self::Principal(principal) => {
                format!("give the service principal {principal} the permission that this needs")
            }
        }
    }

    /// Where the service's own code says what is wrong.
    fn advice_by_code(&self, message: &str) -> Option<String> {
        let code = |code| message.starts_with(code);
        match self {
            _ if code("VS403463") => Some(
                "let the policy admit the address of this runner, or use a runner that it admits".to_owned(),
            ),
            Self::Principal(principal) if code("TF401444") || code("TF400813") => {
                Some(membership_advice(principal))
            }
            _ if code("TF401444") => Some(
                "a service principal, which cannot do that, is added under Organization settings, Users".to_owned(),
            ),
            _ if code("TF400813") => Some(
                "check that the token has not expired, and that its owner is a user of this organization (Organization \
                 settings, Users)"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Entra knows the principal, but the organization does not.
fn membership_advice(principal: &str) -> String {
    format!(
        "add the service principal or managed identity {principal} to the organization as a user with the access level \
         Basic (Organization settings, Users), and to the project; the organization must be connected to its tenant"
    )
}
