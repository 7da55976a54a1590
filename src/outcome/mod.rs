//! What the end of a run means to the step.

mod failure;

use crate::build::{Build, BuildResult, Limit, Timeline};

pub use failure::{Cause, FailedTask, Failure};

/// The run succeeded, or was only to be started; what was asked about runs is done.
pub const SUCCESS: u8 = 0;
/// The run did not succeed.
pub const RUN_FAILED: u8 = 1;
/// The inputs are wrong; nothing was asked of the service.
pub const WRONG_INPUTS: u8 = 2;
/// The service refused, or could not be reached.
pub const SERVICE_FAILED: u8 = 3;
/// A time limit of the step passed, and the run was canceled for it.
pub const TIMED_OUT: u8 = 4;
/// The step was interrupted, as a shell says it: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// What a partially succeeded run means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartiallySucceeded {
    /// The step fails.
    Fail,
    /// The step passes.
    Pass,
}

/// Which failures deserve another run. A canceled run never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    /// Those that are not the code's fault: agents that were lost, failures of the service.
    Infrastructure,
    /// Any.
    Failure,
    /// None.
    Never,
}

/// How the step ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The run was started and nobody waits for it.
    Queued,
    /// The run succeeded, or what was asked about runs is done.
    Succeeded,
    /// Something in it succeeded with issues only.
    PartiallySucceeded {
        /// Whether that is good enough.
        passes: bool,
        /// What succeeded with issues, as `Stage / Job / Task`.
        with_issues: Vec<String>,
    },
    /// The run failed, or the service canceled it for what went wrong in it.
    Failed(Failure),
    /// Somebody else canceled the run.
    Canceled {
        /// Who, where the service says it.
        by: Option<String>,
    },
    /// A time limit of the step passed, and the run was canceled for it.
    TimedOut(Limit),
    /// The step was interrupted.
    Interrupted,
    /// The run can no longer be followed; the error says why.
    Lost,
    /// The service gave a result that this version does not know.
    Unknown(String),
}

impl Outcome {
    /// What the end of `build` means.
    #[must_use]
    pub fn of(build: &Build, timeline: &Timeline, partially_succeeded: PartiallySucceeded) -> Self {
        match &build.result {
            Some(BuildResult::Succeeded) => Self::Succeeded,
            Some(BuildResult::PartiallySucceeded) => Self::PartiallySucceeded {
                passes: partially_succeeded == PartiallySucceeded::Pass,
                with_issues: failure::with_issues(timeline),
            },
            Some(BuildResult::Failed) => Self::Failed(Failure::of(build, timeline)),
            Some(BuildResult::Canceled) => Failure::of_canceled(build, timeline).map_or_else(
                || Self::Canceled {
                    by: build.canceled_by().map(str::to_owned),
                },
                Self::Failed,
            ),
            Some(BuildResult::Other(word)) => Self::Unknown(word.clone()),
            None => Self::Unknown("none".to_owned()),
        }
    }

    /// The step's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Queued | Self::Succeeded | Self::PartiallySucceeded { passes: true, .. } => {
                SUCCESS
            }
            Self::PartiallySucceeded { passes: false, .. }
            | Self::Failed(_)
            | Self::Canceled { .. }
            | Self::Unknown(_) => RUN_FAILED,
            Self::Lost => SERVICE_FAILED,
            Self::TimedOut(_) => TIMED_OUT,
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// Whether another run should be tried.
    #[must_use]
    pub fn deserves_retry(&self, on: RetryOn) -> bool {
        match (self, on) {
            (Self::Failed(failure), RetryOn::Infrastructure) => failure.is_infrastructure,
            (
                Self::Failed(_) | Self::PartiallySucceeded { passes: false, .. },
                RetryOn::Failure,
            ) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcomes() -> [Outcome; 11] {
        let failed = |is_infrastructure| {
            Outcome::Failed(Failure {
                cause: Cause::AgentLost(Vec::new()),
                is_infrastructure,
            })
        };
        let partially = |passes| Outcome::PartiallySucceeded {
            passes,
            with_issues: Vec::new(),
        };
        [
            Outcome::Queued,
            Outcome::Succeeded,
            partially(true),
            partially(false),
            failed(false),
            failed(true),
            Outcome::Canceled { by: None },
            Outcome::TimedOut(Limit::Total(Duration::ZERO)),
            Outcome::Interrupted,
            Outcome::Lost,
            Outcome::Unknown(String::new()),
        ]
    }

    #[test]
    fn exit_codes() {
        assert_eq!(
            outcomes().map(|outcome| outcome.exit_code()),
            [0, 0, 0, 1, 1, 1, 1, 4, 130, 3, 1]
        );
    }

    #[test]
    fn a_cancel_is_never_retried() {
        let retried = |on| -> Vec<usize> {
            let outcomes = outcomes().into_iter().enumerate();
            outcomes
                .filter(|(_, outcome)| outcome.deserves_retry(on))
                .map(|(place, _)| place)
                .collect()
        };
        assert_eq!(retried(RetryOn::Never), Vec::<usize>::new());
        assert_eq!(retried(RetryOn::Infrastructure), [5]);
        assert_eq!(retried(RetryOn::Failure), [3, 4, 5]);
    }
}
