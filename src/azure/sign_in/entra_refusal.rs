//! What Entra refuses, and what to do about it.

use std::fmt;

use super::claims::Claims;

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

impl fmt::Display for EntraRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            message,
            tenant,
            client,
            ..
        } = self;
        let digits = code.map(|code| code.to_string()).unwrap_or_default();
        if let Some((claims, part)) = self.claims.as_ref().zip(unmatched(&digits)) {
            return self.no_credential(f, &digits, claims, part);
        }
        match code.and_then(|code| self.meaning(code)) {
            Some((what, advice)) => write!(f, "{what} (AADSTS{digits}): {advice}"),
            // Entra's own words begin with the number.
            None => write!(
                f,
                "Entra refused to sign in the application {client} of the tenant {tenant}: \"{message}\""
            ),
        }
    }
}

impl EntraRefusal {
    /// Where no federated credential fits this part of the workflow's token.
    fn no_credential(
        &self,
        f: &mut fmt::Formatter<'_>,
        digits: &str,
        claims: &Claims,
        part: &str,
    ) -> fmt::Result {
        let whose = format!(
            "the application or managed identity {} in the tenant {}",
            self.client, self.tenant
        );
        if self.message.contains("case-insensitive") {
            write!(
                f,
                "Entra found a federated credential whose subject has other upper and lower case (AADSTS{digits}): correct it \
                 in {whose} to {claims}"
            )
        } else {
            write!(
                f,
                "Entra found no federated credential that fits the {part} of this workflow (AADSTS{digits}): {whose} needs \
                 one with {claims}"
            )
        }
    }

    /// What a number means, and what to do about it (Microsoft Learn, "Microsoft Entra authentication and
    /// authorization error codes").
    fn meaning(&self, code: u64) -> Option<(String, String)> {
        let (tenant, client) = (&self.tenant, &self.client);
        Some(match code {
            90_002 | 900_023 => (
                format!("Entra does not know the tenant \"{tenant}\""),
                "correct `azure-tenant-id`; for another cloud than the public one give `azure-authority-host` as well".into(),
            ),
            700_016 => (
                format!("Entra knows no application {client} in the tenant {tenant}"),
                "correct `azure-client-id`, which is the application's client id and not an object id, or \
                 `azure-tenant-id`".into(),
            ),
            7_000_229 => (
                format!("The application {client} has no service principal in the tenant {tenant}"),
                format!("create one (`az ad sp create --id {client}`)"),
            ),
            7_000_112 => (
                format!("The application {client} is disabled in the tenant {tenant}"),
                "enable it in Entra".into(),
            ),
            7_000_215 => (
                format!("Entra did not accept the secret of the application {client}"),
                "give the value of a client secret as `azure-client-secret`, not its id".into(),
            ),
            7_000_222 => (
                format!("The secret of the application {client} has expired"),
                "make a new one and give its value as `azure-client-secret`, or sign in by GitHub's OIDC without a \
                 secret".into(),
            ),
            700_024 => (
                "Entra got the workflow's token before or after its time".into(),
                format!("\"{}\"", self.message),
            ),
            500_011 => (
                format!("The tenant {tenant} does not know Azure DevOps"),
                "give the tenant that the organization is connected to (Organization settings, Microsoft Entra) as \
                 `azure-tenant-id`".into(),
            ),
            50_034 => (
                format!("Entra knows no such account in the tenant {tenant}"),
                "correct `azure-tenant-id` and `azure-client-id`".into(),
            ),
            53_003 => (
                format!("A Conditional Access policy of the tenant {tenant} keeps the application {client} out"),
                "let it admit this application from where the runner is".into(),
            ),
            _ => return None,
        })
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

#[cfg(test)]
impl EntraRefusal {
    /// One for tests; the proof is a workflow's token.
    pub(crate) fn example(code: Option<u64>, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            tenant: "T".to_owned(),
            client: "C".to_owned(),
            claims: Some(Claims::default()),
        }
    }
}
