//! Foreign text in Markdown.

use std::fmt::Write;

use crate::github::escapes::without_escapes;

/// `text` so that it stands for itself within a line: every punctuation character becomes an
/// entity, which never forms Markdown or HTML, line ends become spaces, and terminal colours vanish.
pub(super) fn inline(text: &str) -> String {
    without_escapes(text)
        .chars()
        .fold(String::with_capacity(text.len()), |mut out, character| {
            match character {
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
                // GitHub makes a link of what follows.
                '.' if ends_with_www(&out) => out.push_str("&#46;"),
                _ if is_hidden(character) => out.push('\u{fffd}'),
                _ if character.is_ascii_punctuation()
                    && !matches!(character, '.' | ',' | '/' | '\'' | '(' | ')') =>
                {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "&#{};", u32::from(character));
                }
                _ => out.push(character),
            }
            out
        })
}

/// `text` as code within a line.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", inline(text))
}

/// A link to a page of ours, whose URL was built here.
pub(super) fn link(text: &str, url: &str) -> String {
    format!("[{}](<{url}>)", inline(text))
}

fn ends_with_www(text: &str) -> bool {
    text.len() >= 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// Control characters, and those that change the direction of the text around them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(code("a`b"), "<code>a&#96;b</code>");
        assert_eq!(inline("see WWW.evil.example"), "see WWW&#46;evil.example");
        assert_eq!(inline("\x1b[31mred\x1b[0m"), "red");
    }
}
