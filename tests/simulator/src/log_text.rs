//! The bytes of a log, made line by line when they are asked for, so that a large log costs little memory.
//!
//! The form is the agent's: each message after a seven-digit time stamp, a byte order mark at the start
//! of the file it uploads, the line ends of its system.

use std::ops::Range;
use std::sync::Arc;

use crate::clock::{Moment, Span, StampWriter};
use crate::script::task::{Bom, TaskScript};

mod part;

use part::{Part, STEP};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A log. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct LogText {
    parts: Arc<[Part]>,
    style: Style,
    /// Index of the first line of each page after the first.
    page_starts: Arc<[usize]>,
    /// How many lines the agent writes only when the task ends, whatever their stamps say.
    closing: usize,
}

#[derive(Clone, Copy, Debug)]
struct Style {
    stamps: bool,
    bom: Bom,
    line_end: &'static str,
    final_newline: bool,
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
            line_end: if task.crlf { "\r\n" } else { "\n" },
            final_newline: !task.no_final_newline,
        };
        let count: usize = parts.iter().map(Part::line_count).sum();
        let step = if task.spread {
            task.duration.part(count as u64 + 1)
        } else {
            STEP
        };
        let closing = if task.empty_log {
            0
        } else {
            last_words.len() + usize::from(task.frame)
        };
        Self {
            closing,
            ..Self::new(one_after_another(parts, step), style)
        }
    }

    /// How many lines are written before the task ends.
    pub(crate) fn lines_before_end(&self) -> usize {
        self.line_count() - self.closing
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
        let mut line_end = "\n";
        for task in tasks {
            parts.extend(task.parts.iter().cloned());
            if task.style.line_end == "\r\n" {
                line_end = "\r\n";
            }
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
                line_end,
                final_newline: true,
            },
        )
    }

    /// A text of the server's own, without stamps.
    pub(crate) fn of_server(lines: &[String], line_end: &'static str) -> Self {
        let style = Style {
            stamps: false,
            bom: Bom::None,
            line_end,
            final_newline: true,
        };
        Self::new(vec![Part::written(Moment::EPOCH, lines)], style)
    }

    fn new(parts: Vec<Part>, style: Style) -> Self {
        Self {
            parts: parts.into(),
            style,
            page_starts: Arc::default(),
            closing: 0,
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
            total += own.len() * self.style.line_end.len();
            total += part.text_length(
                own.start.saturating_sub(first)..own.end.saturating_sub(first),
                self.style.stamps,
            );
            first += part.line_count();
        }
        let marks = self.marks(range);
        let open_end = !self.style.final_newline && range.end == first && !range.is_empty();
        total += marks * BYTE_ORDER_MARK.len();
        (total
            - if open_end {
                self.style.line_end.len()
            } else {
                0
            }) as u64
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
                    piece.extend_from_slice(self.style.line_end.as_bytes());
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
    parts.extend(task.raw_base64.iter().map(|raw| Part::raw(start, &raw.0)));
    let generated = task.generate.iter();
    parts.extend(generated.map(|bulk| Part::generated(start, bulk.clone())));
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
