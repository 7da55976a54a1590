//! One line of an Azure log: time stamp, marker, text.

/// A line of a task's log, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// The agent's time stamp, such as `2026-03-02T08:27:01.1234567Z`. Lines after the first of a
    /// message have none.
    pub timestamp: Option<&'a str>,
    /// What the agent says the line is.
    pub marker: Option<Marker>,
    /// The rest, without the marker.
    pub text: &'a str,
}

/// What `##[…]` at the start of a message means (agent: `WellKnownTags`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Frame of a task: `Starting: …`, `Finishing: …`.
    Section,
    /// A command line that is about to run.
    Command,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// Agent debug text.
    Debug,
    /// Start of a foldable block.
    Group,
    /// Its end.
    EndGroup,
}

/// `2026-03-02T08:27:01.1234567Z `: digits where there is a `0`.
const TIMESTAMP: &[u8; 29] = b"0000-00-00T00:00:00.0000000Z ";

impl<'a> LogLine<'a> {
    /// Takes `line` apart; it has no line end. Byte order marks, which the agent puts at the start
    /// of each page of a log, are dropped (agent: `PagingLogger`).
    #[must_use]
    pub fn parse(line: &'a str) -> Self {
        let line = without_marks(line);
        let (timestamp, message) = split_timestamp(line);
        let (marker, text) = split_marker(message);
        Self {
            timestamp,
            marker,
            text,
        }
    }

    /// Takes apart a line that never has a time stamp, as in the console feed.
    #[must_use]
    pub fn without_timestamp(message: &'a str) -> Self {
        let (marker, text) = split_marker(message);
        Self {
            timestamp: None,
            marker,
            text,
        }
    }

    /// Whether this is the line with which the agent begins every task's log.
    #[must_use]
    pub fn begins_task(&self) -> bool {
        self.marker == Some(Marker::Section) && self.text.starts_with("Starting: ")
    }

    /// Whether this is the line with which the agent ends every task's log.
    #[must_use]
    pub fn ends_task(&self) -> bool {
        self.marker == Some(Marker::Section) && self.text.starts_with("Finishing: ")
    }
}

fn without_marks(line: &str) -> &str {
    // Nearly no line has one, and the first byte says so.
    if line.as_bytes().first() == Some(&0xef) {
        line.trim_start_matches('\u{feff}')
    } else {
        line
    }
}

fn split_timestamp(line: &str) -> (Option<&str>, &str) {
    let start = line.as_bytes().first_chunk();
    if start.is_some_and(is_timestamp) {
        let (stamp, message) = line.split_at(TIMESTAMP.len());
        (Some(&stamp[..stamp.len() - 1]), message)
    } else {
        (None, line)
    }
}

/// Eight bytes at once: every line is looked at, and most have a stamp.
fn is_timestamp(bytes: &[u8; TIMESTAMP.len()]) -> bool {
    // The last eight overlap with those before.
    const FORM: [FormWord; 4] = [
        FormWord::at(0),
        FormWord::at(8),
        FormWord::at(16),
        FormWord::at(TIMESTAMP.len() - 8),
    ];
    FORM.iter().all(|form| form.matches(bytes))
}

/// Eight bytes of [`TIMESTAMP`].
struct FormWord {
    place: usize,
    word: u64,
    /// Sets the top bit of what differs too much: from 10 on where there is a `0`, else from 1 on.
    limits: u64,
}

impl FormWord {
    const fn at(place: usize) -> Self {
        let (mut word, mut limits) = ([0; 8], [0x7f; 8]);
        let mut at = 0;
        while at < word.len() {
            word[at] = TIMESTAMP[place + at];
            if word[at] == b'0' {
                limits[at] = 0x76;
            }
            at += 1;
        }
        Self {
            place,
            word: u64::from_ne_bytes(word),
            limits: u64::from_ne_bytes(limits),
        }
    }

    fn matches(&self, bytes: &[u8; TIMESTAMP.len()]) -> bool {
        const TOP: u64 = u64::from_ne_bytes([0x80; 8]);
        let Some(word) = bytes[self.place..].first_chunk() else {
            return false;
        };
        // 0 where a byte is the form's, 0 to 9 where it is a digit for a `0`.
        let differs = u64::from_ne_bytes(*word) ^ self.word;
        (((differs & !TOP) + self.limits) | differs) & TOP == 0
    }
}

fn split_marker(message: &str) -> (Option<Marker>, &str) {
    const MARKERS: [(&str, Marker); 7] = [
        ("section", Marker::Section),
        ("command", Marker::Command),
        ("error", Marker::Error),
        ("warning", Marker::Warning),
        ("debug", Marker::Debug),
        ("group", Marker::Group),
        ("endgroup", Marker::EndGroup),
    ];
    let Some((word, text)) = message
        .strip_prefix("##[")
        .and_then(|rest| rest.split_once(']'))
    else {
        return (None, message);
    };
    MARKERS
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map_or((None, message), |(_, marker)| (Some(*marker), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, timestamp: Option<&str>, marker: Option<Marker>, text: &str) {
        let expected = LogLine {
            timestamp,
            marker,
            text,
        };
        assert_eq!(LogLine::parse(line), expected, "{line:?}");
    }

    #[test]
    fn lines_are_taken_apart() {
        let stamp = Some("2026-03-02T08:27:01.1234567Z");
        check("2026-03-02T08:27:01.1234567Z hello", stamp, None, "hello");
        check("2026-03-02T08:27:01.1234567Z ", stamp, None, "");
        check(
            "2026-03-02T08:27:01.1234567Z ##[error]Bash exited",
            stamp,
            Some(Marker::Error),
            "Bash exited",
        );
        check(
            "\u{feff}2026-03-02T08:27:01.1234567Z ##[GROUP]x",
            stamp,
            Some(Marker::Group),
            "x",
        );
        check(
            "second line of a message",
            None,
            None,
            "second line of a message",
        );
        check(
            "2026-03-02T08:27:01.123Z short",
            None,
            None,
            "2026-03-02T08:27:01.123Z short",
        );
        check("##[unknown]x", None, None, "##[unknown]x");
        check("##[error", None, None, "##[error");
        check("", None, None, "");
        check(
            "2026-03-02T08:27:01.1234567Zä",
            None,
            None,
            "2026-03-02T08:27:01.1234567Zä",
        );
    }

    #[test]
    fn each_byte_of_a_stamp_is_looked_at() {
        let stamp = *b"2026-03-02T08:27:01.1234567Z ";
        for place in 0..stamp.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = stamp;
                bytes[place] = byte;
                let expected = match TIMESTAMP[place] {
                    b'0' => byte.is_ascii_digit(),
                    form => byte == form,
                };
                assert_eq!(is_timestamp(&bytes), expected, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn the_frame_of_a_task_is_known() {
        assert!(LogLine::parse("##[section]Finishing: Compile").ends_task());
        assert!(!LogLine::parse("##[section]Starting: Compile").ends_task());
        assert!(LogLine::parse("##[section]Starting: Compile").begins_task());
        assert!(!LogLine::parse("Finishing: Compile").ends_task());
    }
}
