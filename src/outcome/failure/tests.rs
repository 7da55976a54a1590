use super::*;
use crate::build::fixture::{build, record};
use crate::build::{BuildResult, Validation};
use crate::outcome::{Outcome, PartiallySucceeded};

const STOPPED_HEARING: &str =
    "We stopped hearing from agent Azure Pipelines 2. Verify the agent machine is running.";
const DEPROVISIONED: &str =
    "Received request to deprovision: The request was cancelled by the remote provider.";
const DISCONNECTED: &str =
    "An error occurred while provisioning resources (Error Type: Disconnect).";
const TOO_LONG: &str =
    "The job running on agent Azure Pipelines 2 ran longer than the maximum time of 60 minutes.";
const INTERNAL_ERROR: &str = "TF400898: An Internal Error Occurred. Activity Id: 7c3c27a4.";

use RecordResult::{Abandoned, Canceled, Failed, Skipped, Succeeded};

fn stage(name: &str, result: RecordResult) -> Record {
    record(RecordKind::Stage, name, "").ended(result)
}

/// A job with its phase and its tasks, below the stage `Build`.
fn job(
    name: &str,
    result: RecordResult,
    issue: &str,
    tasks: &[(&str, RecordResult)],
) -> Vec<Record> {
    let phase = format!("{name} phase");
    let job = record(RecordKind::Job, name, &phase).ended(result.clone());
    let mut records = vec![
        record(RecordKind::Phase, &phase, "Build").ended(result),
        if issue.is_empty() {
            job
        } else {
            job.with_issue(IssueKind::Warning, issue)
        },
    ];
    let tasks = tasks
        .iter()
        .map(|(task, result)| record(RecordKind::Task, task, name).ended(result.clone()));
    records.extend(tasks);
    records
}

fn failed_job(name: &str) -> Vec<Record> {
    job(name, Failed, "", &[("Test", Failed)])
}

/// A stage `Deploy` behind a check.
fn checked(result: RecordResult, kind: &str, check: RecordResult) -> Vec<Record> {
    let kind = RecordKind::Check(kind.to_owned());
    vec![
        stage("Deploy", result),
        record(RecordKind::Checkpoint, "Checkpoint", "Deploy").ended(check.clone()),
        record(kind, "check", "Checkpoint").ended(check),
        record(RecordKind::Phase, "Upload", "Deploy").ended(Skipped),
    ]
}

fn outcome(build: &Build, records: &[Vec<Record>]) -> Outcome {
    let mut records = records.concat();
    let has_build = records
        .iter()
        .any(|record| record.parent == Some(RecordId("Build".into())));
    if has_build {
        let result = match build.result {
            Some(BuildResult::Canceled) => Canceled,
            _ => Failed,
        };
        records.push(stage("Build", result));
    }
    Outcome::of(build, &Timeline::new(records), PartiallySucceeded::Fail)
}

