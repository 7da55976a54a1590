//! The run that must not go on without the step.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use super::expected::Expected;
use crate::build::BuildId;
use crate::github::files::{self, FileError};
use crate::inputs::Environment;

/// The state's name for it; empty while there is none.
const HELD: &str = "held";

/// A run that has to be canceled if the step ends before it and says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeldRun {
    /// This one; as text its id.
    Known(BuildId),
    /// One that was asked for, whose id has not come yet.
    Expected(Box<Expected>),
}

/// The run that is held, if any. The runner keeps it for the post step.
#[derive(Debug, Default)]
pub(crate) struct Held(RefCell<Option<HeldRun>>);

impl Held {
    /// The run that is held.
    pub(crate) fn run(&self) -> Option<HeldRun> {
        self.0.borrow().clone()
    }

    /// Holds `run`, or nothing, in place of what was held; also in the `GITHUB_STATE` at `file`.
    pub(super) fn hold(&self, run: Option<HeldRun>, file: Option<&Path>) -> Result<(), FileError> {
        if *self.0.borrow() == run {
            return Ok(());
        }
        let value = run.as_ref().map(ToString::to_string).unwrap_or_default();
        self.0.replace(run);
        files::append_state(file, HELD, &value).map(drop)
    }
}

impl fmt::Display for HeldRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => id.fmt(f),
            Self::Expected(expected) => expected.fmt(f),
        }
    }
}

/// The run that the main process held when it ended, in the post step's variables.
pub(crate) fn left_behind(environment: &Environment) -> Option<HeldRun> {
    let text = environment.get(&format!("STATE_{HELD}"))?;
    let id = text.parse().ok().map(BuildId).map(HeldRun::Known);
    id.or_else(|| text.parse().ok().map(Box::new).map(HeldRun::Expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::{Api, RunRequest};
    use crate::github::context::Context;
    use crate::mark::Mark;

    #[test]
    fn a_number_or_a_run_that_is_expected_is_what_was_left_behind() {
        let check = |value: &str, expected: Option<HeldRun>| {
            let environment = [("STATE_held".to_owned(), value.to_owned())].into();
            assert_eq!(left_behind(&environment), expected, "{value:?}");
        };
        let claim = Mark::new(&Context::default(), "", &[]).claim(1, 7);
        let request = RunRequest::default();
        let expected = Expected::new(&request, Api::Build, &claim, None);
        let expected = HeldRun::Expected(Box::new(expected));
        check(&expected.to_string(), Some(expected));
        check("7", Some(HeldRun::Known(BuildId(7))));
        check("", None);
        check("7/../8", None);
        check("{}", None);
        assert_eq!(left_behind(&Environment::new()), None);
    }
}
