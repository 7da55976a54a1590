//! Showing logs: each line once, one job after the other.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::clock::{Clock, Moment};
use crate::azure::{Client, Error};
use crate::build::{
    BuildEvent, BuildId, JobPath, JobRecords, LogId, LogLine, LogSource, Report, TaskKey, Timeline,
};

/// How long the log of a task that has ended, or the rest of it, may be missing before the next task
/// is shown, and before a run that is over is left. Agents upload it within a second or two.
const PATIENCE: Duration = Duration::from_secs(6);

/// The logs of one run, and what has been shown of them.
#[derive(Debug)]
pub(super) struct Logs<'a> {
    client: &'a Client,
    build: BuildId,
    clock: Clock,
    progress: HashMap<TaskKey, Progress>,
    /// The job whose logs are being shown: until it is done, no other job's are.
    focus: Option<JobPath>,
    shown_jobs: HashSet<JobPath>,
    open: Option<LogSource>,
    /// Since when the run is over while a log is missing.
    missing_since: Option<Moment>,
}

/// What has been shown of one log.
#[derive(Debug, Default)]
struct Progress {
    /// Lines shown.
    lines: u64,
    /// Whether the first line is the one with which the agent begins a task.
    has_begun: bool,
    /// Whether the last line shown is the one with which the agent ends a task.
    has_ended: bool,
    /// Since when the task is over without anything new in its log, which is not complete.
    resting_since: Option<Moment>,
    is_done: bool,
}

impl<'a> Logs<'a> {
    pub(super) fn new(client: &'a Client, build: BuildId, clock: Clock) -> Self {
        Self {
            client,
            build,
            clock,
            progress: HashMap::new(),
            focus: None,
            shown_jobs: HashSet::new(),
            open: None,
            missing_since: None,
        }
    }

    /// How many lines have been shown.
    pub(super) fn lines(&self) -> u64 {
        self.progress.values().map(|progress| progress.lines).sum()
    }

    /// Takes the logs of what is over for shown.
    pub(super) fn skip(&mut self, timeline: &Timeline) {
        for job in timeline.jobs().iter().filter(|job| job.is_over()) {
            self.shown_jobs.insert(job.path());
            for source in timeline.log_sources(job) {
                self.progress.entry(source.key).or_default().is_done = true;
            }
        }
    }

