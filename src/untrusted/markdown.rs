//! Markdown: for the summary, check runs and comments.

use std::fmt::Write;

use super::escapes::{turns_direction, without_escapes};
use super::{Link, Masks, Untrusted};

/// Markdown as GitHub reads it, put together from literals of ours and from untrusted text that stands for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on with Markdown of ours.
    #[must_use]
    pub fn ours(mut self, markdown: &'static str) -> Self {
        self.0.push_str(markdown);
        self
    }

    /// Goes on with text within a line.
    #[must_use]
    pub fn text<'a>(mut self, text: impl Into<Untrusted<'a>>) -> Self {
        push_inline(&text.into(), &mut self.0);
        self
    }

    /// Goes on with code within a line.
    #[must_use]
    pub fn code<'a>(self, text: impl Into<Untrusted<'a>>) -> Self {
        self.ours("<code>").text(text).ours("</code>")
    }

    /// Goes on with lines of code, which stand apart.
    #[must_use]
    pub fn block<'a>(mut self, text: impl Into<Untrusted<'a>>) -> Self {
        push_block(&text.into(), &mut self.0);
        self
    }

    /// Goes on with a name in a chart, where anything but letters, digits and a few marks could end it.
    #[must_use]
    pub fn label<'a>(mut self, text: impl Into<Untrusted<'a>>) -> Self {
        push_label(&text.into(), &mut self.0);
        self
    }

    /// Goes on with a link.
    #[must_use]
    pub fn link<'a>(self, text: impl Into<Untrusted<'a>>, link: &Link) -> Self {
        let mut linked = self.ours("[").text(text).ours("](<");
        linked.0.push_str(link.as_str());
        linked.ours(">)")
    }

    /// Goes on with a number.
    #[must_use]
    pub fn count(mut self, number: usize) -> Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// Goes on with other Markdown.
    #[must_use]
    pub fn markdown(mut self, markdown: &Self) -> Self {
        self.0.push_str(&markdown.0);
        self
    }

    /// The same without what is secret: no runner reads what is sent to GitHub's API.
    #[must_use]
    pub fn masked(&self, masks: &Masks) -> Self {
        Self(masks.mask(&self.0))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The Markdown, for the one place that hands it to GitHub.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Every punctuation character becomes an entity, which never forms Markdown or HTML, line ends become blanks, and
/// terminal colours vanish, as do blanks around the text, which would keep the marks beside it from being ones.
fn push_inline(text: &Untrusted<'_>, out: &mut String) {
    let start = out.len();
    for character in without_escapes(&text.0).trim().chars() {
        match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            // GitHub makes a link of what follows.
            '.' if ends_with_www(&out[start..]) => out.push_str("&#46;"),
            _ if is_hidden(character) => out.push('\u{fffd}'),
            _ if character.is_ascii_punctuation()
                && !matches!(character, '.' | ',' | '/' | '\'' | '(' | ')') =>
            {
                // Writing to a String cannot fail.
                let _ = write!(out, "&#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
}

/// A fence that is longer than any run of backticks in the text.
fn push_block(text: &Untrusted<'_>, out: &mut String) {
    let text = without_escapes(&text.0);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&fence);
    for line in text.lines().flat_map(|line| line.split('\r')) {
        out.push('\n');
        let shown = |c| {
            if c != '\t' && is_hidden(c) {
                '\u{fffd}'
            } else {
                c
            }
        };
        out.extend(line.chars().map(shown));
    }
    out.push('\n');
    out.push_str(&fence);
    out.push('\n');
}

/// Mermaid's grammar of charts has no escapes: what is not plain becomes a blank, several blanks become one.
fn push_label(text: &Untrusted<'_>, out: &mut String) {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '(' | ')');
    let text = without_escapes(&text.0);
    let mut words = text.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    out.extend(words.next());
    for word in words {
        out.push(' ');
        out.push_str(word);
    }
}

fn ends_with_www(text: &str) -> bool {
    text.len() >= 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// Control characters, those that change the direction of the text around them, and marks of a direction.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || turns_direction(character)
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(text: &str) -> String {
        Markdown::new().text(text).0
    }

    #[test]
    fn nothing_foreign_becomes_markdown_or_html() {
        let text = inline("a|b\n<script>[x](javascript:y) `z` *b* @me #1 \u{202e}\u{1}");
        assert!(
            !text.contains([
                '|', '<', '>', '[', ']', '`', '*', '@', '\n', '\u{202e}', '\u{1}'
            ]),
            "{text}"
        );
        assert_eq!(inline("src/a.rs, it's (fine)."), "src/a.rs, it's (fine).");
        assert_eq!(Markdown::new().code("a`b").as_str(), "<code>a&#96;b</code>");
        assert_eq!(inline("see WWW.evil.example"), "see WWW&#46;evil.example");
        assert_eq!(inline("\x1b[31mred\x1b[0m"), "red");
        assert_eq!(inline(" \x1b[31m \u{a0}red\u{2028}\n"), "red");
    }

    #[test]
    fn a_label_has_nothing_that_a_chart_could_read() {
        let label = |text: &str| Markdown::new().label(text).0;
        assert_eq!(label("Linux (x64)/2-1"), "Linux (x64)/2-1");
        assert_eq!(
            label("a: crit, 1s;%%{init}%%\n```\n<b>#quot;"),
            "a crit 1s init b quot"
        );
        assert_eq!(label("\u{202e}é ::: "), "é");
    }

    #[test]
    fn a_link_leads_where_we_say() {
        let page = Link::literal("https://example.com/?id=1");
        let link = Markdown::new().ours("- ").link("x](y)", &page);
        assert_eq!(link.as_str(), "- [x&#93;(y)](<https://example.com/?id=1>)");
    }

    #[test]
    fn nothing_ends_a_block_but_its_fence() {
        let block = |text: &str| Markdown::new().ours("a").block(text).0;
        assert_eq!(block("x"), "a\n```\nx\n```\n");
        assert_eq!(
            block("```\n\ry `````\r\n"),
            "a\n``````\n```\n\ny `````\n``````\n"
        );
        assert_eq!(block("\tz\0\u{202e}"), "a\n```\n\tz\u{fffd}\n```\n");
    }
}
