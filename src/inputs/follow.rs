//! How a run is followed, and when another one is tried.

use std::time::Duration;

use super::parse::{boolean, choice, count, duration};
use super::{InputError, RawInputs};
use crate::build::ShownLogs;
use crate::outcome::{PartiallySucceeded, RetryOn};

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
    pub(super) fn read(raw: &RawInputs, cancels: bool) -> Result<Self, InputError> {
        Ok(Self {
            poll_interval: poll_interval(raw.poll_interval.as_deref())?,
            logs: choice(
                "logs",
                raw.logs.as_deref(),
                &[
                    ("all", ShownLogs::All),
                    ("failed", ShownLogs::Failed),
                    ("none", ShownLogs::None),
                ],
            )?
            .unwrap_or(ShownLogs::All),
            live: boolean("live", raw.live.as_deref(), true)?,
            queue_timeout: limit("queue-timeout", raw.queue_timeout.as_deref())?,
            timeout: limit("timeout", raw.timeout.as_deref())?,
            cancel_on_interrupt: boolean(
                "cancel-on-interrupt",
                raw.cancel_on_interrupt.as_deref(),
                cancels,
            )?,
            partially_succeeded: choice(
                "partially-succeeded",
                raw.partially_succeeded.as_deref(),
                &[
                    ("fail", PartiallySucceeded::Fail),
                    ("pass", PartiallySucceeded::Pass),
                ],
            )?
            .unwrap_or(PartiallySucceeded::Fail),
            retry: RetryPolicy::read(raw)?,
        })
    }
}

impl RetryPolicy {
    fn read(raw: &RawInputs) -> Result<Self, InputError> {
        Ok(Self {
            max_attempts: count("max-attempts", raw.max_attempts.as_deref(), 2)?,
            on: choice(
                "retry-on",
                raw.retry_on.as_deref(),
                &[
                    ("infrastructure", RetryOn::Infrastructure),
                    ("failure", RetryOn::Failure),
                    ("never", RetryOn::Never),
                ],
            )?
            .unwrap_or(RetryOn::Infrastructure),
            mode: choice(
                "retry-mode",
                raw.retry_mode.as_deref(),
                &[
                    ("failed-stages", RetryMode::FailedStages),
                    ("new-run", RetryMode::NewRun),
                ],
            )?
            .unwrap_or(RetryMode::FailedStages),
            delay: duration("retry-delay", raw.retry_delay.as_deref())?
                .unwrap_or(Duration::from_mins(2)),
        })
    }
}

fn poll_interval(text: Option<&str>) -> Result<PollInterval, InputError> {
    if text.is_none_or(|text| text.trim().eq_ignore_ascii_case("auto")) {
        return Ok(PollInterval::Auto);
    }
    match duration("poll-interval", text)? {
        Some(interval) if !interval.is_zero() => Ok(PollInterval::Fixed(interval)),
        _ => Err(InputError::new(
            "`poll-interval` is zero: allowed are `auto` and durations such as `5s`",
        )),
    }
}

/// A time limit; nothing is none.
fn limit(input: &str, text: Option<&str>) -> Result<Option<Duration>, InputError> {
    match duration(input, text)? {
        Some(limit) if limit.is_zero() => Err(InputError::new(format!(
            "`{input}` is zero: allowed are durations such as `90m`; leave it out for no limit"
        ))),
        limit => Ok(limit),
    }
}
