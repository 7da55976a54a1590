use proptest::prelude::*;

use super::*;

fn one(line: &str) -> String {
    let mut out = String::new();
    sanitize_line(line, &mut out);
    out
}

fn lines(text: &str) -> Vec<String> {
    let mut out = String::new();
    sanitize_text(text, &mut out);
    out.split_terminator('\n').map(str::to_owned).collect()
}

#[test]
fn lines_end_as_the_runner_ends_them() {
    let check = |text: &str, expected: &[&str]| assert_eq!(lines(text), expected, "{text:?}");
    check("", &[]);
    check("a", &["a"]);
    check("a\n", &["a"]);
    check("a\r", &["a"]);
    check("a\r\nb", &["a", "b"]);
    check("a\rb\n", &["a", "b"]);
    check("a\r\r\nb", &["a", "", "b"]);
    check("\n\n", &["", ""]);
}

#[test]
fn plain_lines_are_left_alone() {
    for line in [
        "",
        "  12%\tof C:\\path [ok] #[x] ## [y] a::b [groups]",
        "✓ naïve ∷ “quoted” … ※",
        ": one colon",
        "\u{a0}: one colon",
    ] {
        assert!(is_plain(line), "{line:?}");
        assert_eq!(one(line), line);
    }
}

#[test]
fn what_has_a_backslash_gets_another() {
    for (line, shown) in [
        ("##[error]x", "##[\\error]x"),
        ("##[\\error]x", "##[\\\\error]x"),
        ("[group]", "[\\group]"),
        ("[\\GROUP]", "[\\\\GROUP]"),
        ("[\\groups]", "[\\groups]"),
        ("::error::x", "\\::error::x"),
        (" \\\\::x", " \\\\\\::x"),
        ("\\ ::x", "\\ ::x"),
        ("\\\\server\\share", "\\\\server\\share"),
    ] {
        assert_eq!(one(line), shown);
    }
}

#[test]
fn isolates_stay_that_move_nothing_but_what_they_enclose() {
    for line in ["a \u{2068}b\u{2069} c", "\u{2066}\u{2067}x\u{2069}\u{2069}"] {
        assert_eq!(one(line), line);
    }
    assert_eq!(one("a\u{2067}b"), "a\u{fffd}b");
    assert_eq!(
        one("\u{2069}a\u{2067}\u{2066}b\u{2069}"),
        "\u{fffd}a\u{fffd}\u{2066}b\u{2069}"
    );
    assert_eq!(
        one("\u{2066}\u{202e}x\u{202c}\u{2069}"),
        "\u{2066}\u{fffd}x\u{fffd}\u{2069}"
    );
    let mut piece = String::new();
    Untrusted::from("\u{2066}x\u{2069}").push_span(&mut piece);
    assert_eq!(piece, "\u{fffd}x\u{fffd}");
}

#[test]
fn a_line_that_is_several_is_shown_as_one() {
    assert_eq!(one("a\r\n::error::b"), "a␍␊::error::b");
}

#[test]
fn every_byte_position_is_looked_at() {
    for at in 0..40 {
        let line = format!("{:at$}##[error]{:30}", "", "");
        assert_eq!(one(&line), line.replace("##[", "##[\\"));
        let line = format!("x{:at$}\0{:30}", "", "");
        assert_eq!(one(&line), line.replace('\0', "␀"));
    }
}

#[test]
fn eight_bytes_are_judged_as_one_by_one() {
    for byte in 0..=u8::MAX {
        for place in 0..8 {
            for others in [b' ', b'~', b'Z', b'x'] {
                let mut word = [others; 8];
                word[place] = byte;
                let expected = matches!(byte, b' '..=b'~') && byte != b'[';
                assert_eq!(is_ordinary(word), expected, "{word:?}");
            }
        }
    }
}

/// The way back, as the module's text says it.
fn without_backslashes(line: &str) -> String {
    let mut out = String::new();
    for (at, character) in line.char_indices() {
        let rest = &line[at + character.len_utf8()..];
        let is_behind_bracket = character == '\\' && line[..at].ends_with('[');
        let name = rest.trim_start_matches('\\').to_ascii_lowercase();
        let names_group = name.starts_with("group]") || name.starts_with("endgroup]");
        let is_ours = is_behind_bracket && (line[..at].ends_with("##[") || names_group);
        let is_before_colons = character == '\\' && leading_colons(line) == Some(at);
        if !is_ours && !is_before_colons {
            out.push(character);
        }
    }
    out
}

