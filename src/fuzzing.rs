//! What the fuzz targets need that nobody else may use.

use crate::azure::FoundRun;
use crate::commands::{HeldRun, left_behind as held};

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
