//! What compilers, linters and tests complain about in the logs of tasks, by the forms in which they
//! write it. The only user of regex.
//!
//! The classes are ASCII's, so that the patterns need no tables of Unicode.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::build::{IssueKind, LogLine, LogSource, Marker, TaskKey};
use crate::untrusted::escapes::without_escapes;

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

/// Reads one line after the other: some forms take two.
#[derive(Debug, Default)]
struct Reader {
    /// The line before, where it may be the file that a linter's rows are about.
    heading: String,
    /// What the lines before have begun.
    begun: Option<Begun>,
}

/// The first part of a problem.
#[derive(Debug)]
enum Begun {
    /// What rustc says; the place follows at once.
    Message(IssueKind, String),
    /// Where a thread of Rust panicked; why follows at once.
    Panic(Problem),
    /// What went wrong in a test of pytest; the place may follow much later.
    Raised(String),
    /// A place in the short traceback of pytest; what went wrong follows, after other places.
    Place(Problem),
    /// The name of a test of Go that failed; its rows follow.
    Test(String),
}

/// What a line must have to be more than a heading.
static TRACES: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"rror|arning|--> |\.go:|\.py:|panicked at |--- FAIL: "));

/// The forms that stand in one line.
static ONE_LINE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // MSBuild, csc, cl; tsc where it does not write for a terminal.
        r"^[ \t]*(?:[0-9]+>)?(?<file>[^ \t].*?)\((?<line>[0-9]+)(?:,(?<column>[0-9]+))?[-,0-9]*\) ?: (?:[a-z]+ )?(?<kind>[Ee]rror|[Ww]arning) ?(?<message>[^ ].*)$",
        // gcc, clang, swiftc, javac, mypy; rustc with short messages.
        r"^[ \t]*(?<file>(?:[A-Za-z]:)?[^ \t:][^:]*):(?<line>[0-9]+)(?::(?<column>[0-9]+))?: (?:fatal )?(?<kind>error|warning)(?:\[[^\]]*\])?: (?<message>.+)$",
        // tsc where it writes for a terminal.
        r"^(?<file>(?:[A-Za-z]:)?[^ \t:][^:]*):(?<line>[0-9]+):(?<column>[0-9]+) - (?<kind>error|warning) (?<message>.+)$",
        // go build, go vet.
        r"^(?:vet: )?(?<file>(?:[A-Za-z]:)?[^ \t:][^:]*\.go):(?<line>[0-9]+):(?<column>[0-9]+): (?<message>.+)$",
    ]
    .iter()
    .filter_map(|pattern| compile(pattern))
    .collect()
});

/// The parts of the others.
struct Parts {
    rustc: Regex,
    rustc_place: Regex,
    panic: Regex,
    /// `ESLint`'s form "stylish", and stylelint's.
    row: Regex,
    pytest_place: Regex,
    pytest_frame: Regex,
    go_test: Regex,
    go_row: Regex,
    /// `MSBuild`'s end of a message.
    project: Regex,
}

static PARTS: LazyLock<Option<Parts>> = LazyLock::new(|| {
    Some(Parts {
        rustc: compile(r"^(?<kind>error|warning)(?:\[[A-Za-z0-9:_]+\])?: (?<message>.+)$")?,
        rustc_place: compile(r"^ *--> (?<file>.+):(?<line>[0-9]+):(?<column>[0-9]+)$")?,
        panic: compile(
            r"^thread '.*' (?:\([0-9]+\) )?panicked at (?<file>.+):(?<line>[0-9]+):(?<column>[0-9]+):$",
        )?,
        row: compile(
            r"^[ \t]+(?<line>[0-9]+):(?<column>[0-9]+)[ \t]+(?<kind>error|warning)[ \t]+(?<message>.*[^ \t])[ \t]*$",
        )?,
        pytest_place: compile(
            r"^(?<file>[^ \t:][^:]*\.py):(?<line>[0-9]+): [A-Za-z_][A-Za-z0-9_.]*$",
        )?,
        pytest_frame: compile(r"^(?<file>[^ \t:][^:]*\.py):(?<line>[0-9]+): in .+$")?,
        go_test: compile(r"^ *--- FAIL: (?<name>[^ ]+)")?,
        go_row: compile(r"^ +(?<message>[^ \t:/]+\.go:[0-9]+: .+)$")?,
        project: compile(r"^(?<message>.+) \[(?<project>[^\[\]]+\.[a-z]*proj)(?:::[^\[\]]*)?\]$")?,
    })
});

fn compile(pattern: &str) -> Option<Regex> {
    let regex = Regex::new(pattern);
    debug_assert!(regex.is_ok(), "{pattern}");
    regex.ok()
}

