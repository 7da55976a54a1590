//! Reading a log, and the console feed before there is one, line by line.

use super::job::Job;
use super::progress::LogEnd;
use super::{Logs, Look};
use crate::azure::{Error, FeedAddress, LogPart};
use crate::build::{BuildEvent, LogId, LogLine, LogSource, Report};
use crate::follow::feed::Live;

/// How often a log that cannot be read is tried while others wait.
const MOST_FAILURES: u8 = 5;

/// How often in a row the console feed may fail.
const MOST_FEED_FAILURES: u8 = 3;

impl Logs<'_> {
    /// Shows new lines of a task that runs: from the console feed as long as that is certain, else
    /// from the log, of which the agent uploads a page now and then.
    pub(super) async fn follow_task(
        &mut self,
        job: &Job<'_>,
        source: &LogSource,
        look: Look,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        let is_from_feed = progress.lines == progress.live.len() as u64;
        let is_live = self.is_live && is_from_feed && progress.live.goes_on();
        let plan = self.plan.clone();
        let feed = job.feed(plan.as_deref(), source).filter(|_| is_live);
        self.is_following = feed.is_some() || source.log.is_some();
        if !look.follows {
            return Ok(());
        }
        match (feed, source.log) {
            (Some(feed), _) => self.read_feed(source, feed, report).await,
            (None, Some(log)) => self.read_if_readable(source, log, report).await,
            (None, None) => Ok(()),
        }
    }

    /// Shows the lines of the console feed that come next. The first refusal is the last: the log
    /// will have the lines.
    async fn read_feed(
        &mut self,
        source: &LogSource,
        feed: FeedAddress<'_>,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        let lines = match self.client.feed(feed, progress.live.window()).await {
            Ok(lines) => lines,
            Err(error @ Error::Throttled { .. }) => return Err(error),
            Err(error) => {
                self.feed_failures += 1;
                self.is_live = error.is_transient() && self.feed_failures < MOST_FEED_FAILURES;
                return Ok(());
            }
        };
        self.feed_failures = 0;
        for text in progress.live.take(&lines) {
            let line = LogLine::without_timestamp(text);
            open_log(&mut self.open, source, report);
            progress.count(&line);
            report.event(&BuildEvent::LogLine(line));
        }
        Ok(())
    }

    /// Shows the lines of one log that have not been shown. A log that cannot be read keeps nothing
    /// else from being shown: it is tried again when the run is over.
    pub(super) async fn read_if_readable(
        &mut self,
        source: &LogSource,
        log: LogId,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let lines = self.lines();
        let Err(error) = self.read(source, log, false, report).await else {
            return Ok(());
        };
        let is_refused = matches!(error, Error::Forbidden { .. } | Error::Refused { .. });
        let has_grown = self.lines() > lines;
        let progress = self.progress.entry(source.key.clone()).or_default();
        progress.failures = if has_grown { 1 } else { progress.failures + 1 };
        if is_refused || progress.failures > MOST_FAILURES {
            progress.end = LogEnd::GivenUp;
            return Ok(());
        }
        Err(error)
    }

    /// Shows the lines of one log that have not been shown. On the last look it is taken for whole,
    /// also when it has fewer lines than were shown live.
    pub(super) async fn read(
        &mut self,
        source: &LogSource,
        log: LogId,
        is_last_look: bool,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        if progress.live.len() > 0 {
            let (first, last) = (progress.live.first_to_compare(), progress.lines);
            let lines = self.client.log_lines(self.build, log, first, last).await?;
            match progress.live.agrees(&lines) {
                None if !is_last_look => return Ok(()),
                Some(true) => {}
                // The whole log is read, and what was not shown of it is shown.
                None | Some(false) => {
                    self.is_live = false;
                    progress.disputed = progress.live.counts();
                    progress.lines = 0;
                }
            }
            progress.live = Live::over();
        }
        let first = progress.lines + 1;
        let open = &mut self.open;
        // Comparing the logs' keys for every line would be a third of what a line costs.
        let mut is_open = false;
        let take = |part: LogPart<'_>| {
            let LogPart::Line(text) = part else {
                return report.flush();
            };
            let line = LogLine::parse(text);
            if progress.was_shown(&line) {
                progress.count(&line);
            } else {
                if !is_open {
                    open_log(open, source, report);
                    is_open = true;
                }
                progress.count(&line);
                report.event(&BuildEvent::LogLine(line));
            }
        };
        self.client
            .read_log(self.build, log, first, source.is_over, take)
            .await
    }
}

/// Opens the log of `source`, unless it is open.
fn open_log(open: &mut Option<LogSource>, source: &LogSource, report: &mut dyn Report) {
    if open.as_ref().is_some_and(|open| open.key == source.key) {
        return;
    }
    if let Some(open) = open.replace(source.clone()) {
        report.event(&BuildEvent::LogClosed(&open));
    }
    report.event(&BuildEvent::LogOpened(source));
}
