use std::time::Duration;

use super::*;
use crate::azure::PipelineName;
use crate::build::BuildId;
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
    assert!(run.wait && inputs.summary && inputs.annotations && inputs.follow.cancel_on_interrupt);
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
        let changes: Vec<_> = [&[("azure-pipeline-name", ""), ("run-id", " 7 ")], changes].concat();
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
fn mistakes_about_the_project_the_token_and_the_pipeline() {
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
    ] {
        refused(changes, sentence);
    }
}

#[test]
fn an_input_is_given_once() {
    let twice = |other: &str| {
        let mut environment = environment(&[("wait", "true")]);
        environment.insert(other.to_owned(), "false".to_owned());
        let inputs = Inputs::from_environment(&environment);
        inputs.map(drop).map_err(|error| error.to_string())
    };
    let sentence =
        "The inputs could not be read: `wait` is given twice, in upper and lower case".to_owned();
    assert_eq!(twice("INPUT_wait"), Err(sentence));
    assert_eq!(twice("wait"), Ok(()));
}

#[test]
fn mistakes_in_words() {
    for (changes, sentence) in [
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
            &[("retry-on", "always")],
            "`retry-on` is \"always\": allowed are `infrastructure`, `failure` and `never`",
        ),
        (
            &[("partially-succeeded", "ok")],
            "`partially-succeeded` is \"ok\": allowed are `fail` and `pass`",
        ),
    ] {
        refused(changes, sentence);
    }
}

#[test]
fn mistakes_in_times_and_numbers() {
    for (changes, sentence) in [
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
    ] {
        refused(changes, sentence);
    }
}

#[test]
fn mistakes_in_names_and_values() {
    for (changes, sentence) in [
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
