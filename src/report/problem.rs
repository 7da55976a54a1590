//! What a run reports as errors and warnings, from everywhere in its records.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::wording;
use crate::azure::ProjectAddress;
use crate::build::{
    Build, BuildResult, Issue, IssueKind, JobRecords, Record, RecordKind, RecordResult, Timeline,
};
use crate::outcome::has_lost_agent;

/// An error or a warning, with where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: IssueKind,
    /// `Stage / Job / Task`.
    pub(super) title: String,
    pub(super) message: String,
    /// The page that shows it, down to the line of the log.
    pub(super) link: String,
    /// Relative to the repository.
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

impl Problem {
    fn error(title: &str, message: impl Into<String>, link: &str) -> Self {
        Self {
            kind: IssueKind::Error,
            title: title.to_owned(),
            message: message.into(),
            link: link.to_owned(),
            file: None,
            line: None,
            column: None,
        }
    }
}

/// Everything that the run's records report, errors first, each only once; and a sentence for what
/// failed without a word.
pub(super) fn problems(
    build: &Build,
    timeline: &Timeline,
    address: &ProjectAddress,
) -> Vec<Problem> {
    let page = address.run_page(build.id);
    let mut problems: Vec<Problem> = build
        .validation
        .iter()
        .map(|validation| Problem {
            kind: if validation.is_error {
                IssueKind::Error
            } else {
                IssueKind::Warning
            },
            ..Problem::error(&build.pipeline, &validation.message, &page)
        })
        .collect();
    for job in timeline.jobs() {
        problems.extend(of_job(timeline, &job, &page));
    }
    for stage in timeline.stages() {
        let of_stage = of_stage(timeline, stage, &page);
        // The service repeats on a stage what it says of its jobs.
        let said: HashSet<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        let new: Vec<Problem> = of_stage
            .into_iter()
            .filter(|problem| !said.contains(problem.message.as_str()))
            .collect();
        problems.extend(new);
    }
    let has_error = problems
        .iter()
        .any(|problem| problem.kind == IssueKind::Error);
    if build.result == Some(BuildResult::Failed) && !has_error {
        problems.push(Problem::error(&build.pipeline, wording::NO_REASON, &page));
    }
    let mut seen = HashSet::new();
    problems.retain(|problem| {
        seen.insert((
            problem.title.clone(),
            problem.message.clone(),
            problem.file.clone(),
            problem.line,
        ))
    });
    problems.sort_by_key(|problem| problem.kind);
    problems
}

fn of_stage(timeline: &Timeline, stage: &Record, page: &str) -> Vec<Problem> {
    let mut problems = of_record(stage, &stage.name, page);
    for check in timeline
        .children(stage)
        .flat_map(|checkpoint| timeline.children(checkpoint))
    {
        problems.extend(of_record(check, &stage.name, page));
        let RecordKind::Check(kind) = &check.kind else {
            continue;
        };
        let has_passed = matches!(
            check.result,
            None | Some(RecordResult::Succeeded | RecordResult::Canceled)
        );
        if stage.has_failed() && !has_passed {
            problems.push(Problem::error(
                &stage.name,
                wording::failed_check(kind),
                page,
            ));
        }
    }
    problems
}

fn of_job(timeline: &Timeline, job: &JobRecords<'_>, page: &str) -> Vec<Problem> {
    let Some(record) = job.job.or(job.phase) else {
        return Vec::new();
    };
    let title = job.title();
    let page = format!("{page}&view=logs&j={}", record.id.0);
    let is_lost = record.has_failed() && has_lost_agent(job);
    let mut problems = of_record(record, &title, &page);
    if let Some(phase) = job.phase.filter(|phase| phase.id != record.id) {
        problems.extend(of_record(phase, &title, &page));
    }
    if is_lost {
        // That an agent was lost comes as a warning, and is why the job failed.
        for problem in &mut problems {
            problem.kind = IssueKind::Error;
        }
    }
    for task in timeline.children(record) {
        let title = format!("{title} / {}", task.name);
        let page = format!("{page}&t={}", task.id.0);
        let of_task = of_record(task, &title, &page);
        let has_error = of_task
            .iter()
            .any(|problem| problem.kind == IssueKind::Error);
        problems.extend(of_task);
        if task.result == Some(RecordResult::Failed) && !has_error && !is_lost {
            problems.push(Problem::error(&title, wording::FAILED_SILENTLY, &page));
        }
    }
    problems
}

fn of_record(record: &Record, title: &str, page: &str) -> Vec<Problem> {
    record
        .issues
        .iter()
        .map(|issue| Problem {
            kind: issue.kind,
            file: issue.file.as_deref().and_then(in_repository),
            line: issue.line,
            column: issue.column,
            ..Problem::error(title, &issue.message, &link(page, issue))
        })
        .collect()
}

fn link(page: &str, issue: &Issue) -> String {
    match issue.log_line {
        Some(line) if page.contains("&t=") => format!("{page}&l={line}"),
        _ => page.to_owned(),
    }
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
