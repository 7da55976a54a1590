//! Workflow commands as types.
//!
//! Escapes are those of actions/toolkit, `packages/core/src/command.ts`.

use std::fmt::Write as _;

use super::escapes::without_escapes;
use super::mask::masks;
use super::sanitize::{join_lines, sanitize_line, sanitize_text, stands_alone};

/// Longest annotation message in UTF-16 units. The runner cuts at 4,096 (runner:
/// `ExecutionContext.cs`).
const MESSAGE_LIMIT: usize = 4_000;

/// Longest annotation title in UTF-16 units. GitHub takes 255 (REST API, check runs,
/// `annotations`).
const TITLE_LIMIT: usize = 250;

/// A workflow command (GitHub Docs, "Workflow commands for GitHub Actions").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// Hide this secret from here on, each of its lines too. What is too short to be hidden without
    /// spoiling the log is left out. act does not understand a secret with `]` in it that has `::`
    /// too, or a colon in front.
    AddMask(&'a str),
    /// Open a group with this title. GitHub closes the group before it: they do not nest.
    Group(&'a str),
    /// Close the open group.
    EndGroup,
    /// A warning annotation.
    Warning(Annotation),
    /// An error annotation. Does not fail the step; the exit code does.
    Error(Annotation),
}

/// What GitHub shows beside the code or on the run's page. Any text may be put in: it is cleaned
/// when it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// The message. What is too long for the runner is cut.
    pub message: String,
    /// A title instead of GitHub's own. Cut, too.
    pub title: Option<String>,
    /// Path of the file, relative to the repository's root; any other path is left out.
    pub file: Option<String>,
    /// The line, counted from 1. Zero is left out, here and below.
    pub line: Option<u32>,
    /// The column, counted from 1; only with a line.
    pub column: Option<u32>,
}

impl Annotation {
    /// An annotation that is about the step as a whole.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The properties that GitHub will keep, escaped (runner:
    /// `IssueCommandExtension.ValidateLinesAndColumns`).
    fn properties(&self) -> String {
        let counted = |number: Option<u32>| number.filter(|&number| number > 0);
        let line = counted(self.line);
        let column = counted(self.column).filter(|_| line.is_some());
        let file = self.file.as_deref().filter(|file| is_in_repository(file));
        let title = self
            .title
            .as_deref()
            .map(|title| cut(&heading(title), TITLE_LIMIT))
            .filter(|title| !title.trim().is_empty());

        let mut out = String::new();
        let mut push = |name: &str, value: &str| {
            let comma = if out.is_empty() { "" } else { "," };
            let _ = write!(out, "{comma}{name}={}", escape_property(value));
        };
        if let Some(file) = file {
            push("file", file);
        }
        if let Some(line) = line {
            push("line", &line.to_string());
        }
        if let Some(column) = column {
            push("col", &column.to_string());
        }
        if let Some(title) = title {
            push("title", &title);
        }
        // A mark that binds to what follows would hide the `::`, as in `standing`, and a blank
        // would be trimmed; an empty property is ignored.
        let is_firm = |last: char| stands_alone(last) && !last.is_whitespace();
        if !out.chars().next_back().is_none_or(is_firm) {
            out.push(',');
        }
        out
    }
}

impl Command<'_> {
    /// Appends the command to `out` as the runner reads it, ended by LF.
    pub(super) fn render(&self, out: &mut String) {
        match self {
            Self::AddMask(secret) => {
                for mask in masks(secret) {
                    push_mask(&mask, out);
                }
            }
            Self::Group(title) => push_command("group", "", &heading(title), out),
            Self::EndGroup => push_command("endgroup", "", "", out),
            Self::Warning(annotation) => push_annotation("warning", annotation, out),
            Self::Error(annotation) => push_annotation("error", annotation, out),
        }
    }
}

fn push_mask(mask: &str, out: &mut String) {
    // act ends a command at the last `::` and would print the secret as an unknown command; it
    // reads the older form, as the runner does.
    if (mask.starts_with(':') || mask.contains("::")) && !mask.contains(']') {
        out.push_str("##[add-mask]");
        push_data(mask, out);
        out.push('\n');
    } else {
        push_command("add-mask", "", mask, out);
    }
}

fn push_annotation(level: &str, annotation: &Annotation, out: &mut String) {
    let message = standing(several_lines(&annotation.message));
    push_command(level, &annotation.properties(), &message, out);
}

/// `properties` are already escaped, as is everything in `name`.
fn push_command(name: &str, properties: &str, data: &str, out: &mut String) {
    let blank = if properties.is_empty() { "" } else { " " };
    for part in ["::", name, blank, properties, "::"] {
        out.push_str(part);
    }
    push_data(data, out);
    out.push('\n');
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
    let (mut line, mut safe) = (String::new(), String::new());
    join_lines(&without_escapes(text).replace("#[", "# ["), &mut line);
    sanitize_line(&line, &mut safe);
    standing(safe)
}

/// A message: its lines made safe, since the runner prints all but the first as they are, and cut.
fn several_lines(text: &str) -> String {
    let mut safe = String::new();
    sanitize_text(&without_escapes(text), &mut safe);
    cut(safe.trim_end(), MESSAGE_LIMIT)
}

/// `text`, shortened to at most `limit` UTF-16 units, in which the runner counts; a cut shows as an
/// ellipsis.
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

/// `text` with a blank before a first character that may be a combining mark: such a mark joins the
/// `::` before it, and the runner's culture-aware search then does not find the command.
fn standing(text: String) -> String {
    match text.chars().next() {
        Some(first) if !stands_alone(first) => format!(" {text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(command: &Command<'_>) -> String {
        let mut out = String::new();
        command.render(&mut out);
        out
    }

    #[test]
    fn annotations() {
        let full = Annotation {
            message: "50% of\nit, see a::b".to_owned(),
            title: Some("a: b, c".to_owned()),
            file: Some("src/a,b.rs".to_owned()),
            line: Some(3),
            column: Some(5),
        };
        assert_eq!(
            command(&Command::Error(full)),
            "::error file=src/a%2Cb.rs,line=3,col=5,title=a%3A b%2C c::50%25 of%0Ait, see a::b\n"
        );
        assert_eq!(
            command(&Command::Error(Annotation::new("x"))),
            "::error::x\n"
        );
        assert_eq!(
            command(&Command::Warning(Annotation::new(
                "\x1b[1;31mred\x1b[0m\x07\n##[error]x\n::error::y\n"
            ))),
            "::warning::red%0A##[\\error]x%0A\\::error::y\n"
        );
    }

    #[test]
    fn what_github_would_refuse_is_left_out() {
        let check =
            |annotation: Annotation, expected: &str| assert_eq!(annotation.properties(), expected);
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
        let place = |line, column| Annotation {
            line,
            column,
            ..Annotation::default()
        };
        check(place(Some(0), Some(1)), "");
        check(place(None, Some(1)), "");
        check(place(Some(3), Some(0)), "line=3");
        check(place(Some(3), Some(7)), "line=3,col=7");
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
    fn masks_as_act_reads_them() {
        let mask = |secret: &str| command(&Command::AddMask(secret));
        assert_eq!(mask("a%b"), "::add-mask::a%25b\n");
        assert_eq!(mask("a::b"), "##[add-mask]a::b\n");
        assert_eq!(mask(":ab"), "##[add-mask]:ab\n");
        assert_eq!(mask("a::b]"), "::add-mask::a::b]\n");
        assert_eq!(mask("x"), "");
    }
}
