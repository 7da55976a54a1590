//! Workflow commands as types, and the one writer of the step's log.
//!
//! Whatever a step prints is searched for commands, on stdout and on stderr, so [`LogWriter`] is the only thing that may
//! write to either: a [`Command`] is written as a command, everything else is made harmless first. Escapes are those
//! of actions/toolkit, `packages/core/src/command.ts`.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::github::sanitize::{sanitize_line, sanitize_text, split_lines};

/// Longest annotation message in UTF-16 units. The runner cuts at 4,096 (runner: `ExecutionContext.cs`).
pub const MESSAGE_LIMIT: usize = 4_000;

/// Longest annotation title in UTF-16 units. GitHub takes 255 (REST API, check runs, `annotations`).
pub const TITLE_LIMIT: usize = 250;

/// Shortest secret, in characters, that is masked: a shorter one would blot out half of the log.
pub const SHORTEST_MASK: usize = 3;

/// Bytes collected before they are written without being asked.
const BUFFER: usize = 64 * 1024;

/// A workflow command (GitHub Docs, "Workflow commands for GitHub Actions").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// Hide this value from here on; see [`LogWriter::mask`].
    AddMask(&'a str),
    /// Open a group with this title. GitHub closes the group before it: they do not nest.
    Group(&'a str),
    /// Close the open group.
    EndGroup,
    /// Text for people who have turned on step debugging.
    Debug(&'a str),
    /// An annotation of the lowest level.
    Notice(Annotation),
    /// A warning annotation.
    Warning(Annotation),
    /// An error annotation. Does not fail the step; the exit code does.
    Error(Annotation),
}

/// What GitHub shows beside the code or on the run's page. Any text may be put in: it is cleaned when it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// The message. Cut at [`MESSAGE_LIMIT`].
    pub message: String,
    /// A title instead of GitHub's own. Cut at [`TITLE_LIMIT`].
    pub title: Option<String>,
    /// Path of the file, relative to the repository's root; any other path is left out.
    pub file: Option<String>,
    /// First line, counted from 1. Zero is left out, here and below.
    pub line: Option<u32>,
    /// Last line, from [`line`](Self::line) on.
    pub end_line: Option<u32>,
    /// First column, counted from 1; only if one line is meant.
    pub column: Option<u32>,
    /// Last column, from [`column`](Self::column) on.
    pub end_column: Option<u32>,
}

/// A piece of a line that is put together from our words and other people's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span<'a> {
    /// Our own words and colours.
    Ours(&'a str),
    /// Anything else. Loses its escape sequences and control characters; its line ends become spaces.
    Foreign(&'a str),
}

/// The step's log: the owner of stdout.
///
/// Text is collected in whole lines and written in one piece, so that no half line ever stands before a command.
/// Nothing is written when it is made or dropped: masks come first, then a line of ours (the runner strips a byte order
/// mark from the start of the stream), and [`flush`](Self::flush) comes last. After an error the text that could not be
/// written is gone; a closed pipe is an error like any other.
#[derive(Debug)]
pub struct LogWriter<W: Write> {
    writer: W,
    buffer: String,
    scratch: String,
}

impl<W: Write> LogWriter<W> {
    /// A log that goes to `writer`, which should not buffer by itself.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            buffer: String::new(),
            scratch: String::new(),
        }
    }

    /// Writes a command. One that says nothing (an empty mask, an empty debug text) is left out.
    pub fn command(&mut self, command: &Command<'_>) -> io::Result<()> {
        match command {
            Command::AddMask(secret) => return self.mask(secret).map(drop),
            Command::Group(title) => {
                let title = heading(title);
                self.push_command("group", "", &title);
            }
            Command::EndGroup => self.push_command("endgroup", "", ""),
            Command::Debug(text) => {
                for line in split_lines(text) {
                    let line = standing(one_line(line));
                    self.push_command("debug", "", &line);
                }
            }
            Command::Notice(annotation) => self.push_annotation("notice", annotation),
            Command::Warning(annotation) => self.push_annotation("warning", annotation),
            Command::Error(annotation) => self.push_annotation("error", annotation),
        }
        self.flush_if_full()
    }

    /// Hides `secret` in everything that is written from here on; says whether there was anything to hide.
    ///
    /// Each of its lines is masked, and the whole where no line is too short: the runner masks every line of a value
    /// however short (runner: `ActionCommandManager.cs`), act the whole only. Lines of less than [`SHORTEST_MASK`]
    /// characters are not masked. act does not understand a secret with `]` in it that has `::` too, or a colon in front.
    pub fn mask(&mut self, secret: &str) -> io::Result<bool> {
        let masks = masks(secret);
        for mask in &masks {
            // act ends a command at the last `::` and would print the secret as an unknown command; it reads the
            // older form, as the runner does.
            if (mask.starts_with(':') || mask.contains("::")) && !mask.contains(']') {
                self.buffer.push_str("##[add-mask]");
                push_data(mask, &mut self.buffer);
                self.buffer.push('\n');
            } else {
                self.push_command("add-mask", "", mask);
            }
        }
        self.flush_if_full()?;
        Ok(!masks.is_empty())
    }

    /// Writes foreign text, made safe, each of its lines as a line. Colours stay.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        sanitize_text(text, &mut self.buffer);
        self.flush_if_full()
    }

    /// Writes one line of our own words around foreign ones. The line as a whole is made safe, so that the pieces
    /// cannot make a command together.
    pub fn line(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        self.scratch.clear();
        for span in spans {
            match span {
                Span::Ours(text) => push_on_one_line(text, &mut self.scratch),
                Span::Foreign(text) => push_on_one_line(&without_escapes(text), &mut self.scratch),
            }
        }
        sanitize_line(&self.scratch, &mut self.buffer);
        self.buffer.push('\n');
        self.flush_if_full()
    }

    /// Writes what has been collected, in one piece.
    pub fn flush(&mut self) -> io::Result<()> {
        let written = self.writer.write_all(self.buffer.as_bytes());
        self.buffer.clear();
        // One huge line must not keep its memory.
        self.buffer.shrink_to(2 * BUFFER);
        written?;
        self.writer.flush()
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() < BUFFER {
            return Ok(());
        }
        self.flush()
    }

    fn push_annotation(&mut self, level: &str, annotation: &Annotation) {
        let message = standing(several_lines(&annotation.message));
        self.push_command(level, &properties(annotation), &message);
    }

    /// `properties` are already escaped, as is everything in `name`.
    fn push_command(&mut self, name: &str, properties: &str, data: &str) {
        let blank = if properties.is_empty() { "" } else { " " };
        self.buffer.push_str("::");
        for part in [name, blank, properties, "::"] {
            self.buffer.push_str(part);
        }
        push_data(data, &mut self.buffer);
        self.buffer.push('\n');
    }
}

