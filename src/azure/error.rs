//! What can go wrong between us and the service, by what a caller would do about it.

use std::time::Duration;

use thiserror::Error;

use super::{ApiVersion, Caller, SignInError};
use crate::build::Validation;
use crate::network::{Failure, SetupError};

/// A request that did not give what was asked for. The text is one sentence for people: what was
/// asked, what came, what to do.
#[derive(Debug, Error)]
pub enum Error {
    /// The service wants to see a credential it knows: 401, or a sign-in page, which comes as 203 or
    /// by a redirect.
    #[error(
        "Azure DevOps did not accept the token ({answer}, {request}): {}{}{}",
        said(message),
        caller.sign_in_advice(message, *is_windows),
        or_the_proxys(proxy.as_deref())
    )]
    Unauthorized {
        /// `METHOD path`.
        request: String,
        /// What came instead of an answer, such as `203 with a sign-in page`.
        answer: String,
        /// The service's own words.
        message: String,
        /// Whether the server also offers to sign in as Windows does.
        is_windows: bool,
        /// Whose token it was.
        caller: Caller,
        /// The proxy that may have answered instead, about its own user name and password.
        proxy: Option<Box<str>>,
    },
    /// The credential is known, but may not do this.
    #[error(
        "Azure DevOps refused {request} ({status}): {}{}",
        said(message),
        caller.permission_advice(message)
    )]
    Forbidden {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The service's own words.
        message: String,
        /// Whose token it was.
        caller: Caller,
    },
    /// There is no such thing.
    #[error("{}", missing(request, *status, message, type_key))]
    NotFound {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The service's own words.
        message: String,
        /// The exception's name, by which the service's meaning is known best; empty where it has no
        /// such address at all.
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
    /// Something else than the service answered in its place, or the host is another's.
    #[error(
        "The answer to {request} did not come from Azure DevOps, but from something in its place, such as a proxy \
         ({status}{}): {}",
        quoted(message),
        proxy_advice(*status)
    )]
    Intercepted {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The title of its page, or its text.
        message: String,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// The request was understood and refused.
    #[error(
        "Azure DevOps refused {request} ({status}){}{}",
        reasons(message, validation),
        refusal_advice(*status, type_key)
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
        "Azure DevOps is throttling requests (429, {request}){}",
        after_colon(message)
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
        "Azure DevOps had a problem with {request} ({status}){}{}",
        after_colon(message),
        for_support(activity.as_deref())
    )]
    Server {
        /// `METHOD path`.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The service's own words.
        message: String,
        /// By what the service's support finds the request, where the words do not say it.
        activity: Option<String>,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// No answer came, or it broke off.
    #[error("Azure DevOps could not be reached at {host} ({request}): {failure}")]
    Transport {
        /// `METHOD path`.
        request: String,
        /// Host and port.
        host: String,
        /// Why, and what to do.
        failure: Failure,
    },
    /// An answer came that is not what the API describes.
    #[error(
        "Azure DevOps' answer to {request} could not be read: {reason}; if it stays so, check whether a proxy changes \
         answers"
    )]
    Decode {
        /// `METHOD path`.
        request: String,
        /// What it is instead.
        reason: String,
    },
    /// An answer came that is longer than any that is expected.
    #[error(
        "Azure DevOps' answer to {request} is longer than {} MiB, and was not read to its end; check \
         `azure-devops-project-url` and whether a proxy changes answers",
        limit / 1024 / 1024
    )]
    TooLong {
        /// `METHOD path`.
        request: String,
        /// How many bytes are read.
        limit: usize,
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
        version: ApiVersion,
    },
    /// Only the Build API can carry the one, and only the Pipelines API keeps the other secret.
    #[error(
        "`{input}` and `secret-variables` that the pipeline does not know as secret cannot be sent together: leave \
         `{input}` out, or add the variables to those of the pipeline, as secret and settable at queue time"
    )]
    SecretAtStake {
        /// The input.
        input: &'static str,
    },
    /// There is no token to send.
    #[error(transparent)]
    SignIn(SignInError),
    /// The token cannot be sent.
    #[error(
        "`azure-devops-token` holds a character that cannot be part of a token: paste it again without line breaks"
    )]
    UnusableToken,
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Setup(#[from] SetupError),
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
            Self::Throttled { .. } | Self::Intercepted { status: 429, .. } => Fate::Unhandled,
            Self::Transport { failure, .. } if failure.is_unsent => Fate::Unhandled,
            Self::Transport { failure, .. } if failure.is_timeout => Fate::Pending,
            Self::SignIn(error) if error.is_transient() => Fate::Unhandled,
            Self::Server {
                status: 408 | 504, ..
            }
            | Self::Intercepted {
                status: 408 | 504, ..
            } => Fate::Pending,
            Self::Transport { .. }
            | Self::Server { .. }
            | Self::Intercepted {
                status: ..300 | 500..,
                ..
            }
            | Self::Decode { .. }
            | Self::TooLong { .. } => Fate::Unknown,
            _ => Fate::Refused,
        }
    }

    /// Whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::Server { .. }
            | Self::Transport { .. }
            | Self::Intercepted {
                status: 408 | 429 | 500..,
                ..
            } => true,
            Self::SignIn(error) => error.is_transient(),
            _ => false,
        }
    }

    /// Whether the same request fails in the same way until somebody changes something, although
    /// no answer came.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Transport { failure, .. } if failure.is_settled())
    }

    /// How long the service asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. }
            | Self::Server { retry_after, .. }
            | Self::Intercepted { retry_after, .. } => *retry_after,
            Self::SignIn(error) => error.retry_after(),
            _ => None,
        }
    }

    /// Whether an input is to blame, so that nothing was asked of the service.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self, Self::UnusableToken)
    }

    /// The same error of somebody else's.
    pub(super) fn of(mut self, whose: Caller) -> Self {
        if let Self::Unauthorized { caller, .. } | Self::Forbidden { caller, .. } = &mut self {
            *caller = whose;
        }
        self
    }
}

