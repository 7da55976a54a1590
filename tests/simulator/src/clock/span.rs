//! A length of simulated time.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// The service's times have a grain of 100 ns.
pub(super) const TICKS_PER_SECOND: u64 = 10_000_000;

/// Written `"500ms"`, `"3s"`, `"2m"`, `"1h"` or `"forever"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Span(u64);

impl Span {
    pub(crate) const ZERO: Self = Self(0);

    pub(crate) const fn millis(millis: u64) -> Self {
        Self(millis * (TICKS_PER_SECOND / 1000))
    }

    pub(crate) const fn ticks(ticks: u64) -> Self {
        Self(ticks)
    }

    pub(crate) fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    pub(crate) fn part(self, divisor: u64) -> Self {
        Self(self.0 / divisor.max(1))
    }

    /// The same length on the wall clock; `"forever"` is cut to a day.
    pub(crate) fn to_duration(self) -> Duration {
        Duration::from_nanos(self.0.saturating_mul(100)).min(Duration::from_hours(24))
    }

    /// Its length in units of 100 ns.
    pub(super) fn count(self) -> u64 {
        self.0
    }

    pub(crate) fn whole_minutes(self) -> u64 {
        self.0 / (60 * TICKS_PER_SECOND)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "forever" {
            return Some(Self(u64::MAX));
        }
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = text.split_at(unit_at);
        let ticks = match unit {
            "ms" => TICKS_PER_SECOND / 1000,
            "s" => TICKS_PER_SECOND,
            "m" => 60 * TICKS_PER_SECOND,
            "h" => 3600 * TICKS_PER_SECOND,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(ticks).map(Self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "`{text}` is not a duration; write it like \"500ms\", \"3s\", \"2m\", \"1h\" or \"forever\""
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_needs_a_unit() {
        assert_eq!(Span::parse("3"), None);
        assert_eq!(Span::parse("3 s"), None);
        assert_eq!(Span::parse("3d"), None);
        assert_eq!(Span::parse("2m"), Some(Span::millis(120_000)));
    }
}
