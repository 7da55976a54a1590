//! How often the service is asked.

use std::time::Duration;

use super::clock::Moment;

/// The pause between polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    fixed: Option<Duration>,
    /// When something new was last seen.
    changed: Option<Moment>,
    pause: Duration,
}

impl Pace {
    const FASTEST: Duration = Duration::from_secs(2);
    const HURRIED: Duration = Duration::from_millis(500);
    const SLOWEST: Duration = Duration::from_secs(15);

    /// Which part of the time without anything new a pause may be: news come late by so much of the
    /// time for which there were none.
    const PART: u32 = 40;

    /// Fast while things change, slower the longer they do not.
    #[must_use]
    pub fn auto() -> Self {
        Self {
            fixed: None,
            changed: None,
            pause: Self::FASTEST,
        }
    }

    /// Always the same.
    #[must_use]
    pub fn fixed(interval: Duration) -> Self {
        Self {
            fixed: Some(interval),
            changed: None,
            pause: interval,
        }
    }

    /// Takes note of whether the poll that has just ended saw something new; `now` counts from
    /// any start.
    pub fn saw(&mut self, change: bool, now: Moment) {
        if change {
            self.changed = Some(now);
        }
        let idle = now.saturating_sub(*self.changed.get_or_insert(now));
        let part = (idle / Self::PART).clamp(Self::FASTEST, Self::SLOWEST);
        self.pause = self.fixed.unwrap_or(part);
    }

    /// The pause before the next poll; short when little time is left.
    #[must_use]
    pub fn pause(&self, is_hurried: bool) -> Duration {
        if is_hurried {
            self.pause.min(Self::HURRIED)
        } else {
            self.pause
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn polls_slow_down_while_nothing_changes() {
        let mut pace = Pace::auto();
        let mut now = Duration::ZERO;
        let mut polls = 0;
        while now < 1_200 * SECOND {
            pace.saw(polls == 0, now);
            now += pace.pause(false);
            polls += 1;
        }
        assert_eq!(pace.pause(false), 15 * SECOND);
        // Every two seconds for eighty, then in ever longer steps, then four times a minute.
        assert_eq!(polls, 162);
        assert_eq!(pace.pause(true), SECOND / 2);
        pace.saw(true, now);
        assert_eq!(pace.pause(false), 2 * SECOND);
    }

    #[test]
    fn a_fixed_interval_stays() {
        let mut pace = Pace::fixed(5 * SECOND);
        pace.saw(false, 900 * SECOND);
        assert_eq!(pace.pause(false), 5 * SECOND);
        assert_eq!(pace.pause(true), SECOND / 2);
    }
}
