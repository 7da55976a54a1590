//! The rest of the logs, once the run is over.

use std::collections::HashMap;

use super::job::{Job, jobs};
use super::progress::LogEnd;
use super::{Logs, PATIENCE};
use crate::azure::Error;
use crate::build::{BuildEvent, LogId, LogSource, Report, ShownLogs, Timeline};
use crate::follow::clock::Moment;

impl Logs<'_> {
    /// Once the run is over: waits for logs that are still being uploaded, then compares the number
    /// of lines shown with what the service has, and shows what is missing. Says whether all is
    /// done.
    pub(in crate::follow) async fn drain(
        &mut self,
        earlier: &[Timeline],
        timeline: &Timeline,
        seen: Moment,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let jobs = jobs(earlier, timeline);
        let sources = |job: &Job<'_>| job.timeline.log_sources(&job.records);
        let mut all = jobs.iter().flat_map(sources);
        if all.any(|source| self.is_missing(&source)) {
            let since = *self.missing_since.get_or_insert(seen);
            if seen.saturating_sub(since) < PATIENCE {
                return Ok(false);
            }
        }
        let counts = match self.shows {
            ShownLogs::None => HashMap::new(),
            ShownLogs::All | ShownLogs::Failed => self.client.line_counts(self.build).await?,
        };
        for job in &jobs {
            for source in sources(job) {
                self.complete(&source, &counts, report).await?;
            }
            self.finish_job(job, report);
        }
        Ok(true)
    }

    /// Shows what is left of a log that has so many lines, or says that there is none.
    async fn complete(
        &mut self,
        source: &LogSource,
        counts: &HashMap<LogId, u64>,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        let count = source.log.and_then(|log| counts.get(&log)).copied();
        let is_whole = !self.shows.has(source)
            || self.skipped.contains(&source.key)
            || count.map_or(progress.end == LogEnd::Shown, |count| {
                progress.has_shown(count)
            });
        if is_whole {
            return Ok(());
        }
        match source.log {
            Some(log) => self.read(source, log, true, report).await?,
            None if source.is_expected => {
                self.close(report);
                report.event(&BuildEvent::LogMissing(source));
            }
            None => {}
        }
        self.close(report);
        self.progress.entry(source.key.clone()).or_default().end = LogEnd::Shown;
        Ok(())
    }
}
