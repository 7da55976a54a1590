//! How often the service is asked.

use std::time::Duration;

/// The pause between polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    fixed: Option<Duration>,
    pause: Duration,
}

impl Pace {
    const FAST: Duration = Duration::from_secs(1);
    const SLOW: Duration = Duration::from_secs(15);

    /// Fast while things change, slow while they do not.
    #[must_use]
    pub fn auto() -> Self {
        Self {
            fixed: None,
            pause: Self::FAST,
        }
    }

    /// Always the same.
    #[must_use]
    pub fn fixed(interval: Duration) -> Self {
        Self {
            fixed: Some(interval),
            pause: interval,
        }
    }

    /// Takes note of whether the last poll saw something new.
    pub(super) fn saw(&mut self, change: bool) {
        self.pause = match self.fixed {
            Some(interval) => interval,
            None if change => Self::FAST,
            None => self.pause.mul_f64(1.5).min(Self::SLOW),
        };
    }

    /// The pause before the next poll; short when little time is left.
    pub(super) fn pause(&self, is_hurried: bool) -> Duration {
        if is_hurried {
            self.pause.min(Self::FAST / 2)
        } else {
            self.pause
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_slow_down_while_nothing_changes() {
        let mut pace = Pace::auto();
        assert_eq!(pace.pause(false), Duration::from_secs(1));
        for _ in 0..20 {
            pace.saw(false);
        }
        assert_eq!(pace.pause(false), Duration::from_secs(15));
        assert_eq!(pace.pause(true), Duration::from_millis(500));
        pace.saw(true);
        assert_eq!(pace.pause(false), Duration::from_secs(1));
    }

    #[test]
    fn a_fixed_interval_stays() {
        let mut pace = Pace::fixed(Duration::from_secs(5));
        pace.saw(false);
        assert_eq!(pace.pause(false), Duration::from_secs(5));
        assert_eq!(pace.pause(true), Duration::from_millis(500));
    }
}
