//! What has been shown of one log.

use std::collections::HashMap;

use crate::build::LogLine;
use crate::follow::clock::Moment;
use crate::follow::feed::{Live, hash};

/// What has been shown of one log.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Lines shown, live or from the log.
    pub(super) lines: u64,
    /// The lines that were shown live, until the log agrees with them.
    pub(super) live: Live,
    /// How often each line was shown live that has not been found in the log, once log and feed did
    /// not agree.
    pub(super) disputed: HashMap<u64, u32>,
    /// Whether the first line is the one with which the agent begins a task.
    pub(super) has_begun: bool,
    /// Whether the last line shown is the one with which the agent ends a task.
    pub(super) has_ended: bool,
    /// Since when the task is over without anything new in its log, which is not complete.
    pub(super) resting_since: Option<Moment>,
    pub(super) end: LogEnd,
    /// How often it could not be read without anything new.
    pub(super) failures: u8,
}

/// Whether the end of a log has been shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum LogEnd {
    /// More is to come.
    #[default]
    Awaited,
    /// It did not come in time, and is looked for when the job, and when the run is over.
    GivenUp,
    /// It has.
    Shown,
}

impl Progress {
    /// Takes note of a line of the log.
    pub(super) fn count(&mut self, line: &LogLine<'_>) {
        self.lines += 1;
        self.has_begun |= self.lines == 1 && line.begins_task();
        self.has_ended = line.ends_task();
    }

    /// Whether a line of the log was shown live, out of its order. Each one that was shown counts
    /// once.
    pub(super) fn was_shown(&mut self, line: &LogLine<'_>) -> bool {
        if self.disputed.is_empty() {
            return false;
        }
        let shown = self.disputed.get_mut(&hash(line)).filter(|left| **left > 0);
        shown.map(|left| *left -= 1).is_some()
    }

    /// Whether all of a log that has so many lines was shown, and was seen in the log itself.
    pub(super) fn has_shown(&self, count: u64) -> bool {
        self.lines >= count && self.live.len() == 0
    }
}
