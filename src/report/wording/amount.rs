//! Amounts: of time, of bytes.

use std::time::Duration;

/// `1h 02m 03s`, `2m 03s`, `4s`, `less than 1s`.
pub(in crate::report) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) if seconds < 1 => "less than 1s".to_owned(),
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest:02}s"),
        _ => format!("{hours}h {minutes:02}m {rest:02}s"),
    }
}

/// A duration, unless it is too short to be worth a word.
pub(in crate::report) fn worth_saying(took: Option<Duration>) -> Option<String> {
    took.filter(|took| took.as_secs() > 0).map(duration)
}

/// A short duration, as of a test; nothing where it is not known.
pub(in crate::report) fn milliseconds(took: Option<Duration>) -> String {
    match took {
        None => String::new(),
        Some(took) if took.as_secs() >= 10 => duration(took),
        Some(took) if took.as_secs() > 0 => {
            format!("{}.{}s", took.as_secs(), took.subsec_millis() / 100)
        }
        Some(took) => format!("{}ms", took.as_millis()),
    }
}

/// `12 bytes`, `1.5 KiB`, `2.0 MiB`.
pub(in crate::report) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        None => format!("{bytes} bytes"),
        Some((name, unit)) => {
            let tenths = bytes / (unit / 10).max(1);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let show = |milliseconds| duration(Duration::from_millis(milliseconds));
        assert_eq!(show(400), "less than 1s");
        assert_eq!(show(4_900), "4s");
        assert_eq!(show(123_000), "2m 03s");
        assert_eq!(show(3_723_000), "1h 02m 03s");
    }
}
