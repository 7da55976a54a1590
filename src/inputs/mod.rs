//! The action's inputs: raw strings become types here, once.
//!
//! The runner passes input `NAME` as the variable `INPUT_NAME`, in upper case with hyphens kept, and
//! an input that is not set as an empty string (runner: `Handler.AddInputsToEnvironment`).

mod follow;
mod parse;
mod report;
mod request;
mod resources;
mod run;
mod runs;
mod secrets;
mod sign_in;

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use crate::azure::{AddressError, ProjectAddress, SignIn};
use crate::build::BuildId;
use crate::secret::Secret;

pub use follow::{FollowInputs, PollInterval, RetryMode, RetryPolicy};
pub use report::{ReportInputs, ReportKind};
pub use request::{AgentQueueInput, RequestInputs};
pub use run::{PipelineInput, PullRequestRef, RunInputs, SourceInputs};
pub use runs::{ListInputs, ShowInputs, TagInputs, When};
pub use secrets::secrets;

use parse::{boolean, choice};

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

/// What the step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a run, follow it, give its verdict.
    Run(Box<RunInputs>),
    /// Say what would be run, or what is wrong; start nothing.
    Check(Box<RunInputs>),
    /// Follow a run that exists, give its verdict.
    Watch(BuildId),
    /// Start the failed stages of a run again, follow it, give its verdict.
    Retry(BuildId),
    /// Cancel a run and wait until it is over.
    Cancel(BuildId),
    /// List runs.
    List(Box<ListInputs>),
    /// Show one run in full.
    Show(ShowInputs),
    /// Add tags to a run.
    TagAdd(TagInputs),
    /// List the tags of the run with this id.
    TagList(u64),
    /// Delete tags of a run.
    TagDelete(TagInputs),
}

impl Command {
    /// The run that `run-id` names, where the command is about one.
    #[must_use]
    pub fn run_id(&self) -> Option<u64> {
        match self {
            Self::Watch(id) | Self::Retry(id) | Self::Cancel(id) => Some(id.0),
            Self::Show(show) => Some(show.run),
            Self::TagAdd(tags) | Self::TagDelete(tags) => Some(tags.run),
            Self::TagList(id) => Some(*id),
            Self::Run(_) | Self::Check(_) | Self::List(_) => None,
        }
    }
}

/// Certificates that are trusted besides the public ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaCertificate {
    /// PEM text.
    Text(String),
    /// A file in the workspace.
    File(String),
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

/// The inputs as the runner passes them; absent and empty are one.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct RawInputs {
    command: Option<String>,
    azure_devops_project_url: Option<String>,
    azure_devops_token: Option<Secret>,
    azure_tenant_id: Option<String>,
    azure_client_id: Option<String>,
    azure_client_secret: Option<Secret>,
    azure_managed_identity: Option<String>,
    azure_authority_host: Option<String>,
    ca_certificate: Option<String>,
    github_token: Option<Secret>,
    azure_pipeline_name: Option<String>,
    azure_pipeline_id: Option<String>,
    source_branch: Option<String>,
    source_version: Option<String>,
    pull_request_ref: Option<String>,
    allow_fork_code: Option<String>,
    allow_associations: Option<String>,
    azure_pipeline_variables: Option<String>,
    secret_variables: Option<Secret>,
    template_parameters: Option<String>,
    resources: Option<Secret>,
    stages_to_skip: Option<String>,
    demands: Option<String>,
    agent_queue: Option<String>,
    priority: Option<String>,
    run_tags: Option<String>,
    wait: Option<String>,
    resume: Option<String>,
    resume_key: Option<String>,
    timestamps: Option<String>,
    poll_interval: Option<String>,
    logs: Option<String>,
    live: Option<String>,
    queue_timeout: Option<String>,
    timeout: Option<String>,
    cancel_on_interrupt: Option<String>,
    partially_succeeded: Option<String>,
    max_attempts: Option<String>,
    retry_on: Option<String>,
    retry_mode: Option<String>,
    retry_delay: Option<String>,
    summary: Option<String>,
    annotations: Option<String>,
    report: Option<String>,
    report_name: Option<String>,
    run_id: Option<String>,
    tags: Option<String>,
    branch: Option<String>,
    build_number: Option<String>,
    max_time: Option<String>,
    min_time: Option<String>,
    pipeline_ids: Option<String>,
    pipeline_name: Option<String>,
    query_order: Option<String>,
    reason: Option<String>,
    requested_for: Option<String>,
    result: Option<String>,
    status: Option<String>,
    time_zone: Option<String>,
    top: Option<String>,
}

