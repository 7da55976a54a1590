//! The step's log: groups, lines, progress.

use std::io::{self, Write};

use super::line::{BLUE, BOLD, GREEN, GREY, Line, RED, RESET, YELLOW};
use super::wording;
use crate::build::{BuildEvent, LogLine, Marker};
use crate::github::command::Command;
use crate::github::log_writer::{LogWriter, Span};

/// Turns events into lines.
#[derive(Debug)]
pub(super) struct StepLog {
    timestamps: bool,
    /// Whether a task's group is open.
    is_open: bool,
}

impl StepLog {
    pub(super) fn new(timestamps: bool) -> Self {
        Self {
            timestamps,
            is_open: false,
        }
    }

    /// Our own sentences stand out from the lines of a task that is being followed.
    pub(super) fn event<W: Write>(
        &mut self,
        event: &BuildEvent<'_>,
        out: &mut LogWriter<W>,
    ) -> io::Result<()> {
        match event {
            BuildEvent::LogLine(line) => self.log_line(line, out),
            BuildEvent::LogOpened(source) => {
                self.is_open = true;
                out.command(&Command::Group(wording::group_title(source).into()))
            }
            BuildEvent::LogClosed(_) => {
                self.is_open = false;
                out.command(&Command::EndGroup)
            }
            other => match sentence(other) {
                Some(line) if self.is_open => write_at_once(&line.apart(), out),
                Some(line) => write_at_once(&line, out),
                None => Ok(()),
            },
        }
    }

    /// Azure's markers become colours, as GitHub's own viewer shows its own. Its groups cannot stand
    /// inside ours: their titles become bold lines, their ends vanish.
    fn log_line<W: Write>(&self, line: &LogLine<'_>, out: &mut LogWriter<W>) -> io::Result<()> {
        let (colour, word) = match line.marker {
            None => return self.plain_line(line, out),
            Some(Marker::EndGroup) => return Ok(()),
            Some(Marker::Section) => (GREEN, ""),
            Some(Marker::Command) => (BLUE, ""),
            Some(Marker::Error) => (RED, "Error: "),
            Some(Marker::Warning) => (YELLOW, "Warning: "),
            Some(Marker::Debug) => (GREY, ""),
            Some(Marker::Group) => (BOLD, ""),
        };
        let (stamp, blank) = self.stamp(line);
        out.line(&[
            Span::Foreign(stamp.into()),
            Span::Ours(blank),
            Span::Ours(colour),
            Span::Ours(word),
            Span::Foreign(line.text.into()),
            Span::Ours(RESET),
        ])
    }

    fn plain_line<W: Write>(&self, line: &LogLine<'_>, out: &mut LogWriter<W>) -> io::Result<()> {
        let (stamp, blank) = self.stamp(line);
        match (stamp, line.text) {
            ("", "") => out.line(&[]),
            ("", text) => out.text(text),
            (stamp, text) => out.text(format!("{stamp}{blank}{text}")),
        }
    }

    fn stamp<'a>(&self, line: &LogLine<'a>) -> (&'a str, &'static str) {
        match line.timestamp {
            Some(stamp) if self.timestamps => (stamp, " "),
            _ => ("", ""),
        }
    }
}

fn write_at_once<W: Write>(line: &Line, out: &mut LogWriter<W>) -> io::Result<()> {
    line.write(out)?;
    out.flush()
}

/// What there is to say about an event that is no line of a log.
fn sentence(event: &BuildEvent<'_>) -> Option<Line> {
    match event {
        BuildEvent::LogLine(_)
        | BuildEvent::LogOpened(_)
        | BuildEvent::LogClosed(_)
        | BuildEvent::Progressed { .. }
        | BuildEvent::Finished { .. } => None,
        BuildEvent::Queued {
            build,
            attempt,
            is_resumed,
        } => Some(wording::queued(build, *attempt, *is_resumed)),
        BuildEvent::Started(build) => Some(wording::started(build)),
        BuildEvent::Waiting { what, page } => Some(wording::waiting(what, page)),
        BuildEvent::LogMissing(source) => Some(wording::log_missing(source)),
        BuildEvent::LogsUnchecked(error) => Some(wording::logs_unchecked(error)),
        BuildEvent::JobFailed { title } => Some(wording::job_failed(title)),
        BuildEvent::JobFinished {
            title,
            result,
            duration,
            progress,
        } => Some(wording::job_finished(title, *result, *duration, *progress)),
        BuildEvent::ServiceTrouble { error, pause } => {
            Some(wording::service_trouble(error, *pause))
        }
        BuildEvent::CancelRequested { error, limit } => {
            Some(wording::cancel_requested(*error, *limit))
        }
        BuildEvent::Left { reason, .. } => wording::left(*reason),
        BuildEvent::Retrying {
            attempt,
            max_attempts,
            delay,
            why,
        } => Some(wording::retrying(*attempt, *max_attempts, *delay, why)),
    }
}
