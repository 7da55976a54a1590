//! The errors and warnings of a record.

use std::collections::BTreeMap;

use serde::Serialize;

use super::word;
use crate::script::task::{IssueKind, IssueScript};

/// The agent keeps so many errors and so many warnings of a record, and counts all.
const ISSUE_LIMIT: u32 = 10;

#[derive(Debug, Serialize)]
pub(super) struct Issue {
    #[serde(rename = "type")]
    kind: IssueKind,
    category: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<IssueData>,
}

#[derive(Debug, Serialize)]
struct IssueData {
    #[serde(rename = "type")]
    kind: IssueKind,
    #[serde(flatten)]
    place: BTreeMap<&'static str, String>,
}

impl Issue {
    /// With a file the message begins with the place, as compilers write it.
    fn new(script: &IssueScript) -> Self {
        if script.is_the_servers {
            return Self {
                kind: script.kind,
                category: None,
                message: script.message.clone(),
                data: None,
            };
        }
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let place = [
            ("sourcepath", script.file.clone()),
            ("linenumber", number(script.line)),
            ("columnnumber", number(script.column)),
            ("code", script.code.clone()),
            ("logFileLineNumber", number(script.log_line)),
        ];
        let place = place
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        Self {
            kind: script.kind,
            category: Some(if script.file.is_some() {
                "Code"
            } else {
                "General"
            }),
            message: message_with_place(script),
            data: Some(IssueData {
                kind: script.kind,
                place,
            }),
        }
    }
}

fn message_with_place(script: &IssueScript) -> String {
    let Some(file) = &script.file else {
        return script.message.clone();
    };
    let position = match (script.line, script.column) {
        (Some(line), Some(column)) => format!("({line},{column})"),
        (Some(line), None) => format!("({line})"),
        _ => String::new(),
    };
    let kind = word(&script.kind);
    let code = script.code.as_deref().unwrap_or_default();
    format!("{file}{position}: {kind} {code}: {}", script.message)
}

pub(super) fn count(issues: &[IssueScript], kind: IssueKind) -> u32 {
    issues
        .iter()
        .filter(|issue| issue.kind == kind)
        .map(|issue| issue.times)
        .sum()
}

pub(super) fn kept_issues(issues: &[IssueScript]) -> Vec<Issue> {
    let (mut errors, mut warnings) = (0, 0);
    let mut kept = Vec::new();
    for issue in issues {
        for _ in 0..issue.times {
            let number = if issue.kind == IssueKind::Error {
                &mut errors
            } else {
                &mut warnings
            };
            *number += 1;
            if *number <= ISSUE_LIMIT {
                kept.push(Issue::new(issue));
            }
        }
    }
    kept
}
