//! What a run reports as errors and warnings, from everywhere in its records.

use std::collections::HashSet;

use super::checkout::Checkout;
use super::problems::{LogProblems, Problem, Problems, in_line};
use super::wording;
use crate::build::{
    Build, BuildResult, Issue, IssueKind, JobRecords, Record, RecordKind, RecordResult, RunPage,
    Timeline, Validation,
};
use crate::outcome::{Cause, Failure};
use crate::untrusted::Link;

/// An error or a warning, with where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: IssueKind,
    /// `Stage / Job / Task`.
    pub(super) title: String,
    pub(super) message: String,
    /// The page that shows it, down to the line of the log.
    pub(super) link: Link,
    /// Relative to the repository.
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

impl Finding {
    /// `FILE:LINE`, where the message does not name the file itself.
    pub(super) fn place(&self) -> Option<String> {
        let is_new = |file: &&String| !self.message.contains(file.as_str());
        let file = self.file.as_ref().filter(is_new)?;
        let line = self.line.map(|line| format!(":{line}"));
        Some(format!("{file}{}", line.unwrap_or_default()))
    }

    fn error(title: &str, message: impl Into<String>, link: &Link) -> Self {
        Self {
            kind: IssueKind::Error,
            title: title.to_owned(),
            message: message.into(),
            link: link.clone(),
            file: None,
            line: None,
            column: None,
        }
    }
}

/// All findings of a run.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Errors first, each only once.
    pub(super) list: Vec<Finding>,
    more_errors: usize,
    more_warnings: usize,
}

impl Findings {
    /// Those of a kind, in the order of the run.
    pub(super) fn of_kind(&self, kind: IssueKind) -> Vec<&Finding> {
        let list = self.list.iter();
        list.filter(|finding| finding.kind == kind).collect()
    }

    /// How many of a kind there are besides, which were not kept.
    pub(super) fn more(&self, kind: IssueKind) -> usize {
        match kind {
            IssueKind::Error => self.more_errors,
            IssueKind::Warning => self.more_warnings,
        }
    }

    fn count_more(&mut self, problems: &Problems) {
        self.more_errors += problems.more_errors;
        self.more_warnings += problems.more_warnings;
    }
}

/// Where findings come from, besides the run's records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// What stands in the logs.
    pub(super) problems: &'a LogProblems,
    /// The workflow's repository, if it is known.
    pub(super) repository: Option<&'a str>,
    /// Whether it is the run's: only then are files named.
    pub(super) is_own_repository: bool,
}

/// Everything that the run's records and the logs of its failed tasks report, and a sentence for what
/// failed without a word.
pub(super) fn findings(build: &Build, timeline: &Timeline, origin: Origin<'_>) -> Findings {
    let page = build.page.url();
    let validation = build.validation.iter();
    let validation = validation.map(|result| of_validation(result, &build.pipeline, page));
    let mut findings = Findings {
        list: validation.collect(),
        ..Findings::default()
    };
    for job in timeline.jobs() {
        of_job(timeline, &job, &build.page, origin, &mut findings);
    }
    for stage in timeline.stages() {
        // The service repeats on a stage what it says of its jobs.
        let list = findings.list.iter();
        let said: HashSet<&str> = list.map(|finding| finding.message.as_str()).collect();
        let title = stage.display_name().unwrap_or(&build.pipeline);
        let mut new = of_stage(timeline, stage, title, page);
        new.retain(|finding| !said.contains(finding.message.as_str()));
        findings.list.extend(new);
    }
    let list = &mut findings.list;
    let has_error = list.iter().any(|finding| finding.kind == IssueKind::Error);
    if build.result == Some(BuildResult::Failed) && !has_error {
        list.push(without_words(build, timeline));
    }
    if !origin.is_own_repository {
        for finding in &mut *list {
            finding.file = None;
        }
    }
    let mut seen = HashSet::new();
    list.retain(|finding| {
        let Finding {
            title,
            message,
            file,
            line,
            ..
        } = finding;
        seen.insert((title.clone(), message.clone(), file.clone(), *line))
    });
    list.sort_by_key(|finding| finding.kind);
    findings
}