impl Reader {
    /// Whether the line can be part of a problem; else only what it means for the next one is kept.
    fn may_matter(&mut self, line: &str) -> bool {
        let matters = self.begun.is_some()
            || line.starts_with("E  ")
            || TRACES.as_ref().is_some_and(|traces| traces.is_match(line));
        if !matters {
            self.head(line);
        }
        matters
    }

    /// Takes note of a line that stands at the margin: rows below may be about it.
    fn head(&mut self, line: &str) {
        if !line.starts_with([' ', '\t']) {
            line.trim_end().clone_into(&mut self.heading);
        }
    }

    /// Takes the line for what it is in the first form that it has.
    fn read(&mut self, line: &str) -> Option<Problem> {
        let parts = PARTS.as_ref()?;
        let begun = self.begun.take();
        let found = self.go_on(begun, line, parts);
        if found.is_none() {
            self.begin(line, parts);
        }
        let found = found
            .or_else(|| in_line(line))
            .or_else(|| self.row(line, parts));
        self.head(line);
        found
    }

    /// What a line makes of what was begun.
    fn go_on(&mut self, begun: Option<Begun>, line: &str, parts: &Parts) -> Option<Problem> {
        match begun? {
            Begun::Message(kind, message) => {
                let place = parts.rustc_place.captures(line)?;
                let place = problem(&place);
                Some(Problem {
                    kind,
                    message,
                    ..place
                })
            }
            Begun::Panic(place) => Some(Problem {
                message: line.trim().to_owned(),
                ..place
            }),
            Begun::Raised(message) => {
                if let Some(place) = parts.pytest_place.captures(line) {
                    let place = problem(&place);
                    return Some(Problem { message, ..place });
                }
                // A test that begins, or the end of all, ends this one.
                let is_over = line.starts_with("____") || line.starts_with("====");
                self.begun = (!is_over).then_some(Begun::Raised(message));
                None
            }
            Begun::Place(place) => {
                if let Some(message) = line.strip_prefix("E  ") {
                    let message = message.trim().to_owned();
                    return Some(Problem { message, ..place });
                }
                // The line of code follows its place.
                self.begun = line.starts_with([' ', '\t']).then_some(Begun::Place(place));
                None
            }
            Begun::Test(name) => {
                let row = parts.go_row.captures(line);
                let message = row.as_ref().and_then(|row| row.name("message"));
                if line.starts_with([' ', '\t']) {
                    self.begun = Some(Begun::Test(name.clone()));
                }
                Some(Problem {
                    kind: IssueKind::Error,
                    // Without its folder the file cannot be found.
                    file: None,
                    line: None,
                    column: None,
                    message: format!("{name}: {}", message?.as_str()),
                })
            }
        }
    }

    fn begin(&mut self, line: &str, parts: &Parts) {
        let is_free = self.begun.is_none();
        if let Some(test) = parts.go_test.captures(line) {
            self.begun = Some(Begun::Test(test["name"].to_owned()));
        } else if let Some(said) = parts.rustc.captures(line).filter(|_| is_free) {
            let Problem { kind, message, .. } = problem(&said);
            self.begun = Some(Begun::Message(kind, message));
        } else if let Some(place) = parts.panic.captures(line) {
            self.begun = Some(Begun::Panic(problem(&place)));
        } else if let Some(place) = parts.pytest_frame.captures(line) {
            self.begun = Some(Begun::Place(problem(&place)));
        } else if let Some(message) = line.strip_prefix("E  ").filter(|_| is_free) {
            self.begun = Some(Begun::Raised(message.trim().to_owned()));
        }
    }

    /// A linter's row, which is about the file at the margin above.
    fn row(&self, line: &str, parts: &Parts) -> Option<Problem> {
        let row = parts.row.captures(line)?;
        let is_file = self.heading.contains(['.', '/', '\\']);
        is_file.then(|| {
            let found = problem(&row);
            let words: Vec<&str> = found.message.split_whitespace().collect();
            Problem {
                file: Some(self.heading.clone()),
                message: words.join(" "),
                ..found
            }
        })
    }
}

/// The problem that one line tells by itself.
pub(super) fn in_line(line: &str) -> Option<Problem> {
    let found = ONE_LINE.iter().find_map(|form| form.captures(line))?;
    let mut found = problem(&found);
    let whole = std::mem::take(&mut found.message);
    let Some(parts) = PARTS.as_ref()?.project.captures(&whole) else {
        found.message = whole;
        return Some(found);
    };
    // The file may be named from the project's folder.
    Some(Problem {
        file: found.file.map(|file| beside(&parts["project"], file)),
        message: parts["message"].to_owned(),
        ..found
    })
}

