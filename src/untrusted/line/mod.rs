//! Untrusted text made harmless for the log.
//!
//! The runner reads workflow commands from whatever a step prints: `::name::` at the start of a
//! line, after any white space, and `##[name]` anywhere in a line (runner: `ActionCommand.cs`); GitHub's log viewer
//! takes `[group]` and `[endgroup]` for marks even without the hashes. Command names play no other part, so a command
//! that does not exist yet is stopped too.
//!
//! Azure's own marks have become colours before a line comes here (`report::step_log`). What is left is a command that
//! somebody wrote, and gets one backslash:
//!
//! - behind the bracket of every `##[`, and of `[group]` and `[endgroup]` in any case, also where backslashes stand
//!   behind the bracket already;
//! - before two colons that nothing visible stands before or between, but for backslashes before the first.
//!
//! Since what has a backslash already gets another, the way back is exact: one backslash is taken away behind the
//! bracket of each `##[\`, `[\…group]` and `[\…endgroup]`, and from those before two leading colons.
//!
//! A line is shown as it is but for this and for what cannot be seen: control characters other than TAB and colours are
//! shown as their pictures or as U+FFFD, as are U+2028, U+2029, U+FEFF, and what turns the direction of the text:
//! overrides and embeddings (U+202A to U+202E) always, isolates (U+2066 to U+2069) unless they are closed in the same
//! line, where they move nothing but what they enclose. In titles, messages and sentences of ours no isolate stays: it
//! could enclose our words.

use super::Untrusted;
use super::escapes::{as_piece, is_isolate};

impl Untrusted<'_> {
    /// Appends every line of the text, made safe and ended by LF. Colours stay.
    pub fn push_lines(&self, out: &mut String) {
        sanitize_text(&self.0, out);
    }

    /// Appends the text as a piece of a line, which is still to be made safe as a whole: without escape sequences and
    /// control characters, its line ends as blanks.
    pub(crate) fn push_span(&self, line: &mut String) {
        if is_harmless(&self.0) {
            line.push_str(&self.0);
        } else {
            join_lines(&as_piece(&self.0), line);
        }
    }
}

/// Appends every line of `text` to `out`, made safe and ended by LF.
///
/// Lines end at LF, CRLF and a lone CR, as for the runner. An empty text has no lines; a line end
/// at the very end does not start another line.
pub(super) fn sanitize_text(text: &str, out: &mut String) {
    out.reserve(text.len() + 1);
    if is_plain(text) && !text.is_empty() {
        // One line: line ends are not plain.
        out.push_str(text);
        out.push('\n');
        return;
    }
    for line in split_lines(text) {
        sanitize_line(line, out);
        out.push('\n');
    }
}

/// Appends one safe line, without a line end, to `out`.
///
/// TAB and colours (SGR sequences) stay; other control characters are shown as their pictures, CR
/// and LF too, so the result is one line whatever came in.
pub(crate) fn sanitize_line(line: &str, out: &mut String) {
    if is_plain(line) {
        out.push_str(line);
        return;
    }
    let start = out.len();
    escape_characters(line, out);
    if let Some(at) = leading_colons(&out[start..]) {
        out.insert(start + at, '\\');
    }
}

/// The lines of `text`, ended by LF, CRLF or a lone CR.
pub(super) fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
        .flat_map(|line| without_line_end(line).split('\r'))
}

/// Appends the lines of `text` to `out`, with blanks between them.
pub(super) fn join_lines(text: &str, out: &mut String) {
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return out.push_str(text);
    }
    for (index, line) in split_lines(text).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(line);
    }
}

/// Whether nothing in `text` needs care wherever it stands in a line: no character is to be escaped,
/// and no line ends.
fn is_harmless(text: &str) -> bool {
    next_escape(text.as_bytes(), 0).is_none()
}

fn without_line_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Whether `line` is safe as it is. Nearly every line is, and this is all that is done to it.
fn is_plain(line: &str) -> bool {
    let bytes = line.as_bytes();
    let first = bytes.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    let starts_visibly =
        first.is_none_or(|&first| first.is_ascii_graphic() && !matches!(first, b':' | b'\\'));
    (starts_visibly || leading_colons(line).is_none()) && is_harmless(line)
}

/// The first place from `from` on that cannot stay as it is.
fn next_escape(bytes: &[u8], from: usize) -> Option<usize> {
    let (words, rest) = bytes[from..].as_chunks();
    let mut at = from;
    for word in words {
        let end = at + word.len();
        if !is_ordinary(*word)
            && let Some(found) = (at..end).find(|&at| needs_escape(bytes, at))
        {
            return Some(found);
        }
        at = end;
    }
    // The last eight bytes overlap with what has been looked at.
    if rest.is_empty() || bytes.last_chunk().is_some_and(|word| is_ordinary(*word)) {
        return None;
    }
    (at..bytes.len()).find(|&at| needs_escape(bytes, at))
}

/// Whether all eight bytes are printable ASCII other than `[`, found out in a few operations: lines
/// are scanned at the speed at which logs arrive, and the release profile (size) does not vectorise
/// loops.
fn is_ordinary(bytes: [u8; 8]) -> bool {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let word = u64::from_ne_bytes(bytes);
    // Each sets the top bit of a byte: below 0x20, 0x7f, `[`, from 0x80 on. What is carried into the
    // next byte comes from one that is found already.
    let control = word.wrapping_sub(each(0x20));
    let delete = word.wrapping_add(each(0x01));
    let bracket = (word ^ each(b'[')).wrapping_sub(each(0x01));
    (control | delete | bracket | word) & each(0x80) == 0
}

