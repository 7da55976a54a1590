//! Workflow commands as types.

use std::fmt::Write as _;

use crate::untrusted::{Untrusted, ends_firmly};

/// A workflow command (GitHub Docs, "Workflow commands for GitHub Actions").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// Hide this secret from here on, each of its lines too. What is too short to be hidden without
    /// spoiling the log is left out. act does not understand a secret with `]` in it that has `::`
    /// too, or a colon in front.
    AddMask(Untrusted<'a>),
    /// Open a group with this title. GitHub closes the group before it: they do not nest.
    Group(Untrusted<'a>),
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
    pub message: Untrusted<'static>,
    /// A title instead of GitHub's own. Cut, too.
    pub title: Option<Untrusted<'static>>,
    /// Path of the file, relative to the repository's root; any other path is left out.
    pub file: Option<Untrusted<'static>>,
    /// The line, counted from 1. Zero is left out, here and below.
    pub line: Option<u32>,
    /// The column, counted from 1; only with a line.
    pub column: Option<u32>,
}

impl Annotation {
    /// An annotation that is about the step as a whole.
    #[must_use]
    pub fn new<'a>(message: impl Into<Untrusted<'a>>) -> Self {
        Self {
            message: message.into().into_owned(),
            ..Self::default()
        }
    }

    /// The properties that GitHub will keep, escaped (runner:
    /// `IssueCommandExtension.ValidateLinesAndColumns`).
    fn properties(&self) -> String {
        let counted = |number: Option<u32>| number.filter(|&number| number > 0);
        let line = counted(self.line);
        let column = counted(self.column).filter(|_| line.is_some());
        let file = self.file.as_ref().and_then(Untrusted::file_property);
        let title = self.title.as_ref().and_then(Untrusted::title_property);

        let mut out = String::new();
        let mut push = |name: &str, value: &str| {
            let comma = if out.is_empty() { "" } else { "," };
            let _ = write!(out, "{comma}{name}={value}");
        };
        if let Some(file) = file {
            push("file", &file);
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
        // An empty property is ignored.
        if !ends_firmly(&out) {
            out.push(',');
        }
        out
    }
}

impl Command<'_> {
    /// Appends the command to `out` as the runner reads it, ended by LF.
    pub(super) fn render(&self, out: &mut String) {
        match self {
            Self::AddMask(secret) => secret.push_masks(out),
            Self::Group(title) => push_command("group", "", &title.title_data(), out),
            Self::EndGroup => push_command("endgroup", "", "", out),
            Self::Warning(annotation) => push_annotation("warning", annotation, out),
            Self::Error(annotation) => push_annotation("error", annotation, out),
        }
    }
}

fn push_annotation(level: &str, annotation: &Annotation, out: &mut String) {
    let message = annotation.message.message_data();
    push_command(level, &annotation.properties(), &message, out);
}

/// `properties` and `data` are already escaped.
fn push_command(name: &str, properties: &str, data: &str, out: &mut String) {
    let blank = if properties.is_empty() { "" } else { " " };
    for part in ["::", name, blank, properties, "::", data, "\n"] {
        out.push_str(part);
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
            message: "50% of\nit, see a::b".into(),
            title: Some("a: b, c".into()),
            file: Some("src/a,b.rs".into()),
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
    fn titles_are_one_line_and_hold_no_mark() {
        let check = |title: &str, line: &str| {
            assert_eq!(
                command(&Command::Group(title.into())),
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
}
