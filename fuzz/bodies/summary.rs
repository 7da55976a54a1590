//! Records that no service would send → tree → log, annotations, summary, outputs, tables.

use run_azure_pipeline::build::{
    Artifact, Build, BuildId, BuildResult, BuildStatus, FailedTest, Issue, IssueKind, ListedRun,
    LogId, Published, Record, RecordId, RecordKind, RecordResult, RecordState, RunPage, Tests,
    Timeline, Validation,
};
use run_azure_pipeline::report::{RunInFull, run_table, runs_summary, tag_table, tags_summary};
use run_azure_pipeline::untrusted::Link;
use run_azure_pipeline::zone::Zone;

use super::bytes::Bytes;
use super::judge::{self, PAGE};
use super::markdown;

/// More records are made of bytes than this only a few at a time.
const MOST_RECORDS: usize = 60;

/// Any bytes: what comes first decides about the run, the rest about its records.
pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let build = build(&mut bytes);
    let run = listed(&mut bytes);
    let tags = [bytes.text(), bytes.text()];
    let artifacts = [Artifact {
        name: bytes.text(),
        kind: bytes.text(),
        bytes: bytes.option(Bytes::number),
    }];
    let tests = Tests {
        total: bytes.number(),
        passed: bytes.number(),
        failed: bytes.number(),
        failures: vec![FailedTest {
            test_run: bytes.number(),
            result: bytes.number(),
            name: bytes.text(),
            message: bytes.text(),
            duration: None,
        }],
    };
    let mut records = Vec::new();
    while !bytes.is_empty() && records.len() < MOST_RECORDS {
        records.push(record(&mut bytes));
    }
    let timeline = Timeline::new(records).with_id(None);
    let published = Published {
        artifacts: artifacts.to_vec(),
        tests: Some(tests),
    };
    judge::run(&build, &timeline, &published);
    tables(&run, &timeline, &artifacts, &tags);
}

fn tables(run: &ListedRun, timeline: &Timeline, artifacts: &[Artifact], tags: &[String]) {
    for name in ["UTC", "+14:00", "America/New_York"] {
        let zone = Zone::parse(name).expect(name);
        let whole = RunInFull {
            run,
            timeline,
            artifacts,
        };
        let runs = [run.clone(), run.clone()];
        judge::lines(&whole.lines(&zone));
        judge::lines(&run_table(&runs, &zone));
        markdown::check(&whole.summary(&zone));
        markdown::check(&runs_summary(&runs, &zone, &run.pipeline));
    }
    judge::lines(&tag_table(tags));
    markdown::check(&tags_summary(tags, run.id, &run.page));
}

fn build(bytes: &mut Bytes<'_>) -> Build {
    Build {
        id: BuildId(bytes.number()),
        number: bytes.text(),
        status: match bytes.byte() % 6 {
            0 => BuildStatus::Completed,
            1 => BuildStatus::NotStarted,
            2 => BuildStatus::Postponed,
            3 => BuildStatus::InProgress,
            4 => BuildStatus::Canceling,
            _ => BuildStatus::Other(bytes.text()),
        },
        result: match bytes.byte() % 6 {
            0 => Some(BuildResult::Failed),
            1 => Some(BuildResult::Succeeded),
            2 => Some(BuildResult::PartiallySucceeded),
            3 => Some(BuildResult::Canceled),
            4 => Some(BuildResult::Other(bytes.text())),
            _ => None,
        },
        pipeline: bytes.text(),
        source_branch: bytes.option(Bytes::text),
        source_version: bytes.option(Bytes::text),
        queued: bytes.option(Bytes::time),
        started: bytes.option(Bytes::time),
        finished: bytes.option(Bytes::time),
        queue_position: bytes.option(Bytes::number),
        last_changed_by: bytes.option(Bytes::text),
        plan: None,
        validation: (0..bytes.byte() % 3)
            .map(|_| Validation {
                is_error: bytes.is(),
                message: bytes.text(),
            })
            .collect(),
        page: RunPage::new(Link::literal(PAGE)),
    }
}

