//! What is hidden of a secret: by the runner, which is told so, and by us where no runner reads.

use super::command::data;
use super::line::{sanitize_line, split_lines, stands_alone};
use super::{Markdown, Untrusted};

/// Shortest secret, in characters, that is masked: a shorter one would blot out half of the log.
const SHORTEST_MASK: usize = 3;

/// What is hidden in text that is sent to GitHub's API, where the runner hides nothing.
#[derive(Debug, Clone, Default)]
pub struct Masks(Vec<String>);

impl Masks {
    /// Hides these forms of secrets, also where they stand in Markdown.
    pub fn new(forms: impl IntoIterator<Item = String>) -> Self {
        let plain = forms.into_iter().flat_map(|form| masks(&form));
        let mut all: Vec<String> = plain
            .flat_map(|mask| [Markdown::new().text(&mask).as_str().to_owned(), mask])
            .collect();
        // One may be a part of another.
        all.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        all.dedup();
        Self(all)
    }

    /// `text` without what is hidden.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let masks = self.0.iter();
        masks.fold(text.to_owned(), |text, mask| text.replace(mask, "***"))
    }
}

impl Untrusted<'_> {
    /// Appends the commands that hide this secret, none if it is too short.
    pub(crate) fn push_masks(&self, out: &mut String) {
        for mask in masks(&self.0) {
            // act ends a command at the last `::` and would print the secret as an unknown command; it
            // reads the older form, as the runner does.
            let is_split = mask.starts_with(':') || mask.contains("::");
            let name = if is_split && !mask.contains(']') {
                "##[add-mask]"
            } else {
                "::add-mask::"
            };
            out.push_str(name);
            out.push_str(&data(&mask));
            out.push('\n');
        }
    }
}

/// The values to mask for a secret: each of its lines, and the whole where no line is too short.
///
/// The runner masks every line of a value however short (runner: `ActionCommandManager.cs`), act
/// the whole only.
fn masks(secret: &str) -> Vec<String> {
    let is_long = |text: &str| text.trim().chars().count() >= SHORTEST_MASK;
    let mut masks: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        // What stays in front is at most a mark without its letter.
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

    #[test]
    fn what_is_secret_is_hidden_in_markdown_too() {
        let masks = Masks::new(["s3*cret", "s3*cret*longer", "ab"].map(str::to_owned));
        let markdown = Markdown::new().text("a s3*cret*longer b s3*cret ab");
        let expected = "a *** b *** ab";
        assert_eq!(markdown.masked(&masks).as_str(), expected);
        assert_eq!(masks.mask("a s3*cret*longer b s3*cret ab"), expected);
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
        let mask = |secret: &str| {
            let mut out = String::new();
            Untrusted::from(secret).push_masks(&mut out);
            out
        };
        assert_eq!(mask("a%b"), "::add-mask::a%25b\n");
        assert_eq!(mask("a::b"), "##[add-mask]a::b\n");
        assert_eq!(mask(":ab"), "##[add-mask]:ab\n");
        assert_eq!(mask("a::b]"), "::add-mask::a::b]\n");
        assert_eq!(mask("x"), "");
    }
}
