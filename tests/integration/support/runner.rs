//! The runner's side of the contract: what GitHub's runner makes of a step's output.
//!
//! Written from the sources of actions/runner (`ProcessInvoker.cs`, `OutputManager.cs`,
//! `ActionCommand.cs`, `ActionCommandManager.cs`), and independent of the crate: it judges it.

use std::collections::BTreeMap;

/// The commands that github.com's runner knows, in any case.
const REGISTERED: [&str; 15] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// How the runner's .NET searches text: with the rules of a culture, as on GitHub's own machines,
/// or byte by byte, as with `DOTNET_SYSTEM_GLOBALIZATION_INVARIANT`. What is safe must be safe
/// under both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Culture {
    /// Invisible characters are ignored in a search, combining marks hide what they stand on.
    Icu,
    /// Characters are compared as they are.
    Invariant,
}

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executed {
    /// The name as written.
    pub(crate) name: String,
    /// The decoded properties; of several of one name the last.
    pub(crate) properties: BTreeMap<String, String>,
    /// The decoded data.
    pub(crate) data: String,
}

/// An annotation as GitHub would show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownAnnotation {
    /// `error`, `warning` or `notice`.
    pub(crate) level: String,
    /// The message, cut to what the runner keeps.
    pub(crate) message: String,
    /// The file.
    pub(crate) file: Option<String>,
    /// The first line.
    pub(crate) line: Option<u32>,
    /// The first column.
    pub(crate) column: Option<u32>,
    /// The title.
    pub(crate) title: Option<String>,
}

/// What the runner makes of a step's output.
#[derive(Debug, Default)]
pub(crate) struct RunnerView {
    /// The lines of the log, masked. A group is `##[group]title`.
    pub(crate) log: Vec<String>,
    /// The annotations, all of them: GitHub shows the first ten of each level.
    pub(crate) annotations: Vec<ShownAnnotation>,
    /// What is masked.
    pub(crate) masks: Vec<String>,
    /// The commands that were carried out.
    pub(crate) executed: Vec<Executed>,
    /// What makes the step fail whatever its exit code.
    pub(crate) errors: Vec<String>,
    /// What became of each line, in the words of `workflow-commands.json`.
    pub(crate) verdicts: Vec<String>,
    stop_token: Option<String>,
}

impl RunnerView {
    /// Reads a finished step. The runner drains stderr first; between the two streams no order is
    /// kept.
    pub(crate) fn of(stdout: &[u8], stderr: &[u8], culture: Culture) -> Self {
        let mut view = Self::default();
        for stream in [stderr, stdout] {
            for line in read_lines(&decode(stream)) {
                view.read(&line, culture);
            }
        }
        view
    }

    fn read(&mut self, line: &str, culture: Culture) {
        let commands = [
            (parse_v2(line, culture), "v2"),
            (parse_v1(line, culture), "v1"),
        ];
        for (command, version) in commands {
            let Some(command) = command.filter(|command| self.knows(&command.name)) else {
                continue;
            };
            if self.stop_token.is_some() {
                if self.is_stop_token(&command.name) {
                    self.stop_token = None;
                    self.verdicts.push("resume".to_owned());
                    return;
                }
                break;
            }
            self.execute(command, version);
            return;
        }
        self.print(line);
        self.verdicts.push("printed".to_owned());
    }

    fn knows(&self, name: &str) -> bool {
        self.is_stop_token(name) || is_registered(name)
    }

    fn is_stop_token(&self, name: &str) -> bool {
        // Ordinal, ignoring case; the non-ASCII part of that is not needed here.
        self.stop_token
            .as_ref()
            .is_some_and(|token| token.eq_ignore_ascii_case(name))
    }

    fn execute(&mut self, command: Executed, version: &str) {
        let name = command.name.to_ascii_lowercase();
        let mut verdict = format!("exec {} ({version})", command.name);
        match name.as_str() {
            "stop-commands" => verdict = self.stop(&command.data),
            "add-mask" => self.mask(&command.data),
            "error" | "warning" | "notice" => self.annotate(&name, &command),
            "group" => self.print(&format!("##[group]{}", command.data)),
            "endgroup" => self.print("##[endgroup]"),
            "set-env" | "add-path" => self.errors.push(format!("{name} is disabled")),
            "set-output" | "save-state" if !command.properties.contains_key("name") => {
                self.errors.push(format!("{name} lacks a name"));
            }
            "echo"
                if !["on", "off"].contains(&command.data.trim().to_ascii_lowercase().as_str()) =>
            {
                self.errors.push("echo takes on or off".to_owned());
            }
            _ => {}
        }
        self.verdicts.push(verdict);
        self.executed.push(command);
    }

    /// An invalid token throws where nothing catches it.
    fn stop(&mut self, token: &str) -> String {
        if token.is_empty() || token.eq_ignore_ascii_case("pause-logging") || is_registered(token) {
            let error = "exec stop-commands: invalid token, exception aborts the step";
            self.errors.push(error.to_owned());
            return error.to_owned();
        }
        self.stop_token = Some(token.to_owned());
        "stop".to_owned()
    }