fn listed(bytes: &mut Bytes<'_>) -> ListedRun {
    ListedRun {
        id: BuildId(bytes.number()),
        number: bytes.text(),
        status: bytes.text(),
        result: bytes.option(Bytes::text),
        pipeline_id: bytes.option(Bytes::number),
        pipeline: bytes.text(),
        source_branch: bytes.option(Bytes::text),
        reason: bytes.text(),
        queued: bytes.option(Bytes::time),
        started: bytes.option(Bytes::time),
        finished: bytes.option(Bytes::time),
        page: RunPage::new(Link::literal(PAGE)),
    }
}

/// Few ids, so that records hang below each other, and at times below themselves.
fn id(bytes: &mut Bytes<'_>) -> RecordId {
    match bytes.byte() {
        0xff => RecordId(bytes.text()),
        small => RecordId((small % 16).to_string()),
    }
}

fn record(bytes: &mut Bytes<'_>) -> Record {
    let kinds = [
        RecordKind::Stage,
        RecordKind::Phase,
        RecordKind::Job,
        RecordKind::Task,
        RecordKind::Checkpoint,
        RecordKind::Check("Approval".to_owned()),
        RecordKind::Check(bytes.text()),
        RecordKind::Other("Worker".to_owned()),
    ];
    let states = [
        RecordState::Completed,
        RecordState::Pending,
        RecordState::InProgress,
        RecordState::Other("asleep".to_owned()),
    ];
    let results = [
        None,
        Some(RecordResult::Failed),
        Some(RecordResult::Succeeded),
        Some(RecordResult::SucceededWithIssues),
        Some(RecordResult::Canceled),
        Some(RecordResult::Skipped),
        Some(RecordResult::Abandoned),
        Some(RecordResult::Other(bytes.text())),
    ];
    Record {
        id: id(bytes),
        parent: bytes.option(id),
        kind: bytes.one(&kinds),
        name: bytes.text(),
        identifier: bytes.option(Bytes::text),
        state: bytes.one(&states),
        result: bytes.one(&results),
        started: bytes.option(Bytes::time),
        finished: bytes.option(Bytes::time),
        order: i64::try_from(bytes.number()).unwrap_or(i64::MIN),
        attempt: u32::try_from(bytes.number()).unwrap_or(u32::MAX).max(1),
        earlier: Vec::new(),
        log: bytes.option(|bytes| LogId(bytes.number())),
        issues: (0..bytes.byte() % 3).map(|_| issue(bytes)).collect(),
    }
}

fn issue(bytes: &mut Bytes<'_>) -> Issue {
    /// Sentences by which the product knows what has happened.
    const KNOWN: [&str; 6] = [
        "We stopped hearing from agent Agent 1. Verify the agent machine is running and has a healthy network connection.",
        "The job running on agent Agent 1 ran longer than the maximum time of 60 minutes.",
        "No hosted parallelism has been purchased or granted. To request a free parallelism grant, please fill out the following form https://aka.ms/azpipelines-parallelism-request",
        "No agent found in pool Default which satisfies the specified demands: docker",
        "The agent did not connect within the alloted time of 45 minute(s).",
        "Bash exited with code '1'.",
    ];
    let known = KNOWN.map(str::to_owned);
    Issue {
        kind: bytes.one(&[IssueKind::Error, IssueKind::Warning]),
        message: if bytes.is() {
            bytes.one(&known)
        } else {
            bytes.text()
        },
        file: bytes.option(Bytes::text),
        line: bytes.option(|bytes| u32::try_from(bytes.number()).unwrap_or(u32::MAX)),
        column: bytes.option(|bytes| u32::try_from(bytes.number()).unwrap_or(u32::MAX)),
        log_line: bytes.option(Bytes::number),
    }
}