/// A result of a validation, at its place in the YAML.
pub(super) fn of_validation(result: &Validation, pipeline: &str, page: &Link) -> Finding {
    let place = place(&result.message);
    let (file, line, column) = place.map_or((None, None, None), |(file, line, column)| {
        (Some(file), Some(line), Some(column))
    });
    Finding {
        kind: if result.is_error {
            IssueKind::Error
        } else {
            IssueKind::Warning
        },
        file,
        line,
        column,
        ..Finding::error(pipeline, wording::validation(&result.message), page)
    }
}

/// File, line and column at the start of `/azure-pipelines.yml (Line: 38, Col: 17): …`. A template of
/// another repository has that one's name behind an at sign.
fn place(message: &str) -> Option<(String, u32, u32)> {
    let (file, rest) = message.split_once(" (Line: ")?;
    let (line, rest) = rest.split_once(", Col: ")?;
    let (column, _) = rest.split_once("): ")?;
    let is_own = !file.contains(['@', '\n']);
    let file = file.trim_start_matches('/');
    let place = (file.to_owned(), line.parse().ok()?, column.parse().ok()?);
    (is_own && !file.is_empty()).then_some(place)
}

/// Of a run that failed without any error. A stage that is skipped because nobody decided in time is one.
fn without_words(build: &Build, timeline: &Timeline) -> Finding {
    let page = build.page.url();
    match Failure::of(build, timeline).cause {
        Cause::Check {
            stage,
            kind,
            is_expired,
        } => {
            let title = stage.as_deref().unwrap_or(&build.pipeline);
            Finding::error(title, wording::failed_check(&kind, is_expired), page)
        }
        _ => Finding::error(&build.pipeline, wording::NO_REASON, page),
    }
}

fn of_stage(timeline: &Timeline, stage: &Record, title: &str, page: &Link) -> Vec<Finding> {
    let mut findings = of_record(stage, title, &Checkout::default(), |_| page.clone());
    for check in timeline.checks(stage) {
        findings.extend(of_record(check, title, &Checkout::default(), |_| {
            page.clone()
        }));
        let RecordKind::Check(kind) = &check.kind else {
            continue;
        };
        let has_passed = matches!(
            check.result,
            None | Some(RecordResult::Succeeded | RecordResult::Canceled)
        );
        let is_skipped = check.result == Some(RecordResult::Skipped);
        if stage.has_failed() && !has_passed {
            let sentence = wording::failed_check(kind, is_skipped);
            findings.push(Finding::error(title, sentence, page));
        }
    }
    findings
}

fn of_job(
    timeline: &Timeline,
    job: &JobRecords<'_>,
    page: &RunPage,
    origin: Origin<'_>,
    findings: &mut Findings,
) {
    let Some(record) = job.job.or(job.phase) else {
        return;
    };
    let title = job.title();
    let checkout = Checkout::of(timeline, record, origin.repository);
    let job_page = |_: &Issue| page.job(&record.id);
    let mut own = of_record(record, &title, &checkout, job_page);
    if let Some(phase) = job.phase.filter(|phase| phase.id != record.id) {
        own.extend(of_record(phase, &title, &checkout, job_page));
    }
    let has_mishap = record.has_failed() && job.mishap().is_some();
    if has_mishap {
        // That an agent was lost comes as a warning, and is why the job failed.
        for finding in &mut own {
            finding.kind = IssueKind::Error;
        }
    }
    findings.list.extend(own);
    let sources = timeline.log_sources(job);
    for task in timeline.children(record) {
        let title = format!("{title} / {}", task.name);
        let task_page = |line| page.task(&record.id, &task.id, line);
        let issues = of_record(task, &title, &checkout, |issue| task_page(issue.log_line));
        let has_failed = task.result == Some(RecordResult::Failed);
        let source = sources.iter().find(|source| source.record == task.id);
        let problems = source
            .filter(|_| has_failed)
            .and_then(|source| origin.problems.of(&source.key));
        if let Some(problems) = problems {
            findings.count_more(problems);
        }
        let found = problems.into_iter().flat_map(|problems| &problems.found);
        let found = found.map(|(line, problem)| {
            let link = task_page(Some(*line));
            of_problem(problem, &title, &checkout, &link)
        });
        let of_task = merged(issues, found);
        let mut kinds = of_task.iter().map(|finding| finding.kind);
        let has_error = kinds.any(|kind| kind == IssueKind::Error);
        findings.list.extend(of_task);
        if has_failed && !has_error && !has_mishap {
            let silent = Finding::error(&title, wording::FAILED_SILENTLY, &task_page(None));
            findings.list.push(silent);
        }
    }
}

