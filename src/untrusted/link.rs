//! URLs that were built here.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use super::Untrusted;

/// What could end a link, or the cell of a table, in Markdown, and what a URL leaves as it is nevertheless.
const ENDS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'|')
    .add(b'`')
    .add(b'\\');

/// Everything but letters, digits and `-._~` is encoded in a part of a URL, so that a blank is `%20` also in a query.
pub(crate) const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A URL that was built here: it begins with a literal or with the project's address from the inputs, and whatever else
/// is in it is encoded. One that somebody else has sent cannot become a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// A page that is known beforehand.
    #[must_use]
    pub fn literal(url: &'static str) -> Self {
        Self(url.to_owned())
    }

    /// A page below the project's address.
    #[must_use]
    pub fn page(url: &Url) -> Self {
        Self(utf8_percent_encode(url.as_str(), ENDS).to_string())
    }

    /// The same page with one more pair in its query, which must not be empty.
    #[must_use]
    pub fn with<'a>(&self, name: &'static str, value: impl Into<Untrusted<'a>>) -> Self {
        let value = value.into();
        let value = utf8_percent_encode(&value.0, PART);
        Self(format!("{}&{name}={value}", self.0))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Harmless in every place.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_parts_are_encoded() {
        let page = Link::literal("https://example.com/?a=1");
        assert_eq!(
            page.with("j", "b)<\n2&x=%é").as_str(),
            "https://example.com/?a=1&j=b%29%3C%0A2%26x%3D%25%C3%A9"
        );
    }

    #[test]
    fn an_address_cannot_end_a_link_or_a_cell() {
        let url = "http://[::1]:80/a|b\"`<c>\\d e/(f)?g=|`<>\\ h"
            .parse()
            .unwrap();
        let link = Link::page(&url).to_string();
        assert!(
            !link.contains(['|', '`', '<', '>', '\\', ' ', '"']),
            "{link}"
        );
        assert!(link.starts_with("http://[::1]/a%7Cb"), "{link}");
    }
}
