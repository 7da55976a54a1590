//! Time, as the follower sees it.

use std::time::Duration;

use tokio::time::Instant;

/// A clock that goes as fast as the wall's, or faster: simulated hours need not take hours.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    factor: f64,
}

/// A moment: how long after the clock's start.
pub(super) type Moment = Duration;

impl Clock {
    /// One that goes `factor` times as fast as the wall's; above 0.
    #[must_use]
    pub fn scaled(factor: f64) -> Self {
        Self {
            start: Instant::now(),
            factor,
        }
    }

    /// Now.
    pub(super) fn now(&self) -> Moment {
        self.start.elapsed().mul_f64(self.factor)
    }

    /// Waits for so long.
    #[expect(clippy::disallowed_methods, reason = "the follower's pauses")]
    pub(super) async fn sleep(&self, pause: Duration) {
        if !pause.is_zero() {
            tokio::time::sleep(pause.div_f64(self.factor)).await;
        }
    }

    /// Waits until then.
    pub(super) async fn sleep_until(&self, moment: Moment) {
        self.sleep(moment.saturating_sub(self.now())).await;
    }
}
