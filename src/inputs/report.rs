//! What GitHub is told of a run.

use super::parse::choice;
use super::{InputError, RawInputs};

/// The longest `report-name`, in characters: GitHub takes 255 bytes.
const LONGEST_NAME: usize = 200;

/// `report` and `report-name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportInputs {
    /// `report`, each kind once.
    pub kinds: Vec<ReportKind>,
    /// `report-name`.
    pub name: Option<String>,
}

/// One way to tell GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// A commit status.
    CommitStatus,
    /// A check run.
    CheckRun,
    /// A comment on the pull request.
    Comment,
}

impl ReportInputs {
    /// `waits` is whether the step sees the run's end.
    pub(super) fn read(raw: &RawInputs, waits: bool) -> Result<Self, InputError> {
        let given = raw.report.as_deref().unwrap_or_default();
        let words = given.split([',', '\n']).map(str::trim);
        let mut kinds = Vec::new();
        for word in words.filter(|word| !word.is_empty()) {
            kinds.extend(choice(
                "report",
                Some(word),
                &[
                    ("commit-status", ReportKind::CommitStatus),
                    ("check-run", ReportKind::CheckRun),
                    ("pull-request-comment", ReportKind::Comment),
                ],
            )?);
        }
        kinds.sort_unstable();
        kinds.dedup();
        if !kinds.is_empty() && !waits {
            return Err(InputError::new(
                "`report` is given and `wait` is `false`, so that nobody would tell GitHub how the run ends: leave \
                 `report` to the step with `command: watch`",
            ));
        }
        let name = raw.report_name.as_deref().map(str::trim);
        if let Some(name) = name {
            let count = name.chars().count();
            if count > LONGEST_NAME || name.contains(char::is_control) {
                return Err(InputError::new(format!(
                    "`report-name` has {count} characters: allowed is one line of up to {LONGEST_NAME}"
                )));
            }
        }
        Ok(Self {
            kinds,
            name: name.map(str::to_owned),
        })
    }
}
