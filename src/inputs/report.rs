//! What GitHub is told of a run.

use super::InputError;
use super::given::Given;
use super::parse::choice;

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
    pub(super) fn read(given: &Given, waits: bool) -> Result<Self, InputError> {
        let words = [
            ("commit-status", ReportKind::CommitStatus),
            ("check-run", ReportKind::CheckRun),
            ("pull-request-comment", ReportKind::Comment),
        ];
        let kinds = given.list("report");
        let kinds = kinds.iter().map(|word| choice("report", word, &words));
        let mut kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        kinds.sort_unstable();
        kinds.dedup();
        if !kinds.is_empty() && !waits {
            return Err(InputError::new(
                "`report` is given and `wait` is `false`, so that nobody would tell GitHub how the run ends: leave \
                 `report` to the step with `command: watch`",
            ));
        }
        let name = given.text("report-name");
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
