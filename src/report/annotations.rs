//! Findings as annotations, within GitHub's limits.

use super::finding::Finding;
use super::short;
use crate::build::{IssueKind, RunPage};
use crate::github::command::{Annotation, Command};

/// GitHub shows ten annotations of a kind for each step; the rest are log lines
/// (runner: `ExecutionContext._maxCountPerIssueType`).
const LIMIT: usize = 10;

/// The longest message that leaves room for the link behind it.
const MESSAGE: usize = 3_000;

/// The annotations for these findings: the first ten of each kind, or those that there is room for
/// and how many there are more. `warnings` have been given before.
pub(super) fn commands(
    findings: &[Finding],
    page: &RunPage,
    warnings: usize,
) -> Vec<Command<'static>> {
    let mut commands = Vec::new();
    for (kind, words, used) in [
        (IssueKind::Error, "errors", 0),
        (IssueKind::Warning, "warnings", warnings),
    ] {
        let of_kind: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.kind == kind)
            .collect();
        let room = LIMIT.saturating_sub(used);
        let shown = if of_kind.len() > room {
            room.saturating_sub(1)
        } else {
            of_kind.len()
        };
        let mut annotations: Vec<Annotation> = of_kind[..shown]
            .iter()
            .map(|finding| annotation(finding))
            .collect();
        if of_kind.len() > shown {
            let more = of_kind.len() - shown;
            annotations.push(Annotation::new(format!("{more} more {words}: {page}")));
        }
        commands.extend(annotations.into_iter().map(|annotation| match kind {
            IssueKind::Error => Command::Error(annotation),
            IssueKind::Warning => Command::Warning(annotation),
        }));
    }
    commands
}

fn annotation(finding: &Finding) -> Annotation {
    Annotation {
        title: Some(finding.title.clone().into()),
        file: finding.file.clone().map(Into::into),
        line: finding.line.filter(|_| finding.file.is_some()),
        column: finding.column.filter(|_| finding.file.is_some()),
        ..Annotation::new(format!(
            "{}\n{}",
            short(finding.message.trim_end(), MESSAGE),
            finding.link
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untrusted::Link;

    fn finding(number: usize) -> Finding {
        Finding {
            kind: IssueKind::Error,
            title: "Job / Task".into(),
            message: format!("error {number}"),
            link: Link::literal("https://example.com/run"),
            file: None,
            line: Some(3),
            column: None,
        }
    }

    #[test]
    fn at_most_ten_of_a_kind() {
        let findings: Vec<Finding> = (0..12).map(finding).collect();
        let page = RunPage::new(Link::literal("https://example.com/run"));
        assert_eq!(commands(&findings[..10], &page, 0).len(), 10);
        let commands = commands(&findings, &page, 3);
        assert_eq!(commands.len(), 10);
        assert_eq!(
            commands[9],
            Command::Error(Annotation::new("3 more errors: https://example.com/run"))
        );
    }

    #[test]
    fn a_line_without_a_file_is_not_annotated() {
        assert_eq!(annotation(&finding(1)).line, None);
    }
}