    /// Shows what there is, one job after the other.
    pub(super) async fn show(
        &mut self,
        timeline: &Timeline,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let jobs = timeline.jobs();
        let jobs: Vec<(JobPath, JobRecords<'_>)> =
            jobs.into_iter().map(|job| (job.path(), job)).collect();
        while let Some((path, job)) = self.choose(&jobs) {
            if !self.show_job(timeline, path, job, report).await? {
                break;
            }
        }
        Ok(())
    }

    /// The job to show: the one that is being shown, else one that has failed, one that is over, or
    /// the first that runs.
    fn choose<'t>(
        &self,
        jobs: &'t [(JobPath, JobRecords<'t>)],
    ) -> Option<&'t (JobPath, JobRecords<'t>)> {
        let left = || {
            jobs.iter()
                .filter(|(path, _)| !self.shown_jobs.contains(path))
        };
        left()
            .find(|(path, _)| Some(path) == self.focus.as_ref())
            .or_else(|| left().find(|(_, job)| job.is_over() && job.has_failed()))
            .or_else(|| left().find(|(_, job)| job.is_over()))
            .or_else(|| left().find(|(_, job)| job.is_running()))
    }

    /// Shows one job as far as it goes; says whether it was shown to its end.
    async fn show_job(
        &mut self,
        timeline: &Timeline,
        path: &JobPath,
        job: &JobRecords<'_>,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        if self.focus.as_ref() != Some(path) {
            self.close(report);
            self.focus = Some(path.clone());
        }
        for source in timeline.log_sources(job) {
            if !self.show_log(&source, report).await? {
                return Ok(false);
            }
        }
        if !job.is_over() {
            return Ok(false);
        }
        self.focus = None;
        self.shown_jobs.insert(path.clone());
        if let Some(record) = job.job {
            report.event(&BuildEvent::JobFinished {
                title: &job.title(),
                result: job.result(),
                duration: record.duration(),
            });
        }
        Ok(true)
    }

    /// Shows one log as far as it goes; says whether the next one may follow.
    async fn show_log(
        &mut self,
        source: &LogSource,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        if progress.is_done {
            return Ok(true);
        }
        let before = progress.lines;
        if let Some(log) = source.log {
            self.read(source, log, report).await?;
        }
        if !source.is_over {
            return Ok(false);
        }
        let progress = self.progress.entry(source.key.clone()).or_default();
        let has_grown = progress.lines > before;
        // A log that does not begin as a task's need not end as one: it is over when it rests.
        let is_resting = source.log.is_some() && !progress.has_begun && !has_grown;
        let is_at_rest = is_resting && progress.resting_since.is_some();
        let never_comes = source.log.is_none() && !source.is_expected;
        if never_comes || progress.has_ended || is_at_rest {
            progress.is_done = true;
            self.close(report);
            return Ok(true);
        }
        if has_grown {
            progress.resting_since = None;
        }
        let now = self.clock.now();
        let since = *progress.resting_since.get_or_insert(now);
        // What comes later still is shown when the run is over.
        Ok(now.saturating_sub(since) > PATIENCE)
    }

    /// Shows the lines of one log that have not been shown.
    async fn read(
        &mut self,
        source: &LogSource,
        log: LogId,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        let first = progress.lines + 1;
        let open = &mut self.open;
        let mut is_open = open.as_ref().is_some_and(|open| open.key == source.key);
        let line = |bytes: &[u8]| {
            if !is_open {
                is_open = true;
                if let Some(open) = open.take() {
                    report.event(&BuildEvent::LogClosed(&open));
                }
                report.event(&BuildEvent::LogOpened(source));
                *open = Some(source.clone());
            }
            let text = String::from_utf8_lossy(bytes);
            let line = LogLine::parse(&text);
            progress.lines += 1;
            progress.has_begun |= progress.lines == 1 && line.begins_task();
            progress.has_ended = line.ends_task();
            report.event(&BuildEvent::LogLine(line));
        };
        self.client
            .read_log(self.build, log, first, source.is_over, line)
            .await
    }

    /// Closes the log that is open, if there is one.
    pub(super) fn close(&mut self, report: &mut dyn Report) {
        if let Some(open) = self.open.take() {
            report.event(&BuildEvent::LogClosed(&open));
        }
    }

    /// Once the run is over: waits for logs that are still being uploaded, then compares the number
    /// of lines shown with what the service has, and shows what is missing. Says whether all is
    /// done.
    pub(super) async fn drain(
        &mut self,
        timeline: &Timeline,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let jobs = timeline.jobs();
        let sources: Vec<LogSource> = jobs
            .iter()
            .flat_map(|job| timeline.log_sources(job))
            .collect();
        let is_done = |source: &LogSource| {
            self.progress
                .get(&source.key)
                .is_some_and(|progress| progress.is_done)
        };
        if sources
            .iter()
            .any(|source| source.is_expected && !is_done(source))
        {
            let now = self.clock.now();
            let since = *self.missing_since.get_or_insert(now);
            if now.saturating_sub(since) < PATIENCE {
                return Ok(false);
            }
        }
        let counts = self.client.line_counts(self.build).await?;
        for source in &sources {
            let progress = self.progress.entry(source.key.clone()).or_default();
            let count = source.log.and_then(|log| counts.get(&log)).copied();
            let is_whole = count.map_or(progress.is_done, |count| progress.lines >= count);
            match source.log {
                Some(log) if !is_whole => {
                    self.read(source, log, report).await?;
                    self.close(report);
                }
                None if source.is_expected => report.event(&BuildEvent::LogMissing(source)),
                _ => {}
            }
        }
        Ok(true)
    }
}
