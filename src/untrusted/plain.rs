//! Text that GitHub shows as it is: in commit statuses, titles of check runs, their annotations.

use super::escapes::{turns_direction, without_escapes};
use super::{Masks, Untrusted};

/// Text without markup, of a limited length, that cannot turn what stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plain(String);

impl Plain {
    /// One line of at most so many characters; a cut shows as an ellipsis.
    #[must_use]
    pub fn line<'a>(text: impl Into<Untrusted<'a>>, longest: usize) -> Self {
        Self::made(&text.into(), longest, false)
    }

    /// The same, in which line ends stay.
    #[must_use]
    pub fn lines<'a>(text: impl Into<Untrusted<'a>>, longest: usize) -> Self {
        Self::made(&text.into(), longest, true)
    }

    fn made(text: &Untrusted<'_>, longest: usize, keeps_lines: bool) -> Self {
        let text = without_escapes(&text.0);
        let shown = |character| match character {
            '\n' if keeps_lines => '\n',
            _ if turns_direction(character) => '\u{fffd}',
            '\u{2028}' | '\u{2029}' => ' ',
            _ if character.is_control() => ' ',
            _ => character,
        };
        let mut characters = text.trim().chars().map(shown);
        let mut out: String = characters.by_ref().take(longest).collect();
        if characters.next().is_some() {
            out.pop();
            out.push('…');
        }
        Self(out)
    }

    /// The same without what is secret.
    #[must_use]
    pub fn masked(&self, masks: &Masks) -> Self {
        Self(masks.mask(&self.0))
    }

    /// The text, for the one place that hands it to GitHub.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_and_has_its_length() {
        let line = |text: &str| Plain::line(text, 5).0;
        assert_eq!(line(" abcde\n"), "abcde");
        assert_eq!(line("abcdef"), "abcd…");
        assert_eq!(line("äöüßéa"), "äöüß…");
        assert_eq!(line("a\r\nb\u{202e}"), "a  b\u{fffd}");
        assert_eq!(line("\x1b[31mred\x1b[0m\0"), "red");
        assert_eq!(Plain::lines("a\nb\tc", 9).0, "a\nb c");
    }
}
