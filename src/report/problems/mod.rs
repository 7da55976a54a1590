//! What compilers, linters and tests complain about in the logs of tasks. The only user of regex.

mod reader;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::build::{IssueKind, LogLine, LogSource, Marker, TaskKey};
use crate::untrusted::escapes::without_escapes;

use reader::Reader;
pub(super) use reader::in_line;

/// The longest line that is looked at, in bytes. Nobody writes longer ones for people.
const LONGEST_LINE: usize = 4_096;

/// How many problems of a kind are kept of one log; the rest are counted.
const MOST: usize = 100;

/// How many lines of one log are looked at closely: one that is full of errors must not take long.
const LOOKS: u32 = 20_000;

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Problem {
    pub(super) kind: IssueKind,
    /// The source file as the tool calls it; nothing where it names none that can be found.
    pub(super) file: Option<String>,
    /// From 1.
    pub(super) line: Option<u32>,
    /// From 1.
    pub(super) column: Option<u32>,
    pub(super) message: String,
}

/// How many problems of all logs are kept.
const MOST_OF_ALL: usize = 2_000;

/// The problems of all logs of a run whose tasks have failed, or may still fail.
#[derive(Debug, Default)]
pub(super) struct LogProblems {
    logs: Vec<(TaskKey, Problems)>,
    /// The place of the log whose lines come.
    open: Option<usize>,
    /// How many problems are kept.
    kept: usize,
}

impl LogProblems {
    /// The lines that follow are of this log. Those of a task that has not failed are not read.
    pub(super) fn open(&mut self, source: &LogSource) {
        self.open = source.may_have_failed().then(|| {
            let mut logs = self.logs.iter();
            logs.position(|(key, _)| *key == source.key)
                .unwrap_or_else(|| {
                    self.logs.push((source.key.clone(), Problems::default()));
                    self.logs.len() - 1
                })
        });
    }

    /// Reads the next line.
    pub(super) fn read(&mut self, line: &LogLine<'_>) {
        let open = self.open.and_then(|at| self.logs.get_mut(at));
        if let Some((_, problems)) = open {
            let before = problems.found.len();
            let most = if self.kept < MOST_OF_ALL { MOST } else { 0 };
            problems.read(line, most);
            self.kept += problems.found.len() - before;
        }
    }

    /// The log is complete for now.
    pub(super) fn close(&mut self, source: &LogSource) {
        let open = self.open.take().and_then(|at| self.logs.get_mut(at));
        if let Some((_, problems)) = open.filter(|_| !source.may_have_failed()) {
            self.kept -= problems.found.len();
            *problems = Problems::default();
        }
    }

    /// What the log of a task has.
    pub(super) fn of(&self, task: &TaskKey) -> Option<&Problems> {
        let mut logs = self.logs.iter();
        let found = logs.find(|(key, _)| key == task);
        found.map(|(_, problems)| problems)
    }
}

/// The problems of one log, in their order and each only once.
#[derive(Debug, Default)]
pub(super) struct Problems {
    reader: Reader,
    /// How many lines the log has so far, by the agent's count.
    lines: u64,
    looks: u32,
    /// The hashes of all that was found: `MSBuild` repeats everything in the end.
    seen: HashSet<u64>,
    /// With the line of the log.
    pub(super) found: Vec<(u64, Problem)>,
    /// How many errors there were besides.
    pub(super) more_errors: usize,
    /// How many warnings there were besides.
    pub(super) more_warnings: usize,
}

impl Problems {
    /// Reads the next line of the log; so many problems of a kind are kept.
    fn read(&mut self, line: &LogLine<'_>, most: usize) {
        if line.marker == Some(Marker::EndGroup) {
            // The agent does not count them.
            return;
        }
        self.lines += 1;
        let is_output = matches!(line.marker, None | Some(Marker::Error | Marker::Warning));
        if !is_output || line.text.len() > LONGEST_LINE || self.looks >= LOOKS {
            return;
        }
        let text = without_escapes(line.text);
        if !self.reader.may_matter(&text) {
            return;
        }
        self.looks += 1;
        if let Some(problem) = self.reader.read(&text) {
            self.keep(problem, most);
        }
    }

    fn keep(&mut self, problem: Problem, most: usize) {
        let mut hasher = DefaultHasher::new();
        problem.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        let kind = problem.kind;
        let of_kind = self.found.iter().filter(|(_, known)| known.kind == kind);
        if of_kind.count() < most {
            self.found.push((self.lines, problem));
            return;
        }
        match kind {
            IssueKind::Error => self.more_errors += 1,
            IssueKind::Warning => self.more_warnings += 1,
        }
    }
}

#[cfg(test)]
mod tests;
