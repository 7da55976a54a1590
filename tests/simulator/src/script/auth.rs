//! `[auth]`: which credentials are taken, and how others are turned away.

use serde::Deserialize;

use crate::clock::Span;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AuthScript {
    pub(crate) scheme: AuthScheme,
    pub(crate) sign_in: SignInAnswer,
    /// Simulated time after which the token is taken no more.
    pub(crate) expires_after: Option<Span>,
}

/// How the token must be sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuthScheme {
    #[default]
    Basic,
    Bearer,
    Any,
}

/// What a caller without good credentials gets.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum SignInAnswer {
    /// A redirect, or an empty 401 for callers that suppress redirects.
    #[default]
    #[serde(rename = "302")]
    Redirect,
    /// A 203 with an HTML page whatever the caller suppresses, as for expired Entra tokens.
    #[serde(rename = "203")]
    Page,
}
