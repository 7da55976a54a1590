//! Values made up of bytes. Where there are no more, everything is the smallest that it can be.

use chrono::{DateTime, Utc};

/// What foreign text is made of that means harm, or something to Markdown.
const PIECES: [&str; 40] = [
    "",
    "a",
    "Build",
    "__default",
    "::error::",
    "##[error]",
    "##[group]",
    "[endgroup]",
    "\r\n",
    "\n",
    "\r",
    "\t",
    "%0A",
    "%25",
    "|",
    "\\|",
    "`",
    "```",
    "<script>",
    "</code>",
    "<!--",
    "](javascript:x)",
    "![",
    "[x](y)",
    "@octo",
    "#1",
    "GH-1",
    "https://evil.test/",
    "www.evil.test",
    "me@evil.test",
    "&lt;",
    "&#60;",
    "**",
    "_",
    "~~",
    "- ",
    "> ",
    "\u{202e}",
    "\u{1b}[31m",
    "\0",
];

/// Bytes that are used up from the front.
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// One of several.
    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()].clone()
    }

    pub(super) fn number(&mut self) -> u64 {
        match self.byte() {
            0xff => u64::MAX,
            0xfe => i64::MAX.unsigned_abs(),
            0xfd => u64::from(u32::MAX),
            small => u64::from(small),
        }
    }

    pub(super) fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.is().then(|| value(self))
    }

    /// Any moment that there is.
    pub(super) fn time(&mut self) -> DateTime<Utc> {
        match self.byte() {
            0xff => DateTime::<Utc>::MAX_UTC,
            0xfe => DateTime::<Utc>::MIN_UTC,
            seconds => {
                let seconds = i64::from(seconds) << (8 * (self.byte() % 4));
                DateTime::from_timestamp(1_772_440_020 + seconds, 0).unwrap_or_default()
            }
        }
    }

    /// A few pieces, known ones or bytes as they come.
    pub(super) fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.byte() % 6 {
            let which = self.byte();
            if usize::from(which) < PIECES.len() {
                text.push_str(PIECES[usize::from(which)]);
            } else if which == 0xff {
                text.push_str(&"|*_<`".repeat(usize::from(self.byte()) * 8));
            } else {
                let length = usize::from(which % 16).min(self.0.len());
                let (bytes, rest) = self.0.split_at(length);
                self.0 = rest;
                text.push_str(&String::from_utf8_lossy(bytes));
            }
        }
        text
    }
}
