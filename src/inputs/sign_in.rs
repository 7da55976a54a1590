//! The one way in which a step signs in to Azure DevOps.

use super::given::Given;
use super::{Environment, InputError};
use crate::azure::{
    Authority, Credential, EntraIdentity, GitHubOidc, Identity, ManagedIdentity, Proof, SignIn,
};
use crate::secret::Secret;

/// What GitHub gives to a job that may ask for tokens of its own, and to no other.
const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// By what Azure's own clients are sent to another endpoint of managed identities.
const IDENTITY_HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Where secrets are missing although the workflow names them.
const SECRETS: &str = "GitHub passes no secrets to workflows of pull requests from forks, and Dependabot's come from its \
                       own secret store";

/// What the inputs say about signing in, before it is known whether they belong together.
struct SignInInputs {
    token: Option<Secret>,
    tenant: Option<String>,
    client: Option<String>,
    secret: Option<Secret>,
    authority: Option<String>,
    is_managed: bool,
}

/// Reads the inputs, of which the ones that are given must name exactly one way.
pub(super) fn sign_in(given: &Given, environment: &Environment) -> Result<SignIn, InputError> {
    let inputs = SignInInputs {
        token: given.secret("azure-devops-token"),
        tenant: given.text("azure-tenant-id").map(str::to_owned),
        client: given.text("azure-client-id").map(str::to_owned),
        secret: given.secret("azure-client-secret"),
        authority: given.text("azure-authority-host").map(str::to_owned),
        is_managed: given.boolean("azure-managed-identity", false)?,
    };
    let others = inputs.others();
    match (&inputs.token, inputs.is_managed) {
        (Some(token), _) => match others.first() {
            Some(other) => Err(contradiction("azure-devops-token", other)),
            None => Ok(SignIn::Token(credential(token)?)),
        },
        (None, true) => inputs.managed(environment),
        (None, false) if others.is_empty() => Err(InputError::new(format!(
            "`azure-devops-token` is missing: give a personal access token or an Entra access token, or `azure-tenant-id` \
             and `azure-client-id` to sign in without one; {SECRETS}"
        ))),
        (None, false) => inputs.entra(environment),
    }
}

