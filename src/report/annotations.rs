//! Errors and warnings of a run, as annotations within GitHub's limits.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::wording;
use crate::azure::ProjectAddress;
use crate::build::{
    Build, BuildResult, Issue, IssueKind, JobRecords, Record, RecordResult, Timeline,
};
use crate::github::command::{Annotation, Command};

/// GitHub shows ten annotations of a kind for each step; the rest are log lines
/// (runner: `ExecutionContext._maxCountPerIssueType`).
const LIMIT: usize = 10;

/// Something that a run reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: IssueKind,
    /// `Stage / Job / Task`.
    pub(super) title: String,
    pub(super) message: String,
    /// The page that shows it, down to the line of the log.
    pub(super) link: String,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

/// An annotation that is about the step as a whole.
pub(super) fn plain(message: &str) -> Annotation {
    Annotation {
        message: message.to_owned(),
        ..Annotation::default()
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
            title: build.pipeline.clone(),
            message: validation.message.clone(),
            link: page.clone(),
            file: None,
            line: None,
            column: None,
        })
        .collect();
    for stage in timeline.stages() {
        problems.extend(of_record(stage, &stage.name, &page));
        for checkpoint in timeline.children(stage) {
            problems.extend(
                timeline
                    .children(checkpoint)
                    .flat_map(|check| of_record(check, &stage.name, &page)),
            );
        }
    }
    for job in timeline.jobs() {
        problems.extend(of_job(timeline, &job, &page));
    }
    let has_failed = build.result == Some(BuildResult::Failed);
    if has_failed
        && !problems
            .iter()
            .any(|problem| problem.kind == IssueKind::Error)
    {
        problems.push(Problem {
            kind: IssueKind::Error,
            title: build.pipeline.clone(),
            message: wording::NO_REASON.to_owned(),
            link: page,
            file: None,
            line: None,
            column: None,
        });
    }
    let mut seen = HashSet::new();
    problems.retain(|problem| {
        seen.insert((
            problem.message.clone(),
            problem.file.clone(),
            problem.line,
            problem.title.clone(),
        ))
    });
    problems.sort_by_key(|problem| problem.kind);
    problems
}

fn of_job(timeline: &Timeline, job: &JobRecords<'_>, page: &str) -> Vec<Problem> {
    let title = job.title();
    let mut problems = Vec::new();
    if let (Some(phase), Some(_)) = (job.phase, job.job) {
        problems.extend(of_record(phase, &title, page));
    }
    let Some(record) = job.record() else {
        return problems;
    };
    let page = format!("{page}&view=logs&j={}", record.id.0);
    problems.extend(of_record(record, &title, &page));
    for task in timeline.children(record) {
        let title = format!("{title} / {}", task.name);
        let page = format!("{page}&t={}", task.id.0);
        let before = problems.len();
        problems.extend(of_record(task, &title, &page));
        let has_error = problems[before..]
            .iter()
            .any(|problem| problem.kind == IssueKind::Error);
        if task.result == Some(RecordResult::Failed) && !has_error {
            problems.push(Problem {
                kind: IssueKind::Error,
                title,
                message: wording::FAILED_SILENTLY.to_owned(),
                link: page,
                file: None,
                line: None,
                column: None,
            });
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
            title: title.to_owned(),
            message: issue.message.clone(),
            link: link(page, issue),
            file: issue.file.as_deref().and_then(in_repository),
            line: issue.line,
            column: issue.column,
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
        Regex::new(r"^(?:[A-Za-z]:)?[/\\].*?[/\\]\d+[/\\]s[/\\](.+)$|^(?:[A-Za-z]:)?[/\\]\d+[/\\]s[/\\](.+)$").ok()
    });
    let is_absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    if !is_absolute {
        return Some(path.replace('\\', "/"));
    }
    let found = SOURCES.as_ref()?.captures(path)?;
    let inside = found.get(1).or(found.get(2))?;
    Some(inside.as_str().replace('\\', "/"))
}

/// The annotations for these problems: the first ten of each kind, or nine and how many there are
/// more.
pub(super) fn commands(problems: &[Problem], page: &str) -> Vec<Command<'static>> {
    let mut commands = Vec::new();
    for (kind, words) in [
        (IssueKind::Error, "errors"),
        (IssueKind::Warning, "warnings"),
    ] {
        let of_kind: Vec<&Problem> = problems
            .iter()
            .filter(|problem| problem.kind == kind)
            .collect();
        let shown = if of_kind.len() > LIMIT {
            LIMIT - 1
        } else {
            of_kind.len()
        };
        let mut annotations: Vec<Annotation> = of_kind[..shown]
            .iter()
            .map(|problem| annotation(problem))
            .collect();
        if of_kind.len() > shown {
            annotations.push(plain(&format!(
                "{} more {words}: {page}",
                of_kind.len() - shown
            )));
        }
        commands.extend(annotations.into_iter().map(|annotation| match kind {
            IssueKind::Error => Command::Error(annotation),
            IssueKind::Warning => Command::Warning(annotation),
        }));
    }
    commands
}

fn annotation(problem: &Problem) -> Annotation {
    // With a file, GitHub shows the text beside the code, where it needs to say where it is from.
    Annotation {
        message: format!("{}\n{}", problem.message.trim_end(), problem.link),
        title: Some(problem.title.clone()),
        file: problem.file.clone(),
        line: problem.line.filter(|_| problem.file.is_some()),
        column: problem.column.filter(|_| problem.file.is_some()),
        ..Annotation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_paths_become_the_repositorys() {
        for (path, expected) in [
            ("/home/vsts/work/1/s/src/a.rs", Some("src/a.rs")),
            ("D:\\a\\1\\s\\src\\a.cs", Some("src/a.cs")),
            ("/Users/runner/work/1/s/a.swift", Some("a.swift")),
            ("/__w/12/s/lib/s/b.c", Some("lib/s/b.c")),
            ("/usr/include/stdio.h", None),
            ("C:\\Program Files\\x.h", None),
            ("src\\a.rs", Some("src/a.rs")),
            ("src/a.rs", Some("src/a.rs")),
        ] {
            assert_eq!(in_repository(path).as_deref(), expected, "{path}");
        }
    }

    fn problem(number: usize) -> Problem {
        Problem {
            kind: IssueKind::Error,
            title: "Job / Task".into(),
            message: format!("error {number}"),
            link: "https://example.com/run".into(),
            file: None,
            line: Some(3),
            column: None,
        }
    }

    #[test]
    fn at_most_ten_of_a_kind() {
        let problems: Vec<Problem> = (0..12).map(problem).collect();
        assert_eq!(commands(&problems[..10], "page").len(), 10);
        let commands = commands(&problems, "https://example.com/run");
        assert_eq!(commands.len(), 10);
        assert_eq!(
            commands[9],
            Command::Error(plain("3 more errors: https://example.com/run"))
        );
    }

    #[test]
    fn a_line_without_a_file_is_not_annotated() {
        assert_eq!(annotation(&problem(1)).line, None);
    }
}
