//! Terminal escape sequences, taken out of foreign text.

/// `text` without terminal escape sequences and without control characters other than TAB and line
/// ends.
pub(crate) fn without_escapes(text: &str) -> String {
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

#[cfg(test)]
mod tests {
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
}
