//! What can go wrong between us and the service, by what a caller would do about it.

use std::error::Error as _;
use std::time::Duration;

use reqwest::StatusCode;
use thiserror::Error;

use super::{ApiVersion, SignInError};
use crate::build::Validation;

/// A request that did not give what was asked for. The text is one sentence for people: what was
/// asked, what came, what to do.
#[derive(Debug, Error)]
pub enum Error {
    /// The service wants to see a credential it knows: 401, or a sign-in page, which comes as 203 or
    /// by a redirect.
    #[error(
        "Azure DevOps did not accept the token ({answer}, {request}): {}{}",
        said(message),
        caller.sign_in_advice()
    )]
    Unauthorized {
        /// `METHOD path`.
        request: String,
        /// What came instead of an answer, such as `203 with a sign-in page`.
        answer: String,
        /// The service's own words.
        message: String,
        /// Whose token it was.
        caller: Caller,
    },
    /// The credential is known, but may not do this.
    #[error(
        "Azure DevOps refused {request} (403): {}{}",
        said(message),
        caller.permission_advice(message)
    )]
    Forbidden {
        /// `METHOD path`.
        request: String,
        /// The service's own words.
        message: String,
        /// Whose token it was.
        caller: Caller,
    },
    /// There is no such thing.
    #[error(
        "{} ({request})",
        or_else(message, "Azure DevOps answered that it does not exist")
    )]
    NotFound {
        /// `METHOD path`.
        request: String,
        /// The service's own words.
        message: String,
        /// The exception's name, by which the service's meaning is known best.
        type_key: String,
    },
    /// The address is another one.
    #[error(
        "Azure DevOps redirected {request} to {target} ({status}), and redirects are not followed: correct \
         `azure-devops-project-url`"
    )]
    Redirected {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// Scheme and host.
        target: String,
    },
    /// The request was understood and refused.
    #[error(
        "Azure DevOps refused {request} ({status}): {}{}",
        or_else(message, "it gave no reason"),
        listed(validation)
    )]
    Refused {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The service's own words.
        message: String,
        /// The exception's name.
        type_key: String,
        /// Every reason it gave for not queueing a run.
        validation: Vec<Validation>,
    },
    /// Too many requests.
    #[error(
        "Azure DevOps is throttling requests (429, {request}): {}",
        or_else(message, "it gave no reason")
    )]
    Throttled {
        /// `METHOD path`.
        request: String,
        /// The service's own words.
        message: String,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// The service has a problem of its own.
    #[error(
        "Azure DevOps had a problem with {request} ({status}): {}",
        or_else(message, "it gave no reason")
    )]
    Server {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The service's own words.
        message: String,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// No answer came, or it broke off.
    #[error("Azure DevOps could not be reached at {host} ({request}): {reason}{}", advice(reason, *is_unsent))]
    Transport {
        /// `METHOD path`.
        request: String,
        /// Host and port.
        host: String,
        /// The cause at the bottom.
        reason: String,
        /// Whether the request cannot have been handled, because no connection was made.
        is_unsent: bool,
        /// Whether no answer came in time, so that the request may be handled even later.
        is_timeout: bool,
    },
    /// An answer came that is not what the API describes.
    #[error("Azure DevOps' answer to {request} could not be read: {reason}")]
    Decode {
        /// `METHOD path`.
        request: String,
        /// What does not fit.
        reason: String,
    },
    /// The server is too old for what was asked.
    #[error("{what} needs api-version {needed}, and this server has {version} at most{instead}")]
    TooOld {
        /// What was asked for.
        what: &'static str,
        /// The api-version that has it.
        needed: ApiVersion,
        /// What to do instead, as the end of the sentence.
        instead: &'static str,
        /// The newest api-version of the server.
        version: String,
    },
    /// There is no token to send.
    #[error(transparent)]
    SignIn(SignInError),
    /// The token cannot be sent.
    #[error(
        "`azure-devops-token` holds a character that cannot be part of a token: paste it again without line breaks"
    )]
    UnusableToken,
    /// The certificates cannot be used.
    #[error("`ca-certificate` is not a PEM certificate: {0}")]
    Certificate(String),
    /// The HTTP client cannot be built.
    #[error("The HTTP client could not be set up: {0}")]
    Setup(String),
}

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
    fn sign_in_advice(&self) -> String {
        match self {
            Self::PersonalToken => "check that `azure-devops-token` is set, has not expired, belongs to this organization \
                                    and has the scope Build (read & execute)"
                .to_owned(),
            Self::EntraToken => "check that `azure-devops-token` has not expired (Entra's live about an hour), is for Azure \
                                 DevOps, and that whom it is for is a user of this organization"
                .to_owned(),
            Self::Principal(principal) => membership_advice(principal),
        }
    }

    fn permission_advice(&self, message: &str) -> String {
        match self {
            Self::PersonalToken => "give the token the scope Build (read & execute) and its owner the permission that is \
                                    named"
                .to_owned(),
            Self::Principal(principal) if is_unknown_user(message) => membership_advice(principal),
            Self::EntraToken => "give whom the token is for the permission that is named".to_owned(),
            Self::Principal(principal) => format!(
                "give the service principal {principal} the permission that is named"
            ),
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

/// Whether the service says that the caller is nobody here ("TF401444", "TF400813").
fn is_unknown_user(message: &str) -> bool {
    ["TF401444", "TF400813"]
        .iter()
        .any(|code| message.contains(code))
}

/// What became of a request that changes something and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The service refused it.
    Refused,
    /// It did not reach the service, or was turned away before it was looked at: it may be sent
    /// again.
    Unhandled,
    /// It was probably not carried out, but the answer does not prove it.
    Unknown,
    /// It may be carried out still.
    Pending,
}

impl Error {
    /// What became of the request, if it was one that changes something.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self {
            Self::Throttled { .. }
            | Self::Transport {
                is_unsent: true, ..
            } => Fate::Unhandled,
            Self::SignIn(error) if error.is_transient() => Fate::Unhandled,
            Self::Transport {
                is_timeout: true, ..
            }
            | Self::Server {
                status: 408 | 504, ..
            } => Fate::Pending,
            Self::Transport { .. } | Self::Server { .. } | Self::Decode { .. } => Fate::Unknown,
            _ => Fate::Refused,
        }
    }

    /// Whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Server { .. } | Self::Transport { .. } => true,
            Self::SignIn(error) => error.is_transient(),
            _ => false,
        }
    }

    /// How long the service asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            Self::SignIn(error) => error.retry_after(),
            _ => None,
        }
    }

    /// Whether an input is to blame, so that nothing was asked of the service.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self, Self::UnusableToken | Self::Certificate(_))
    }

    /// The same error of somebody else's.
    pub(super) fn of(mut self, whose: Caller) -> Self {
        if let Self::Unauthorized { caller, .. } | Self::Forbidden { caller, .. } = &mut self {
            *caller = whose;
        }
        self
    }

    pub(super) fn transport(request: &str, host: &str, error: &reqwest::Error) -> Self {
        let mut reason = cause(error).unwrap_or_default();
        if error.is_timeout() {
            "the request timed out".clone_into(&mut reason);
        } else if reason.is_empty() {
            "the connection broke".clone_into(&mut reason);
        }
        Self::Transport {
            request: request.to_owned(),
            host: host.to_owned(),
            reason,
            is_unsent: error.is_connect(),
            is_timeout: error.is_timeout(),
        }
    }
}