impl SignInInputs {
    /// The inputs that are given besides a token.
    fn others(&self) -> Vec<&'static str> {
        [
            ("azure-tenant-id", self.tenant.is_some()),
            ("azure-client-id", self.client.is_some()),
            ("azure-client-secret", self.secret.is_some()),
            ("azure-managed-identity", self.is_managed),
            ("azure-authority-host", self.authority.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect()
    }

    fn managed(self, environment: &Environment) -> Result<SignIn, InputError> {
        let unneeded = [
            "azure-tenant-id",
            "azure-client-secret",
            "azure-authority-host",
        ];
        if let Some(other) = self.others().iter().find(|name| unneeded.contains(name)) {
            return Err(contradiction("azure-managed-identity", other));
        }
        let endpoint = variable(environment, IDENTITY_HOST);
        Ok(SignIn::Identity(Identity::Managed(ManagedIdentity {
            client: self.client.map(client).transpose()?,
            endpoint: endpoint.map(|host| host.trim_end_matches('/').to_owned()),
        })))
    }

    fn entra(self, environment: &Environment) -> Result<SignIn, InputError> {
        let (Some(tenant), Some(id)) = (&self.tenant, &self.client) else {
            return Err(self.partner());
        };
        let authority = match self.authority.as_deref() {
            None => Authority::default(),
            Some(text) => Authority::parse(text).map_err(|error| {
                InputError::new(format!(
                    "`azure-authority-host` is no https://HOST: {error}"
                ))
            })?,
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        if !tenant.chars().all(is_name) {
            return Err(InputError::new(format!(
                "`azure-tenant-id` is \"{tenant}\", which is no tenant: give its id or one of its domains, such as \
                 `fabrikam.onmicrosoft.com`"
            )));
        }
        let proof = match &self.secret {
            Some(secret) => Proof::Secret(Secret::new(secret.expose().trim())),
            None => Proof::GitHub(github_oidc(environment)?),
        };
        Ok(SignIn::Identity(Identity::Entra(EntraIdentity {
            authority,
            tenant: tenant.clone(),
            client: client(id.clone())?,
            proof,
        })))
    }

    /// Says which of two inputs that belong together is missing.
    fn partner(&self) -> InputError {
        let others = self.others();
        let first = others.first().copied().unwrap_or_default();
        let needed = [
            ("azure-tenant-id", "the id of the Entra tenant"),
            (
                "azure-client-id",
                "the client id of the application or managed identity",
            ),
        ];
        let missing: Vec<String> = needed
            .iter()
            .filter(|(name, _)| !others.contains(name))
            .map(|(name, what)| format!("`{name}` ({what})"))
            .collect();
        InputError::new(format!(
            "`{first}` is given, and {} missing: give {}, or sign in by `azure-devops-token`",
            match missing.as_slice() {
                [one] => format!("{one} is"),
                _ => format!("{} are", missing.join(" and ")),
            },
            if missing.len() == 1 {
                "it, too"
            } else {
                "them, too"
            },
        ))
    }
}

fn contradiction(one: &str, other: &str) -> InputError {
    InputError::new(format!(
        "`{one}` and `{other}` are both given, which are of different ways to sign in: give `azure-devops-token`, or \
         `azure-tenant-id` and `azure-client-id` (with `azure-client-secret` unless GitHub's OIDC is used), or \
         `azure-managed-identity` (with `azure-client-id` if the identity is user-assigned)"
    ))
}

fn credential(token: &Secret) -> Result<Credential, InputError> {
    if token
        .expose()
        .trim()
        .bytes()
        .all(|byte| byte.is_ascii_graphic())
    {
        return Ok(Credential::from_token(token));
    }
    Err(InputError::new(
        "`azure-devops-token` holds a blank, a line break or another character that no token has: paste the token again",
    ))
}

/// The id of an application or identity: a GUID.
fn client(id: String) -> Result<String, InputError> {
    let lengths = id.split('-').map(str::len);
    let is_hex = id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if is_hex && lengths.eq([8, 4, 4, 4, 12]) {
        return Ok(id);
    }
    Err(InputError::new(format!(
        "`azure-client-id` is \"{id}\", which is no id: give the client id of the application or managed identity, such as \
         `00000000-0000-0000-0000-000000000000`"
    )))
}

fn github_oidc(environment: &Environment) -> Result<GitHubOidc, InputError> {
    match (
        variable(environment, REQUEST_URL),
        variable(environment, REQUEST_TOKEN),
    ) {
        (Some(url), Some(token)) => Ok(GitHubOidc {
            url: url.to_owned(),
            token: Secret::new(token),
        }),
        _ => Err(InputError::new(format!(
            "`azure-client-id` is given without `azure-client-secret`, but GitHub lets this job ask for no OIDC token \
             ({REQUEST_URL} is not set): give the job `permissions: id-token: write`; pull requests from forks never get \
             it, and {SECRETS}"
        ))),
    }
}

fn variable<'e>(environment: &'e Environment, name: &str) -> Option<&'e str> {
    let value = environment.get(name)?.trim();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const CLIENT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    const SECRET: &str = "canary-of-a-client-secret";
    const AUTHORITY: &str = "https://login.microsoftonline.us";