/// The service's own words, in front of what to do.
pub(super) fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!("\"{message}\"; ")
    }
}

/// The service's own words, behind what happened.
fn after_colon(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": \"{message}\"")
    }
}

/// The words of a page, behind its status.
fn quoted(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(", \"{message}\"")
    }
}

/// Some proxies say 401 where they mean 407.
fn or_the_proxys(proxy: Option<&str>) -> String {
    proxy.map_or_else(String::new, |proxy| {
        format!(
            "; the answer may also be that of the proxy {proxy}: check the user name and password for it in `HTTP_PROXY`"
        )
    })
}

fn for_support(activity: Option<&str>) -> String {
    activity.map_or_else(String::new, |activity| {
        format!("; its support finds this by the activity id {activity}")
    })
}

/// A thing that is not there by the service's words, or an address that it does not have.
fn missing(request: &str, status: u16, message: &str, type_key: &str) -> String {
    if type_key.is_empty() {
        format!(
            "Azure DevOps has no such address ({status}, {request}): {}check the organization or collection in \
             `azure-devops-project-url`",
            said(message)
        )
    } else {
        format!(
            "Azure DevOps refused {request} ({status}){}",
            after_colon(message)
        )
    }
}

fn proxy_advice(status: u16) -> &'static str {
    if status == 407 {
        "give the proxy's user and password in HTTPS_PROXY (`http://USER:PASSWORD@HOST:PORT`)"
    } else {
        "check `azure-devops-project-url`, HTTPS_PROXY and NO_PROXY"
    }
}

fn refusal_advice(status: u16, type_key: &str) -> &'static str {
    if type_key == "DefinitionDisabledException" {
        "; enable the pipeline in Azure DevOps (pipeline, Settings)"
    } else if type_key == "VssVersionNotSpecifiedException" {
        "; check whether a proxy changes requests"
    } else if type_key.starts_with("Vss") && type_key.contains("Version") {
        "; this action needs Azure DevOps Services, or Azure DevOps Server 2019 or newer"
    } else if status == 413 {
        "; pass less in `azure-pipeline-variables` and `template-parameters`"
    } else {
        ""
    }
}

/// Why a request was refused: every result of a validation, or what the service says otherwise.
fn reasons(message: &str, validation: &[Validation]) -> String {
    if validation.is_empty() && message.is_empty() {
        return " and gave no reason".to_owned();
    }
    if validation.is_empty() {
        return after_colon(message);
    }
    validation.iter().fold(":".to_owned(), |list, result| {
        list + "\n- " + &result.message
    })
}
