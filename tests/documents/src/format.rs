//! The formats of texts: `date-time`, `uuid` and lists.

use chrono::DateTime;

/// What is wrong with `text` as `format`, if anything is.
pub(crate) fn problem(format: &str, text: &str) -> Option<&'static str> {
    match format {
        "date-time" if !is_time(text) => Some("is not a time"),
        "uuid" if !is_uuid(text) => Some("is not a GUID"),
        "int32" if text.parse::<i32>().is_err() => Some("is not a 32-bit integer"),
        "int64" if text.parse::<i64>().is_err() => Some("is not a 64-bit integer"),
        "array (int32)"
            if text
                .split(',')
                .any(|item| item.trim().parse::<i32>().is_err()) =>
        {
            Some("is not a list of integers")
        }
        _ => None,
    }
}

/// RFC 3339; the service writes at most 7 fractional digits and no trailing zeros.
pub(crate) fn is_time(text: &str) -> bool {
    let fraction = text.split_once('.').and_then(|(_, rest)| {
        let mut parts = rest.split(|c: char| !c.is_ascii_digit());
        parts.next()
    });
    DateTime::parse_from_rfc3339(text).is_ok()
        && fraction.is_none_or(|digits| digits.len() <= 7 && !digits.ends_with('0'))
}

pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_that_the_service_writes() {
        for good in [
            "2026-04-01T10:48:33Z",
            "2026-04-01T10:48:33.51Z",
            "2026-04-01T10:48:33.1234567Z",
            "2026-04-01T10:48:33+00:00",
            "2026-04-01T10:48:33.51+00:00",
        ] {
            assert_eq!(problem("date-time", good), None, "{good}");
        }
        for bad in [
            "2026-04-01T10:48:33",
            "2026-04-01T10:48:33.510Z",
            "2026-04-01T10:48:33.510+00:00",
            "2026-04-01T10:48:33.12345678Z",
            "yesterday",
        ] {
            assert!(problem("date-time", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn numbers_and_guids_are_checked() {
        assert_eq!(
            problem("uuid", "96ac2280-8cb4-5df5-99de-dd2da759617d"),
            None
        );
        assert!(problem("uuid", "96ac2280").is_some());
        assert_eq!(problem("array (int32)", "1, 2"), None);
        assert!(problem("array (int32)", "1,x").is_some());
        assert!(problem("int32", "3000000000").is_some());
        assert_eq!(problem("int64", "3000000000"), None);
    }
}