    fn read(changes: &[(&str, &str)]) -> Result<SignIn, String> {
        let mut environment: Environment = [
            (
                "INPUT_AZURE-DEVOPS-PROJECT-URL",
                "https://dev.azure.com/fabrikam/Fabrikam",
            ),
            ("INPUT_AZURE-PIPELINE-NAME", "App CI"),
            (REQUEST_URL, "https://oidc.test/token?api-version=2.0"),
            (REQUEST_TOKEN, "canary-of-a-request-token"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in changes {
            let name = if name.starts_with("azure-") {
                format!("INPUT_{}", name.to_uppercase())
            } else {
                (*name).to_owned()
            };
            environment.insert(name, (*value).to_owned());
        }
        let inputs = super::super::Inputs::from_environment(&environment);
        let sign_in = inputs
            .map(|inputs| inputs.sign_in)
            .map_err(|error| error.to_string());
        let shown = format!("{sign_in:?}");
        assert!(!shown.contains("canary"), "{shown}");
        sign_in
    }

    const ENTRA: [(&str, &str); 2] = [("azure-tenant-id", TENANT), ("azure-client-id", CLIENT)];

    #[test]
    fn each_way_is_known_by_the_inputs_that_are_given() {
        let check = |changes: &[(&str, &str)], what: &str| {
            let sign_in = read(changes).expect(what);
            assert_eq!(sign_in.to_string(), what);
        };
        check(&[("azure-devops-token", "pat")], "personal access token");
        check(
            &[
                ("azure-devops-token", "pat"),
                ("azure-tenant-id", " "),
                ("azure-managed-identity", "false"),
            ],
            "personal access token",
        );
        let entra = format!("(client {CLIENT}, tenant {TENANT})");
        check(&ENTRA, &format!("Entra token by GitHub OIDC {entra}"));
        let [tenant, client] = ENTRA;
        let secret = ("azure-client-secret", SECRET);
        check(
            &[tenant, client, secret, ("azure-devops-token", "")],
            &format!("Entra token by client secret {entra}"),
        );
        let managed = ("azure-managed-identity", "True");
        check(&[managed], "Entra token by the machine's managed identity");
        check(
            &[managed, client],
            &format!("Entra token by managed identity (client {CLIENT})"),
        );
    }

    #[test]
    fn exactly_one_way_is_taken() {
        let ways = "which are of different ways to sign in: give `azure-devops-token`, or `azure-tenant-id` and \
                    `azure-client-id` (with `azure-client-secret` unless GitHub's OIDC is used), or \
                    `azure-managed-identity` (with `azure-client-id` if the identity is user-assigned)";
        let [tenant, client] = ENTRA;
        let token = ("azure-devops-token", "pat");
        let secret = ("azure-client-secret", SECRET);
        let managed = ("azure-managed-identity", "true");
        let authority = ("azure-authority-host", AUTHORITY);
        let both = |one: &str, other: &str, given: &[(&str, &str)]| {
            let sentence = format!("`{one}` and `{other}` are both given, {ways}");
            assert_eq!(read(given), Err(sentence));
        };
        both("azure-devops-token", tenant.0, &[token, tenant]);
        both("azure-devops-token", client.0, &[token, client]);
        both("azure-devops-token", secret.0, &[token, secret]);
        both("azure-devops-token", managed.0, &[token, managed]);
        both("azure-devops-token", authority.0, &[token, authority]);
        both(managed.0, tenant.0, &[managed, tenant, client]);
        both(managed.0, secret.0, &[managed, client, secret]);
        both(managed.0, authority.0, &[managed, authority]);
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        let (tenant, client) = (
            "`azure-tenant-id` (the id of the Entra tenant)",
            "`azure-client-id` (the client id of the application or managed identity)",
        );
        let both = format!("{tenant} and {client} are missing: give them, too");
        for (input, value, missing) in [
            (
                "azure-tenant-id",
                TENANT,
                format!("{client} is missing: give it, too"),
            ),
            (
                "azure-client-id",
                CLIENT,
                format!("{tenant} is missing: give it, too"),
            ),
            ("azure-client-secret", SECRET, both.clone()),
            ("azure-authority-host", AUTHORITY, both),
        ] {
            let sentence =
                format!("`{input}` is given, and {missing}, or sign in by `azure-devops-token`");
            assert_eq!(read(&[(input, value)]), Err(sentence));
        }
    }

    #[test]
    fn mistakes_in_one_input_name_it() {
        let [tenant, client] = ENTRA;
        for (changes, sentence) in [
            (
                &[tenant, ("azure-client-id", "my-app")][..],
                "`azure-client-id` is \"my-app\", which is no id: give the client id of the application or managed identity, such as `00000000-0000-0000-0000-000000000000`",
            ),
            (
                &[("azure-tenant-id", "a/b"), client],
                "`azure-tenant-id` is \"a/b\", which is no tenant: give its id or one of its domains, such as `fabrikam.onmicrosoft.com`",
            ),
            (
                &[
                    tenant,
                    client,
                    ("azure-authority-host", "login.microsoftonline.us"),
                ],
                "`azure-authority-host` is no https://HOST: give the host that signs people in, such as `https://login.microsoftonline.us`",
            ),
            (
                &[("azure-managed-identity", "yes")],
                "`azure-managed-identity` is \"yes\": allowed are `true` and `false`",
            ),
            (
                &[("azure-devops-token", "canary with blanks")],
                "`azure-devops-token` holds a blank, a line break or another character that no token has: paste the token again",
            ),
            (
                &[tenant, client, (REQUEST_URL, "")],
                "`azure-client-id` is given without `azure-client-secret`, but GitHub lets this job ask for no OIDC token (ACTIONS_ID_TOKEN_REQUEST_URL is not set): give the job `permissions: id-token: write`; pull requests from forks never get it, and GitHub passes no secrets to workflows of pull requests from forks, and Dependabot's come from its own secret store",
            ),
        ] {
            assert_eq!(read(changes), Err(sentence.to_owned()));
        }
    }
}
