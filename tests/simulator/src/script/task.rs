//! Tasks: how long they take, how they end, what they print and how it reaches the service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, de};

use super::run::{Condition, nth};
use crate::clock::Span;

/// One task of a job, its text, and how the text reaches the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the scenario file"
)]
pub(crate) struct TaskScript {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    pub(crate) duration: Span,
    pub(crate) result: TaskResult,
    pub(crate) issues: Vec<IssueScript>,
    /// Messages; one with line breaks has a time stamp on its first line only.
    pub(crate) lines: Vec<String>,
    /// Many lines, made when they are asked for.
    pub(crate) generate: Option<Bulk>,
    /// Any bytes, split at line feeds.
    pub(crate) raw_base64: Option<RawText>,
    /// The `##[section]` lines around the text.
    pub(crate) frame: bool,
    pub(crate) stamps: bool,
    pub(crate) bom: Bom,
    pub(crate) crlf: bool,
    pub(crate) no_final_newline: bool,
    /// The task has no log at all.
    pub(crate) no_log: bool,
    /// The log is there, with nothing in it.
    pub(crate) empty_log: bool,
    /// How long after the task's end its log arrives.
    pub(crate) log_delay: Span,
    /// Times after the start at which full pages arrive while the task runs.
    pub(crate) pages_at: Vec<Span>,
    /// Lines of such a page; absent means equal parts.
    pub(crate) page_lines: Option<usize>,
    /// The lines are written all along the task, not at its start.
    pub(crate) spread: bool,
    /// What differs in the n-th attempt of the stage; the last entry repeats.
    pub(crate) attempts: Vec<TaskAttempt>,
}

/// One attempt of a task, where it differs from the task as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TaskAttempt {
    duration: Option<Span>,
    result: Option<TaskResult>,
    lines: Option<Vec<String>>,
    issues: Option<Vec<IssueScript>>,
}

impl TaskScript {
    /// The task as it is in the n-th attempt of its stage, counted from 1.
    pub(crate) fn in_attempt(&self, number: u32) -> Self {
        let mut task = self.clone();
        if let Some(attempt) = nth(&self.attempts, number) {
            task.duration = attempt.duration.unwrap_or(task.duration);
            task.result = attempt.result.unwrap_or(task.result);
            task.lines = attempt.lines.clone().unwrap_or(task.lines);
            task.issues = attempt.issues.clone().unwrap_or(task.issues);
        }
        task
    }
}

impl Default for TaskScript {
    fn default() -> Self {
        Self {
            name: "CmdLine".to_owned(),
            condition: Condition::default(),
            duration: Span::millis(1000),
            result: TaskResult::default(),
            issues: Vec::new(),
            lines: Vec::new(),
            generate: None,
            raw_base64: None,
            frame: true,
            stamps: true,
            bom: Bom::default(),
            crlf: false,
            no_final_newline: false,
            no_log: false,
            empty_log: false,
            // Agents empty their queue of files once a second, so a log is a little late.
            log_delay: Span::millis(500),
            pages_at: Vec::new(),
            page_lines: None,
            spread: false,
            attempts: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TaskResult {
    #[default]
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
}

/// One error or warning of a task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct IssueScript {
    #[serde(default, rename = "type")]
    pub(crate) kind: IssueKind,
    pub(crate) message: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
    pub(crate) code: Option<String>,
    pub(crate) log_line: Option<u32>,
    /// The agent counts all of them and keeps ten.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// Issues of the server's own carry neither category nor data.
    #[serde(skip)]
    pub(crate) is_the_servers: bool,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, Default, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IssueKind {
    #[default]
    Error,
    Warning,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    pub(crate) lines: usize,
    #[serde(default = "usual_length")]
    pub(crate) bytes: usize,
    /// What each line begins with.
    #[serde(default)]
    pub(crate) start: String,
}

fn usual_length() -> usize {
    80
}

/// Where the byte order mark stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bom {
    #[default]
    First,
    EveryPage,
    None,
}

#[derive(Clone, Debug)]
pub(crate) struct RawText(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|error| de::Error::custom(format!("`raw-base64` is not Base64: {error}")))
    }
}
