//! A line of the log, put together from our words and foreign ones.

use std::io::{self, Write};

use crate::github::log_writer::{LogWriter, Span};

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
    Ours(String),
    Foreign(String),
}

impl Line {
    /// A line that begins with our own words.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::default().ours(text)
    }

    /// Goes on with our own words, or a colour.
    pub(super) fn ours(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Ours(text.into()));
        self
    }

    /// Goes on with somebody else's words.
    pub(super) fn foreign(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Foreign(text.into()));
        self
    }

    /// The line as it stands among a task's lines.
    pub(super) fn apart(mut self) -> Self {
        self.0.insert(0, Piece::Ours("» ".to_owned()));
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
                Piece::Foreign(text) => Span::Foreign(text),
            })
            .collect();
        out.line(&spans)
    }
}
