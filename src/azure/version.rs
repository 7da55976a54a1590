//! Api-versions: what is asked for, and what an older server offers instead.

use std::fmt;

/// An api-version without `-preview`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(pub(super) u32, pub(super) u32);

/// The newest that is asked for. An older server says which one it has, and that one is used from
/// then on.
pub(super) const NEWEST: ApiVersion = ApiVersion(7, 1);

/// The oldest that is: every server since Server 2019 has it.
pub(super) const OLDEST: ApiVersion = ApiVersion(5, 0);

impl ApiVersion {
    /// Reads `7.1`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// The version that a server names which finds `asked` too new: the last number in its sentence
/// ("The latest REST API version this server supports is 5.0."), which may be in any language. Where
/// it names none, the one that every server has.
pub(super) fn offered(message: &str, asked: ApiVersion) -> ApiVersion {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let words = message.split(|c| !is_of_number(c));
    let numbers = words.filter_map(|word| ApiVersion::parse(word.trim_matches('.')));
    let mut older = numbers.filter(|number| *number < asked && *number >= OLDEST);
    older.next_back().unwrap_or(OLDEST)
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(ApiVersion(7, 0) > ApiVersion(6, 1));
        assert!(ApiVersion(10, 0) > NEWEST);
        assert_eq!(ApiVersion::parse("5.0"), Some(OLDEST));
        assert_eq!(OLDEST.to_string(), "5.0");
        assert_eq!(ApiVersion::parse("7"), None);
    }

    #[test]
    fn an_older_server_names_its_newest_version_in_its_own_language() {
        for (message, expected) in [
            (
                "The requested REST API version of 7.1 is out of range for this server. The latest REST API version \
                 this server supports is 6.0.",
                ApiVersion(6, 0),
            ),
            (
                "Die angeforderte Version 7.1 der REST-API wird von diesem Server nicht angeboten. Die neueste ist 5.1.",
                ApiVersion(5, 1),
            ),
            (
                "7.1は範囲外です。最新のバージョンは7.0です。",
                ApiVersion(7, 0),
            ),
            ("no version here", OLDEST),
            ("7.1 is out of range for 10.0.3.17, 7.2 and 4.1", OLDEST),
            ("", OLDEST),
        ] {
            assert_eq!(offered(message, NEWEST), expected, "{message}");
        }
    }
}