fn push_data(data: &str, out: &mut String) {
    for character in data.chars() {
        match character {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            _ => out.push(character),
        }
    }
}

fn escape_property(value: &str) -> String {
    let mut data = String::new();
    push_data(value, &mut data);
    data.replace(':', "%3A").replace(',', "%2C")
}

/// The properties that GitHub will keep (runner: `IssueCommandExtension.ValidateLinesAndColumns`).
fn properties(annotation: &Annotation) -> String {
    let at_least = |least: u32, number: Option<u32>| number.filter(|&number| number >= least);
    let line = at_least(1, annotation.line);
    let end_line = line.and_then(|line| at_least(line, annotation.end_line));
    let is_one_line = line.is_some() && end_line.is_none_or(|end| Some(end) == line);
    let column = at_least(1, annotation.column).filter(|_| is_one_line);
    let end_column = column.and_then(|column| at_least(column, annotation.end_column));
    let file = annotation
        .file
        .as_deref()
        .filter(|file| is_in_repository(file));
    let title = annotation
        .title
        .as_deref()
        .map(|title| cut(&heading(title), TITLE_LIMIT));

    let mut out = String::new();
    let mut push = |name: &str, value: &str| {
        let comma = if out.is_empty() { "" } else { "," };
        let _ = write!(out, "{comma}{name}={}", escape_property(value));
    };
    if let Some(file) = file {
        push("file", file);
    }
    for (name, number) in [
        ("line", line),
        ("endLine", end_line),
        ("col", column),
        ("endColumn", end_column),
    ] {
        if let Some(number) = number {
            push(name, &number.to_string());
        }
    }
    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
        push("title", &title);
    }
    // A mark that binds to what follows would hide the `::`, as in `standing`, and a blank would be trimmed; an empty
    // property is ignored.
    let is_firm = |last: char| stands_alone(last) && !last.is_whitespace();
    if !out.chars().next_back().is_none_or(is_firm) {
        out.push(',');
    }
    out
}