/// Whether the character that starts at `at` has to be replaced or followed by a backslash.
#[inline]
fn needs_escape(bytes: &[u8], at: usize) -> bool {
    let next = |offset| bytes.get(at + offset).copied().unwrap_or(0);
    match bytes[at] {
        b'\t' => false,
        0..=0x1f | 0x7f => true,
        b'[' => bytes[..at].ends_with(b"##") || names_group(&bytes[at + 1..]),
        // In UTF-8: U+0080 to U+009F; U+2028 to U+202E; U+2066 to U+2069; U+FEFF.
        0xc2 => next(1) < 0xa0,
        0xe2 => matches!(
            (next(1), next(2)),
            (0x80, 0xa8..=0xae) | (0x81, 0xa6..=0xa9)
        ),
        0xef => (next(1), next(2)) == (0xbb, 0xbf),
        _ => false,
    }
}

/// Whether a bracket stands before `group]` or `endgroup]`, in any case, or before backslashes and these.
fn names_group(after_bracket: &[u8]) -> bool {
    let backslashes = after_bracket
        .iter()
        .take_while(|byte| **byte == b'\\')
        .count();
    let after_bracket = &after_bracket[backslashes..];
    // Brackets are frequent, so the first letter decides nearly always.
    let name = match after_bracket.first() {
        Some(b'g' | b'G') => "group]",
        Some(b'e' | b'E') => "endgroup]",
        _ => return false,
    };
    after_bracket
        .get(..name.len())
        .is_some_and(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()))
}

fn escape_characters(line: &str, out: &mut String) {
    let bytes = line.as_bytes();
    let (mut copied, mut next) = (0, 0);
    let mut closed = None;
    while let Some(at) = next_escape(bytes, next) {
        if let Some(length) = sgr_length(&line[at..]) {
            next = at + length;
            continue;
        }
        let Some(character) = line[at..].chars().next() else {
            break;
        };
        if is_isolate(character) {
            let closed = closed.get_or_insert_with(|| closed_isolates(line));
            if closed.binary_search(&at).is_ok() {
                next = at + character.len_utf8();
                continue;
            }
        }
        out.push_str(&line[copied..at]);
        out.push(visible(character));
        if character == '[' {
            // Behind the bracket: the viewer forgives characters before it.
            out.push('\\');
        }
        next = at + character.len_utf8();
        copied = next;
    }
    out.push_str(&line[copied..]);
}

/// Where the isolates stand that are closed, and what closes them, in order.
fn closed_isolates(line: &str) -> Vec<usize> {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for (at, character) in line.char_indices().filter(|(_, c)| is_isolate(*c)) {
        if character != '\u{2069}' {
            open.push(at);
        } else if let Some(start) = open.pop() {
            closed.extend([start, at]);
        }
    }
    closed.sort_unstable();
    closed
}

/// The picture of a control character; U+FFFD for those without one and for what reorders or hides
/// text.
fn visible(character: char) -> char {
    match character {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '[' => '[',
        _ => '\u{fffd}',
    }
}

/// Length in bytes of the colour sequence (`ESC [ digits m`) at the start of `text`.
fn sgr_length(text: &str) -> Option<usize> {
    let body = text.strip_prefix("\x1b[")?;
    let digits = body.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
    body[digits..].starts_with('m').then_some(digits + 3)
}

/// Where the first of two colons stands that have nothing visible before or between them, or the first of the
/// backslashes before it.
fn leading_colons(line: &str) -> Option<usize> {
    let first = skip_invisible(line, 0);
    let colons = line[first..].trim_start_matches('\\');
    let rest = colons.strip_prefix(':')?;
    rest[skip_invisible(rest, 0)..]
        .starts_with(':')
        .then_some(first)
}

fn skip_invisible(text: &str, mut at: usize) -> usize {
    while let Some(character) = text[at..].chars().next() {
        at += match sgr_length(&text[at..]) {
            Some(length) => length,
            None if is_invisible(character) => character.len_utf8(),
            None => break,
        };
    }
    at
}

/// White space, and what the runner's culture-aware search ignores or hangs on its neighbour.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(u32::from(character),
            0xad | 0x300..=0x36f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x20d0..=0x20ff | 0x3164
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1_bca0..=0x1_bca3
            | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_0fff)
}

/// Whether a character surely is no combining mark. Blocks that hold none: ASCII, Latin, most of
/// Greek and Cyrillic, symbols, CJK, Hangul, emoji. The answer no costs nothing but a blank.
pub(super) fn stands_alone(character: char) -> bool {
    character.is_ascii()
        || matches!(u32::from(character),
            0xa1..=0xac | 0xae..=0x2ff | 0x370..=0x482 | 0x48a..=0x58f | 0x2010..=0x2027
            | 0x2030..=0x205e | 0x20a0..=0x20cf | 0x2100..=0x2bff | 0x3041..=0x3096
            | 0x309b..=0x312f | 0x3400..=0x9fff | 0xac00..=0xd7a3 | 0xff01..=0xff9d
            | 0x1_f000..=0x1_f3fa | 0x1_f400..=0x1_faff)
}

#[cfg(test)]
mod tests;
