//! What the end of a run means to the step.

use crate::build::{Build, BuildResult, JobRecords, Limit, Timeline};

/// The run succeeded, or was only to be started.
pub const SUCCESS: u8 = 0;
/// The run did not succeed.
pub const RUN_FAILED: u8 = 1;
/// The inputs are wrong; nothing was asked of the service.
pub const WRONG_INPUTS: u8 = 2;
/// The service refused, or could not be reached.
pub const SERVICE_FAILED: u8 = 3;
/// A time limit passed.
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
    /// Those that are not the code's fault: the agent was lost.
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
    /// The run succeeded.
    Succeeded,
    /// Something in it succeeded with issues only.
    PartiallySucceeded {
        /// Whether that is good enough.
        passes: bool,
    },
    /// The run failed.
    Failed {
        /// Whether every job that failed lost its agent, so that the code cannot be blamed.
        is_infrastructure: bool,
    },
    /// Somebody else, or the service, canceled the run.
    Canceled,
    /// The step was interrupted.
    Interrupted,
    /// The run took too long and was canceled.
    TimedOut(Limit),
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
            },
            Some(BuildResult::Failed) => Self::Failed {
                is_infrastructure: is_infrastructure(timeline),
            },
            Some(BuildResult::Canceled) => Self::Canceled,
            Some(BuildResult::Other(word)) => Self::Unknown(word.clone()),
            None => Self::Unknown("none".to_owned()),
        }
    }

    /// The step's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Queued | Self::Succeeded | Self::PartiallySucceeded { passes: true } => SUCCESS,
            Self::PartiallySucceeded { passes: false }
            | Self::Failed { .. }
            | Self::Canceled
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
            (Self::Failed { is_infrastructure }, RetryOn::Infrastructure) => *is_infrastructure,
            (
                Self::Failed { .. } | Self::PartiallySucceeded { passes: false },
                RetryOn::Failure,
            ) => true,
            _ => false,
        }
    }
}

/// Whether jobs failed, and each of them because its agent was lost.
fn is_infrastructure(timeline: &Timeline) -> bool {
    let jobs = timeline.jobs();
    let mut failed = jobs.iter().filter(|job| job.has_failed()).peekable();
    failed.peek().is_some() && failed.all(JobRecords::has_lost_agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTCOMES: [Outcome; 10] = [
        Outcome::Queued,
        Outcome::Succeeded,
        Outcome::PartiallySucceeded { passes: true },
        Outcome::PartiallySucceeded { passes: false },
        Outcome::Failed {
            is_infrastructure: false,
        },
        Outcome::Failed {
            is_infrastructure: true,
        },
        Outcome::Canceled,
        Outcome::Interrupted,
        Outcome::Lost,
        Outcome::Unknown(String::new()),
    ];

    #[test]
    fn exit_codes() {
        assert_eq!(
            OUTCOMES.map(|outcome| outcome.exit_code()),
            [0, 0, 0, 1, 1, 1, 1, 130, 3, 1]
        );
    }

    #[test]
    fn a_cancel_is_never_retried() {
        let retried = |on| OUTCOMES.map(|outcome| outcome.deserves_retry(on));
        assert_eq!(retried(RetryOn::Never), [false; 10]);
        let infrastructure = [
            false, false, false, false, false, true, false, false, false, false,
        ];
        assert_eq!(retried(RetryOn::Infrastructure), infrastructure);
        let failure = [
            false, false, false, true, true, true, false, false, false, false,
        ];
        assert_eq!(retried(RetryOn::Failure), failure);
    }
}
