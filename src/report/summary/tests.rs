use super::*;
use crate::build::fixture::{build, record};
use crate::build::{
    Artifact, Build, BuildResult, FailedTest, IssueKind, Record, RecordId, RecordKind,
    RecordResult, Tests, Timeline,
};
use crate::outcome::PartiallySucceeded;
use crate::report::failed_task::FailedTask;
use crate::report::finding::{Origin, findings};
use crate::report::problems::LogProblems;

/// Long and full of punctuation.
fn text() -> String {
    "|*_<`".repeat(400)
}

/// A stage of 250 failed jobs, each of whose names and messages is as bad as can be.
fn huge() -> Attempt {
    let record = |id: usize, kind: RecordKind, parent: &str| {
        let failed = record(kind, &text(), parent)
            .ended(RecordResult::Failed)
            .with_issue(IssueKind::Error, &text())
            .with_issue(IssueKind::Warning, &text());
        Record {
            id: RecordId(id.to_string()),
            name: format!("{}{id}", text()),
            attempt: 2,
            ..failed
        }
    };
    let mut records = vec![record(0, RecordKind::Stage, "")];
    records.extend((1..=250).map(|id| record(id, RecordKind::Job, "0")));
    let timeline = Timeline::new(records);
    let build = Build {
        number: text(),
        pipeline: text(),
        source_branch: Some(text()),
        source_version: Some(text()),
        ..build(Some(BuildResult::Failed))
    };
    let problems = LogProblems::default();
    let origin = Origin {
        problems: &problems,
        repository: None,
        is_own_repository: true,
    };
    let findings = findings(&build, &timeline, origin);
    let task = FailedTask {
        title: text(),
        link: build.page.url().clone(),
        took: None,
        tail: Some(vec!["`".repeat(500); 20].join("\n")),
    };
    Attempt {
        build,
        timeline,
        findings,
        failed_tasks: (vec![task; 20], 980),
        awaited_agents: vec![text(); 200],
    }
}

fn published() -> Published {
    let test = FailedTest {
        test_run: u64::MAX,
        result: u64::MAX,
        name: text(),
        message: text(),
        duration: None,
    };
    let artifact = Artifact {
        name: text(),
        kind: text(),
        bytes: Some(u64::MAX),
    };
    Published {
        artifacts: vec![artifact; 1_000],
        tests: Some(Tests {
            total: u64::MAX,
            passed: 0,
            failed: u64::MAX,
            failures: vec![test; 20],
        }),
    }
}

#[test]
fn the_largest_summary_fits_and_counts_what_it_does_not_show() {
    let attempts: Vec<Attempt> = (0..2).map(|_| huge()).collect();
    let last = attempts.last().expect("an attempt");
    let outcome = Outcome::of(&last.build, &last.timeline, PartiallySucceeded::Fail);
    let summary = render(&attempts, &outcome, &published()).expect("a summary");
    let summary = summary.as_str();
    assert!(summary.len() < SUMMARY_LIMIT, "{} bytes", summary.len());
    for counted in ["50 more jobs", "980 more: ", "18446744073709551595 more: "] {
        assert!(summary.contains(counted), "{counted}");
    }
}

#[test]
fn a_check_runs_summary_fits_and_shows_some_of_everything() {
    let attempts = [huge()];
    let last = &attempts[0];
    let outcome = Outcome::of(&last.build, &last.timeline, PartiallySucceeded::Fail);
    let summary = of_check(&attempts, &outcome, &published()).expect("a summary");
    let summary = summary.as_str();
    assert!(summary.len() < LONGEST_SUMMARY, "{} bytes", summary.len());
    assert!(!summary.contains("mermaid"));
    for told in ["### Failed tasks", " more jobs |", words::LEFT_OUT] {
        assert!(summary.contains(told), "{told}: {summary}");
    }
    let comment = of_comment(&attempts, &outcome).expect("a comment");
    assert!(comment.as_str().len() < 65_536);
    assert!(comment.as_str().contains("240 more jobs"));
}

#[test]
fn the_least_important_parts_are_left_out_first_and_named() {
    let part = |rank, name, markdown| Part {
        markdown: Markdown::new().ours(markdown),
        name,
        rank,
    };
    let parts = [
        part(0, "", "head "),
        part(3, "tests", "0123456789 "),
        part(2, "artifacts", "0123456789 "),
        part(9, "nothing", ""),
        part(1, "jobs", "0123456789 "),
    ];
    let fitted = |limit: usize| fitted(&parts, 1024 + limit).as_str().to_owned();
    assert_eq!(fitted(38), "head 0123456789 0123456789 0123456789 ");
    let one = format!("head 0123456789 0123456789 {}tests.\n", words::LEFT_OUT);
    assert_eq!(fitted(37), one);
    let all = format!("head {}tests, artifacts, jobs.\n", words::LEFT_OUT);
    assert_eq!(fitted(0), all);
}
