//! The step's log: groups, lines, progress.

use std::io::{self, Write};

use super::wording;
use crate::azure::ProjectAddress;
use crate::build::{BuildEvent, LogLine, Marker};
use crate::github::command::{Command, LogWriter, Span};

/// Turns events into lines. Remembers only what it needs to close a group.
#[derive(Debug, Default)]
pub(super) struct StepLog {
    timestamps: bool,
    address: Option<ProjectAddress>,
    is_in_group: bool,
}

impl StepLog {
    pub(super) fn new(timestamps: bool, address: ProjectAddress) -> Self {
        Self {
            timestamps,
            address: Some(address),
            is_in_group: false,
        }
    }

    pub(super) fn event<W: Write>(
        &mut self,
        event: &BuildEvent<'_>,
        out: &mut LogWriter<W>,
    ) -> io::Result<()> {
        let page = |id| {
            self.address
                .as_ref()
                .map(|address| address.run_page(id))
                .unwrap_or_default()
        };
        let line = match event {
            BuildEvent::LogLine(line) => return self.log_line(line, out),
            BuildEvent::LogOpened(source) => {
                self.is_in_group = true;
                return out.command(&Command::Group(&wording::group_title(source)));
            }
            BuildEvent::LogClosed(_) => return self.close_group(out),
            BuildEvent::Finished { .. } => None,
            BuildEvent::Queued { build, attempt } => {
                Some(wording::queued(build, *attempt, &page(build.id)))
            }
            BuildEvent::Started(build) => Some(wording::started(build)),
            BuildEvent::Waiting(waiting) => Some(wording::waiting(waiting)),
            BuildEvent::JobFinished {
                title,
                result,
                duration,
            } => Some(wording::job_finished(title, *result, *duration)),
            BuildEvent::ServiceTrouble { error, pause } => {
                Some(wording::service_trouble(error, *pause))
            }
            BuildEvent::CancelRequested { error } => Some(wording::cancel_requested(*error)),
            BuildEvent::Left { reason, .. } => Some(wording::left(*reason)),
            BuildEvent::Retrying {
                attempt,
                max_attempts,
                delay,
                why,
            } => Some(wording::retrying(*attempt, *max_attempts, *delay, why)),
        };
        let Some(line) = line else { return Ok(()) };
        line.write(out)?;
        out.flush()
    }

    fn close_group<W: Write>(&mut self, out: &mut LogWriter<W>) -> io::Result<()> {
        if std::mem::take(&mut self.is_in_group) {
            out.command(&Command::EndGroup)?;
        }
        Ok(())
    }

    /// Azure's markers become colours, as GitHub's own viewer shows its own. Its groups cannot stand
    /// inside ours: their titles become bold lines, their ends vanish.
    fn log_line<W: Write>(&self, line: &LogLine<'_>, out: &mut LogWriter<W>) -> io::Result<()> {
        let (colour, word) = match line.marker {
            None => return self.plain_line(line, out),
            Some(Marker::EndGroup) => return Ok(()),
            Some(Marker::Section) => ("\x1b[32m", ""),
            Some(Marker::Command) => ("\x1b[34m", ""),
            Some(Marker::Error) => ("\x1b[31m", "Error: "),
            Some(Marker::Warning) => ("\x1b[33m", "Warning: "),
            Some(Marker::Debug) => ("\x1b[90m", ""),
            Some(Marker::Group) => ("\x1b[1m", ""),
        };
        let (stamp, blank) = self.stamp(line);
        out.line(&[
            Span::Foreign(stamp),
            Span::Ours(blank),
            Span::Ours(colour),
            Span::Ours(word),
            Span::Foreign(line.text),
            Span::Ours("\x1b[0m"),
        ])
    }

    fn plain_line<W: Write>(&self, line: &LogLine<'_>, out: &mut LogWriter<W>) -> io::Result<()> {
        let (stamp, blank) = self.stamp(line);
        match (stamp, line.text) {
            ("", "") => out.line(&[]),
            ("", text) => out.text(text),
            (stamp, text) => out.text(&format!("{stamp}{blank}{text}")),
        }
    }

    fn stamp<'a>(&self, line: &LogLine<'a>) -> (&'a str, &'static str) {
        match line.timestamp {
            Some(stamp) if self.timestamps => (stamp, " "),
            _ => ("", ""),
        }
    }
}
