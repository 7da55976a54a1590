//! Simulated time: spans, moments, and the clock that moves on by polls or with the wall clock.

use std::fmt;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de};

/// The service's times have a grain of 100 ns.
const TICKS_PER_SECOND: u64 = 10_000_000;
/// 2026-03-02T08:27:00Z: fixed, so that every answer is the same in every run of the tests.
const EPOCH_SECONDS: u64 = 1_772_440_020;

/// A length of simulated time, written `"500ms"`, `"3s"`, `"2m"`, `"1h"` or `"forever"`.
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

    pub(crate) fn whole_minutes(self) -> u64 {
        self.0 / (60 * TICKS_PER_SECOND)
    }

    fn parse(text: &str) -> Option<Self> {
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

/// A moment of simulated time, counted from the simulator's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) const EPOCH: Self = Self(0);
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
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

    fn seconds_text(self) -> String {
        self.date_time().format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    fn date_time(self) -> DateTime<Utc> {
        let seconds = i64::try_from(EPOCH_SECONDS + self.0 / TICKS_PER_SECOND).unwrap_or(i64::MAX);
        DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Writes moments in .NET's round-trip format with all seven digits, as in log lines. Keeps the text of the second:
/// neighbours in a log mostly share it.
#[derive(Debug, Default)]
pub(crate) struct StampWriter {
    second: Option<u64>,
    text: String,
}

impl StampWriter {
    pub(crate) fn write(&mut self, moment: Moment, bytes: &mut Vec<u8>) {
        let second = moment.0 / TICKS_PER_SECOND;
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = moment.seconds_text();
        }
        let mut fraction = *b".0000000Z";
        let mut left = moment.0 % TICKS_PER_SECOND;
        for digit in fraction[1..8].iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
            left /= 10;
        }
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.extend_from_slice(&fraction);
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

impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
                self.reached.plus(Span(ticks))
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
                let ticks = moment.0.saturating_sub(self.reached.0);
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
    fn json_times_lose_their_trailing_zeros_and_log_times_keep_seven_digits() {
        let cases = [
            ("0s", "2026-03-02T08:27:00Z", "2026-03-02T08:27:00.0000000Z"),
            (
                "510ms",
                "2026-03-02T08:27:00.51Z",
                "2026-03-02T08:27:00.5100000Z",
            ),
            (
                "24h",
                "2026-03-03T08:27:00Z",
                "2026-03-03T08:27:00.0000000Z",
            ),
        ];
        let mut stamps = StampWriter::default();
        for (text, json, log) in cases {
            let moment = Moment::EPOCH.plus(span(text));
            assert_eq!(moment.to_string(), json);
            let mut stamp = Vec::new();
            stamps.write(moment, &mut stamp);
            assert_eq!(stamp, log.as_bytes());
            assert_eq!(Moment::parse(json), Some(moment));
        }
    }

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
    fn a_span_needs_a_unit() {
        assert_eq!(Span::parse("3"), None);
        assert_eq!(Span::parse("3 s"), None);
        assert_eq!(Span::parse("3d"), None);
        assert_eq!(span("2m"), Span::millis(120_000));
    }

    #[test]
    fn forever_never_comes() {
        assert_eq!(
            Moment::EPOCH.plus(span("1s")).plus(span("forever")),
            Moment::NEVER
        );
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
