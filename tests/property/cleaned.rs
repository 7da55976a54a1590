//! What of a log must be shown, worked out from the documents alone (README.md, docs/how-it-works.md, and the
//! tables of what GitHub's runner and viewer take for commands) and character by character.
//!
//! The rules, in words:
//!
//! 1. A line ends at LF; a CR before it belongs to the line end. What follows the last LF is a line if it is not
//!    empty.
//! 2. Invalid UTF-8 is U+FFFD. Byte order marks at the start of a line are dropped, then one time stamp of
//!    Azure's (seven digits of a second, `Z`, a blank).
//! 3. A message that begins with `##[section]`, `##[command]`, `##[error]`, `##[warning]`, `##[debug]` or
//!    `##[group]`, in any case, loses this marker and is shown in one line of the marker's colour, behind
//!    `Error: ` and `Warning: ` for those two. In it, terminal sequences and control characters vanish but for
//!    TAB, a CR is a blank (none at the end), and U+2066 to U+2069 are U+FFFD. A line that begins with `##[endgroup]` is not shown.
//! 4. Any other message ends a line at each CR, too. A CR at its very end starts no further line.
//! 5. In every line: control characters are shown as their pictures but for TAB and colours (`ESC [ … m`); C1
//!    controls, U+2028 to U+202E and U+FEFF are U+FFFD, as are those of U+2066 to U+2069 that have no partner in
//!    the line (U+2069 closes the last of the others that is open). A backslash goes behind the bracket of every
//!    `##[`, and of `[group]` and `[endgroup]` (any case, whatever number of backslashes stands behind the bracket),
//!    and before two colons that have nothing visible before or between them, but for backslashes directly before
//!    the first, which it precedes.

const RESET: &str = "\x1b[0m";

/// Marker, colour, words in front.
const MARKERS: [(&str, &str, &str); 6] = [
    ("##[section]", "\x1b[32m", ""),
    ("##[command]", "\x1b[34m", ""),
    ("##[error]", "\x1b[31m", "Error: "),
    ("##[warning]", "\x1b[33m", "Warning: "),
    ("##[debug]", "\x1b[90m", ""),
    ("##[group]", "\x1b[1m", ""),
];

/// The lines that must be shown of a log, without line ends.
pub(crate) fn lines(log: &[u8]) -> Vec<String> {
    let mut shown = Vec::new();
    for line in raw_lines(log) {
        show(&String::from_utf8_lossy(line), &mut shown);
    }
    shown
}

/// The lines of a log as bytes.
pub(crate) fn raw_lines(log: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let without_cr = |line| <[u8]>::strip_suffix(line, b"\r").unwrap_or(line);
    lines.into_iter().map(without_cr).collect()
}

fn show(line: &str, shown: &mut Vec<String>) {
    let mut line = line;
    while let Some(rest) = line.strip_prefix('\u{feff}') {
        line = rest;
    }
    let message = without_stamp(line);
    if starts_with(message, "##[endgroup]") {
        return;
    }
    for (marker, colour, words) in MARKERS {
        if starts_with(message, marker) {
            let text = one_line(&message[marker.len()..]);
            shown.push(safe(&format!("{colour}{words}{text}{RESET}")));
            return;
        }
    }
    let message = message.strip_suffix('\r').unwrap_or(message);
    shown.extend(message.split('\r').map(safe));
}

fn starts_with(text: &str, marker: &str) -> bool {
    text.get(..marker.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(marker))
}

/// `2026-03-02T08:27:01.1234567Z ` and nothing else is a time stamp.
fn without_stamp(line: &str) -> &str {
    const FORM: &str = "dddd-dd-ddTdd:dd:dd.dddddddZ ";
    let mut characters = line.chars();
    for expected in FORM.chars() {
        let is_right = characters.next().is_some_and(|found| match expected {
            'd' => found.is_ascii_digit(),
            other => found == other,
        });
        if !is_right {
            return line;
        }
    }
    characters.as_str()
}