/// `file`, which the tool names from the folder of `project` unless it names it in full.
fn beside(project: &str, file: String) -> String {
    let is_full = file.starts_with(['/', '\\']) || file.as_bytes().get(1) == Some(&b':');
    match project.rfind(['/', '\\']) {
        Some(end) if !is_full => format!("{}{file}", &project[..=end]),
        _ => file,
    }
}

/// What the groups of a pattern have caught.
fn problem(found: &Captures<'_>) -> Problem {
    let text = |name| found.name(name).map(|group| group.as_str());
    let number = |name| text(name)?.parse().ok().filter(|number| *number > 0);
    let is_warning = text("kind").is_some_and(|kind| kind.ends_with("arning"));
    let message = text("message").unwrap_or_default();
    Problem {
        kind: if is_warning {
            IssueKind::Warning
        } else {
            IssueKind::Error
        },
        file: text("file").map(|file| file.trim().to_owned()),
        line: number("line"),
        column: number("column"),
        message: message.trim_start_matches([':', ' ']).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::build::fixture::record;
    use crate::build::{Record, RecordKind, RecordResult, Timeline};

    /// What a log of these lines has, one problem a line: `kind file:line:column message`.
    fn told(log: &str) -> String {
        let mut problems = Problems::default();
        for line in log.lines() {
            problems.read(&LogLine::parse(line), MOST);
        }
        let shown = problems.found.iter().map(|(at, problem)| {
            let kind = match problem.kind {
                IssueKind::Error => "error",
                IssueKind::Warning => "warning",
            };
            let number = |number: Option<u32>| number.map_or_else(String::new, |n| format!(":{n}"));
            let place = format!(
                "{}{}{}",
                problem.file.as_deref().unwrap_or("-"),
                number(problem.line),
                number(problem.column)
            );
            format!("{at} {kind} {place} | {}\n", problem.message)
        });
        shown.collect()
    }

    /// `tests/data/problems.txt`: a heading, a log, and what it tells.
    #[test]
    fn every_form_is_known() {
        let cases = include_str!("../../tests/data/problems.txt");
        let mut count = 0;
        for case in cases.split("\n@@@ ").skip(1) {
            let (name, rest) = case.split_once('\n').expect("a name");
            let (log, expected) = rest.split_once("\n---\n").expect("a rule");
            let log = log.replace("␛", "\x1b");
            assert_eq!(told(&log).trim_end(), expected.trim_end(), "{name}");
            count += 1;
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let both = |line| format!("a.c:{line}:1: error: e\na.c:{line}:1: warning: w\n");
        let log: String = (1..=MOST + 7).map(both).collect();
        let mut problems = Problems::default();
        for line in log.lines().chain(log.lines()) {
            problems.read(&LogLine::parse(line), MOST);
        }
        assert_eq!(problems.found.len(), 2 * MOST);
        assert_eq!((problems.more_errors, problems.more_warnings), (7, 7));
    }

    #[test]
    fn only_tasks_that_have_failed_count() {
        let source = |result: Option<RecordResult>| {
            let job = record(RecordKind::Job, "Linux", "");
            let task = record(RecordKind::Task, "Compile", "Linux");
            let task = Record { result, ..task };
            let timeline = Timeline::new(vec![job, task]);
            timeline.log_sources(&timeline.jobs()[0]).remove(0)
        };
        let found = |opened: Option<RecordResult>, closed: Option<RecordResult>| {
            let (opened, closed) = (source(opened), source(closed));
            let mut logs = LogProblems::default();
            logs.open(&opened);
            logs.read(&LogLine::parse("a.c:1:2: error: e"));
            logs.close(&closed);
            logs.read(&LogLine::parse("a.c:3:4: error: of no log"));
            let of_task = logs.of(&closed.key);
            assert_eq!(logs.kept, of_task.map_or(0, |found| found.found.len()));
            logs.kept
        };
        let (good, bad) = (RecordResult::Succeeded, RecordResult::Failed);
        assert_eq!(found(Some(bad.clone()), Some(bad.clone())), 1);
        assert_eq!(found(None, Some(bad)), 1);
        assert_eq!(found(None, Some(good.clone())), 0);
        assert_eq!(found(Some(good.clone()), Some(good)), 0);
    }

    #[test]
    fn long_lines_are_passed_over() {
        let line = format!("a.c:1:1: error: {}", "x".repeat(LONGEST_LINE));
        assert_eq!(told(&line), "");
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "([ -~]|error|--> |:1:2: |\\.go|\\.py|E  |\\(3,4\\)|é|\\n){0,40}") {
            let _ = told(&text);
        }
    }
}