    fn mask(&mut self, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        self.masks.push(value.to_owned());
        let lines = value
            .split(['\r', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty());
        self.masks.extend(lines.map(str::to_owned));
    }

    fn annotate(&mut self, level: &str, command: &Executed) {
        let property = |name: &str| command.properties.get(name).cloned();
        let number = |name: &str| property(name).and_then(|number| number.parse().ok());
        let message =
            String::from_utf16_lossy(&command.data.encode_utf16().take(4_096).collect::<Vec<_>>());
        let annotation = ShownAnnotation {
            level: level.to_owned(),
            message: self.masked(&message),
            file: property("file"),
            line: number("line"),
            column: number("col"),
            title: property("title"),
        };
        self.annotations.push(annotation);
        if command.data.is_empty() {
            self.print(&format!("##[{level}]"));
        }
        for (index, line) in read_lines(&command.data).iter().enumerate() {
            let tag = if index == 0 {
                format!("##[{level}]")
            } else {
                String::new()
            };
            self.print(&format!("{tag}{line}"));
        }
    }

    fn print(&mut self, line: &str) {
        let line = self.masked(line);
        self.log.push(
            line.replace("##[start-action", "##[\\start-action")
                .replace("##[end-action", "##[\\end-action"),
        );
    }

    fn masked(&self, text: &str) -> String {
        let mut masks: Vec<&String> = self.masks.iter().collect();
        masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        masks.iter().fold(text.to_owned(), |text, mask| {
            text.replace(mask.as_str(), "***")
        })
    }
}

fn is_registered(name: &str) -> bool {
    REGISTERED
        .iter()
        .any(|registered| registered.eq_ignore_ascii_case(name))
}

/// As a `StreamReader` does it that looks for a byte order mark.
pub(super) fn decode(stream: &[u8]) -> String {
    if let Some(utf16) = stream.strip_prefix(b"\xff\xfe") {
        let units: Vec<u16> = utf16
            .chunks(2)
            .map(|pair| u16::from_le_bytes([pair[0], *pair.get(1).unwrap_or(&0)]))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream)).into_owned()
}

/// Lines end at LF, CRLF or a lone CR and nothing else.
fn read_lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// `::name key=value,key=value::data`, after white space.
fn parse_v2(line: &str, culture: Culture) -> Option<Executed> {
    let text: Vec<char> = line.trim_start().chars().collect();
    if find(&text, "::", 0, culture)
        .is_none_or(|at| !text[..at].iter().all(|&c| culture.ignores(c)))
    {
        return None;
    }
    // The runner cuts at fixed offsets although the match may have been longer.
    let end = find(&text, "::", 2, culture)?;
    let info: String = text.get(2..end)?.iter().collect();
    let data: String = text.get(end + 2..)?.iter().collect();
    let (name, properties) = info.split_once(' ').unwrap_or((&info, ""));
    let decode = |value: &str| {
        decode_escapes(
            value,
            &[
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%3A", ":"),
                ("%2C", ","),
                ("%25", "%"),
            ],
        )
    };
    Some(Executed {
        name: name.to_owned(),
        properties: parse_properties(properties, ',', decode),
        data: decode_escapes(&data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]),
    })
}

/// `##[name key=value;key=value]data`, anywhere in the line; only the first `##[` counts.
fn parse_v1(line: &str, culture: Culture) -> Option<Executed> {
    let text: Vec<char> = line.chars().collect();
    let start = find(&text, "##[", 0, culture)?;
    let end = find(&text, "]", start + 3, culture)?;
    let info: String = text.get(start + 3..end)?.iter().collect();
    let data: String = text.get(end + 1..)?.iter().collect();
    let (name, properties) = info.split_once(' ').unwrap_or((&info, ""));
    let decode = |value: &str| {
        decode_escapes(
            value,
            &[
                ("%3B", ";"),
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%5D", "]"),
                ("%25", "%"),
            ],
        )
    };
    Some(Executed {
        name: name.to_owned(),
        properties: parse_properties(properties, ';', decode),
        data: decode(&data),
    })
}

