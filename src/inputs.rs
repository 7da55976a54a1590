//! The action's inputs: raw strings become types here, once.
//!
//! The runner passes input `NAME` as the variable `INPUT_NAME`, in upper case with hyphens kept, and
//! an input that is not set as an empty string (runner: `Handler.AddInputsToEnvironment`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::azure::{AddressError, Credential, PipelineName, ProjectAddress};
use crate::outcome::{PartiallySucceeded, RetryOn};
use crate::secret::Secret;

/// Everything a step can be told.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an input of its own, true or false in action.yml"
)]
#[derive(Debug)]
pub struct Inputs {
    /// `command`.
    pub command: Command,
    /// `azure-devops-project-url`.
    pub project: ProjectAddress,
    /// `azure-devops-token`.
    pub credential: Credential,
    /// `ca-certificate`.
    pub ca_certificate: Option<CaCertificate>,
    /// `github-token`.
    pub github_token: Option<Secret>,
    /// `azure-pipeline-name` or `azure-pipeline-id`.
    pub pipeline: PipelineInput,
    /// Which code is built.
    pub source: SourceInputs,
    /// `azure-pipeline-variables`.
    pub variables: Vec<(String, String)>,
    /// `template-parameters`.
    pub template_parameters: Vec<(String, String)>,
    /// `wait`.
    pub wait: bool,
    /// `timestamps`.
    pub timestamps: bool,
    /// `poll-interval`.
    pub poll_interval: PollInterval,
    /// `cancel-on-interrupt`.
    pub cancel_on_interrupt: bool,
    /// `partially-succeeded`.
    pub partially_succeeded: PartiallySucceeded,
    /// When another run is tried.
    pub retry: RetryPolicy,
    /// `summary`.
    pub summary: bool,
    /// `annotations`.
    pub annotations: bool,
}

/// What the step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Start a run, follow it, give its verdict.
    Run,
}

/// Which pipeline is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineInput {
    /// By name, with or without its folder.
    Name(PipelineName),
    /// By the definition's id.
    Id(u64),
}

/// Certificates that are trusted besides the public ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaCertificate {
    /// PEM text.
    Text(String),
    /// A file in the workspace.
    File(String),
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

/// How often the service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollInterval {
    /// Fast while things change, slow while they do not.
    Auto,
    /// Always the same.
    Fixed(Duration),
}

/// When another run is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// `max-attempts`: how many runs there can be, the first one counted.
    pub max_attempts: u32,
    /// `retry-on`.
    pub on: RetryOn,
    /// `retry-delay`: the pause before the second run; twice as long before the third, and so on.
    pub delay: Duration,
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
    template_parameters: Option<String>,
    wait: Option<String>,
    timestamps: Option<String>,
    poll_interval: Option<String>,
    cancel_on_interrupt: Option<String>,
    partially_succeeded: Option<String>,
    max_attempts: Option<String>,
    retry_on: Option<String>,
    retry_delay: Option<String>,
    summary: Option<String>,
    annotations: Option<String>,
}

/// The variables of a process, as far as they are text.
pub type Environment = BTreeMap<String, String>;

/// Every input that is a secret, for masking before anything else is said: also when the inputs as
/// a whole are wrong.
#[must_use]
pub fn secrets(environment: &Environment) -> Vec<Secret> {
    ["INPUT_AZURE-DEVOPS-TOKEN", "INPUT_GITHUB-TOKEN"]
        .iter()
        .filter_map(|name| environment.get(*name))
        .filter(|value| !value.trim().is_empty())
        .map(|value| Secret::new(value.trim()))
        .collect()
}

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
        Self::try_from(raw)
    }
}

impl TryFrom<RawInputs> for Inputs {
    type Error = InputError;

