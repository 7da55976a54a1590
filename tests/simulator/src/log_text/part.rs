//! A part of a log: lines that were written down, or are made when they are asked for.

use std::ops::Range;
use std::sync::Arc;

use crate::clock::{Moment, Span, StampWriter};
use crate::script::task::Bulk;

/// Simulated time between the stamps of two lines, unless the task spreads them.
pub(super) const STEP: Span = Span::ticks(1000);
/// `2026-03-02T08:27:01.1234567Z ` has always this length.
const STAMP_LENGTH: usize = 29;

/// Lines with stamps that count from one moment.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) start: Moment,
    /// Between two lines.
    pub(super) step: Span,
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

impl Part {
    /// A message with line breaks has its stamp on the first line only.
    pub(super) fn written<T: AsRef<str>>(
        start: Moment,
        messages: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut lines = Vec::new();
        for message in messages {
            for (number, text) in message.as_ref().split('\n').enumerate() {
                lines.push(Line {
                    text: text.as_bytes().to_vec(),
                    stamped: number == 0,
                });
            }
        }
        Self::new(start, Lines::Written(lines))
    }

    /// Any bytes, split at line feeds.
    pub(super) fn raw(start: Moment, bytes: &[u8]) -> Self {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').map(|text| Line {
            text: text.to_vec(),
            stamped: true,
        });
        Self::new(start, Lines::Written(lines.collect()))
    }

    pub(super) fn generated(start: Moment, bulk: Bulk) -> Self {
        Self::new(start, Lines::Generated(bulk))
    }

    fn new(start: Moment, lines: Lines) -> Self {
        Self {
            start,
            step: STEP,
            lines: Arc::new(lines),
        }
    }

    pub(super) fn line_count(&self) -> usize {
        match &*self.lines {
            Lines::Written(lines) => lines.len(),
            Lines::Generated(bulk) => bulk.lines,
        }
    }

    pub(super) fn text_length(&self, own: Range<usize>, stamps: bool) -> usize {
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
    pub(super) fn write_line(
        &self,
        index: usize,
        stamps: Option<&mut StampWriter>,
        bytes: &mut Vec<u8>,
    ) {
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