fn failure(result: BuildResult, records: &[Vec<Record>]) -> (Cause, bool) {
    match outcome(&build(Some(result)), records) {
        Outcome::Failed(failure) => (failure.cause, failure.is_infrastructure),
        other => panic!("{other:?}"),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What a job `Linux` with one task fails of.
fn of_linux(result: RecordResult, issue: &str, task: RecordResult) -> (Cause, bool) {
    let linux = job("Linux", result, issue, &[("Test", task)]);
    failure(BuildResult::Failed, &[linux])
}

#[test]
fn what_the_infrastructure_did_is_no_fault_of_the_code() {
    let linux = names(&["Build / Linux"]);
    let lost = (Cause::AgentLost(linux.clone()), true);
    // Recorded: the phase is canceled, the job failed and so has the task that was running.
    assert_eq!(of_linux(Failed, DEPROVISIONED, Failed), lost);
    assert_eq!(of_linux(Failed, STOPPED_HEARING, Abandoned), lost);
    let service = (Cause::Service(linux), true);
    assert_eq!(of_linux(Failed, INTERNAL_ERROR, Canceled), service);
}

#[test]
fn every_other_cause_is_told_from_the_others() {
    let linux = || names(&["Build / Linux"]);
    let too_long = Cause::TimedOut {
        jobs: linux(),
        minutes: Some(60),
    };
    let demands = "No agent found in pool Default which satisfies the specified demands: docker";
    let parallelism = "No hosted parallelism has been purchased or granted.";
    for (result, issue, task, cause) in [
        (Canceled, TOO_LONG, Canceled, too_long),
        (Failed, demands, Skipped, Cause::NoAgent(linux())),
        (Failed, parallelism, Skipped, Cause::NoParallelism),
        (Canceled, "", Canceled, Cause::JobsCanceled(linux())),
        (Failed, "", Succeeded, Cause::Unknown { has_started: true }),
    ] {
        let found = of_linux(result, issue, task);
        assert_eq!(found, (cause, false), "{issue}");
    }
}

#[test]
fn what_keeps_a_run_or_a_stage_from_beginning_is_told() {
    let check = |kind: &str, is_expired| Cause::Check {
        stage: Some("Deploy".to_owned()),
        kind: kind.to_owned(),
        is_expired,
    };
    for (name, records, cause) in [
        (
            "rejected",
            vec![checked(Failed, "Approval", Failed)],
            check("Approval", false),
        ),
        (
            "too late",
            vec![checked(Skipped, "Approval", Skipped)],
            check("Approval", true),
        ),
        (
            "business hours",
            vec![checked(Failed, "TaskCheck", Failed)],
            check("TaskCheck", false),
        ),
        (
            "bad condition",
            vec![vec![
                stage("Deploy", Failed),
                record(RecordKind::Phase, "Upload", "Deploy").ended(Abandoned),
            ]],
            Cause::NeverStarted(names(&["Deploy / Upload"])),
        ),
        ("nothing", vec![], Cause::Unknown { has_started: false }),
    ] {
        assert_eq!(
            failure(BuildResult::Failed, &records),
            (cause, false),
            "{name}"
        );
    }
}

#[test]
fn a_task_is_named_with_its_first_error() {
    let mut records = failed_job("Linux");
    let task = records.pop().expect("a task");
    let task = task
        .with_issue(IssueKind::Warning, "deprecated")
        .with_issue(IssueKind::Error, "Bash exited with code '1'.")
        .with_issue(IssueKind::Error, "and more");
    records.push(task);
    let windows = job(
        "Windows",
        Failed,
        "",
        &[("Pack", Failed), ("Clean", Succeeded)],
    );
    let expected = Cause::Tasks {
        first: FailedTask {
            title: "Build / Linux / Test".to_owned(),
            message: Some("Bash exited with code '1'.".to_owned()),
            log_line: None,
            job: RecordId("Linux".to_owned()),
            task: RecordId("Test".to_owned()),
        },
        others: 1,
    };
    assert_eq!(
        failure(BuildResult::Failed, &[records, windows]),
        (expected, false)
    );
}

/// What a task prints must not decide about a retry.
#[test]
fn a_task_cannot_claim_that_its_agent_was_lost() {
    let mut records = failed_job("Linux");
    let task = records.pop().expect("a task");
    records.push(task.with_issue(IssueKind::Error, STOPPED_HEARING));
    let (cause, is_infrastructure) = failure(BuildResult::Failed, &[records]);
    assert!(matches!(cause, Cause::Tasks { .. }), "{cause:?}");
    assert!(!is_infrastructure);
}

#[test]
fn what_has_to_be_mended_first_is_named() {
    let lost = || job("Lost", Failed, STOPPED_HEARING, &[("Test 2", Abandoned)]);
    let service = || job("Service", Failed, INTERNAL_ERROR, &[]);
    let unknown = || job("Unknown", Failed, "", &[]);
    let too_long = || job("Long", Canceled, TOO_LONG, &[]);
    let cause = |records: Vec<_>| failure(BuildResult::Failed, &records);
    assert!(matches!(
        cause(vec![lost(), failed_job("Linux")]),
        (Cause::Tasks { .. }, false)
    ));
    assert!(matches!(
        cause(vec![lost(), too_long()]),
        (Cause::TimedOut { .. }, false)
    ));
    assert_eq!(
        cause(vec![service(), lost()]),
        (Cause::AgentLost(names(&["Build / Lost"])), true)
    );
    // It is said what is known, but a job that nobody explains keeps the run from being retried.
    assert_eq!(
        cause(vec![unknown(), lost()]),
        (Cause::AgentLost(names(&["Build / Lost"])), false)
    );
    // The stage behind the lost agent never began, and neither did its checks.
    assert_eq!(
        cause(vec![lost(), checked(Skipped, "Approval", Skipped)]),
        (Cause::AgentLost(names(&["Build / Lost"])), true)
    );
}

#[test]
fn invalid_yaml_is_known_by_the_validation() {
    let invalid = |is_error| Build {
        validation: vec![Validation {
            is_error,
            message: "Unexpected value 'stepz'".to_owned(),
        }],
        ..build(Some(BuildResult::Failed))
    };
    let cause = |is_error, records: Vec<_>| match outcome(&invalid(is_error), &records) {
        Outcome::Failed(failure) => failure.cause,
        other => panic!("{other:?}"),
    };
    assert_eq!(cause(true, vec![]), Cause::Invalid);
    assert_eq!(cause(false, vec![]), Cause::Unknown { has_started: false });
    assert!(matches!(
        cause(true, vec![failed_job("Linux")]),
        Cause::Tasks { .. }
    ));
}

#[test]
fn a_canceled_run_is_explained_by_its_jobs_or_by_who_canceled_it() {
    let too_long = || job("Long", Canceled, TOO_LONG, &[("Test", Canceled)]);
    let lost = || job("Lost", Canceled, DISCONNECTED, &[("Test 2", Canceled)]);
    let canceled = || job("Linux", Canceled, "", &[("Test 3", Canceled)]);
    let by = |by: &str| Build {
        last_changed_by: Some(by.to_owned()),
        ..build(Some(BuildResult::Canceled))
    };
    let service = "Microsoft.VisualStudio.Services.TFS";
    let kind = |build: &Build, records: Vec<_>| match outcome(build, &records) {
        Outcome::Canceled { by } => format!("canceled by {by:?}"),
        Outcome::Failed(failure) => match failure.cause {
            Cause::TimedOut { .. } => "timed out".to_owned(),
            Cause::AgentLost(_) if failure.is_infrastructure => "agent lost".to_owned(),
            Cause::Tasks { .. } => "task".to_owned(),
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    };
    for (build, records, expected) in [
        (by(service), vec![too_long()], "timed out"),
        (by("Robin"), vec![too_long()], "timed out"),
        (by(service), vec![too_long(), failed_job("Windows")], "task"),
        (
            by(service),
            vec![too_long(), canceled()],
            "canceled by None",
        ),
        (by(service), vec![lost()], "agent lost"),
        // Somebody gave up on an agent that hung: no reason to start another run.
        (by("Robin"), vec![lost()], "canceled by Some(\"Robin\")"),
        (by("Robin"), vec![canceled()], "canceled by Some(\"Robin\")"),
        (
            by("Robin"),
            vec![failed_job("Windows")],
            "canceled by Some(\"Robin\")",
        ),
        (by(service), vec![], "canceled by None"),
    ] {
        assert_eq!(kind(&build, records.clone()), expected, "{records:?}");
    }
}

#[test]
fn what_had_issues_is_named() {
    let with_issues = RecordResult::SucceededWithIssues;
    let mut records = job(
        "Linux",
        with_issues.clone(),
        "",
        &[("Lint", with_issues.clone()), ("Test", Succeeded)],
    );
    records.extend(job("Windows", with_issues, "", &[]));
    records.push(stage("Build", Succeeded));
    assert_eq!(
        super::with_issues(&Timeline::new(records)),
        ["Build / Linux / Lint", "Build / Windows"]
    );
}
