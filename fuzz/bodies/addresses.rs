//! Project URLs and time zones.

use chrono::{DateTime, TimeDelta};
use run_azure_pipeline::azure::ProjectAddress;
use run_azure_pipeline::build::BuildId;
use run_azure_pipeline::zone::Zone;

/// Eight bytes for a moment, and a text that is taken for everything.
pub fn check(data: &[u8]) {
    let (moment, text) = data.split_at(data.len().min(8));
    let text = String::from_utf8_lossy(text);
    let mut seconds = [0; 8];
    seconds[..moment.len()].copy_from_slice(moment);
    zone(&text, i64::from_le_bytes(seconds));
    if let Ok(address) = ProjectAddress::parse(&text) {
        project(&address, &text);
    }
}

/// Every request goes to the host that was given, below the project.
fn project(address: &ProjectAddress, text: &str) {
    assert!(!address.project().is_empty());
    let base = address.organization_url(&[], &[]);
    let origin = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
    let own = origin(base.as_str());
    assert!(
        own == format!("http://{}", address.host()) || own == format!("https://{}", address.host())
    );
    // The URL standard takes no notice of these.
    let seen = text.replace(['\t', '\n', '\r'], "");
    let seen = seen.trim_matches(|c: char| c <= ' ' || c.is_whitespace());
    let is_secure = seen.to_ascii_lowercase().starts_with("https:");
    assert_eq!(is_secure, base.scheme() == "https");
    assert!(
        base.username().is_empty() && base.password().is_none(),
        "{base}"
    );

    let below = address.url(&["_apis", text, ".."], &[("name", text), (text, "value")]);
    let start = format!("{}/", base.as_str().trim_end_matches('/'));
    assert!(below.as_str().starts_with(&start), "{below}");
    assert_eq!(below.fragment(), None);
    assert_eq!(below.query_pairs().count(), 2, "{below}");
    let page = address.run_page(BuildId(7));
    let url = page.url().as_str();
    // What could end a link is encoded in one, also where no host has it.
    assert_eq!(decoded(&origin(url)), own);
    assert!(url.ends_with("/_build/results?buildId=7"), "{page}");
    assert!(
        url.is_ascii() && !url.contains(['<', '>', '"', ' ']),
        "{page}"
    );

    let identities = address.identities_url(&["_apis"], &[]);
    let host = identities.host_str().unwrap_or_default().to_owned();
    let is_own = identities.host_str() == base.host_str();
    assert!(
        is_own || host == "vssps.dev.azure.com" || host.ends_with(".vssps.visualstudio.com"),
        "{host}"
    );
    // What begins with an underscore is a page, unless it is encoded.
    let names = url.trim_end_matches("/_build/results?buildId=7");
    if !names.contains("/_") {
        let again = ProjectAddress::parse(address.url(&[], &[]).as_str());
        assert_eq!(
            again.map(|again| again.run_page(BuildId(7))),
            Ok(page.clone())
        );
    }
}

/// Without the escapes of a URL, as far as they are ASCII.
fn decoded(url: &str) -> String {
    let mut parts = url.split('%');
    let start = parts.next().unwrap_or_default().to_owned();
    parts.fold(start, |decoded, part| {
        let (digits, rest) = part.split_at(2);
        let byte = u8::from_str_radix(digits, 16).expect("an escape");
        format!("{decoded}{}{rest}", char::from(byte))
    })
}

/// A zone is at most a day away from universal time, at every moment that there is.
fn zone(text: &str, seconds: i64) {
    let Some(zone) = Zone::parse(text) else {
        return;
    };
    let Some(time) = DateTime::from_timestamp(seconds, 0) else {
        return;
    };
    let local = zone.local(time);
    let away = (local - time.naive_utc()).abs();
    assert!(away < TimeDelta::hours(26), "{text}: {away}");
}