/// The cause at the bottom, which says most: "connection refused" rather than "client error".
pub(super) fn cause(error: &reqwest::Error) -> Option<String> {
    let mut bottom = error.source()?;
    while let Some(cause) = bottom.source() {
        bottom = cause;
    }
    Some(bottom.to_string())
}

/// What an answer with an error status says.
pub(super) struct Refusal {
    pub(super) request: String,
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) type_key: String,
    pub(super) validation: Vec<Validation>,
    pub(super) retry_after: Option<Duration>,
}

impl From<Refusal> for Error {
    /// The exception's name decides before the status: the service says 400 for a missing project
    /// and 500 for a missing pipeline.
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            request,
            status,
            message,
            type_key,
            validation,
            retry_after,
        } = refusal;
        let is_missing =
            type_key.contains("DoesNotExist") || type_key.ends_with("NotFoundException");
        let is_denied = type_key.contains("AccessDenied") || message.starts_with("TF215106");
        let status_code = status.as_u16();
        match status_code {
            _ if is_denied || status_code == 403 => Self::Forbidden {
                request,
                message,
                caller: Caller::default(),
            },
            _ if is_missing || status_code == 404 => Self::NotFound {
                request,
                message,
                type_key,
            },
            401 => Self::Unauthorized {
                request,
                answer: "401".to_owned(),
                message,
                caller: Caller::default(),
            },
            429 => Self::Throttled {
                request,
                message,
                retry_after,
            },
            408 | 500..=599 => Self::Server {
                request,
                status: status_code,
                message,
                retry_after,
            },
            _ => Self::Refused {
                request,
                status: status_code,
                message,
                type_key,
                validation,
            },
        }
    }
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!("\"{message}\"; ")
    }
}

/// What to do about a connection that could not be made. One that broke is made again.
fn advice(reason: &str, is_unsent: bool) -> &'static str {
    match (is_unsent, reason.contains("certificate")) {
        (true, true) => {
            "; if the server's certificate is by an authority of its own, give that as `ca-certificate`"
        }
        (true, false) => "; check `azure-devops-project-url`, the network and the proxy",
        (false, _) => "",
    }
}

fn or_else<'a>(message: &'a str, fallback: &'a str) -> &'a str {
    if message.is_empty() {
        fallback
    } else {
        message
    }
}

fn listed(validation: &[Validation]) -> String {
    validation.iter().fold(String::new(), |list, result| {
        list + "\n- " + &result.message
    })
}
