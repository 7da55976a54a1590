//! What `run` is told besides where and who.

use super::parse::{boolean, choice, trimmed};
use super::{InputError, RawInputs, RequestInputs};
use crate::azure::{PipelineName, ProjectAddress};

/// The inputs of the command `run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInputs {
    /// `azure-pipeline-name` or `azure-pipeline-id`.
    pub pipeline: PipelineInput,
    /// Which code is built.
    pub source: SourceInputs,
    /// What it is given besides.
    pub request: RequestInputs,
    /// `wait`.
    pub wait: bool,
    /// `resume`.
    pub resume: bool,
    /// `resume-key`.
    pub resume_key: String,
}

/// Which pipeline is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineInput {
    /// By name, with or without its folder.
    Name(PipelineName),
    /// By the definition's id.
    Id(u64),
}

/// Which code is built, as far as the inputs say so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceInputs {
    /// `source-branch`.
    pub branch: Option<String>,
    /// `source-version`.
    pub version: Option<String>,
    /// `pull-request-ref`.
    pub pull_request_ref: Option<PullRequestRef>,
    /// `allow-fork-code`.
    pub allow_fork_code: bool,
    /// `allow-associations`, upper case.
    pub allow_associations: Vec<String>,
}

/// Which side of a pull request is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullRequestRef {
    /// The pull request's own last commit, as pushed.
    Head,
    /// The head merged into the base, as GitHub prepared it.
    Merge,
    /// The code that the pull request wants to change.
    Base,
}

impl RunInputs {
    pub(super) fn read(raw: &RawInputs, project: &ProjectAddress) -> Result<Self, InputError> {
        Ok(Self {
            pipeline: pipeline(
                raw.azure_pipeline_name.as_deref(),
                raw.azure_pipeline_id.as_deref(),
                project,
            )?,
            source: SourceInputs::read(raw)?,
            request: RequestInputs::read(raw)?,
            wait: boolean("wait", raw.wait.as_deref(), true)?,
            resume: boolean("resume", raw.resume.as_deref(), true)?,
            resume_key: raw.resume_key.clone().unwrap_or_default(),
        })
    }
}

impl SourceInputs {
    fn read(raw: &RawInputs) -> Result<Self, InputError> {
        Ok(Self {
            branch: trimmed(raw.source_branch.as_deref()),
            version: trimmed(raw.source_version.as_deref()),
            pull_request_ref: choice(
                "pull-request-ref",
                raw.pull_request_ref.as_deref(),
                &[
                    ("head", PullRequestRef::Head),
                    ("merge", PullRequestRef::Merge),
                    ("base", PullRequestRef::Base),
                ],
            )?,
            allow_fork_code: boolean("allow-fork-code", raw.allow_fork_code.as_deref(), false)?,
            allow_associations: raw
                .allow_associations
                .as_deref()
                .unwrap_or("OWNER,MEMBER,COLLABORATOR")
                .split([',', '\n'])
                .map(|name| name.trim().to_ascii_uppercase())
                .filter(|name| !name.is_empty())
                .collect(),
        })
    }
}

fn pipeline(
    name: Option<&str>,
    id: Option<&str>,
    project: &ProjectAddress,
) -> Result<PipelineInput, InputError> {
    match (name.map(str::trim), id.map(str::trim), project.definition_id) {
        (Some(_), Some(_), _) => Err(InputError::new(
            "`azure-pipeline-name` and `azure-pipeline-id` are both given: give one of them".to_owned(),
        )),
        (Some(name), None, _) => Ok(PipelineInput::Name(PipelineName::parse(name))),
        (None, Some(id), _) => id.parse().ok().filter(|id| *id > 0).map(PipelineInput::Id).ok_or_else(|| {
            InputError::new(format!(
                "`azure-pipeline-id` is \"{id}\", which is no number above 0: give the `definitionId` from the pipeline's page"
            ))
        }),
        (None, None, Some(id)) => Ok(PipelineInput::Id(id)),
        (None, None, None) => Err(InputError::new(
            "`azure-pipeline-name` is missing: give the pipeline's name, FOLDER/NAME, or `azure-pipeline-id`".to_owned(),
        )),
    }
}
