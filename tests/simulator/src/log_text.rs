//! The bytes of a log, made line by line when they are asked for, so that a large log costs little memory.
//!
//! The form is the agent's: each message after a seven-digit time stamp, a byte order mark at the start
//! of the file it uploads, the line ends of its system.

use std::ops::Range;
use std::sync::Arc;

use crate::clock::{Moment, Span, StampWriter};
use crate::script::task::{Bom, Bulk, TaskScript};

/// Simulated time between the stamps of two lines.
const STEP: Span = Span::ticks(1000);
/// `2026-03-02T08:27:01.1234567Z ` has always this length.
const STAMP_LENGTH: usize = 29;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A log. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct LogText {
    parts: Arc<[Part]>,
    style: Style,
    /// Index of the first line of each page after the first.
    page_starts: Arc<[usize]>,
    /// How many lines the agent writes only when the task ends, whatever their stamps say.
    ending: usize,
}

#[derive(Clone, Copy, Debug)]
struct Style {
    stamps: bool,
    bom: Bom,
    ending: &'static str,
    final_newline: bool,
}

/// Lines with stamps that count from one moment.
#[derive(Clone, Debug)]
struct Part {
    start: Moment,
    /// Between two lines.
    step: Span,
    lines: Arc<Lines>,
}

#[derive(Debug)]
enum Lines {
    Written(Vec<Line>),
    Generated(Bulk),
}

#[derive(Clone, Debug)]
struct Line {
    text: Vec<u8>,
    stamped: bool,
}

impl LogText {
    /// The log of a task that ran from `start`; `last_words` are what the agent adds when it stops the task.
    pub(crate) fn of_task(task: &TaskScript, start: Moment, last_words: &[&str]) -> Self {
        let mut parts = Vec::new();
        if !task.empty_log {
            parts
                .extend(task.frame.then(|| {
                    Part::written(start, [format!("##[section]Starting: {}", task.name)])
                }));
            parts.extend(body_of(task, start));
            parts.push(Part::written(start, last_words));
            parts.extend(
                task.frame.then(|| {
                    Part::written(start, [format!("##[section]Finishing: {}", task.name)])
                }),
            );
        }
        let style = Style {
            stamps: task.stamps,
            bom: task.bom,
            ending: if task.crlf { "\r\n" } else { "\n" },
            final_newline: !task.no_final_newline,
        };
        let count: usize = parts.iter().map(Part::line_count).sum();
        let step = if task.spread {
            task.duration.part(count as u64 + 1)
        } else {
            STEP
        };
        let ending = if task.empty_log {
            0
        } else {
            last_words.len() + usize::from(task.frame)
        };
        Self {
            ending,
            ..Self::new(one_after_another(parts, step), style)
        }
    }

    /// How many lines are written before the task ends.
    pub(crate) fn lines_before_end(&self) -> usize {
        self.line_count() - self.ending
    }

