//! A line of the log, put together from our words and foreign ones.

use std::io::{self, Write};

use crate::github::log_writer::{LogWriter, Span};
use crate::untrusted::Untrusted;

pub(super) const RED: &str = "\x1b[31m";
pub(super) const GREEN: &str = "\x1b[32m";
pub(super) const YELLOW: &str = "\x1b[33m";
pub(super) const BLUE: &str = "\x1b[34m";
pub(super) const GREY: &str = "\x1b[90m";
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const RESET: &str = "\x1b[0m";

/// A line of the log. What is foreign in it is made harmless when it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Ours(&'static str),
    Foreign(Untrusted<'static>),
}

impl Line {
    /// A line that begins with our own words.
    pub(super) fn new(text: &'static str) -> Self {
        Self::default().ours(text)
    }

    /// A sentence with somebody else's words in it.
    #[must_use]
    pub fn text(sentence: String) -> Self {
        Self::default().foreign(sentence)
    }

    /// Goes on with our own words, or a colour.
    pub(super) fn ours(mut self, text: &'static str) -> Self {
        self.0.push(Piece::Ours(text));
        self
    }

    /// Goes on with somebody else's words, or with what was put together while the program ran: a number, a duration, a
    /// sentence with a name in it.
    pub(super) fn foreign<'a>(mut self, text: impl Into<Untrusted<'a>>) -> Self {
        self.0.push(Piece::Foreign(text.into().into_owned()));
        self
    }

    /// The line as it stands among a task's lines.
    pub(super) fn apart(mut self) -> Self {
        self.0.insert(0, Piece::Ours("» "));
        self
    }

    /// Goes on with another line.
    pub(super) fn line(mut self, line: Self) -> Self {
        self.0.extend(line.0);
        self
    }

    /// Writes the line.
    pub fn write<W: Write>(&self, out: &mut LogWriter<W>) -> io::Result<()> {
        let spans: Vec<Span<'_>> = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Ours(text) => Span::Ours(text),
                Piece::Foreign(text) => Span::Foreign(text.into()),
            })
            .collect();
        out.line(&spans)
    }
}
