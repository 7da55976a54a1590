//! Time stamps of log lines.

use super::Moment;
use super::span::TICKS_PER_SECOND;

/// Writes moments in .NET's round-trip format with all seven digits, as in log lines. Keeps the text of the second:
/// neighbours in a log mostly share it.
#[derive(Debug, Default)]
pub(crate) struct StampWriter {
    second: Option<u64>,
    text: String,
}

impl StampWriter {
    pub(crate) fn write(&mut self, moment: Moment, bytes: &mut Vec<u8>) {
        let second = moment.ticks() / TICKS_PER_SECOND;
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = moment.seconds_text();
        }
        let mut fraction = *b".0000000Z";
        let mut left = moment.ticks() % TICKS_PER_SECOND;
        for digit in fraction[1..8].iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
            left /= 10;
        }
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.extend_from_slice(&fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Span;

    #[test]
    fn json_times_lose_their_trailing_zeros_and_log_times_keep_seven_digits() {
        let cases = [
            ("0s", "2026-03-02T08:27:00Z", "2026-03-02T08:27:00.0000000Z"),
            (
                "510ms",
                "2026-03-02T08:27:00.51Z",
                "2026-03-02T08:27:00.5100000Z",
            ),
            (
                "24h",
                "2026-03-03T08:27:00Z",
                "2026-03-03T08:27:00.0000000Z",
            ),
        ];
        let mut stamps = StampWriter::default();
        for (text, json, log) in cases {
            let moment = Moment::EPOCH.plus(Span::parse(text).unwrap());
            assert_eq!(moment.to_string(), json);
            let mut stamp = Vec::new();
            stamps.write(moment, &mut stamp);
            assert_eq!(stamp, log.as_bytes());
            assert_eq!(Moment::parse(json), Some(moment));
        }
    }
}