    /// The lines that were written until then, at most so many, without stamps: as the console shows them.
    pub(crate) fn console(&self, until: Moment, limit: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for part in self.parts.iter() {
            for index in 0..part.line_count() {
                let written = part.start.plus(part.step.times(index as u64));
                if written > until || lines.len() >= limit {
                    return lines;
                }
                let mut bytes = Vec::new();
                part.write_line(index, None, &mut bytes);
                lines.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        lines
    }

    /// The log of a job: its tasks' lines between two of its own.
    pub(crate) fn of_job<'a>(
        name: &str,
        start: Moment,
        end: Moment,
        tasks: impl Iterator<Item = &'a Self>,
    ) -> Self {
        let mut parts = vec![Part::written(
            start,
            [format!("##[section]Starting: {name}")],
        )];
        let mut ending = "\n";
        for task in tasks {
            parts.extend(task.parts.iter().cloned());
            ending = if task.style.ending == "\r\n" {
                "\r\n"
            } else {
                ending
            };
        }
        parts.push(Part::written(
            end,
            [format!("##[section]Finishing: {name}")],
        ));
        Self::new(
            parts,
            Style {
                stamps: true,
                bom: Bom::First,
                ending,
                final_newline: true,
            },
        )
    }

    /// A text of the server's own, without stamps.
    pub(crate) fn of_server(lines: &[String], ending: &'static str) -> Self {
        let style = Style {
            stamps: false,
            bom: Bom::None,
            ending,
            final_newline: true,
        };
        Self::new(vec![Part::written(Moment::EPOCH, lines)], style)
    }

    fn new(parts: Vec<Part>, style: Style) -> Self {
        Self {
            parts: parts.into(),
            style,
            page_starts: Arc::default(),
            ending: 0,
        }
    }

    pub(crate) fn with_pages(mut self, starts: Vec<usize>) -> Self {
        self.page_starts = starts.into();
        self
    }

    pub(crate) fn line_count(&self) -> usize {
        self.parts.iter().map(Part::line_count).sum()
    }

    /// One line as the service keeps it, without its line end.
    pub(crate) fn line(&self, index: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_line(index, &mut StampWriter::default(), &mut bytes);
        bytes
    }

    fn write_line(&self, index: usize, stamps: &mut StampWriter, bytes: &mut Vec<u8>) {
        let mut first = 0;
        for part in self.parts.iter() {
            if index - first < part.line_count() {
                if self.has_mark(index) {
                    bytes.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
                }
                let stamps = self.style.stamps.then_some(stamps);
                return part.write_line(index - first, stamps, bytes);
            }
            first += part.line_count();
        }
    }

    /// How many bytes some lines have, without making them.
    pub(crate) fn byte_length(&self, range: &Range<usize>) -> u64 {
        let mut total = 0;
        let mut first = 0;
        for part in self.parts.iter() {
            let own = range.start.max(first)..range.end.min(first + part.line_count());
            total += own.len() * self.style.ending.len();
            total += part.text_length(
                own.start.saturating_sub(first)..own.end.saturating_sub(first),
                self.style.stamps,
            );
            first += part.line_count();
        }
        let marks = self.marks(range);
        let open_end = !self.style.final_newline && range.end == first && !range.is_empty();
        total += marks * BYTE_ORDER_MARK.len();
        (total - if open_end { self.style.ending.len() } else { 0 }) as u64
    }

    /// The text of some lines in pieces of a moderate size.
    pub(crate) fn chunks(
        self,
        range: Range<usize>,
    ) -> impl Iterator<Item = Vec<u8>> + Send + 'static {
        const PIECE: usize = 64 * 1024;
        let count = self.line_count();
        let mut stamps = StampWriter::default();
        let mut left = range;
        std::iter::from_fn(move || {
            let mut piece = Vec::new();
            while piece.len() < PIECE
                && let Some(index) = left.next()
            {
                if piece.is_empty() {
                    piece.reserve(PIECE + PIECE / 8);
                }
                self.write_line(index, &mut stamps, &mut piece);
                // The line end may be missing at the end of the log.
                if self.style.final_newline || index + 1 < count {
                    piece.extend_from_slice(self.style.ending.as_bytes());
                }
            }
            (!piece.is_empty()).then_some(piece)
        })
    }

    fn has_mark(&self, index: usize) -> bool {
        match self.style.bom {
            Bom::None => false,
            Bom::First => index == 0,
            Bom::EveryPage => index == 0 || self.page_starts.contains(&index),
        }
    }

    /// How many of these lines begin with a byte order mark.
    fn marks(&self, range: &Range<usize>) -> usize {
        let later = self.page_starts.iter().filter(|start| **start > 0);
        std::iter::once(&0)
            .chain(later)
            .filter(|index| range.contains(index) && self.has_mark(**index))
            .count()
    }
}

fn body_of(task: &TaskScript, start: Moment) -> Vec<Part> {
    let mut parts = vec![Part::written(start, &task.lines)];
    if let Some(raw) = &task.raw_base64 {
        let bytes = raw.0.strip_suffix(b"\n").unwrap_or(&raw.0);
        let lines = bytes.split(|byte| *byte == b'\n').map(|text| Line {
            text: text.to_vec(),
            stamped: true,
        });
        parts.push(Part {
            start,
            step: STEP,
            lines: Arc::new(Lines::Written(lines.collect())),
        });
    }
    if let Some(bulk) = &task.generate {
        parts.push(Part {
            start,
            step: STEP,
            lines: Arc::new(Lines::Generated(bulk.clone())),
        });
    }
    parts
}

/// The stamps of one log go on rising from part to part.
fn one_after_another(mut parts: Vec<Part>, step: Span) -> Vec<Part> {
    let mut before = 0;
    for part in &mut parts {
        part.step = step;
        part.start = part.start.plus(step.times(before));
        before += part.line_count() as u64;
    }
    parts
}

impl Part {
    /// A message with line breaks has its stamp on the first line only.
    fn written<T: AsRef<str>>(start: Moment, messages: impl IntoIterator<Item = T>) -> Self {
        let mut lines = Vec::new();
        for message in messages {
            for (number, text) in message.as_ref().split('\n').enumerate() {
                lines.push(Line {
                    text: text.as_bytes().to_vec(),
                    stamped: number == 0,
                });
            }
        }
        Self {
            start,
            step: STEP,
            lines: Arc::new(Lines::Written(lines)),
        }
    }

