//! A moment of simulated time.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::span::{Span, TICKS_PER_SECOND};

/// 2026-03-02T08:27:00Z: fixed, so that every answer is the same in every run of the tests.
const EPOCH_SECONDS: u64 = 1_772_440_020;

/// Counted from the simulator's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) const EPOCH: Self = Self(0);
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.count()))
    }

    /// The moment at `part` of `whole` on the way to `end`; `self` where the end never comes.
    pub(crate) fn towards(self, end: Self, part: usize, whole: usize) -> Self {
        if end == Self::NEVER || whole == 0 {
            return self;
        }
        let way = u128::from(end.0.saturating_sub(self.0)) * part as u128 / whole as u128;
        Self(
            self.0
                .saturating_add(u64::try_from(way).unwrap_or(u64::MAX)),
        )
    }

    /// The distance from the epoch in units of 100 ns.
    pub(crate) fn ticks(self) -> u64 {
        self.0
    }

    pub(crate) fn unix_seconds(self) -> u64 {
        EPOCH_SECONDS + self.0 / TICKS_PER_SECOND
    }

    /// The service reads times in any RFC 3339 form. What is before the epoch becomes the epoch.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc2822(text))
            .ok()?;
        let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
        let fraction = u64::from(time.timestamp_subsec_nanos()) / 100;
        let ticks = seconds * TICKS_PER_SECOND + fraction;
        Some(Self(ticks.saturating_sub(EPOCH_SECONDS * TICKS_PER_SECOND)))
    }

    /// `20260302`, the date in build numbers.
    pub(crate) fn date_digits(self) -> String {
        self.date_time().format("%Y%m%d").to_string()
    }

    /// `2026-03-02T08:27:00Z`: GitHub's times have no fractions.
    pub(crate) fn utc_seconds(self) -> String {
        format!("{}Z", self.seconds_text())
    }

    /// The form of the `Date` header.
    pub(crate) fn http_date(self) -> String {
        self.date_time()
            .format("%a, %d %b %Y %H:%M:%S GMT")
            .to_string()
    }

    pub(super) fn seconds_text(self) -> String {
        self.date_time().format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    fn date_time(self) -> DateTime<Utc> {
        let seconds = i64::try_from(EPOCH_SECONDS + self.0 / TICKS_PER_SECOND).unwrap_or(i64::MAX);
        DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// JSON times: up to seven digits, trailing zeros cut (as recorded: `2026-04-01T10:48:33.51Z`).
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = self.0 % TICKS_PER_SECOND;
        let digits = format!("{fraction:07}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{}Z", self.seconds_text()),
            digits => write!(f, "{}.{digits}Z", self.seconds_text()),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_far_from_the_epoch() {
        let parse = |text: &str| Moment::parse(text).map(|moment| moment.to_string());
        let last = "9999-12-31T23:59:59.9999999Z";
        assert_eq!(parse(last).as_deref(), Some(last));
        let first = Moment::EPOCH.to_string();
        assert_eq!(parse("1066-10-14T09:00:00Z"), Some(first));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn forever_never_comes() {
        assert_eq!(
            Moment::EPOCH
                .plus(Span::millis(1000))
                .plus(Span::parse("forever").unwrap()),
            Moment::NEVER
        );
    }
}