    fn try_from(raw: RawInputs) -> Result<Self, InputError> {
        let command = choice("command", raw.command.as_deref(), &[("run", Command::Run)])?
            .unwrap_or(Command::Run);
        let project = project(raw.azure_devops_project_url.as_deref())?;
        Ok(Self {
            command,
            pipeline: pipeline(
                raw.azure_pipeline_name.as_deref(),
                raw.azure_pipeline_id.as_deref(),
                &project,
            )?,
            project,
            credential: credential(raw.azure_devops_token)?,
            ca_certificate: raw.ca_certificate.map(|text| {
                if text.contains("-----BEGIN") {
                    CaCertificate::Text(text)
                } else {
                    CaCertificate::File(text.trim().to_owned())
                }
            }),
            github_token: raw.github_token,
            source: SourceInputs {
                branch: trimmed(raw.source_branch),
                version: trimmed(raw.source_version),
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
            },
            variables: pairs(
                "azure-pipeline-variables",
                raw.azure_pipeline_variables.as_deref(),
            )?,
            template_parameters: pairs("template-parameters", raw.template_parameters.as_deref())?,
            wait: boolean("wait", raw.wait.as_deref(), true)?,
            timestamps: boolean("timestamps", raw.timestamps.as_deref(), false)?,
            poll_interval: poll_interval(raw.poll_interval.as_deref())?,
            cancel_on_interrupt: boolean(
                "cancel-on-interrupt",
                raw.cancel_on_interrupt.as_deref(),
                true,
            )?,
            partially_succeeded: choice(
                "partially-succeeded",
                raw.partially_succeeded.as_deref(),
                &[
                    ("fail", PartiallySucceeded::Fail),
                    ("pass", PartiallySucceeded::Pass),
                ],
            )?
            .unwrap_or(PartiallySucceeded::Fail),
            retry: RetryPolicy {
                max_attempts: count("max-attempts", raw.max_attempts.as_deref(), 2)?,
                on: choice(
                    "retry-on",
                    raw.retry_on.as_deref(),
                    &[
                        ("infrastructure", RetryOn::Infrastructure),
                        ("failure", RetryOn::Failure),
                        ("never", RetryOn::Never),
                    ],
                )?
                .unwrap_or(RetryOn::Infrastructure),
                delay: duration("retry-delay", raw.retry_delay.as_deref())?
                    .unwrap_or(Duration::from_mins(2)),
            },
            summary: boolean("summary", raw.summary.as_deref(), true)?,
            annotations: boolean("annotations", raw.annotations.as_deref(), true)?,
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
            _ if given.contains('@') => format!("`azure-devops-project-url` {error}: give {FORM}"),
            _ => format!("`azure-devops-project-url` \"{given}\" {error}: give {FORM}"),
        })
    })
}

fn credential(token: Option<Secret>) -> Result<Credential, InputError> {
    let token = token.ok_or_else(|| {
        InputError(
            "`azure-devops-token` is missing: give a personal access token or an Entra access token; GitHub passes no \
             secrets to workflows of pull requests from forks, and Dependabot's come from its own secret store"
                .to_owned(),
        )
    })?;
    Ok(Credential::from_token(&token))
}

fn pipeline(
    name: Option<&str>,
    id: Option<&str>,
    project: &ProjectAddress,
) -> Result<PipelineInput, InputError> {
    match (name.map(str::trim), id.map(str::trim), project.definition_id) {
        (Some(_), Some(_), _) => Err(InputError(
            "`azure-pipeline-name` and `azure-pipeline-id` are both given: give one of them".to_owned(),
        )),
        (Some(name), None, _) => Ok(PipelineInput::Name(PipelineName::parse(name))),
        (None, Some(id), _) => id.parse().ok().filter(|id| *id > 0).map(PipelineInput::Id).ok_or_else(|| {
            InputError(format!(
                "`azure-pipeline-id` is \"{id}\", which is no number above 0: give the `definitionId` from the pipeline's page"
            ))
        }),
        (None, None, Some(id)) => Ok(PipelineInput::Id(id)),
        (None, None, None) => Err(InputError(
            "`azure-pipeline-name` is missing: give the pipeline's name, FOLDER/NAME, or `azure-pipeline-id`".to_owned(),
        )),
    }
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
}

/// One of a few words, in any case.
fn choice<T: Copy>(
    input: &str,
    text: Option<&str>,
    words: &[(&str, T)],
) -> Result<Option<T>, InputError> {
    let Some(text) = text.map(str::trim) else {
        return Ok(None);
    };
    let found = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    if let Some((_, value)) = found {
        return Ok(Some(*value));
    }
    let allowed: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let allowed = match allowed.split_last() {
        Some((last, [])) => format!("is {last}"),
        Some((last, others)) => format!("are {} and {last}", others.join(", ")),
        None => String::new(),
    };
    Err(InputError(format!(
        "`{input}` is \"{text}\": allowed {allowed}"
    )))
}

fn boolean(input: &str, text: Option<&str>, default: bool) -> Result<bool, InputError> {
    Ok(choice(input, text, &[("true", true), ("false", false)])?.unwrap_or(default))
}

fn count(input: &str, text: Option<&str>, default: u32) -> Result<u32, InputError> {
    let Some(text) = text.map(str::trim) else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|count| (1..=20).contains(count))
        .ok_or_else(|| {
            InputError(format!(
                "`{input}` is \"{text}\": allowed are whole numbers from 1 to 20"
            ))
        })
}

fn duration(input: &str, text: Option<&str>) -> Result<Option<Duration>, InputError> {
    let Some(text) = text.map(str::trim) else {
        return Ok(None);
    };
    let longest = Duration::from_hours(7 * 24);
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| *duration <= longest)
        .map(Some)
        .ok_or_else(|| {
            InputError(format!(
                "`{input}` is \"{text}\": allowed are durations of up to 7 days, such as `500ms`, `30s`, `5m` or `2h`"
            ))
        })
}

