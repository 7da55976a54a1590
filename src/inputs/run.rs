//! What `run` is told besides where and who.

use super::given::Given;
use super::parse::{id, list};
use super::{InputError, RequestInputs};
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
    pub(super) fn read(given: &Given, project: &ProjectAddress) -> Result<Self, InputError> {
        let key = given.whole("resume-key");
        Ok(Self {
            pipeline: pipeline(given, project)?,
            source: SourceInputs::read(given)?,
            request: RequestInputs::read(given)?,
            wait: given.boolean("wait", true)?,
            resume: given.boolean("resume", true)?,
            resume_key: key.unwrap_or_default().to_owned(),
        })
    }
}

impl SourceInputs {
    fn read(given: &Given) -> Result<Self, InputError> {
        let sides = [
            ("head", PullRequestRef::Head),
            ("merge", PullRequestRef::Merge),
            ("base", PullRequestRef::Base),
        ];
        let associations = given.whole("allow-associations");
        let associations = list(associations.unwrap_or("OWNER,MEMBER,COLLABORATOR"));
        let associations = associations.iter().map(|name| name.to_ascii_uppercase());
        Ok(Self {
            branch: given.text("source-branch").map(str::to_owned),
            version: given.text("source-version").map(str::to_owned),
            pull_request_ref: given.choice("pull-request-ref", &sides)?,
            allow_fork_code: given.boolean("allow-fork-code", false)?,
            allow_associations: associations.collect(),
        })
    }
}

fn pipeline(given: &Given, project: &ProjectAddress) -> Result<PipelineInput, InputError> {
    let name = given.text("azure-pipeline-name");
    let number = given.text("azure-pipeline-id");
    match (name, number, project.definition_id) {
        (Some(_), Some(_), _) => Err(InputError::new(
            "`azure-pipeline-name` and `azure-pipeline-id` are both given: give one of them",
        )),
        (Some(name), None, _) => Ok(PipelineInput::Name(PipelineName::parse(name))),
        (None, Some(number), _) => id(number).map(PipelineInput::Id).ok_or_else(|| {
            InputError::new(format!(
                "`azure-pipeline-id` is \"{number}\", which is no number above 0: give the `definitionId` from the \
                 pipeline's page"
            ))
        }),
        (None, None, Some(id)) => Ok(PipelineInput::Id(id)),
        (None, None, None) => Err(InputError::new(
            "`azure-pipeline-name` is missing: give the pipeline's name, FOLDER/NAME, or `azure-pipeline-id`",
        )),
    }
}
