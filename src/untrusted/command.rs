//! Untrusted text within workflow commands.
//!
//! Escapes are those of actions/toolkit, `packages/core/src/command.ts`.

use super::Untrusted;
use super::escapes::{as_piece, turns_direction};
use super::line::{join_lines, sanitize_line, sanitize_text, stands_alone};

/// Longest annotation message in UTF-16 units. The runner cuts at 4,096 (runner:
/// `ExecutionContext.cs`).
const MESSAGE_LIMIT: usize = 4_000;

/// Longest annotation title in UTF-16 units. GitHub takes 255 (REST API, check runs,
/// `annotations`).
const TITLE_LIMIT: usize = 250;

impl Untrusted<'_> {
    /// A title, as the data of a command.
    pub(crate) fn title_data(&self) -> String {
        data(&self.heading())
    }

    /// A title, as a property: cut to what GitHub takes; nothing if nothing is to be seen of it.
    pub(crate) fn title_property(&self) -> Option<String> {
        let title = cut(&self.heading(), TITLE_LIMIT);
        (!title.trim().is_empty()).then(|| property(&title))
    }

    /// A message, as data: its lines made safe, since the runner prints all but the first as they are, and cut.
    pub(crate) fn message_data(&self) -> String {
        let mut safe = String::new();
        sanitize_text(&as_piece(&self.0), &mut safe);
        data(&standing(cut(safe.trim_end(), MESSAGE_LIMIT)))
    }

    /// A file of the repository, as a property; nothing if it is, on Windows' terms too, no relative path, or does not
    /// stay below the directory it starts from.
    pub(crate) fn file_property(&self) -> Option<String> {
        let file = &*self.0;
        let has_drive = file.as_bytes().get(1) == Some(&b':');
        let is_inside = !file.trim().is_empty()
            && !has_drive
            && !file.starts_with(['/', '\\'])
            && !file.split(['/', '\\']).any(|part| part == "..")
            && !file.contains(|c: char| c.is_control() || turns_direction(c));
        is_inside.then(|| property(file))
    }

    /// One line, and no `#[`, because the runner prints a title behind `##[group]`.
    fn heading(&self) -> String {
        let (mut line, mut safe) = (String::new(), String::new());
        join_lines(&as_piece(&self.0).replace("#[", "# ["), &mut line);
        sanitize_line(&line, &mut safe);
        standing(safe)
    }
}

/// The data of a command.
pub(super) fn data(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, character| {
            match character {
                '%' => out.push_str("%25"),
                '\r' => out.push_str("%0D"),
                '\n' => out.push_str("%0A"),
                _ => out.push(character),
            }
            out
        })
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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

/// Whether properties that end so leave the `::` behind them to be found: a mark that binds to what follows would hide
/// it, and a blank would be trimmed.
pub(crate) fn ends_firmly(properties: &str) -> bool {
    let is_firm = |last: char| stands_alone(last) && !last.is_whitespace();
    properties.chars().next_back().is_none_or(is_firm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_repository_are_named() {
        let file = |text: &str| Untrusted::from(text).file_property();
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
            "a\u{202e}b",
            "..",
        ] {
            assert_eq!(file(path), None, "{path:?}");
        }
        assert_eq!(file("a/..b/c.rs").as_deref(), Some("a/..b/c.rs"));
    }

    #[test]
    fn messages_are_cut() {
        let limit = |text: &str| {
            let message = Untrusted::from(text).message_data();
            message.encode_utf16().count()
        };
        assert_eq!(limit(&"a".repeat(4_000)), 4_000);
        assert_eq!(limit(&"a".repeat(4_001)), 4_000);
        assert!(limit(&"😀".repeat(4_000)) <= 4_000);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("a##[\\x]", 5), "a##…");
    }
}
