//! Whose logs a reader wants.

use super::{LogSource, RecordResult};

/// Whose logs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownLogs {
    /// All.
    All,
    /// Those of tasks that did not end well, once they are over.
    Failed,
    /// None.
    None,
}

impl ShownLogs {
    /// Whether the log is shown, as far as is known by now.
    #[must_use]
    pub fn has(self, source: &LogSource) -> bool {
        let is_well = matches!(
            source.result,
            Some(
                RecordResult::Succeeded | RecordResult::SucceededWithIssues | RecordResult::Skipped
            )
        );
        match self {
            Self::All => true,
            Self::Failed => source.is_over && !is_well,
            Self::None => false,
        }
    }
}
