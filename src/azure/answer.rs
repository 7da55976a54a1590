//! What an answer says of itself, whatever it answers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, Url};

/// Headers of which each of the service's own answers has at least one, also those of the web server
/// in front of it. What comes without is a proxy's, a gateway's or another server's.
const OWN_HEADERS: [&str; 4] = [
    "x-tfs-processid",
    "activityid",
    "x-vss-e2eid",
    "x-tfs-session",
];

/// Whether the service itself has answered.
pub(super) fn is_own(headers: &HeaderMap) -> bool {
    OWN_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// The content type without its parameters, in lower case.
pub(super) fn content_type(response: &Response) -> Option<String> {
    let value = text(response.headers(), CONTENT_TYPE.as_str())?;
    let kind = value.split(';').next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase())
}

/// Where a redirect leads. It is only looked at, never followed.
pub(super) fn location(response: &Response) -> Option<Url> {
    let target = text(response.headers(), LOCATION.as_str())?;
    response.url().join(target).ok()
}

/// How long the service asks to wait: `Retry-After`; else, with nothing left to use, until the
/// window resets; at least as long as it held this request back ("Rate and usage limits").
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| text(headers, name).map(str::trim);
    let number = |name| text(name)?.parse().ok();
    let seconds = |name| Duration::try_from_secs_f64(number(name)?).ok();
    let reset = || {
        let now = date(headers)?;
        let reset = DateTime::from_timestamp(text("x-ratelimit-reset")?.parse().ok()?, 0)?;
        (reset - now).to_std().ok()
    };
    let is_used_up = number("x-ratelimit-remaining").is_some_and(|left| left <= 0.0);
    let asked = seconds(RETRY_AFTER.as_str()).or_else(|| reset().filter(|_| is_used_up));
    asked.max(seconds("x-ratelimit-delay"))
}

/// The moment of the answer, by the service's clock.
pub(super) fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(text(headers, DATE.as_str())?).ok()?;
    Some(date.with_timezone(&Utc))
}

/// A header that is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Some answers begin with a byte order mark.
pub(super) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::headers;
    use super::*;

    #[test]
    fn every_way_of_asking_for_patience_is_understood() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            retry_after(&headers(pairs)).map(|asked| asked.as_millis())
        };
        let date = ("date", "Mon, 02 Mar 2026 08:27:00 GMT");
        let reset = ("x-ratelimit-reset", "1772440050");
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("retry-after", " 7 ")]), Some(7_000));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(
            asked(&[("retry-after", "1"), ("x-ratelimit-delay", "2.5")]),
            Some(2_500)
        );
        assert_eq!(
            asked(&[date, reset, ("x-ratelimit-remaining", "0")]),
            Some(30_000)
        );
        assert_eq!(asked(&[date, reset, ("x-ratelimit-remaining", "5")]), None);
        assert_eq!(asked(&[reset, ("x-ratelimit-remaining", "0")]), None);
    }
}
