//! Findings as annotations, within GitHub's limits.

use std::collections::HashMap;

use super::finding::{Finding, Findings};
use super::{short, wording};
use crate::build::{IssueKind, RunPage};
use crate::github::command::{Annotation, Command};

/// GitHub shows ten annotations of a kind for each step; the rest are log lines
/// (runner: `ExecutionContext._maxCountPerIssueType`).
pub(super) const LIMIT: usize = 10;

/// The longest message that leaves room for the link behind it.
const MESSAGE: usize = 3_000;

/// The annotations for these findings: the first ten of each kind, or those that there is room for
/// and how many there are more. `warnings` have been given before.
pub(super) fn commands(
    findings: &Findings,
    page: &RunPage,
    warnings: usize,
) -> Vec<Command<'static>> {
    let mut commands = Vec::new();
    for (kind, used) in [(IssueKind::Error, 0), (IssueKind::Warning, warnings)] {
        let of_kind = findings.of_kind(kind);
        let count = of_kind.len() + findings.more(kind);
        let room = LIMIT.saturating_sub(used);
        let shown = if count > room {
            most_important(&of_kind, room.saturating_sub(1))
        } else {
            of_kind
        };
        let more = count - shown.len();
        let annotations = shown.into_iter().map(annotation);
        let rest = (more > 0).then(|| Annotation::new(wording::more_of_kind(more, kind, page)));
        commands.extend(
            annotations
                .chain(rest)
                .map(|annotation| of(kind, annotation)),
        );
    }
    commands
}

/// So many of the findings: what each task says first, then what each says next; in their order.
fn most_important<'a>(findings: &[&'a Finding], count: usize) -> Vec<&'a Finding> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut ranked: Vec<(usize, usize)> = findings
        .iter()
        .enumerate()
        .map(|(at, finding)| {
            let place = places.entry(&finding.title).or_default();
            *place += 1;
            (*place, at)
        })
        .collect();
    ranked.sort_unstable();
    ranked.truncate(count);
    ranked.sort_unstable_by_key(|(_, at)| *at);
    ranked.into_iter().map(|(_, at)| findings[at]).collect()
}

/// The annotation for one finding.
pub(super) fn command(finding: &Finding) -> Command<'static> {
    of(finding.kind, annotation(finding))
}

fn of(kind: IssueKind, annotation: Annotation) -> Command<'static> {
    match kind {
        IssueKind::Error => Command::Error(annotation),
        IssueKind::Warning => Command::Warning(annotation),
    }
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

    fn findings(list: Vec<Finding>) -> Findings {
        let mut findings = Findings::default();
        findings.list = list;
        findings
    }

    #[test]
    fn at_most_ten_of_a_kind() {
        let page = RunPage::new(Link::literal("https://example.com/run"));
        let of = |count| commands(&findings((0..count).map(finding).collect()), &page, 3);
        assert_eq!(of(10).len(), 10);
        let commands = of(12);
        assert_eq!(commands.len(), 10);
        assert_eq!(
            commands[9],
            Command::Error(Annotation::new("3 more errors: https://example.com/run"))
        );
    }

    #[test]
    fn every_task_gets_a_word() {
        let loud = (0..40).map(finding);
        let quiet = Finding {
            title: "Job / Other".into(),
            ..finding(40)
        };
        let all: Vec<Finding> = loud.chain([quiet]).collect();
        let shown = most_important(&all.iter().collect::<Vec<_>>(), 9);
        let shown: Vec<&str> = shown.iter().map(|f| f.message.as_str()).collect();
        let numbers = [0, 1, 2, 3, 4, 5, 6, 7, 40];
        assert_eq!(shown, numbers.map(|number| format!("error {number}")));
    }

    #[test]
    fn a_line_without_a_file_is_not_annotated() {
        assert_eq!(annotation(&finding(1)).line, None);
    }
}