/// Whether a path is relative and stays below the directory it starts from, on Windows' terms too.
fn is_in_repository(file: &str) -> bool {
    let has_drive = file.as_bytes().get(1) == Some(&b':');
    !file.trim().is_empty()
        && !has_drive
        && !file.starts_with(['/', '\\'])
        && !file.split(['/', '\\']).any(|part| part == "..")
        && !file.chars().any(char::is_control)
}

/// Text for a title: one line, and no `#[`, because the runner prints a title behind `##[group]`.
fn heading(text: &str) -> String {
    standing(one_line(&without_escapes(text).replace("#[", "# [")))
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    push_on_one_line(&without_escapes(text), &mut line);
    let mut safe = String::new();
    sanitize_line(&line, &mut safe);
    safe
}

/// A message: its lines made safe, since the runner prints all but the first as they are, and cut.
fn several_lines(text: &str) -> String {
    let mut safe = String::new();
    sanitize_text(&without_escapes(text), &mut safe);
    cut(safe.trim_end(), MESSAGE_LIMIT)
}

fn push_on_one_line(text: &str, out: &mut String) {
    for (index, line) in split_lines(text).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(line);
    }
}

/// `text`, shortened to at most `limit` UTF-16 units, in which the runner counts; a cut shows as an ellipsis.
fn cut(text: &str, limit: usize) -> String {
    let mut units = 0;
    let mut keep = 0;
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > limit {
            // Without its backslash a bracket is a mark again.
            let kept = &text[..keep];
            let kept = if kept.ends_with("##[") {
                &kept[..keep - 1]
            } else {
                kept
            };
            return format!("{kept}…");
        }
        if units < limit {
            keep = at + character.len_utf8();
        }
    }
    text.to_owned()
}

/// `text` without terminal escape sequences and without control characters other than TAB and line ends.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => match characters.peek() {
                Some('[') => {
                    characters.next();
                    // Parameters, then one final character (ECMA-48, 5.4).
                    while characters.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                    characters.next_if(|c| matches!(c, '@'..='~'));
                }
                Some(']') => {
                    // A title or a link, up to BEL or ESC \; never past the line's end.
                    while let Some(next) =
                        characters.next_if(|c| !matches!(c, '\n' | '\r' | '\x1b'))
                    {
                        if next == '\x07' {
                            break;
                        }
                    }
                }
                _ => {
                    characters.next_if(|c| matches!(c, '\\'));
                }
            },
            '\t' | '\n' | '\r' => out.push(character),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

/// `text` with a blank before a first character that may be a combining mark: such a mark joins the `::` before it,
/// and the runner's culture-aware search then does not find the command.
fn standing(text: String) -> String {
    match text.chars().next() {
        Some(first) if !stands_alone(first) => format!(" {text}"),
        _ => text,
    }
}