fn poll_interval(text: Option<&str>) -> Result<PollInterval, InputError> {
    if text.is_none_or(|text| text.trim().eq_ignore_ascii_case("auto")) {
        return Ok(PollInterval::Auto);
    }
    match duration("poll-interval", text)? {
        Some(interval) if !interval.is_zero() => Ok(PollInterval::Fixed(interval)),
        _ => Err(InputError(
            "`poll-interval` is zero: allowed are `auto` and durations such as `5s`".to_owned(),
        )),
    }
}

/// A JSON object, or lines of `name=value`.
fn pairs(input: &str, text: Option<&str>) -> Result<Vec<(String, String)>, InputError> {
    let Some(text) = text.map(str::trim) else {
        return Ok(Vec::new());
    };
    let wrong = |what: &str| {
        // The text is not repeated: a variable may be more private than its author thought.
        InputError(format!(
            "`{input}` {what}: give a JSON object or one `name=value` a line"
        ))
    };
    let pairs: Vec<(String, String)> = if text.starts_with('{') {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|error| {
                wrong(&format!(
                    "is not valid JSON (line {}, column {})",
                    error.line(),
                    error.column()
                ))
            })?;
        object
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect()
    } else {
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| {
                line.split_once('=')
                    .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
                    .ok_or_else(|| wrong(&format!("has no \"=\" in line {}", number + 1)))
            })
            .collect::<Result<_, _>>()?
    };
    if pairs.iter().any(|(name, _)| name.is_empty()) {
        return Err(wrong("has a value without a name"));
    }
    Ok(pairs)
}

/// A string as it is, anything else as JSON: the service takes strings only.
fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_not_given_has_its_default() {
        let inputs = read(&[]).expect("valid");
        assert_eq!(inputs.command, Command::Run);
        assert_eq!(
            inputs.pipeline,
            PipelineInput::Name(PipelineName::parse("App CI"))
        );
        assert_eq!(inputs.poll_interval, PollInterval::Auto);
        assert_eq!(inputs.retry.max_attempts, 2);
        assert_eq!(inputs.retry.on, RetryOn::Infrastructure);
        assert_eq!(inputs.retry.delay, Duration::from_mins(2));
        assert!(inputs.wait && inputs.summary && inputs.annotations && inputs.cancel_on_interrupt);
        assert_eq!(
            inputs.source.allow_associations,
            ["OWNER", "MEMBER", "COLLABORATOR"]
        );
        assert!(!format!("{inputs:?}").contains(TOKEN));
    }

    #[test]
    fn values_are_read_leniently() {
        let inputs = read(&[
            ("wait", "False"),
            ("poll-interval", "250ms"),
            ("pull-request-ref", " Merge "),
            ("azure-pipeline-variables", "a=1\n\n b = two=2 \n"),
            ("template-parameters", r#"{"n":1,"list":["x"],"text":"t"}"#),
            ("azure-pipeline-name", ""),
            ("azure-pipeline-id", "12"),
            ("retry-delay", "1m 30s"),
        ])
        .expect("valid");
        assert!(!inputs.wait);
        assert_eq!(
            inputs.poll_interval,
            PollInterval::Fixed(Duration::from_millis(250))
        );
        assert_eq!(inputs.source.pull_request_ref, Some(PullRequestRef::Merge));
        assert_eq!(inputs.pipeline, PipelineInput::Id(12));
        assert_eq!(inputs.retry.delay, Duration::from_secs(90));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(inputs.variables, [pair("a", "1"), pair("b", " two=2")]);
        assert_eq!(
            inputs.template_parameters,
            [pair("list", "[\"x\"]"), pair("n", "1"), pair("text", "t")]
        );
    }

    #[test]
    fn the_pasted_page_of_a_pipeline_names_it() {
        let page = "https://dev.azure.com/fabrikam/Fabrikam/_build?definitionId=7";
        let inputs = read(&[
            ("azure-devops-project-url", page),
            ("azure-pipeline-name", ""),
        ])
        .expect("valid");
        assert_eq!(inputs.pipeline, PipelineInput::Id(7));
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
                "`azure-devops-token` is missing: give a personal access token or an Entra access token; GitHub passes no secrets to workflows of pull requests from forks, and Dependabot's come from its own secret store",
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
                "`command` is \"start\": allowed is `run`",
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
                &[("template-parameters", "=1")],
                "`template-parameters` has a value without a name: give a JSON object or one `name=value` a line",
            ),
        ] {
            let error = read(changes).map(|_| ()).expect_err(sentence).to_string();
            assert_eq!(error, sentence);
            assert!(!error.contains(TOKEN) && !error.contains("hunter2"));
        }
    }
}