fn parse_properties(
    text: &str,
    separator: char,
    decode: impl Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let parts = text
        .trim()
        .split(separator)
        .filter_map(|part| part.split_once('='));
    let pairs = parts.map(|(key, value)| (key.to_owned(), decode(value)));
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

/// One escape after the other, in the runner's order.
pub(super) fn decode_escapes(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes
        .iter()
        .fold(text.to_owned(), |text, (escape, plain)| {
            text.replace(escape, plain)
        })
}

/// Where `wanted` begins in `text`, not before `from`, as .NET's `IndexOf(string)` finds it.
fn find(text: &[char], wanted: &str, from: usize, culture: Culture) -> Option<usize> {
    (from..text.len()).find(|&at| is_match(text, wanted, at, culture))
}

fn is_match(text: &[char], wanted: &str, start: usize, culture: Culture) -> bool {
    let mut at = start;
    for (index, character) in wanted.chars().enumerate() {
        while index > 0 && text.get(at).is_some_and(|&c| culture.ignores(c)) {
            at += 1;
        }
        if text.get(at) != Some(&character) {
            return false;
        }
        at += 1;
    }
    let is_hidden_by = |at: Option<usize>, hides: fn(char) -> bool| {
        culture == Culture::Icu && at.and_then(|at| text.get(at)).is_some_and(|&c| hides(c))
    };
    !is_hidden_by(Some(at), is_combining) && !is_hidden_by(start.checked_sub(1), is_prepended)
}

impl Culture {
    /// Control and format characters weigh nothing in a collation; TAB to CR and NEL are white
    /// space and do.
    fn ignores(self, character: char) -> bool {
        self == Self::Icu
            && matches!(u32::from(character),
                0..=8 | 0x0e..=0x1f | 0x7f..=0x84 | 0x86..=0x9f | 0xad | 0x34f | 0x61c | 0x115f
                | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
                | 0x202a..=0x202e | 0x2060..=0x206f
                | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1_bca0..=0x1_bca3
                | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_0fff)
    }
}

fn is_combining(character: char) -> bool {
    matches!(u32::from(character),
        0x300..=0x34e | 0x350..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x20d0..=0x20ff)
}

fn is_prepended(character: char) -> bool {
    matches!(u32::from(character), 0x600..=0x605 | 0x6dd | 0x70f | 0x8e2)
}

#[cfg(test)]
mod tests {
    use super::super::act::ActView;
    use super::super::vectors::vectors;
    use super::*;

    #[test]
    fn the_judges_say_what_was_recorded() {
        for vector in vectors() {
            let (id, bytes) = (vector.id, &vector.bytes);
            let runner = RunnerView::of(bytes, b"", Culture::Icu);
            assert_eq!(runner.verdicts, vector.lines("runner_lines"), "{id}");
            let executes = vector.says("runner_executes");
            assert_eq!(Some(!runner.executed.is_empty()), executes, "{id}");
            let invariant = RunnerView::of(bytes, b"", Culture::Invariant);
            let expected = vector
                .says("runner_executes_invariant_globalization")
                .or(executes);
            assert_eq!(Some(!invariant.executed.is_empty()), expected, "{id}");
            let act = ActView::of(bytes, b"");
            assert_eq!(act.verdicts, vector.lines("act_lines"), "{id}");
            let executes = vector.says("act_executes");
            assert_eq!(Some(!act.executed.is_empty()), executes, "{id}");
        }
    }

    #[test]
    fn a_log_as_github_shows_it() {
        let stdout = b"::add-mask::s3cret\nthe s3cret\n::group::G s3cret\nx\n::endgroup::\n\
            ::error file=a%2Cb,line=3,col=4,title=T::m%0An\n::debug::d\n##[start-action]\n";
        let view = RunnerView::of(stdout, b"e\n", Culture::Icu);
        let log = [
            "e",
            "the ***",
            "##[group]G ***",
            "x",
            "##[endgroup]",
            "##[error]m",
            "n",
            "##[\\start-action]",
        ];
        assert_eq!(view.log, log);
        let annotation = ShownAnnotation {
            level: "error".to_owned(),
            message: "m\nn".to_owned(),
            file: Some("a,b".to_owned()),
            line: Some(3),
            column: Some(4),
            title: Some("T".to_owned()),
        };
        assert_eq!(view.annotations, [annotation]);
        assert_eq!(view.masks, ["s3cret", "s3cret"]);
        assert!(view.errors.is_empty());
    }

    #[test]
    fn escapes_are_decoded_once() {
        let decode = |line: &str| {
            RunnerView::of(line.as_bytes(), b"", Culture::Icu)
                .executed
                .remove(0)
        };
        assert_eq!(decode("::error::%250A %0a %25").data, "%0A %0a %");
        assert_eq!(
            decode("::error title=%253A%3A::x").properties["title"],
            "%3A:"
        );
        assert_eq!(decode("##[error k=%5D%3B]%5D").properties["k"], "];");
    }

    #[test]
    fn lines_that_fail_the_step() {
        for line in [
            "::set-env name=a::b",
            "##[add-path]/x",
            "::set-output::x",
            "::echo::maybe",
            "::stop-commands::",
        ] {
            assert_eq!(
                RunnerView::of(line.as_bytes(), b"", Culture::Icu)
                    .errors
                    .len(),
                1,
                "{line}"
            );
        }
    }

    #[test]
    fn byte_order_marks() {
        let executes = |bytes: &[u8]| !RunnerView::of(bytes, b"", Culture::Icu).executed.is_empty();
        assert!(executes(b"\xff\xfe:\0:\0d\0e\0b\0u\0g\0:\0:\0x\0"));
        assert!(!executes(b"x\n\xff\xfe:\0:\0d\0e\0b\0u\0g\0:\0:\0x\0"));
    }
}
