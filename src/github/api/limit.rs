//! How long GitHub wants to be left alone.
//!
//! GitHub Docs, "Rate limits for the REST API", "Exceeding the rate limit".

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The longest wait that is believed: the requests of an hour come back every hour.
const LONGEST: Duration = Duration::from_hours(1);

/// How long to wait where GitHub says that a limit was exceeded, and nothing more.
pub(super) const SECONDARY: Duration = Duration::from_mins(1);

/// What the headers of an answer ask for: `Retry-After`; else, with no request left, until there are
/// new ones. Successful answers say so, too.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name| text(name)?.parse::<u32>().ok();
    let asked = number(RETRY_AFTER.as_str()).map(|seconds| Duration::from_secs(seconds.into()));
    let is_used_up = number("x-ratelimit-remaining") == Some(0);
    let reset = || {
        // By GitHub's own clock.
        let now = DateTime::parse_from_rfc2822(text(DATE.as_str())?).ok()?;
        let reset = number("x-ratelimit-reset")?;
        let reset = DateTime::from_timestamp(reset.into(), 0)?;
        // A moment more, because the header has no fractions.
        let left = reset.signed_duration_since(now).to_std();
        Some(left.unwrap_or_default() + Duration::from_secs(1))
    };
    let used_up = || is_used_up.then(|| reset().unwrap_or(SECONDARY));
    Some(asked.or_else(used_up)?.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn every_way_of_asking_is_understood() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            });
            wait(&pairs.collect()).map(|wait| wait.as_secs())
        };
        let date = ("date", "Mon, 02 Mar 2026 08:27:00 GMT");
        let reset = ("x-ratelimit-reset", "1772440050");
        let (none, some) = (
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-remaining", "7"),
        );
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[date, reset, some]), None);
        assert_eq!(asked(&[date, reset, none]), Some(31));
        assert_eq!(asked(&[date, reset, none, ("retry-after", "60")]), Some(60));
        assert_eq!(asked(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked(&[("retry-after", "4000000000")]), Some(3_600));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[none]), Some(60));
        let past = ("x-ratelimit-reset", "1772440000");
        assert_eq!(asked(&[date, past, none]), Some(1));
    }
}
