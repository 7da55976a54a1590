//! The last lines of the logs of tasks that failed.

use std::collections::{HashMap, VecDeque};

use crate::build::{LogLine, LogSource, Marker, TaskKey};

/// How many lines are kept of a log.
const LINES: usize = 20;

/// How many bytes are kept of a line.
const LONGEST: usize = 500;

/// How many logs of tasks are kept that have not succeeded.
const MOST: usize = 100;

/// The ends of logs whose tasks have failed, or may still fail.
#[derive(Debug, Default)]
pub(super) struct Tails {
    tails: HashMap<TaskKey, Tail>,
    /// The log whose lines come.
    open: Option<(TaskKey, Tail)>,
}

/// The end of one log.
#[derive(Debug, Default)]
struct Tail(VecDeque<String>);

impl Tails {
    /// The lines that follow are of this log. Those of a task that has succeeded are not kept.
    pub(super) fn open(&mut self, source: &LogSource) {
        let tail = self.tails.remove(&source.key);
        let is_kept = source.may_have_failed() && self.tails.len() < MOST;
        self.open = is_kept.then(|| (source.key.clone(), tail.unwrap_or_default()));
    }

    /// Keeps the next line. What the agent writes around a task's own lines says nothing of its failure.
    pub(super) fn read(&mut self, line: &LogLine<'_>) {
        let is_frame = matches!(line.marker, Some(Marker::EndGroup | Marker::Section));
        if let Some((_, tail)) = self.open.as_mut().filter(|_| !is_frame) {
            tail.push(line.text);
        }
    }

    /// The log is complete for now.
    pub(super) fn close(&mut self, source: &LogSource) {
        if let Some((key, tail)) = self.open.take().filter(|_| source.may_have_failed()) {
            self.tails.insert(key, tail);
        }
    }

    /// The last lines of a task's log; nothing where it had none.
    pub(super) fn of(&self, task: &TaskKey) -> Option<String> {
        let Tail(lines) = self.tails.get(task)?;
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Some(lines.join("\n")).filter(|text| !text.trim().is_empty())
    }
}

impl Tail {
    /// Uses the room of the line that falls out, because this happens for every line that is followed.
    fn push(&mut self, line: &str) {
        let mut room = if self.0.len() < LINES {
            String::new()
        } else {
            self.0.pop_front().unwrap_or_default()
        };
        room.clear();
        room.push_str(&line[..line.floor_char_boundary(LONGEST)]);
        if line.len() > LONGEST {
            room.push('…');
        }
        self.0.push_back(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{JobPath, RecordId, RecordResult};

    fn source(order: i64, result: Option<RecordResult>) -> LogSource {
        let job = JobPath {
            stage: "s".into(),
            phase: "p".into(),
            job: "j".into(),
            attempt: 1,
        };
        LogSource {
            key: TaskKey {
                job,
                order,
                name: "t".into(),
            },
            record: RecordId("r".into()),
            job_title: "j".into(),
            task: Some("t".into()),
            log: None,
            is_running: result.is_none(),
            is_over: result.is_some(),
            is_expected: true,
            result,
            duration: None,
        }
    }

    fn line(text: &str) -> LogLine<'_> {
        LogLine {
            timestamp: None,
            marker: None,
            text,
        }
    }

    #[test]
    fn the_last_lines_of_what_failed_are_kept() {
        let mut tails = Tails::default();
        let running = source(1, None);
        tails.open(&running);
        for number in 1..=25 {
            tails.read(&line(&format!("line {number}")));
        }
        tails.close(&running);
        // The rest of the same log, in a group of its own.
        let failed = source(1, Some(RecordResult::Failed));
        tails.open(&failed);
        tails.read(&line(&"ä".repeat(400)));
        tails.close(&failed);
        let tail = tails.of(&failed.key).expect("lines");
        let lines: Vec<&str> = tail.lines().collect();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[0], "line 7");
        assert_eq!(lines[LINES - 1], format!("{}…", "ä".repeat(250)));
    }

    #[test]
    fn what_succeeded_is_forgotten() {
        let mut tails = Tails::default();
        let succeeded = source(1, Some(RecordResult::Succeeded));
        tails.open(&source(1, None));
        tails.read(&line("x"));
        tails.close(&succeeded);
        assert_eq!(tails.of(&succeeded.key), None);
        tails.open(&succeeded);
        assert!(tails.open.is_none());
    }
}
