//! What holds for everything that is written, whatever it was made of.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use run_azure_pipeline::build::{
    Build, BuildEvent, BuildResult, JobRecords, LogSource, Published, Record, RecordId, Report,
    RunPage, Timeline, Waits,
};
use run_azure_pipeline::fuzzing;
use run_azure_pipeline::outcome::{Outcome, PartiallySucceeded};
use run_azure_pipeline::report::{self, Line, Reports};
use run_azure_pipeline::untrusted::Link;

use super::markdown;
use crate::act::ActView;
use crate::runner::{Culture, RunnerView};

/// What the address of every page in the project begins with.
pub(super) const HOME: &str = "https://azure.test/fabrikam/Fabrikam/";

/// The page of the made-up run.
pub(super) const PAGE: &str = "https://azure.test/fabrikam/Fabrikam/_build/results?buildId=7";

/// The commands that a step without secrets gives.
pub(super) const COMMANDS: [&str; 4] = ["group", "endgroup", "error", "warning"];

/// GitHub shows ten annotations of a kind for each step.
const MOST_ANNOTATIONS: usize = 10;

/// The step's log as it is shown. Of commands, only `allowed` are found in it; act, which knows no
/// groups and needs a command at the start of its line, finds no other, and shows every line.
pub(super) fn log(out: &[u8], allowed: &[&str]) -> Vec<String> {
    let [icu, invariant] = [Culture::Icu, Culture::Invariant].map(|culture| {
        let view = RunnerView::of(out, b"", culture);
        assert_eq!(view.errors, Vec::<String>::new(), "{view:?}");
        let mut names = view.executed.iter().map(|command| command.name.as_str());
        assert!(names.all(|name| allowed.contains(&name)), "{view:?}");
        let of_kind = |level: &str| {
            let annotations = view.annotations.iter();
            annotations.filter(|one| one.level == level).count()
        };
        assert!(of_kind("error") <= MOST_ANNOTATIONS && of_kind("warning") <= MOST_ANNOTATIONS);
        view
    });
    assert_eq!(icu.executed, invariant.executed);
    assert_eq!(icu.log, invariant.log);
    let act = ActView::of(out, b"");
    let mut names = act.executed.iter().map(|command| command.name.as_str());
    assert!(names.all(|name| allowed.contains(&name)), "{act:?}");
    assert!(
        act.verdicts
            .iter()
            .all(|verdict| !verdict.starts_with("dropped")),
        "{act:?}"
    );
    // Every character is one that can be seen, a blank, a TAB or a part of a colour.
    for line in &icu.log {
        for part in line.split("\x1b[") {
            let is_hidden = |c: char| c.is_control() && c != '\t';
            assert!(!part.contains(is_hidden), "{line:?}");
        }
    }
    icu.log
}

/// Lines that hold no command at all.
pub(super) fn lines(lines: &[Line]) {
    let mut out = Vec::new();
    let mut reports = Reports::new(&mut out, &[]);
    reports.lines(lines);
    reports.finish().expect("a vector takes everything");
    assert_eq!(log(&out, &[]).len(), lines.len());
}

/// A sentence for people: it is not empty and has no control characters but line ends.
pub(super) fn sentence(text: &str) {
    assert!(!text.trim().is_empty());
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'),
        "{text:?}"
    );
}

/// Takes a run through everything that is said of it.
pub(super) fn run(build: &Build, timeline: &Timeline, published: &Published) {
    tree(timeline);
    let mut waits = Waits::default();
    let mut waiting = waits.news(build, timeline);
    waiting.extend(waits.news(build, timeline));

    for annotates in [true, false] {
        let mut out = Vec::new();
        let mut reports = Reports::new(&mut out, &[]);
        reports.configure(false, annotates, Some("octo/demo".to_owned()));
        reports.expect(Some(&"1".repeat(40)), true);
        reports.event(&BuildEvent::Queued {
            build,
            attempt: 1,
            is_resumed: false,
        });
        for what in &waiting {
            let page = &build.page;
            reports.event(&BuildEvent::Waiting { what, page });
        }
        for source in logs(timeline) {
            reports.event(&BuildEvent::LogOpened(&source));
            reports.event(&BuildEvent::LogMissing(&source));
            reports.event(&BuildEvent::LogClosed(&source));
        }
        reports.event(&BuildEvent::Started(build));
        reports.event(&BuildEvent::Finished { build, timeline });
        end(reports, build, timeline, published);
        log(&out, &COMMANDS);
    }

    let outputs: BTreeMap<_, _> = report::finished(build, timeline).into_iter().collect();
    let failed: serde_json::Value = serde_json::from_str(&outputs["failed-jobs"]).expect("JSON");
    let failed = failed.as_array().expect("a list").len();
    assert!(failed <= timeline.jobs().len());
}

/// Ends a step whose run has ended; judges its summary.
pub(super) fn end<W: Write>(
    mut reports: Reports<W>,
    build: &Build,
    timeline: &Timeline,
    published: &Published,
) {
    let outcome = Outcome::of(build, timeline, PartiallySucceeded::Fail);
    reports.conclude(&outcome);
    let summary = reports
        .summary(&outcome, published)
        .expect("there was a run");
    reports.finish().expect("a vector takes everything");
    markdown::check(&summary);
}

/// A run that has failed.
pub(super) fn failed() -> Build {
    Build {
        page: RunPage::new(Link::literal(PAGE)),
        ..fuzzing::build(Some(BuildResult::Failed))
    }
}

/// The first logs that are shown.
pub(super) fn logs(timeline: &Timeline) -> Vec<LogSource> {
    let jobs = timeline.jobs();
    let logs = jobs.iter().flat_map(|job| timeline.log_sources(job));
    logs.take(20).collect()
}

/// No record stands at two places, and every job is one.
fn tree(timeline: &Timeline) {
    let mut seen: BTreeSet<&RecordId> = BTreeSet::new();
    let mut open: Vec<&Record> = timeline.stages().collect();
    while let Some(record) = open.pop() {
        assert!(seen.insert(&record.id), "{record:?} twice");
        open.extend(timeline.children(record));
    }
    let jobs = timeline.jobs();
    let lowest: Vec<&RecordId> = jobs
        .iter()
        .filter_map(JobRecords::record)
        .map(|record| &record.id)
        .collect();
    let different: BTreeSet<&&RecordId> = lowest.iter().collect();
    assert_eq!(different.len(), jobs.len(), "{lowest:?}");
    for job in &jobs {
        assert!(!job.title().is_empty());
        assert!(job.path().attempt >= 1);
        let _ = (job.is_running(), job.has_failed(), job.is_over());
    }
    let _ = (timeline.attempts(), timeline.earlier(), timeline.is_over());
}
