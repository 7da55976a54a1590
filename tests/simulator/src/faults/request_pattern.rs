//! Which requests a fault is for.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// `GET builds/*/logs/*`: a method, or `*`, and a pattern of the path.
#[derive(Clone, Debug)]
pub(super) struct RequestPattern {
    /// As it was written.
    text: String,
    method: String,
    path: String,
}

impl RequestPattern {
    fn parse(text: String) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        Some(Self {
            method: method.to_ascii_uppercase(),
            path: path.trim().to_ascii_lowercase(),
            text,
        })
    }

    /// A pattern that begins with `/` is for the whole path, any other for what follows `_apis/build/` or
    /// `_apis/`. `*` stands for anything within a segment, `**` for anything.
    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let path = path.to_ascii_lowercase();
        if self.path.starts_with('/') {
            return glob(&self.path, &path);
        }
        let after = |mark: &str| {
            path.split_once(mark)
                .is_some_and(|(_, rest)| glob(&self.path, rest))
        };
        after("/_apis/build/") || after("/_apis/")
    }
}

impl<'de> Deserialize<'de> for RequestPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let problem = format!("`{text}` is no method and pattern like \"GET builds/*\"");
        Self::parse(text).ok_or_else(|| de::Error::custom(problem))
    }
}

impl fmt::Display for RequestPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `*` matches within a segment, `**` across segments.
fn glob(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=text.len()).any(|at| text.get(at..).is_some_and(|tail| glob(rest, tail)));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let end = text.find('/').unwrap_or(text.len());
        return (0..=end).any(|at| text.get(at..).is_some_and(|tail| glob(rest, tail)));
    }
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    match (pattern.next(), text.next()) {
        (None, None) => true,
        (Some(a), Some(b)) if a == b => glob(pattern.as_str(), text.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_segment() {
        assert!(glob("builds/*/logs/*", "builds/1/logs/22"));
        assert!(!glob("builds/*", "builds/1/logs"));
        assert!(glob("builds/**", "builds/1/logs"));
        assert!(glob("*", ""));
        assert!(!glob("builds", "builds/1"));
    }
}
