//! What the fuzz targets need that nobody else may use.

use crate::azure::FoundRun;
use crate::build::{Build, BuildResult, Record, RecordKind, fixture};
use crate::commands::{HeldRun, left_behind as held};

/// A run that is over, or runs.
#[must_use]
pub fn build(result: Option<BuildResult>) -> Build {
    fixture::build(result)
}

/// A record that is its own id, below `parent` unless that is empty, which has begun.
#[must_use]
pub fn record(kind: RecordKind, name: &str, parent: &str) -> Record {
    fixture::record(kind, name, parent)
}

/// What a post step with this state would look for, as it would be written down again; nothing where
/// that is nothing. `run` is one that the service has.
#[must_use]
pub fn left_behind(state: &str, run: Option<&FoundRun>) -> Option<String> {
    let environment = [("STATE_held".to_owned(), state.to_owned())].into();
    let held = held(&environment)?;
    if let (HeldRun::Expected(expected), Some(run)) = (&held, run) {
        expected.query();
        expected.likeness(run);
    }
    Some(held.to_string())
}
