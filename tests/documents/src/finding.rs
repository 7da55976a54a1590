//! What does not fit.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that does not fit. The place is that in the document (`TimelineRecord.state`), not that
/// in the answer, so that the same fault in two answers is one finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// The model and its field, a query parameter, a header.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

/// Findings without repetition.
pub type Findings = BTreeSet<Finding>;

impl Finding {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.problem)
    }
}