/// Whether a character surely is no combining mark. Blocks that hold none: ASCII, Latin, most of Greek and Cyrillic,
/// symbols, CJK, Hangul, emoji. The answer no costs nothing but a blank.
fn stands_alone(character: char) -> bool {
    character.is_ascii()
        || matches!(u32::from(character),
            0xa1..=0xac | 0xae..=0x2ff | 0x370..=0x482 | 0x48a..=0x58f | 0x2010..=0x2027 | 0x2030..=0x205e
            | 0x20a0..=0x20cf | 0x2100..=0x2bff | 0x3041..=0x3096 | 0x309b..=0x312f | 0x3400..=0x9fff
            | 0xac00..=0xd7a3 | 0xff01..=0xff9d | 0x1_f000..=0x1_f3fa | 0x1_f400..=0x1_faff)
}

/// The values to mask for a secret, each at least [`SHORTEST_MASK`] characters long.
fn masks(secret: &str) -> Vec<String> {
    let is_long = |text: &str| text.trim().chars().count() >= SHORTEST_MASK;
    let mut masks: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        // What stays in front is at most a mark without its letter; see `standing`.
        let text = text.trim_start_matches(|c| !stands_alone(c));
        if is_long(text) && !masks.iter().any(|mask| mask == text) {
            masks.push(text.to_owned());
        }
    };
    if split_lines(secret).all(|line| line.trim().is_empty() || is_long(line)) {
        add(secret);
    }
    for line in split_lines(secret) {
        add(line.trim());
        // As it would look in the log if it were printed there.
        let mut printed = String::new();
        sanitize_line(line.trim(), &mut printed);
        add(&printed);
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut LogWriter<&mut Vec<u8>>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        let mut output = LogWriter::new(&mut bytes);
        write(&mut output).unwrap();
        output.flush().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn command(command: &Command<'_>) -> String {
        written(|output| output.command(command))
    }

    fn message(text: &str) -> Annotation {
        Annotation {
            message: text.to_owned(),
            ..Annotation::default()
        }
    }

    #[test]
    fn annotations() {
        let full = Annotation {
            message: "50% of\nit, see a::b".to_owned(),
            title: Some("a: b, c".to_owned()),
            file: Some("src/a,b.rs".to_owned()),
            line: Some(3),
            end_line: Some(3),
            column: Some(5),
            end_column: Some(9),
        };
        assert_eq!(
            command(&Command::Error(full)),
            "::error file=src/a%2Cb.rs,line=3,endLine=3,col=5,endColumn=9,title=a%3A b%2C c::50%25 of%0Ait, see a::b\n"
        );
        assert_eq!(command(&Command::Notice(message("x"))), "::notice::x\n");
        assert_eq!(
            command(&Command::Warning(message(
                "\x1b[1;31mred\x1b[0m\x07\n##[error]x\n::error::y\n"
            ))),
            "::warning::red%0A##[\\error]x%0A\\::error::y\n"
        );
    }

    #[test]
    fn what_github_would_refuse_is_left_out() {
        let check =
            |annotation: Annotation, expected: &str| assert_eq!(properties(&annotation), expected);
        let file = |file: &str| Annotation {
            file: Some(file.to_owned()),
            ..Annotation::default()
        };
        for path in [
            "",
            " ",
            "/etc/passwd",
            "\\x",
            "C:\\x",
            "c:x",
            "a/../../b",
            "a\\..\\b",
            "a\nb",
            "..",
        ] {
            check(file(path), "");
        }
        check(file("a/..b/c.rs"), "file=a/..b/c.rs");
        let lines = |line, end_line, column, end_column| Annotation {
            line,
            end_line,
            column,
            end_column,
            ..Annotation::default()
        };
        check(lines(Some(0), Some(2), Some(1), None), "");
        check(lines(Some(3), Some(2), Some(0), Some(4)), "line=3");
        check(
            lines(Some(3), Some(5), Some(1), Some(4)),
            "line=3,endLine=5",
        );
        check(lines(Some(3), None, Some(7), Some(4)), "line=3,col=7");
    }

    #[test]
    fn messages_are_cut() {
        let limit = |text: &str| several_lines(text).encode_utf16().count();
        assert_eq!(limit(&"a".repeat(4_000)), 4_000);
        assert_eq!(limit(&"a".repeat(4_001)), 4_000);
        assert!(limit(&"😀".repeat(4_000)) <= 4_000);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("a##[\\x]", 5), "a##…");
    }

    #[test]
    fn titles_are_one_line_and_hold_no_mark() {
        let check = |title: &str, line: &str| {
            assert_eq!(
                command(&Command::Group(title)),
                format!("::group::{line}\n")
            );
        };
        check("Build ▸ Test", "Build ▸ Test");
        check("a\r\nb", "a b");
        check("##[error]####[[group]", "## [error]#### [[\\group]");
        check("::error::x", "\\::error::x");
        check("❌ 100%", "❌ 100%25");
        check("\u{301}x", " \u{301}x");
        check("##\x1b[1m[group]", "## [\\group]");
    }

    #[test]
    fn masks_come_whole_and_by_line() {
        let check =
            |secret: &str, expected: &[&str]| assert_eq!(masks(secret), expected, "{secret:?}");
        check("", &[]);
        check(" \n ", &[]);
        check("ab", &[]);
        check("abc", &["abc"]);
        check(" abc ", &[" abc ", "abc"]);
        check("first\nsecond", &["first\nsecond", "first", "second"]);
        check("{\n  \"key\": 1\n}", &["\"key\": 1"]);
        check("a##[b", &["a##[b", "a##[\\b"]);
        check("\u{301}abcd", &["abcd"]);
    }

    #[test]
    fn masks_as_act_reads_them() {
        let mask = |secret: &str| command(&Command::AddMask(secret));
        assert_eq!(mask("a%b"), "::add-mask::a%25b\n");
        assert_eq!(mask("a::b"), "##[add-mask]a::b\n");
        assert_eq!(mask(":ab"), "##[add-mask]:ab\n");
        assert_eq!(mask("a::b]"), "::add-mask::a::b]\n");
        assert_eq!(mask("x"), "");
        assert!(!LogWriter::new(Vec::new()).mask("x").unwrap());
        assert!(LogWriter::new(Vec::new()).mask("xyz").unwrap());
    }

    #[test]
    fn our_words_around_foreign_ones() {
        let line = |spans: &[Span<'_>]| written(|output| output.line(spans));
        let (red, off) = (Span::Ours("\x1b[31m"), Span::Ours("\x1b[0m"));
        assert_eq!(
            line(&[red, Span::Foreign("a\nb\x1b[1m"), off]),
            "\x1b[31ma b\x1b[0m\n"
        );
        assert_eq!(
            line(&[Span::Ours("##"), Span::Foreign("[error]x")]),
            "##[\\error]x\n"
        );
        assert_eq!(
            line(&[red, Span::Foreign("::error::x")]),
            "\x1b[31m\\::error::x\n"
        );
        assert_eq!(
            line(&[Span::Ours(":"), Span::Foreign(":error::x")]),
            "\\::error::x\n"
        );
        assert_eq!(
            line(&[Span::Foreign("[gro"), Span::Foreign("up]")]),
            "[\\group]\n"
        );
        assert_eq!(line(&[]), "\n");
    }

    #[test]
    fn escape_sequences_go_whole() {
        let check =
            |text: &str, expected: &str| assert_eq!(without_escapes(text), expected, "{text:?}");
        check("\x1b[2K\x1b[1;31mred\x1b[m", "red");
        check("\x1b]8;;https://x\x07link\x1b]8;;\x1b\\.", "link.");
        check("\x1b]never ended\nnext", "\nnext");
        check("a\x08b\u{85}c\td\x1b", "abc\td");
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
        let mut output = LogWriter::new(Chunks(Vec::new()));
        for _ in 0..3 * BUFFER / 10 {
            output.text("123456789").unwrap();
        }
        output.flush().unwrap();
        let chunks = output.writer.0;
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
        let mut output = LogWriter::new(Closed);
        output.text("x").unwrap();
        assert_eq!(
            output.flush().unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
        output.flush().unwrap_or_default();
    }
}