/// The variables of a process, as far as they are text.
pub type Environment = BTreeMap<String, String>;

impl Inputs {
    /// Reads the inputs from a process' variables.
    pub fn from_environment(environment: &Environment) -> Result<Self, InputError> {
        let given = environment
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name.clone(), value.clone()));
        let raw: RawInputs = envy::prefixed("INPUT_")
            .from_iter(given)
            .map_err(|error| InputError(format!("The inputs could not be read: {error}")))?;
        Self::read(raw, environment)
    }

    fn read(raw: RawInputs, environment: &Environment) -> Result<Self, InputError> {
        let project = project(raw.azure_devops_project_url.as_deref())?;
        let name = choice("command", raw.command.as_deref(), &COMMANDS)?;
        let command = command(name.unwrap_or(CommandName::Run), &raw, &project)?;
        Ok(Self {
            follow: FollowInputs::read(&raw, starts_work(&command))?,
            report: ReportInputs::read(&raw, sees_the_end(&command))?,
            secrets: secrets(environment),
            command,
            timestamps: boolean("timestamps", raw.timestamps.as_deref(), false)?,
            summary: boolean("summary", raw.summary.as_deref(), true)?,
            annotations: boolean("annotations", raw.annotations.as_deref(), true)?,
            project,
            sign_in: sign_in::sign_in(&raw, environment)?,
            ca_certificate: raw.ca_certificate.map(ca_certificate).transpose()?,
            github_token: raw.github_token,
        })
    }
}

/// The words of `command`.
#[derive(Debug, Clone, Copy)]
enum CommandName {
    Run,
    Check,
    Watch,
    Retry,
    Cancel,
    List,
    Show,
    TagAdd,
    TagList,
    TagDelete,
}

const COMMANDS: [(&str, CommandName); 10] = [
    ("run", CommandName::Run),
    ("check", CommandName::Check),
    ("watch", CommandName::Watch),
    ("retry", CommandName::Retry),
    ("cancel", CommandName::Cancel),
    ("list", CommandName::List),
    ("show", CommandName::Show),
    ("tag-add", CommandName::TagAdd),
    ("tag-list", CommandName::TagList),
    ("tag-delete", CommandName::TagDelete),
];

fn command(
    name: CommandName,
    raw: &RawInputs,
    project: &ProjectAddress,
) -> Result<Command, InputError> {
    match name {
        CommandName::Run | CommandName::Check if raw.run_id.is_some() => Err(InputError::new(
            "`run-id` is given, but the commands `run` and `check` are about a new run: choose another `command`, or leave \
             `run-id` out",
        )),
        CommandName::Run => Ok(Command::Run(Box::new(RunInputs::read(raw, project)?))),
        CommandName::Check => Ok(Command::Check(Box::new(RunInputs::read(raw, project)?))),
        CommandName::Watch => Ok(Command::Watch(run_id(raw)?)),
        CommandName::Retry => Ok(Command::Retry(run_id(raw)?)),
        CommandName::Cancel => Ok(Command::Cancel(run_id(raw)?)),
        CommandName::List => Ok(Command::List(Box::new(ListInputs::read(raw, project)?))),
        CommandName::Show => Ok(Command::Show(ShowInputs::read(raw)?)),
        CommandName::TagAdd => Ok(Command::TagAdd(TagInputs::read(raw)?)),
        CommandName::TagList => Ok(Command::TagList(runs::run_id(raw)?)),
        CommandName::TagDelete => Ok(Command::TagDelete(TagInputs::read(raw)?)),
    }
}

/// Whether what is followed goes on because of this step, so that it should end with it, too.
fn starts_work(command: &Command) -> bool {
    matches!(command, Command::Run(_) | Command::Retry(_))
}

