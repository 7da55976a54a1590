//! The run that must not go on without the step.

use std::cell::Cell;
use std::path::Path;

use crate::build::BuildId;
use crate::github::files::{self, FileError};
use crate::inputs::Environment;

/// The state's name for the run's id; empty while there is none.
const RUN_ID: &str = "run-id";

/// The run that has to be canceled if the step ends before it and says nothing. The runner keeps it
/// for the post step.
#[derive(Debug, Default)]
pub(crate) struct Held(Cell<Option<BuildId>>);

impl Held {
    /// The run that is held.
    pub(crate) fn run(&self) -> Option<BuildId> {
        self.0.get()
    }

    /// Holds `run`, or nothing, in place of what was held; also in the `GITHUB_STATE` at `file`.
    pub(super) fn hold(&self, run: Option<BuildId>, file: Option<&Path>) -> Result<(), FileError> {
        if self.0.replace(run) == run {
            return Ok(());
        }
        let value = run.map(|id| id.to_string()).unwrap_or_default();
        files::append_state(file, RUN_ID, &value).map(drop)
    }
}

/// The run that the main process held when it ended, in the post step's variables.
pub(crate) fn left_behind(environment: &Environment) -> Option<BuildId> {
    let id = environment.get(&format!("STATE_{RUN_ID}"))?;
    id.parse().ok().map(BuildId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_names_a_run_that_was_left_behind() {
        let check = |value: &str, expected: Option<BuildId>| {
            let environment = [("STATE_run-id".to_owned(), value.to_owned())].into();
            assert_eq!(left_behind(&environment), expected, "{value:?}");
        };
        check("7", Some(BuildId(7)));
        check("", None);
        check("7/../8", None);
        assert_eq!(left_behind(&Environment::new()), None);
    }
}