fn assert_safe(line: &str) {
    assert!(!line.contains(['\r', '\n']), "{line:?}");
    assert!(!line.trim_start().starts_with("::"), "{line:?}");
    assert_eq!(
        line.matches("##[").count(),
        line.matches("##[\\").count(),
        "{line:?}"
    );
    let lower = line.to_ascii_lowercase();
    assert!(
        !lower.contains("[group]") && !lower.contains("[endgroup]"),
        "{line:?}"
    );
    for (at, character) in line.char_indices() {
        let is_colour = character == '\x1b' && sgr_length(&line[at..]).is_some();
        assert!(
            !character.is_control() || character == '\t' || is_colour,
            "{line:?}"
        );
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        prop::sample::select(vec![
            "::",
            ":",
            "##",
            "#",
            "[",
            "]",
            "##[",
            "[group]",
            "[EndGroup]",
            "group]",
            "error",
            "add-mask",
            " ",
            "\t",
            "\r",
            "\n",
            "\r\n",
            "\x1b",
            "\x1b[",
            "\x1b[31m",
            "\x1b[0;1m",
            "m",
            "\0",
            "\x7f",
            "\u{85}",
            "\u{a0}",
            "\u{200b}",
            "\u{2028}",
            "\u{202e}",
            "\u{2066}",
            "\u{2069}",
            "\u{feff}",
            "\u{301}",
            "\\",
            "é",
            "✓",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_safe(text in fragments()) {
        for line in lines(&text) {
            assert_safe(&line);
        }
    }

    #[test]
    fn the_way_back_is_exact(text in fragments()) {
        let is_shown = |c: &char| {
            matches!(c, '\x1b') || is_isolate(*c) || is_harmless(&c.to_string())
        };
        let text: String = text.chars().filter(is_shown).collect();
        let shown = one(&text);
        // An escape character that is no colour, or an isolate that is not closed, is not to be undone.
        if !shown.contains(['\u{fffd}', '␛']) {
            prop_assert_eq!(without_backslashes(&shown), text);
        }
    }

    #[test]
    fn one_line_stays_one_line(text in fragments()) {
        assert_safe(&one(&text));
    }

    #[test]
    fn words_find_what_single_bytes_find(text in fragments(), from in 0..40_usize) {
        let bytes = text.as_bytes();
        let from = from.min(bytes.len());
        let one_by_one = (from..bytes.len()).find(|&at| needs_escape(bytes, at));
        prop_assert_eq!(next_escape(bytes, from), one_by_one);
    }

    #[test]
    fn a_text_of_one_line_is_that_line(text in fragments()) {
        // The rule, without any short cut.
        let mut expected = String::new();
        for line in text.split_inclusive('\n').flat_map(|line| without_line_end(line).split('\r')) {
            let start = expected.len();
            escape_characters(line, &mut expected);
            if let Some(at) = leading_colons(&expected[start..]) {
                expected.insert(start + at, '\\');
            }
            expected.push('\n');
        }
        let mut found = String::new();
        sanitize_text(&text, &mut found);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_is_harmless_is_kept_as_it_is(text in fragments()) {
        let mut joined = String::new();
        join_lines(&as_piece(&text), &mut joined);
        if is_harmless(&text) {
            prop_assert_eq!(&joined, &text);
        }
        let lines: Vec<&str> = split_lines(&text).collect();
        joined.clear();
        join_lines(&text, &mut joined);
        prop_assert_eq!(joined, lines.join(" "));
    }

    #[test]
    fn the_fast_path_changes_nothing(text in fragments()) {
        let mut escaped = String::new();
        escape_characters(&text, &mut escaped);
        let unchanged = escaped == text && leading_colons(&escaped).is_none();
        // A colour or a closed isolate is kept but takes the long way.
        let is_long = text.contains(|c| c == '\x1b' || is_isolate(c));
        prop_assert_eq!(is_plain(&text), unchanged && !is_long);
    }
}