/// Rule 3: the text behind a marker.
fn one_line(text: &str) -> String {
    let text = without_sequences(text);
    let text = text.strip_suffix('\r').unwrap_or(&text);
    let without_isolates = |c| {
        if ('\u{2066}'..='\u{2069}').contains(&c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.replace('\r', " ")
        .chars()
        .map(without_isolates)
        .collect()
}

/// Without terminal sequences (ECMA-48: `ESC [`, parameters from 0x20 to 0x3f, one final character; `ESC ]` up to
/// BEL, ESC or the line's end; any other ESC alone, with a backslash behind it) and without control characters
/// other than TAB and CR.
fn without_sequences(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < characters.len() {
        let character = characters[at];
        at += 1;
        if character != '\x1b' {
            if !character.is_control() || character == '\t' || character == '\r' {
                out.push(character);
            }
            continue;
        }
        match characters.get(at) {
            Some('[') => {
                at += 1;
                while characters.get(at).is_some_and(|c| (' '..='?').contains(c)) {
                    at += 1;
                }
                at += usize::from(characters.get(at).is_some_and(|c| ('@'..='~').contains(c)));
            }
            Some(']') => {
                while characters
                    .get(at)
                    .is_some_and(|c| !matches!(c, '\r' | '\x1b'))
                {
                    at += 1;
                    if characters[at - 1] == '\x07' {
                        break;
                    }
                }
            }
            Some('\\') => at += 1,
            _ => {}
        }
    }
    out
}

/// Rule 5.
fn safe(line: &str) -> String {
    let mut characters: Vec<char> = line.chars().collect();
    let mut open = Vec::new();
    for (at, character) in characters.iter_mut().enumerate() {
        match *character {
            '\u{2066}'..='\u{2068}' => open.push(at),
            '\u{2069}' if open.pop().is_none() => *character = '\u{fffd}',
            _ => {}
        }
    }
    for at in open {
        characters[at] = '\u{fffd}';
    }

    let mut shown = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let colour = colour_length(&characters[at..]);
        if colour > 0 {
            shown.push(characters[at..at + colour].iter().collect::<String>());
            at += colour;
            continue;
        }
        let mut text = pictured(characters[at]).to_string();
        if text == "[" && is_bracket_of_a_command(&characters, at) {
            text.push('\\');
        }
        shown.push(text);
        at += 1;
    }

    // A colour is nothing visible.
    let is_visible = |text: &String| text.chars().count() < 3 && !text.chars().all(is_invisible);
    let first = shown.iter().position(is_visible).unwrap_or(shown.len());
    let backslashes = shown[first..]
        .iter()
        .take_while(|text| *text == "\\")
        .count();
    let mut rest = shown[first + backslashes..].iter();
    let is_colon = |text: Option<&String>| text.is_some_and(|text| text == ":");
    if is_colon(rest.next()) && is_colon(rest.find(|text| is_visible(text))) {
        shown.insert(first, "\\".to_owned());
    }
    shown.concat()
}

/// The length of `ESC [ digits m`, or 0.
fn colour_length(characters: &[char]) -> usize {
    if !characters.starts_with(&['\x1b', '[']) {
        return 0;
    }
    let parameters = characters[2..]
        .iter()
        .take_while(|c| c.is_ascii_digit() || matches!(c, ';' | ':'))
        .count();
    if characters.get(2 + parameters) == Some(&'m') {
        parameters + 3
    } else {
        0
    }
}

fn is_bracket_of_a_command(characters: &[char], at: usize) -> bool {
    if characters[..at].ends_with(&['#', '#']) {
        return true;
    }
    let rest = characters[at + 1..].iter().skip_while(|c| **c == '\\');
    let rest: String = rest.take(9).collect();
    let rest = rest.to_ascii_lowercase();
    rest.starts_with("group]") || rest.starts_with("endgroup]")
}

fn pictured(character: char) -> char {
    match u32::from(character) {
        0x09 => character,
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(character),
        0x7f => '\u{2421}',
        0x80..=0x9f | 0x2028..=0x202e | 0xfeff => '\u{fffd}',
        _ => character,
    }
}

/// White space, combining marks, and what is shown as nothing.
fn is_invisible(character: char) -> bool {
    const RANGES: [(u32, u32); 22] = [
        (0xad, 0xad),
        (0x300, 0x36f),
        (0x61c, 0x61c),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x202a, 0x202e),
        (0x2060, 0x206f),
        (0x20d0, 0x20ff),
        (0x3164, 0x3164),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff0, 0xfffb),
        (0x1_bca0, 0x1_bca3),
        (0x1_d173, 0x1_d17a),
        (0xe_0000, 0xe_0fff),
        (0x09, 0x0d),
        (0x20, 0x20),
        (0x85, 0x85),
        (0xa0, 0xa0),
    ];
    let code = u32::from(character);
    character.is_whitespace()
        || RANGES
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &[u8], expected: &[&str]) {
        assert_eq!(lines(log), expected, "{:?}", String::from_utf8_lossy(log));
    }

    #[test]
    fn each_rule_holds_by_itself() {
        check(b"", &[]);
        check(b"\n\na", &["", "", "a"]);
        check(b"a\r\n\r\nb\r\n", &["a", "", "b"]);
        check(b"\xef\xbb\xbf2026-03-02T08:27:01.1234567Z a\n", &["a"]);
        check(
            b"2026-03-02T08:27:01.123Z a\n",
            &["2026-03-02T08:27:01.123Z a"],
        );
        check(
            b"##[Error]a\rb\x1b[1mc\x07\n",
            &["\x1b[31mError: a bc\x1b[0m"],
        );
        check(b"##[endgroup]\n##[EndGroup] x\n", &[]);
        check(b"10%\r20%\rdone\n", &["10%", "20%", "done"]);
        check(b"\0\x7f\xff\xe2\x80\xa8\n", &["␀␡\u{fffd}\u{fffd}"]);
        check(
            b"x ##[error]y [GROUP] [endgroup]\n",
            &["x ##[\\error]y [\\GROUP] [\\endgroup]"],
        );
        check(b"\\::x [\\Group] \\x\n", &["\\\\::x [\\\\Group] \\x"]);
        check(
            "\u{2067}a\u{2066}b\u{2069}\n##[debug]\u{2066}b\u{2069}\n".as_bytes(),
            &[
                "\u{fffd}a\u{2066}b\u{2069}",
                "\x1b[90m\u{fffd}b\u{fffd}\x1b[0m",
            ],
        );
        check(
            b" \x1b[31m:\xe2\x80\x8b:error::x\n",
            &[" \x1b[31m\\:\u{200b}:error::x"],
        );
    }
}
