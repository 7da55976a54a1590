//! How a run is followed, and when another one is tried.

use std::time::Duration;

use super::InputError;
use super::given::Given;
use crate::build::ShownLogs;
use crate::outcome::{PartiallySucceeded, RetryOn};

/// Most attempts that `max-attempts` can ask for.
const MOST_ATTEMPTS: u32 = 20;

/// The inputs of every command that follows a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowInputs {
    /// `poll-interval`.
    pub poll_interval: PollInterval,
    /// `logs`.
    pub logs: ShownLogs,
    /// `live`.
    pub live: bool,
    /// `queue-timeout`: how long a run may wait for its first job to start.
    pub queue_timeout: Option<Duration>,
    /// `timeout`: how long the runs may take, all attempts and the pauses between them together.
    pub timeout: Option<Duration>,
    /// `cancel-on-interrupt`.
    pub cancel_on_interrupt: bool,
    /// `partially-succeeded`.
    pub partially_succeeded: PartiallySucceeded,
    /// When another attempt is made, and how.
    pub retry: RetryPolicy,
}

/// How often the service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollInterval {
    /// Fast while things change, slow while they do not.
    Auto,
    /// Always the same.
    Fixed(Duration),
}

/// When another attempt is made, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// `max-attempts`: how many there can be, the first one counted.
    pub max_attempts: u32,
    /// `retry-on`.
    pub on: RetryOn,
    /// `retry-mode`.
    pub mode: RetryMode,
    /// `retry-delay`: the pause before the second one; twice as long before the third, and so on.
    pub delay: Duration,
}

/// What another attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// The failed stages once more, in the same run; a new run where the server cannot do that.
    FailedStages,
    /// A new run.
    NewRun,
}

impl FollowInputs {
    /// `cancels` is what an interruption means unless the inputs say so.
    pub(super) fn read(given: &Given, cancels: bool) -> Result<Self, InputError> {
        let logs = [
            ("all", ShownLogs::All),
            ("failed", ShownLogs::Failed),
            ("none", ShownLogs::None),
        ];
        let partially_succeeded = [
            ("fail", PartiallySucceeded::Fail),
            ("pass", PartiallySucceeded::Pass),
        ];
        Ok(Self {
            poll_interval: poll_interval(given)?,
            logs: given.choice("logs", &logs)?.unwrap_or(ShownLogs::All),
            live: given.boolean("live", true)?,
            queue_timeout: limit("queue-timeout", given.duration("queue-timeout")?)?,
            timeout: limit("timeout", given.duration("timeout")?)?,
            cancel_on_interrupt: given.boolean("cancel-on-interrupt", cancels)?,
            partially_succeeded: given
                .choice("partially-succeeded", &partially_succeeded)?
                .unwrap_or(PartiallySucceeded::Fail),
            retry: RetryPolicy::read(given)?,
        })
    }
}

impl RetryPolicy {
    fn read(given: &Given) -> Result<Self, InputError> {
        let on = [
            ("infrastructure", RetryOn::Infrastructure),
            ("failure", RetryOn::Failure),
            ("never", RetryOn::Never),
        ];
        let mode = [
            ("failed-stages", RetryMode::FailedStages),
            ("new-run", RetryMode::NewRun),
        ];
        let delay = given.duration("retry-delay")?;
        Ok(Self {
            max_attempts: given.count("max-attempts", MOST_ATTEMPTS)?.unwrap_or(2),
            on: given
                .choice("retry-on", &on)?
                .unwrap_or(RetryOn::Infrastructure),
            mode: given
                .choice("retry-mode", &mode)?
                .unwrap_or(RetryMode::FailedStages),
            delay: delay.unwrap_or(Duration::from_mins(2)),
        })
    }
}

fn poll_interval(given: &Given) -> Result<PollInterval, InputError> {
    let text = given.text("poll-interval");
    if text.is_none_or(|text| text.eq_ignore_ascii_case("auto")) {
        return Ok(PollInterval::Auto);
    }
    match given.duration("poll-interval")? {
        Some(interval) if !interval.is_zero() => Ok(PollInterval::Fixed(interval)),
        _ => Err(InputError::new(
            "`poll-interval` is zero: allowed are `auto` and durations such as `5s`",
        )),
    }
}

/// A time limit; nothing is none.
fn limit(input: &str, given: Option<Duration>) -> Result<Option<Duration>, InputError> {
    if given.is_some_and(|limit| limit.is_zero()) {
        return Err(InputError::new(format!(
            "`{input}` is zero: allowed are durations such as `90m`; leave it out for no limit"
        )));
    }
    Ok(given)
}
