//! The action's inputs: raw strings become types here, once.

mod ca_certificate;
mod command;
mod follow;
mod given;
mod parse;
mod report;
mod request;
mod resources;
mod run;
mod runs;
mod secrets;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::azure::{AddressError, ProjectAddress, SignIn};
use crate::secret::Secret;

pub use ca_certificate::CaCertificate;
pub use command::Command;
pub use follow::{FollowInputs, PollInterval, RetryMode, RetryPolicy};
pub use report::{ReportInputs, ReportKind};
pub use request::{AgentQueueInput, RequestInputs};
pub use run::{PipelineInput, PullRequestRef, RunInputs, SourceInputs};
pub use runs::{ListInputs, ShowInputs, TagInputs, When};
pub use secrets::secrets;

use given::Given;

/// Everything a step can be told.
#[derive(Debug)]
pub struct Inputs {
    /// `command`, with what only this command is told.
    pub command: Command,
    /// `azure-devops-project-url`.
    pub project: ProjectAddress,
    /// `azure-devops-token`, or what is given in its place.
    pub sign_in: SignIn,
    /// `ca-certificate`.
    pub ca_certificate: Option<CaCertificate>,
    /// `github-token`.
    pub github_token: Option<Secret>,
    /// How a run is followed.
    pub follow: FollowInputs,
    /// `timestamps`.
    pub timestamps: bool,
    /// `summary`.
    pub summary: bool,
    /// `annotations`.
    pub annotations: bool,
    /// Every secret that the process was given.
    pub secrets: Vec<Secret>,
    /// What GitHub is told of a run that is followed.
    pub report: ReportInputs,
}

/// The inputs are wrong. One sentence that names the input as `action.yml` writes it.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct InputError(String);

impl InputError {
    /// A sentence that begins with the input's name.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// The variables of a process, as far as they are text.
pub type Environment = BTreeMap<String, String>;

impl Inputs {
    /// Reads the inputs from a process' variables.
    pub fn from_environment(environment: &Environment) -> Result<Self, InputError> {
        let given = &Given::read(environment)?;
        let project = project(given.whole("azure-devops-project-url"))?;
        let command = Command::read(given, &project)?;
        let certificate = given.whole("ca-certificate");
        Ok(Self {
            follow: FollowInputs::read(given, command.starts_work())?,
            report: ReportInputs::read(given, command.sees_the_end())?,
            secrets: secrets(environment),
            command,
            timestamps: given.boolean("timestamps", false)?,
            summary: given.boolean("summary", true)?,
            annotations: given.boolean("annotations", true)?,
            project,
            sign_in: sign_in::sign_in(given, environment)?,
            ca_certificate: certificate.map(CaCertificate::read).transpose()?,
            github_token: given.secret("github-token"),
        })
    }
}

fn project(url: Option<&str>) -> Result<ProjectAddress, InputError> {
    const FORM: &str =
        "`https://dev.azure.com/ORGANIZATION/PROJECT` or `https://SERVER/COLLECTION/PROJECT`";
    let url = url.ok_or_else(|| {
        InputError(format!(
            "`azure-devops-project-url` is missing: give {FORM}"
        ))
    })?;
    ProjectAddress::parse(url).map_err(|error| {
        // A URL that may hold a password is not repeated, nor is a query.
        let given = url.split(['?', '#']).next().unwrap_or_default();
        InputError(match error {
            AddressError::Credentials => format!("`azure-devops-project-url` {error}"),
            AddressError::HostName => format!("`azure-devops-project-url` \"{given}\" {error}"),
            _ if given.contains('@') => format!("`azure-devops-project-url` {error}: give {FORM}"),
            _ => format!("`azure-devops-project-url` \"{given}\" {error}: give {FORM}"),
        })
    })
}
