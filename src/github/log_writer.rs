//! The one writer of the step's log.
//!
//! Whatever a step prints is searched for commands, on stdout and on stderr, so [`LogWriter`] is
//! the only thing that may write to either: a [`Command`] is written as a command, everything else
//! is made harmless first.

use std::io::{self, Write};

use super::command::Command;
use crate::secret::{NewSecrets, Secret};
use crate::untrusted::{Untrusted, sanitize_line};

/// Bytes collected before they are written without being asked.
const BUFFER: usize = 64 * 1024;

/// The step's log: the owner of stdout.
///
/// Text is collected in whole lines and written in one piece, so that no half line ever stands
/// before a command. Nothing is written when it is made or dropped: masks come first, then a line
/// of ours (the runner strips a byte order mark from the start of the stream), and
/// [`flush`](Self::flush) comes last. After an error the text that could not be written is gone; a
/// closed pipe is an error like any other.
#[derive(Debug)]
pub struct LogWriter<W: Write> {
    writer: W,
    buffer: String,
    scratch: String,
    new_secrets: NewSecrets,
}

impl<W: Write> LogWriter<W> {
    /// A log that goes to `writer`, which should not buffer by itself.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            buffer: String::new(),
            scratch: String::new(),
            new_secrets: NewSecrets::default(),
        }
    }

    /// Where secrets are put that are obtained on the way. They are masked before anything else is
    /// written.
    #[must_use]
    pub fn new_secrets(&self) -> NewSecrets {
        self.new_secrets.clone()
    }

    /// Writes a command. A mask of too short a secret is left out.
    pub fn command(&mut self, command: &Command<'_>) -> io::Result<()> {
        self.mask_new();
        command.render(&mut self.buffer);
        self.flush_if_full()
    }

    /// Writes foreign text, made safe, each of its lines as a line. Colours stay.
    pub fn text<'a>(&mut self, text: impl Into<Untrusted<'a>>) -> io::Result<()> {
        self.mask_new();
        text.into().push_lines(&mut self.buffer);
        self.flush_if_full()
    }

    /// Writes one line of our own words around foreign ones. The line as a whole is made safe, so
    /// that the pieces cannot make a command together.
    pub fn line(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        self.mask_new();
        self.scratch.clear();
        for span in spans {
            match span {
                Span::Ours(text) => self.scratch.push_str(text),
                Span::Foreign(text) => text.push_span(&mut self.scratch),
            }
        }
        sanitize_line(&self.scratch, &mut self.buffer);
        self.buffer.push('\n');
        self.flush_if_full()
    }

    /// Writes what has been collected, in one piece.
    pub fn flush(&mut self) -> io::Result<()> {
        self.mask_new();
        let written = self.writer.write_all(self.buffer.as_bytes());
        self.buffer.clear();
        // One huge line must not keep its memory.
        self.buffer.shrink_to(2 * BUFFER);
        written?;
        self.writer.flush()
    }

    fn mask_new(&mut self) {
        if self.new_secrets.is_empty() {
            return;
        }
        for mask in self.new_secrets.take().iter().flat_map(Secret::masks) {
            Command::AddMask((&mask).into()).render(&mut self.buffer);
        }
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() < BUFFER {
            return Ok(());
        }
        self.flush()
    }
}

/// A piece of a line that is put together from our words and other people's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span<'a> {
    /// Our own words and colours, without line ends.
    Ours(&'static str),
    /// Anything else. Loses its escape sequences and control characters; its line ends become
    /// spaces.
    Foreign(Untrusted<'a>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(spans: &[Span<'_>]) -> String {
        let mut bytes = Vec::new();
        let mut log = LogWriter::new(&mut bytes);
        log.line(spans).unwrap();
        log.flush().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_new_secret_is_masked_before_anything_else_is_written() {
        type Say = fn(&mut LogWriter<&mut Vec<u8>>);
        let ways: [Say; 4] = [
            |log| log.text("the token").unwrap(),
            |log| log.line(&[Span::Foreign("the token".into())]).unwrap(),
            |log| log.command(&Command::Group("the token".into())).unwrap(),
            |log| log.flush().unwrap(),
        ];
        for say in ways {
            let mut bytes = Vec::new();
            let mut log = LogWriter::new(&mut bytes);
            log.new_secrets().add(Secret::new("token"));
            say(&mut log);
            log.flush().unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with("::add-mask::token\n"), "{text}");
            let masks = text.matches("::add-mask::token\n").count();
            assert_eq!(masks, 1, "{text}");
        }
    }

    #[test]
    fn our_words_around_foreign_ones() {
        let (red, off) = (Span::Ours("\x1b[31m"), Span::Ours("\x1b[0m"));
        assert_eq!(
            line(&[red.clone(), Span::Foreign("a\nb\x1b[1m".into()), off]),
            "\x1b[31ma b\x1b[0m\n"
        );
        assert_eq!(
            line(&[Span::Ours("##"), Span::Foreign("[error]x".into())]),
            "##[\\error]x\n"
        );
        assert_eq!(
            line(&[red, Span::Foreign("::error::x".into())]),
            "\x1b[31m\\::error::x\n"
        );
        assert_eq!(
            line(&[Span::Ours(":"), Span::Foreign(":error::x".into())]),
            "\\::error::x\n"
        );
        assert_eq!(
            line(&[Span::Foreign("[gro".into()), Span::Foreign("up]".into())]),
            "[\\group]\n"
        );
        assert_eq!(line(&[]), "\n");
    }

    #[test]
    fn text_is_written_in_whole_lines() {
        struct Chunks(Vec<Vec<u8>>);
        impl Write for Chunks {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut log = LogWriter::new(Chunks(Vec::new()));
        for _ in 0..3 * BUFFER / 10 {
            log.text("123456789").unwrap();
        }
        log.flush().unwrap();
        let chunks = log.writer.0;
        assert!(chunks.len() > 2);
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk.is_empty() || chunk.ends_with(b"\n"))
        );
    }

    #[test]
    fn a_closed_pipe_is_an_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut log = LogWriter::new(Closed);
        log.text("x").unwrap();
        assert_eq!(log.flush().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        log.flush().unwrap_or_default();
    }
}
