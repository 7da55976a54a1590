//! When a request that only reads is sent again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder, Retryable};
use tokio::time::Instant;

use super::Error;

/// How long the service is waited for. Tests are in more of a hurry than the default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// One request, from sending it to the last byte of a short answer.
    pub request: Duration,
    /// How many times as fast as the wall's the clock goes by which pauses are taken.
    pub haste: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_mins(1),
            haste: 1.0,
        }
    }
}

/// While nothing has been queued yet, giving up soon is kinder than waiting.
#[must_use]
pub fn brief() -> ExponentialBackoff {
    brief_builder().build()
}

fn brief_builder() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(4)
        .with_jitter()
}

/// While a run is followed, an outage of the service must not lose it.
#[must_use]
pub fn patient() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(30))
        .with_max_times(24)
        .with_jitter()
        .build()
}

/// The longest pause that is taken on the service's word, so that a wrong header cannot hang a job.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The back-off's pause, or a longer one where the service asks for it.
#[must_use]
pub fn pause(backoff: Duration, asked: Option<Duration>) -> Duration {
    backoff.max(bounded(asked.unwrap_or_default()))
}

/// What the service asks for, within reason.
#[must_use]
pub fn bounded(asked: Duration) -> Duration {
    asked.min(LONGEST_PAUSE)
}

/// How long one request is sent again and again, however long the service asks to wait each time.
const LONGEST_ROW: Duration = Duration::from_mins(10);

/// Sends a request that only reads, or that may be handled twice, until it succeeds, fails for good,
/// or has been sent five times.
#[expect(
    clippy::disallowed_methods,
    reason = "the pause before a request is sent again"
)]
pub async fn resend<T, F, Fut>(request: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    request
        .retry(brief_builder())
        .sleep(tokio::time::sleep)
        .when(|error| {
            (error.is_transient() && !error.is_settled()) || matches!(error, Error::Decode { .. })
        })
        .adjust(|error, delay| {
            let pause = pause(delay?, error.retry_after());
            (started.elapsed() + pause <= LONGEST_ROW).then_some(pause)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_may_ask_for_more_but_not_for_ever() {
        let seconds = Duration::from_secs;
        assert_eq!(pause(seconds(1), None), seconds(1));
        assert_eq!(pause(seconds(1), Some(seconds(0))), seconds(1));
        assert_eq!(pause(seconds(1), Some(seconds(7))), seconds(7));
        assert_eq!(pause(seconds(1), Some(seconds(86_400))), LONGEST_PAUSE);
    }

    #[test]
    fn pauses_grow_up_to_half_a_minute_and_end() {
        let pauses: Vec<Duration> = patient().collect();
        assert_eq!(pauses.len(), 24);
        assert!(pauses[0] < Duration::from_secs(2));
        // Jitter adds up to as much again.
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_mins(1)));
        assert!(pauses.iter().sum::<Duration>() > Duration::from_mins(5));
    }
}
