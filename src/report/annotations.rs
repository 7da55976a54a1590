//! Problems as annotations, within GitHub's limits.

use super::problem::Problem;
use crate::build::IssueKind;
use crate::github::command::{Annotation, Command};

/// GitHub shows ten annotations of a kind for each step; the rest are log lines
/// (runner: `ExecutionContext._maxCountPerIssueType`).
const LIMIT: usize = 10;

/// An annotation that is about the step as a whole.
pub(super) fn plain(message: &str) -> Annotation {
    Annotation {
        message: message.to_owned(),
        ..Annotation::default()
    }
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