/// What a task says, and what else its log has. "Bash exited with code '1'" says least.
fn merged(issues: Vec<Finding>, problems: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let is_new = |problem: &Finding| !issues.iter().any(|issue| is_same(issue, problem));
    let new: Vec<Finding> = problems.filter(is_new).collect();
    let (placed, vague): (Vec<_>, Vec<_>) =
        issues.into_iter().partition(|issue| issue.file.is_some());
    placed.into_iter().chain(new).chain(vague).collect()
}

fn of_record(
    record: &Record,
    title: &str,
    checkout: &Checkout,
    link: impl Fn(&Issue) -> Link,
) -> Vec<Finding> {
    let finding = |issue: &Issue| {
        let finding = Finding {
            kind: issue.kind,
            file: issue.file.as_deref().and_then(|file| checkout.path(file)),
            line: issue.line,
            column: issue.column,
            ..Finding::error(title, &issue.message, &link(issue))
        };
        // Some tasks pass on what a compiler has written, and leave it there.
        match in_line(issue.message.trim()).filter(|_| issue.file.is_none()) {
            Some(place) => Finding {
                file: place.file.as_deref().and_then(|file| checkout.path(file)),
                line: place.line,
                column: place.column,
                ..finding
            },
            None => finding,
        }
    };
    record.issues.iter().map(finding).collect()
}

fn of_problem(problem: &Problem, title: &str, checkout: &Checkout, link: &Link) -> Finding {
    let file = problem.file.as_deref();
    let path = file.and_then(|file| checkout.path(file));
    let message = match (file, &path) {
        // What is not in the repository can be named in the message alone.
        (Some(file), None) => {
            let place = problem.line.map(|line| format!(":{line}"));
            format!("{file}{}: {}", place.unwrap_or_default(), problem.message)
        }
        _ => problem.message.clone(),
    };
    Finding {
        kind: problem.kind,
        file: path,
        line: problem.line,
        column: problem.column,
        ..Finding::error(title, message, link)
    }
}

/// Whether a problem in a log is what an issue of the same task says.
fn is_same(issue: &Finding, problem: &Finding) -> bool {
    let is_file = match (&issue.file, &problem.file) {
        (Some(one), Some(other)) => one.ends_with(other.as_str()) || other.ends_with(one.as_str()),
        _ => true,
    };
    let is_line = issue.line.is_none() || issue.line == problem.line;
    is_file && is_line && issue.message.contains(problem.message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_the_yaml_have_a_place() {
        let check = |message: &str, expected: Option<(&str, u32, u32)>| {
            let expected = expected.map(|(file, line, column)| (file.to_owned(), line, column));
            assert_eq!(place(message), expected, "{message}");
        };
        check(
            "/ci/a b.yml (Line: 38, Col: 17): Unexpected value",
            Some(("ci/a b.yml", 38, 17)),
        );
        check("/a.yml@templates (Line: 3, Col: 1): x", None);
        check("a value (Line: x, Col: 1): x", None);
        check("A value must be provided.", None);
    }
}
