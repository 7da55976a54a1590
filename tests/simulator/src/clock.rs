//! Simulated time: spans, moments, and the clock that moves on by polls or with the wall clock.

use std::time::{Duration, Instant};

use serde::Deserialize;

mod moment;
mod span;
mod stamp;

pub(crate) use moment::Moment;
pub(crate) use span::Span;
pub(crate) use stamp::StampWriter;

/// How simulated time moves.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pace {
    /// Each poll moves it on by this much: a GET of one build, or of a timeline that was asked for since.
    Polls(Span),
    /// It runs with the wall clock, this many times as fast.
    Real(f64),
}

/// The clock of one simulator.
#[derive(Debug)]
pub(crate) struct Clock {
    pace: Pace,
    started: Instant,
    /// By polls, or when the wall clock was started.
    reached: Moment,
    /// Whether a timeline was asked for since time last moved on.
    is_seen: bool,
}

impl Clock {
    pub(crate) fn start(pace: Pace) -> Self {
        Self {
            pace,
            started: Instant::now(),
            reached: Moment::EPOCH,
            is_seen: false,
        }
    }

    /// Goes on from another moment, for what happened before the scenario.
    pub(crate) fn set(&mut self, moment: Moment) {
        self.started = Instant::now();
        self.reached = moment;
    }

    pub(crate) fn now(&self) -> Moment {
        match self.pace {
            Pace::Polls(_) => self.reached,
            Pace::Real(scale) => {
                let elapsed = self.started.elapsed().mul_f64(scale.max(0.0));
                let ticks = u64::try_from(elapsed.as_nanos() / 100).unwrap_or(u64::MAX);
                self.reached.plus(Span::ticks(ticks))
            }
        }
    }

    /// A timeline was asked for: part of a poll that began with the build, or one of its own.
    pub(crate) fn look(&mut self) {
        if self.is_seen {
            self.poll();
        }
        self.is_seen = true;
    }

    /// When the wall clock shows a moment; `None` where polls move the time, and for what never comes.
    pub(crate) fn instant(&self, moment: Moment) -> Option<Instant> {
        match self.pace {
            Pace::Real(scale) if scale > 0.0 && moment < Moment::NEVER => {
                let ticks = moment.ticks().saturating_sub(self.reached.ticks());
                let elapsed = Duration::from_nanos(ticks.saturating_mul(100));
                self.started.checked_add(elapsed.div_f64(scale))
            }
            _ => None,
        }
    }

    /// A build was asked for.
    pub(crate) fn poll(&mut self) {
        self.is_seen = false;
        if let Pace::Polls(step) = self.pace {
            self.reached = self.reached.plus(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Span {
        Span::parse(text).unwrap()
    }

    #[test]
    fn the_wall_clock_shows_moments_counted_from_where_it_was_set() {
        let mut clock = Clock::start(Pace::Real(2.0));
        let start = Moment::EPOCH.plus(span("2h"));
        clock.set(start);
        assert_eq!(clock.instant(start), Some(clock.started));
        let later = clock.started + Duration::from_secs(5);
        assert_eq!(clock.instant(start.plus(span("10s"))), Some(later));
        assert_eq!(clock.instant(Moment::NEVER), None);
    }

    #[test]
    fn the_stepped_clock_moves_on_polls_only() {
        let mut clock = Clock::start(Pace::Polls(span("2s")));
        assert_eq!(clock.now(), Moment::EPOCH);
        clock.poll();
        assert_eq!(clock.now(), Moment::EPOCH.plus(span("2s")));
        clock.look();
        assert_eq!(clock.now(), Moment::EPOCH.plus(span("2s")));
        clock.look();
        assert_eq!(clock.now(), Moment::EPOCH.plus(span("4s")));
        clock.poll();
        clock.look();
        assert_eq!(clock.now(), Moment::EPOCH.plus(span("6s")));
    }
}
