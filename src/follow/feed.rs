//! Lines that are shown live, before a step's log exists.
//!
//! The console feed is an extra that may be absent, refused or incomplete. The log is the truth: what
//! was shown live is compared with it, and whatever is missing is shown then.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::azure::FeedLines;
use crate::build::{LogLine, Marker};

/// Longer lines are cut in the feed (agent: `JobServerQueue.cs`).
const CUT_AT: usize = 1024;

/// How many lines of one step are shown live at most, so that memory stays bounded.
const MOST: usize = 50_000;

/// How many of the lines that were shown live are asked for again, to see that feed and log agree.
const OVERLAP: usize = 4;

/// Lines of the feed asked for at first, and at most.
const FEW: u32 = 50;
const MANY: u32 = 6_400;

/// What was shown live of one step's log.
#[derive(Debug)]
pub(super) struct Live {
    /// The lines shown, by their hashes; those of another text may agree, which costs nothing but a
    /// comparison that is too kind.
    shown: Vec<u64>,
    /// How many lines to ask for.
    window: u32,
    /// Whether nothing more of this step is shown live.
    is_over: bool,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            window: FEW,
            is_over: false,
        }
    }
}

impl Live {
    /// That of a step whose log is read from now on.
    pub(super) fn over() -> Self {
        Self {
            is_over: true,
            ..Self::default()
        }
    }

    /// Whether more lines may be shown live.
    pub(super) fn goes_on(&self) -> bool {
        !self.is_over
    }

    /// How many lines to ask for.
    pub(super) fn window(&self) -> u32 {
        self.window
    }

    /// How many lines were shown live.
    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    /// The lines of an answer that come next and can be shown: those behind the ones that were
    /// shown, without a gap, uncut, and before anything that the feed may count otherwise than the
    /// log. Takes note of them.
    pub(super) fn take<'f>(&mut self, feed: &'f FeedLines) -> &'f [String] {
        if feed.lines.is_empty() {
            return &[];
        }
        let next = self.shown.len() as u64 + 1;
        if feed.first > next {
            // Lines between were missed: ask for more of them while that may help.
            self.is_over = self.window >= MANY;
            self.window = (self.window * 4).min(MANY);
            return &[];
        }
        let known = usize::try_from(next - feed.first).unwrap_or(usize::MAX);
        let new = feed.lines.get(known..).unwrap_or_default();
        let room = MOST - self.shown.len();
        let fit = new.iter().take(room).take_while(|line| is_certain(line));
        let good = &new[..fit.count()];
        self.is_over = good.len() < new.len() || self.shown.len() + good.len() >= MOST;
        let lines = good.iter().map(|line| LogLine::without_timestamp(line));
        self.shown.extend(lines.map(|line| hash(&line)));
        // As many again may come, and what was shown is not wanted again.
        let twice = u32::try_from(2 * good.len()).unwrap_or(MANY);
        self.window = twice.clamp(FEW, MANY);
        good
    }

    /// From which line on the log is read to compare it with what was shown, from 1.
    pub(super) fn first_to_compare(&self) -> u64 {
        (self.shown.len() - self.overlap().len()) as u64 + 1
    }

    /// Whether `lines`, which the log has from there on, are the ones that were shown; nothing as
    /// long as the log does not have them all.
    pub(super) fn agrees(&self, lines: &[String]) -> Option<bool> {
        let shown = self.overlap();
        let is_same = |(line, shown): &(&String, &u64)| hash(&LogLine::parse(line)) == **shown;
        let same = lines.iter().zip(shown).take_while(is_same).count();
        match same {
            _ if same == shown.len() => Some(true),
            _ if same == lines.len() => None,
            _ => Some(false),
        }
    }

    /// The last lines shown.
    fn overlap(&self) -> &[u64] {
        &self.shown[self.shown.len().saturating_sub(OVERLAP)..]
    }

    /// How often each line was shown, for when log and feed do not agree.
    pub(super) fn counts(&self) -> HashMap<u64, u32> {
        let mut counts = HashMap::new();
        for line in &self.shown {
            *counts.entry(*line).or_default() += 1;
        }
        counts
    }
}

/// Whether the line is whole, and takes one number in the feed as in the log. The agent cuts long
/// lines, sends a message of several lines as one, and does not count the end of a group (agent:
/// `JobServerQueue.cs`, `PagingLogger.cs`).
fn is_certain(line: &str) -> bool {
    let is_cut = line.len() > CUT_AT && line.ends_with("...");
    let is_one_line = !line.contains(['\n', '\r']);
    let marker = LogLine::without_timestamp(line).marker;
    !is_cut && is_one_line && marker != Some(Marker::EndGroup)
}

/// What a line says, without its time stamp, which the feed does not have.
pub(super) fn hash(line: &LogLine<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (line.marker.map(|marker| marker as u8), line.text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(first: u64, lines: &[&str]) -> FeedLines {
        FeedLines {
            first,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn only_the_next_lines_are_taken() {
        let mut live = Live::default();
        assert_eq!(live.take(&feed(1, &["a", "b"])), ["a", "b"]);
        assert_eq!(live.take(&feed(1, &["a", "b", "c"])), ["c"]);
        assert_eq!(live.take(&feed(2, &["b", "c"])), [""; 0]);
        assert_eq!(live.take(&feed(3, &["c", "d"])), ["d"]);
        assert_eq!(live.len(), 4);
        assert!(live.goes_on());
    }

    #[test]
    fn a_gap_is_asked_for_and_then_given_up() {
        let mut live = Live::default();
        let mut asked = Vec::new();
        while live.goes_on() {
            asked.push(live.window());
            assert_eq!(live.take(&feed(2, &["b"])), [""; 0]);
        }
        assert_eq!(asked, [50, 200, 800, 3_200, 6_400]);
        assert_eq!(live.len(), 0);
    }

    #[test]
    fn what_the_feed_may_count_otherwise_is_left_to_the_log() {
        let cut = format!("{}...", "x".repeat(1024));
        for line in [
            cut.as_str(),
            "two\nlines",
            "cr\rlf",
            "##[endgroup]",
            "##[EndGroup]x",
        ] {
            let mut live = Live::default();
            assert_eq!(live.take(&feed(1, &["a", line, "b"])), ["a"], "{line}");
            assert!(!live.goes_on(), "{line}");
        }
        let long = "x".repeat(2_000);
        assert_eq!(Live::default().take(&feed(1, &[&long])), [long.as_str()]);
    }

    #[test]
    fn the_last_lines_are_compared() {
        let mut live = Live::default();
        live.take(&feed(1, &["a", "b"]));
        assert_eq!(live.first_to_compare(), 1);
        live.take(&feed(3, &["c", "d", "e", "c"]));
        assert_eq!(live.first_to_compare(), 3);
        let message = |line| hash(&LogLine::without_timestamp(line));
        assert_eq!(live.overlap(), ["c", "d", "e", "c"].map(message));
        let log = ["c", "d", "e", "c"].map(str::to_owned);
        assert_eq!(live.agrees(&log), Some(true));
        assert_eq!(live.agrees(&log[..3]), None);
        assert_eq!(live.agrees(&log[1..]), Some(false));
        assert_eq!(live.counts()[&message("c")], 2);
        let in_log = LogLine::parse("2026-03-02T08:27:01.1234567Z ##[command]make");
        assert_eq!(hash(&in_log), message("##[command]make"));
        assert_ne!(message("make"), message("##[command]make"));
    }
}