    fn line_count(&self) -> usize {
        match &*self.lines {
            Lines::Written(lines) => lines.len(),
            Lines::Generated(bulk) => bulk.lines,
        }
    }

    fn text_length(&self, own: Range<usize>, stamps: bool) -> usize {
        if own.is_empty() {
            return 0;
        }
        let stamp = if stamps { STAMP_LENGTH } else { 0 };
        match &*self.lines {
            Lines::Generated(bulk) => own.len() * (bulk.bytes + stamp),
            Lines::Written(lines) => lines[own]
                .iter()
                .map(|line| line.text.len() + if line.stamped { stamp } else { 0 })
                .sum(),
        }
    }

    /// Without `stamps` the line is as the task printed it.
    fn write_line(&self, index: usize, stamps: Option<&mut StampWriter>, bytes: &mut Vec<u8>) {
        let stamped = match &*self.lines {
            Lines::Written(lines) => lines[index].stamped,
            Lines::Generated(_) => true,
        };
        if let Some(stamps) = stamps.filter(|_| stamped) {
            stamps.write(self.start.plus(self.step.times(index as u64)), bytes);
            bytes.push(b' ');
        }
        match &*self.lines {
            Lines::Written(lines) => bytes.extend_from_slice(&lines[index].text),
            Lines::Generated(bulk) => generate(bulk, index, bytes),
        }
    }
}

/// `line 17 xxxxxxx…`, cut or filled to the asked length.
fn generate(bulk: &Bulk, index: usize, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(bulk.start.as_bytes());
    bytes.extend_from_slice(b"line ");
    push_number(index + 1, bytes);
    bytes.push(b' ');
    bytes.resize(start + bulk.bytes, b'x');
}

/// The same as with `write!`, several times as fast: a log of a gibibyte has ten million lines.
fn push_number(mut number: usize, bytes: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b"0123456789"[number % 10];
        number /= 10;
        if number == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(toml: &str) -> TaskScript {
        toml::from_str(toml).unwrap()
    }

    fn text(toml: &str) -> String {
        let log = LogText::of_task(&task(toml), Moment::EPOCH, &[]);
        let count = log.line_count();
        let text = String::from_utf8(log.clone().chunks(0..count).flatten().collect()).unwrap();
        assert_eq!(log.byte_length(&(0..count)), text.len() as u64, "{toml}");
        text
    }

    #[test]
    fn a_framed_log_has_stamps_that_rise_and_a_mark_at_the_start() {
        let expected = "\u{feff}2026-03-02T08:27:00.0000000Z ##[section]Starting: Say\n\
                        2026-03-02T08:27:00.0001000Z hello\n\
                        two\n\
                        2026-03-02T08:27:00.0003000Z ##[section]Finishing: Say\n";
        assert_eq!(text("name = 'Say'\nlines = [\"hello\\ntwo\"]"), expected);
    }

    #[test]
    fn the_odd_forms_can_be_asked_for() {
        let bare = "frame = false\nstamps = false\nbom = 'none'\n";
        assert_eq!(
            text(&format!("{bare}crlf = true\nlines = ['a', 'b']")),
            "a\r\nb\r\n"
        );
        assert_eq!(
            text(&format!(
                "{bare}no-final-newline = true\nlines = ['a', 'b']"
            )),
            "a\nb"
        );
        assert_eq!(text("empty-log = true\nlines = ['a']"), "");
        assert_eq!(text(&format!("{bare}raw-base64 = 'YQ0KYgo='")), "a\r\nb\n");
        assert_eq!(
            text(&format!("{bare}generate = {{ lines = 2, bytes = 9 }}")),
            "line 1 xx\nline 2 xx\n"
        );
        assert_eq!(
            text(&format!(
                "{bare}generate = {{ lines = 1, bytes = 9, start = '✓ ' }}"
            )),
            "✓ line \n"
        );
    }

    #[test]
    fn a_job_has_two_lines_more_than_its_tasks() {
        let tasks = ["lines = ['a']", "frame = false\nlines = ['b']"]
            .map(|toml| LogText::of_task(&task(toml), Moment::EPOCH, &[]));
        let job = LogText::of_job("Build", Moment::EPOCH, Moment::EPOCH, tasks.iter());
        assert_eq!(job.line_count(), 3 + 1 + 2);
        assert!(job.line(4).ends_with(b"Z b"));
    }
}