/// Whether a run that is followed is followed to its end.
fn sees_the_end(command: &Command) -> bool {
    !matches!(command, Command::Run(run) if !run.wait)
}

/// The run that is followed or canceled.
fn run_id(raw: &RawInputs) -> Result<BuildId, InputError> {
    runs::run_id(raw).map(BuildId)
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

/// A path has no line ends. Other text is not repeated: it may be anything.
fn ca_certificate(text: String) -> Result<CaCertificate, InputError> {
    let trimmed = text.trim();
    if trimmed.contains("-----BEGIN") {
        Ok(CaCertificate::Text(text))
    } else if trimmed.contains(['\n', '\r']) {
        Err(InputError::new(
            "`ca-certificate` is neither PEM text (it has no -----BEGIN CERTIFICATE-----) nor the path of a file",
        ))
    } else {
        Ok(CaCertificate::File(trimmed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::azure::PipelineName;
    use crate::outcome::RetryOn;

    const TOKEN: &str = "canary-of-a-token";

    fn environment(changes: &[(&str, &str)]) -> Environment {
        let mut environment: Environment = [
            (
                "INPUT_AZURE-DEVOPS-PROJECT-URL",
                "https://dev.azure.com/fabrikam/Fabrikam",
            ),
            ("INPUT_AZURE-DEVOPS-TOKEN", TOKEN),
            ("INPUT_AZURE-PIPELINE-NAME", "App CI"),
            ("INPUT_WAIT", ""),
            ("INPUT_MAX-ATTEMPTS", " "),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (input, value) in changes {
            environment.insert(
                format!("INPUT_{}", input.to_uppercase()),
                (*value).to_owned(),
            );
        }
        environment
    }

    fn read(changes: &[(&str, &str)]) -> Result<Inputs, InputError> {
        Inputs::from_environment(&environment(changes))
    }

    fn read_run(changes: &[(&str, &str)]) -> (Inputs, Box<RunInputs>) {
        let inputs = read(changes).expect("valid");
        let Command::Run(run) = inputs.command.clone() else {
            panic!("{:?}", inputs.command)
        };
        (inputs, run)
    }

    #[test]
    fn what_is_not_given_has_its_default() {
        let (inputs, run) = read_run(&[]);
        assert_eq!(
            run.pipeline,
            PipelineInput::Name(PipelineName::parse("App CI"))
        );
        assert_eq!(inputs.follow.poll_interval, PollInterval::Auto);
        assert_eq!(inputs.follow.retry.max_attempts, 2);
        assert_eq!(inputs.follow.retry.on, RetryOn::Infrastructure);
        assert_eq!(inputs.follow.retry.delay, Duration::from_mins(2));
        assert!(
            run.wait && inputs.summary && inputs.annotations && inputs.follow.cancel_on_interrupt
        );
        assert_eq!(
            run.source.allow_associations,
            ["OWNER", "MEMBER", "COLLABORATOR"]
        );
        assert!(!format!("{inputs:?}").contains(TOKEN));
    }

    #[test]
    fn values_are_read_leniently() {
        let (inputs, run) = read_run(&[
            ("wait", "False"),
            ("poll-interval", "250ms"),
            ("pull-request-ref", " Merge "),
            ("azure-pipeline-variables", "a=1\n\n b = two=2 \n"),
            ("template-parameters", r#"{"n":1,"list":["x"],"text":"t"}"#),
            ("azure-pipeline-name", ""),
            ("azure-pipeline-id", "12"),
            ("retry-delay", "1m 30s"),
        ]);
        assert!(!run.wait);
        assert_eq!(
            inputs.follow.poll_interval,
            PollInterval::Fixed(Duration::from_millis(250))
        );
        assert_eq!(run.source.pull_request_ref, Some(PullRequestRef::Merge));
        assert_eq!(run.pipeline, PipelineInput::Id(12));
        assert_eq!(inputs.follow.retry.delay, Duration::from_secs(90));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(run.request.variables, [pair("a", "1"), pair("b", " two=2")]);
        assert_eq!(
            run.request.template_parameters,
            [
                ("list".to_owned(), serde_json::json!(["x"])),
                ("n".to_owned(), 1.into()),
                ("text".to_owned(), "t".into())
            ]
        );
    }

    #[test]
    fn commands_for_a_run_that_exists() {
        let check = |changes: &[(&str, &str)], command: Command, cancels: bool| {
            let changes: Vec<_> =
                [&[("azure-pipeline-name", ""), ("run-id", " 7 ")], changes].concat();
            let inputs = read(&changes).expect("valid");
            assert_eq!(inputs.command, command);
            assert_eq!(inputs.follow.cancel_on_interrupt, cancels, "{command:?}");
        };
        let id = BuildId(7);
        check(&[("command", "watch")], Command::Watch(id), false);
        check(&[("command", "Retry")], Command::Retry(id), true);
        check(&[("command", "cancel")], Command::Cancel(id), false);
        let watch = ("command", "watch");
        check(
            &[watch, ("cancel-on-interrupt", "true")],
            Command::Watch(id),
            true,
        );
    }

    #[test]
    fn reports_are_a_list() {
        let kinds = |report: &str| read(&[("report", report)]).map(|inputs| inputs.report.kinds);
        let (status, check) = (ReportKind::CommitStatus, ReportKind::CheckRun);
        assert_eq!(kinds(""), Ok(vec![]));
        assert_eq!(
            kinds("Check-Run,\ncommit-status\ncheck-run"),
            Ok(vec![status, check])
        );
        assert_eq!(kinds("pull-request-comment"), Ok(vec![ReportKind::Comment]));
        let name = read(&[("report-name", " Azure ")]).map(|inputs| inputs.report.name);
        assert_eq!(name, Ok(Some("Azure".to_owned())));
    }

    #[test]
    fn the_pasted_page_of_a_pipeline_names_it() {
        let page = "https://dev.azure.com/fabrikam/Fabrikam/_build?definitionId=7";
        let (_, run) = read_run(&[
            ("azure-devops-project-url", page),
            ("azure-pipeline-name", ""),
        ]);
        assert_eq!(run.pipeline, PipelineInput::Id(7));
    }

    #[track_caller]
    fn refused(changes: &[(&str, &str)], sentence: &str) {
        let error = read(changes).map(|_| ()).expect_err(sentence).to_string();
        assert_eq!(error, sentence);
        assert!(!error.contains(TOKEN) && !error.contains("hunter2"));
    }

    #[test]
    fn each_mistake_is_one_sentence_that_names_the_input() {
        for (changes, sentence) in [
            (
                &[("azure-devops-project-url", "")][..],
                "`azure-devops-project-url` is missing: give `https://dev.azure.com/ORGANIZATION/PROJECT` or `https://SERVER/COLLECTION/PROJECT`",
            ),
            (
                &[("azure-devops-project-url", "https://dev.azure.com/fabrikam")],
                "`azure-devops-project-url` \"https://dev.azure.com/fabrikam\" does not name a project: give `https://dev.azure.com/ORGANIZATION/PROJECT` or `https://SERVER/COLLECTION/PROJECT`",
            ),
            (
                &[(
                    "azure-devops-project-url",
                    "https://u:hunter2@dev.azure.com/f/F",
                )],
                "`azure-devops-project-url` must not contain a user name or password; give the token as `azure-devops-token`",
            ),
            (
                &[(
                    "azure-devops-project-url",
                    "https://u:hunter2@dev.azure.com:99999/f/F",
                )],
                "`azure-devops-project-url` is not an absolute http(s) URL: give `https://dev.azure.com/ORGANIZATION/PROJECT` or `https://SERVER/COLLECTION/PROJECT`",
            ),
            (
                &[("azure-devops-token", "")],
                "`azure-devops-token` is missing: give a personal access token or an Entra access token, or `azure-tenant-id` and `azure-client-id` to sign in without one; GitHub passes no secrets to workflows of pull requests from forks, and Dependabot's come from its own secret store",
            ),
            (
                &[("azure-pipeline-name", "")],
                "`azure-pipeline-name` is missing: give the pipeline's name, FOLDER/NAME, or `azure-pipeline-id`",
            ),
            (
                &[("azure-pipeline-id", "7")],
                "`azure-pipeline-name` and `azure-pipeline-id` are both given: give one of them",
            ),
            (
                &[("azure-pipeline-name", ""), ("azure-pipeline-id", "seven")],
                "`azure-pipeline-id` is \"seven\", which is no number above 0: give the `definitionId` from the pipeline's page",
            ),
            (
                &[("command", "start")],
                "`command` is \"start\": allowed are `run`, `check`, `watch`, `retry`, `cancel`, `list`, `show`, `tag-add`, `tag-list` and `tag-delete`",
            ),
            (
                &[("wait", "yes")],
                "`wait` is \"yes\": allowed are `true` and `false`",
            ),
            (
                &[("pull-request-ref", "tip")],
                "`pull-request-ref` is \"tip\": allowed are `head`, `merge` and `base`",
            ),
            (
                &[("poll-interval", "fast")],
                "`poll-interval` is \"fast\": allowed are durations of up to 7 days, such as `500ms`, `30s`, `5m` or `2h`",
            ),
            (
                &[("poll-interval", "0s")],
                "`poll-interval` is zero: allowed are `auto` and durations such as `5s`",
            ),
            (
                &[("retry-delay", "8days")],
                "`retry-delay` is \"8days\": allowed are durations of up to 7 days, such as `500ms`, `30s`, `5m` or `2h`",
            ),
            (
                &[("max-attempts", "0")],
                "`max-attempts` is \"0\": allowed are whole numbers from 1 to 20",
            ),
            (
                &[("retry-on", "always")],
                "`retry-on` is \"always\": allowed are `infrastructure`, `failure` and `never`",
            ),
            (
                &[("partially-succeeded", "ok")],
                "`partially-succeeded` is \"ok\": allowed are `fail` and `pass`",
            ),
            (
                &[("azure-pipeline-variables", "{\"a\":")],
                "`azure-pipeline-variables` is not valid JSON (line 1, column 5): give a JSON object or one `name=value` a line",
            ),
            (
                &[("azure-pipeline-variables", "a=1\nb")],
                "`azure-pipeline-variables` has no \"=\" in line 2: give a JSON object or one `name=value` a line",
            ),
            (
                &[("template-parameters", "who=1\nWho=2")],
                "`template-parameters` has the name \"who\" twice: give a JSON object or one `name=value` a line",
            ),
            (
                &[("template-parameters", "=1")],
                "`template-parameters` has a value without a name: give a JSON object or one `name=value` a line",
            ),
        ] {
            refused(changes, sentence);
        }
    }

    #[test]
    fn mistakes_about_existing_runs_reports_and_limits() {
        for (changes, sentence) in [
            (
                &[("command", "watch")][..],
                "`run-id` is missing: give the `buildId` from the run's page",
            ),
            (
                &[("command", "cancel"), ("run-id", "20260302.1")],
                "`run-id` is \"20260302.1\", which is no number above 0: give the `buildId` from the run's page",
            ),
            (
                &[("run-id", "7")],
                "`run-id` is given, but the commands `run` and `check` are about a new run: choose another `command`, or leave `run-id` out",
            ),
            (
                &[("report", "check-run,status")],
                "`report` is \"status\": allowed are `commit-status`, `check-run` and `pull-request-comment`",
            ),
            (
                &[("report", "check-run"), ("wait", "false")],
                "`report` is given and `wait` is `false`, so that nobody would tell GitHub how the run ends: leave `report` to the step with `command: watch`",
            ),
            (
                &[("report-name", "two\nlines")],
                "`report-name` has 9 characters: allowed is one line of up to 200",
            ),
            (
                &[("queue-timeout", "0m")],
                "`queue-timeout` is zero: allowed are durations such as `90m`; leave it out for no limit",
            ),
            (
                &[("timeout", "90")],
                "`timeout` is \"90\": allowed are durations of up to 7 days, such as `500ms`, `30s`, `5m` or `2h`",
            ),
        ] {
            refused(changes, sentence);
        }
    }
}
