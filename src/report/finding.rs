//! What a run reports as errors and warnings, from everywhere in its records.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::wording;
use crate::build::{
    Build, BuildResult, Issue, IssueKind, JobRecords, Record, RecordKind, RecordResult, RunPage,
    Timeline,
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

/// Everything that the run's records report, errors first, each only once; and a sentence for what
/// failed without a word. Files are named only if they are in the workflow's own repository.
pub(super) fn findings(
    build: &Build,
    timeline: &Timeline,
    is_own_repository: bool,
) -> Vec<Finding> {
    let page = build.page.url();
    let validation = build.validation.iter().map(|validation| Finding {
        kind: if validation.is_error {
            IssueKind::Error
        } else {
            IssueKind::Warning
        },
        ..Finding::error(&build.pipeline, &validation.message, page)
    });
    let mut findings: Vec<Finding> = validation.collect();
    for job in timeline.jobs() {
        findings.extend(of_job(timeline, &job, &build.page));
    }
    for stage in timeline.stages() {
        // The service repeats on a stage what it says of its jobs.
        let said: HashSet<&str> = findings
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        let title = stage.display_name().unwrap_or(&build.pipeline);
        let mut new = of_stage(timeline, stage, title, page);
        new.retain(|finding| !said.contains(finding.message.as_str()));
        findings.extend(new);
    }
    let has_error = findings
        .iter()
        .any(|finding| finding.kind == IssueKind::Error);
    if build.result == Some(BuildResult::Failed) && !has_error {
        findings.push(without_words(build, timeline));
    }
    if !is_own_repository {
        for finding in &mut findings {
            finding.file = None;
        }
    }
    let mut seen = HashSet::new();
    findings.retain(|finding| {
        let Finding {
            title,
            message,
            file,
            line,
            ..
        } = finding;
        seen.insert((title.clone(), message.clone(), file.clone(), *line))
    });
    findings.sort_by_key(|finding| finding.kind);
    findings
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
    let mut findings = of_record(stage, title, |_| page.clone());
    for check in timeline.checks(stage) {
        findings.extend(of_record(check, title, |_| page.clone()));
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

fn of_job(timeline: &Timeline, job: &JobRecords<'_>, page: &RunPage) -> Vec<Finding> {
    let Some(record) = job.job.or(job.phase) else {
        return Vec::new();
    };
    let title = job.title();
    let job_page = |_: &Issue| page.job(&record.id);
    let mut findings = of_record(record, &title, job_page);
    if let Some(phase) = job.phase.filter(|phase| phase.id != record.id) {
        findings.extend(of_record(phase, &title, job_page));
    }
    let has_mishap = record.has_failed() && job.mishap().is_some();
    if has_mishap {
        // That an agent was lost comes as a warning, and is why the job failed.
        for finding in &mut findings {
            finding.kind = IssueKind::Error;
        }
    }
    for task in timeline.children(record) {
        let title = format!("{title} / {}", task.name);
        let of_task = of_record(task, &title, |issue| {
            page.task(&record.id, &task.id, issue.log_line)
        });
        let has_error = of_task
            .iter()
            .any(|finding| finding.kind == IssueKind::Error);
        findings.extend(of_task);
        if task.result == Some(RecordResult::Failed) && !has_error && !has_mishap {
            let task_page = page.task(&record.id, &task.id, None);
            findings.push(Finding::error(&title, wording::FAILED_SILENTLY, &task_page));
        }
    }
    findings
}

fn of_record(record: &Record, title: &str, link: impl Fn(&Issue) -> Link) -> Vec<Finding> {
    let finding = |issue: &Issue| Finding {
        kind: issue.kind,
        file: issue.file.as_deref().and_then(in_repository),
        line: issue.line,
        column: issue.column,
        ..Finding::error(title, &issue.message, &link(issue))
    };
    record.issues.iter().map(finding).collect()
}

/// The path from the root of the repository: agents check it out to `…/WORK/NUMBER/s`
/// ("Predefined variables", `Build.SourcesDirectory`). A path that is relative already stays.
fn in_repository(path: &str) -> Option<String> {
    static SOURCES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:[A-Za-z]:)?(?:[/\\][^/\\]+)*?[/\\]\d+[/\\]s[/\\](.+)$").ok()
    });
    let is_absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    if !is_absolute {
        return Some(path.replace('\\', "/"));
    }
    let found = SOURCES.as_ref()?.captures(path)?;
    Some(found.get(1)?.as_str().replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_on_the_agent_become_relative() {
        for (path, expected) in [
            ("/home/vsts/work/1/s/src/a.rs", Some("src/a.rs")),
            ("D:\\a\\1\\s\\src\\a.cs", Some("src/a.cs")),
            ("/Users/runner/work/1/s/a.swift", Some("a.swift")),
            ("/__w/12/s/lib/3/s/b.c", Some("lib/3/s/b.c")),
            ("/1/s/a.c", Some("a.c")),
            ("/usr/include/stdio.h", None),
            ("C:\\Program Files\\x.h", None),
            ("src\\a.rs", Some("src/a.rs")),
            ("src/a.rs", Some("src/a.rs")),
        ] {
            assert_eq!(in_repository(path).as_deref(), expected, "{path}");
        }
    }
}
