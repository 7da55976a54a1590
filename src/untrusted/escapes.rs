//! What is taken out of foreign text before it becomes a part of something of ours: terminal escape sequences, and
//! control characters.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

/// `text` without terminal escape sequences and without control characters other than TAB and line
/// ends.
pub(crate) fn without_escapes(text: &str) -> Cow<'_, str> {
    if text.bytes().any(may_be_control) {
        cleaned(text).into()
    } else {
        text.into()
    }
}

/// `text` without these, and without what could turn the direction of the words around it.
pub(crate) fn as_piece(text: &str) -> Cow<'_, str> {
    let text = without_escapes(text);
    if text.contains(turns_direction) {
        text.replace(turns_direction, "\u{fffd}").into()
    } else {
        text
    }
}

/// Whether a character gives those behind it another direction, until it is closed or the line ends.
pub(super) fn turns_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}') || is_isolate(character)
}

/// U+2066 to U+2069: what they enclose has a direction of its own (Unicode Standard Annex 9, 2.4).
pub(super) fn is_isolate(character: char) -> bool {
    matches!(character, '\u{2066}'..='\u{2069}')
}

/// Whether a control character other than TAB and line ends may begin with this byte. In UTF-8,
/// U+0080 to U+009F begin with 0xc2, as do others.
fn may_be_control(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f | 0xc2)
}

fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => skip_sequence(&mut characters),
            '\t' | '\n' | '\r' => out.push(character),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

/// Takes away what belongs to the escape character before it.
fn skip_sequence(characters: &mut Peekable<Chars<'_>>) {
    match characters.peek() {
        Some('[') => {
            characters.next();
            // Parameters, then one final character (ECMA-48, 5.4).
            while characters.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            characters.next_if(|c| matches!(c, '@'..='~'));
        }
        Some(']') => {
            // A title or a link, up to BEL or ESC \; never past the line's end.
            while let Some(next) = characters.next_if(|c| !matches!(c, '\n' | '\r' | '\x1b')) {
                if next == '\x07' {
                    break;
                }
            }
        }
        _ => {
            characters.next_if_eq(&'\\');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_go_whole() {
        let check =
            |text: &str, expected: &str| assert_eq!(without_escapes(text), expected, "{text:?}");
        check("\x1b[2K\x1b[1;31mred\x1b[m", "red");
        check("\x1b]8;;https://x\x07link\x1b]8;;\x1b\\.", "link.");
        check("\x1b]never ended\nnext", "\nnext");
        check("a\x08b\u{85}c\td\x1b", "abc\td");
    }

    proptest! {
        #[test]
        fn text_that_is_left_alone_needs_no_cleaning(text in "[\\x00-\\x20\\x7f-\\u{a5}a-d\\[é✓]{0,6}") {
            prop_assert_eq!(&without_escapes(&text), &cleaned(&text));
        }
    }
}
