//! The forms in which compilers, linters and tests write what they complain about.
//!
//! The classes are ASCII's, so that the patterns need no tables of Unicode.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Problem;
use crate::build::IssueKind;

/// Reads one line after the other: some forms take two.
#[derive(Debug, Default)]
pub(super) struct Reader {
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
    pub(super) fn may_matter(&mut self, line: &str) -> bool {
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
    pub(super) fn read(&mut self, line: &str) -> Option<Problem> {
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
pub(in crate::report) fn in_line(line: &str) -> Option<Problem> {
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
