//! Showing logs: each line once, one task after the other.

mod drain;
mod job;
mod progress;
mod read;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::azure::{Client, Error};
use crate::build::{
    Build, BuildEvent, BuildId, JobPath, JobRecords, LogSource, Report, RunProgress, ShownLogs,
    TaskKey, Timeline, duration,
};
use crate::follow::clock::Moment;

use job::{Job, jobs};
use progress::{LogEnd, Progress};

/// How long the log of a task that has ended, or the rest of it, may be missing before the next task
/// is shown, and before a run that is over is left. Agents upload it within a second or two.
const PATIENCE: Duration = Duration::from_secs(6);

/// In a run of more jobs they are not counted each time one ends.
const MOST_COUNTED_JOBS: usize = 500;

/// The logs of one run, and what has been shown of them.
#[derive(Debug)]
pub(super) struct Logs<'a> {
    client: &'a Client,
    build: BuildId,
    /// Whose logs are shown.
    shows: ShownLogs,
    /// The id of the run's plan, by which console lines are found.
    plan: Option<String>,
    /// Whether lines are shown live; no longer once the service refuses them.
    is_live: bool,
    /// How often in a row the console feed has failed.
    feed_failures: u8,
    progress: HashMap<TaskKey, Progress>,
    /// The running job that is followed, as long as it runs.
    focus: Option<JobPath>,
    /// What was shown elsewhere, so that nothing of it is.
    skipped: HashSet<TaskKey>,
    shown_jobs: HashSet<JobPath>,
    /// Failed jobs whose logs have to wait for the end of the open one, as far as that was said.
    announced: HashSet<JobPath>,
    open: Option<LogSource>,
    /// Whether the last poll asked for lines of a task that runs.
    is_following: bool,
    /// Since when the run is over while a log is missing.
    missing_since: Option<Moment>,
}

/// A look at the timeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// When it was taken.
    pub(super) seen: Moment,
    /// Whether the task that runs is asked for lines.
    pub(super) follows: bool,
}

/// How far a job was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// To its end.
    Whole,
    /// To the end of a task; other jobs may come before the next one.
    ToTaskEnd,
    /// As far as there is anything; more will come.
    SoFar,
}

/// When a job is shown, soonest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Its log is open.
    Open,
    /// It has failed.
    Failed,
    /// It is the one that is followed.
    Followed,
    /// It is over.
    Over,
    /// It runs, and may be followed.
    Running,
}

impl<'a> Logs<'a> {
    pub(super) fn new(client: &'a Client, build: &Build, shows: ShownLogs, is_live: bool) -> Self {
        Self {
            client,
            build: build.id,
            shows,
            plan: build.plan.clone(),
            is_live,
            feed_failures: 0,
            progress: HashMap::new(),
            focus: None,
            skipped: HashSet::new(),
            shown_jobs: HashSet::new(),
            announced: HashSet::new(),
            open: None,
            is_following: false,
            missing_since: None,
        }
    }

    /// How many lines have been shown.
    pub(super) fn lines(&self) -> u64 {
        self.progress.values().map(|progress| progress.lines).sum()
    }

    /// Whether a task that runs is followed line by line, which takes a request a poll.
    pub(super) fn is_following(&self) -> bool {
        self.is_following
    }

    /// Whether there must be logs in the end that `timeline` does not name yet.
    pub(super) fn lacks(&self, timeline: &Timeline) -> bool {
        let jobs = timeline.jobs();
        let mut sources = jobs.iter().flat_map(|job| timeline.log_sources(job));
        sources.any(|source| source.log.is_none() && self.is_missing(&source))
    }

    /// Whether there must be more of a log than has been shown.
    fn is_missing(&self, source: &LogSource) -> bool {
        source.is_expected && self.shows.has(source) && self.end_of(source) != LogEnd::Shown
    }

    /// Takes the logs of what is over for shown.
    pub(super) fn skip(&mut self, timeline: &Timeline) {
        for job in timeline.jobs().iter().filter(|job| job.is_over()) {
            self.shown_jobs.insert(job.path());
            for source in timeline.log_sources(job) {
                let progress = self.progress.entry(source.key.clone()).or_default();
                progress.end = LogEnd::Shown;
                self.skipped.insert(source.key);
            }
        }
    }

    /// Shows what there is. The logs of a job are shown in their order. A running job is followed;
    /// between its tasks the jobs that are over are shown, those that have failed first. The others
    /// wait.
    pub(super) async fn show(
        &mut self,
        earlier: &[Timeline],
        timeline: &Timeline,
        look: Look,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let jobs = jobs(earlier, timeline);
        self.is_following = false;
        self.close_if_gone(&jobs, report);
        let mut queue = self.queue(jobs);
        while let Some((turn, job)) = queue.pop_front() {
            let is_other = self.open.is_some() && turn != Turn::Open;
            let is_second = self.focus.is_some() && turn == Turn::Running;
            if is_other || is_second {
                break;
            }
            // Another of the same path may have been shown a moment ago.
            if self.shown_jobs.contains(&job.path) {
                continue;
            }
            let failed = queue.partition_point(|(turn, _)| *turn <= Turn::Failed);
            let shown = self.show_job(&job, failed > 0, look, report).await?;
            if self.open.is_some() {
                break;
            }
            if shown == Shown::ToTaskEnd {
                queue.insert(failed, (Turn::Followed, job));
            }
        }
        self.announce_failures(&queue, report);
        Ok(())
    }

    /// The jobs that have something to show, in the order in which it is shown. There may be thousands.
    fn queue<'t>(&self, jobs: Vec<Job<'t>>) -> VecDeque<(Turn, Job<'t>)> {
        let jobs = jobs.into_iter();
        let turns = jobs.filter_map(|job| Some((self.turn(&job)?, job)));
        let mut queue: Vec<(Turn, Job<'t>)> = turns.collect();
        queue.sort_by_key(|(turn, _)| *turn);
        queue.into()
    }

    fn turn(&self, job: &Job<'_>) -> Option<Turn> {
        let open = self.open.as_ref().map(|open| &open.key.job);
        let is_over = job.records.is_over();
        if self.shown_jobs.contains(&job.path) {
            None
        } else if open == Some(&job.path) {
            Some(Turn::Open)
        } else if is_over && job.records.has_failed() {
            Some(Turn::Failed)
        } else if self.focus.as_ref() == Some(&job.path) {
            Some(Turn::Followed)
        } else if is_over {
            Some(Turn::Over)
        } else {
            job.records.is_running().then_some(Turn::Running)
        }
    }

    /// Shows one job as far as it goes, or to the end of a task where others are more urgent.
    async fn show_job(
        &mut self,
        job: &Job<'_>,
        yields: bool,
        look: Look,
        report: &mut dyn Report,
    ) -> Result<Shown, Error> {
        let is_over = job.records.is_over();
        if !is_over {
            self.focus = Some(job.path.clone());
        } else if self.focus.as_ref() == Some(&job.path) {
            self.focus = None;
        }
        for source in job.timeline.log_sources(&job.records) {
            let end = self.end_of(&source);
            if end == LogEnd::Shown || end == LogEnd::GivenUp && !is_over {
                continue;
            }
            if !self.show_log(job, &source, look, report).await? {
                return Ok(Shown::SoFar);
            }
            if yields && !is_over && self.end_of(&source) == LogEnd::Shown {
                return Ok(Shown::ToTaskEnd);
            }
        }
        if !is_over {
            return Ok(Shown::SoFar);
        }
        self.finish_job(job, report);
        Ok(Shown::Whole)
    }

    /// Says how a job ended whose logs have been shown, once.
    fn finish_job(&mut self, job: &Job<'_>, report: &mut dyn Report) {
        let is_news = job.records.is_over() && self.shown_jobs.insert(job.path.clone());
        if is_news {
            self.close(report);
        }
        if let Some(record) = job.records.job.filter(|_| is_news) {
            report.event(&BuildEvent::JobFinished {
                title: &job.records.title(),
                result: job.records.result(),
                duration: record.duration(),
                progress: self.shown_progress(job),
            });
        }
    }

    /// How far the run is when a job is over that has been shown.
    fn shown_progress(&self, job: &Job<'_>) -> Option<RunProgress> {
        if !(2..=MOST_COUNTED_JOBS).contains(&job.beside) {
            return None;
        }
        let jobs = job.timeline.jobs();
        let shown: Vec<&JobRecords<'_>> = jobs
            .iter()
            .filter(|job| self.shown_jobs.contains(&job.path()))
            .collect();
        let starts = jobs.iter().filter_map(|job| job.job?.started);
        let ends = shown.iter().filter_map(|job| job.job?.finished);
        Some(RunProgress {
            done: shown.len(),
            failed: shown.iter().filter(|job| job.has_failed()).count(),
            total: jobs.len(),
            elapsed: duration(starts.min(), ends.max()),
        })
    }

    fn end_of(&self, source: &LogSource) -> LogEnd {
        let progress = self.progress.get(&source.key);
        progress.map_or(LogEnd::Awaited, |progress| progress.end)
    }

    /// Shows one log as far as it goes; says whether the next one may follow.
    async fn show_log(
        &mut self,
        job: &Job<'_>,
        source: &LogSource,
        look: Look,
        report: &mut dyn Report,
    ) -> Result<bool, Error> {
        let progress = self.progress.entry(source.key.clone()).or_default();
        if !self.shows.has(source) {
            if source.is_over {
                progress.end = LogEnd::Shown;
            }
            return Ok(source.is_over);
        }
        let before = progress.lines;
        if source.is_over {
            if let Some(log) = source.log {
                self.read_if_readable(source, log, report).await?;
            }
        } else {
            if source.is_running {
                self.follow_task(job, source, look, report).await?;
            }
            return Ok(false);
        }
        let progress = self.progress.entry(source.key.clone()).or_default();
        let has_grown = progress.lines > before;
        // A log that does not begin as a task's need not end as one: it is over when it rests.
        let is_resting = source.log.is_some() && !progress.has_begun && !has_grown;
        let is_resting = is_resting && progress.end == LogEnd::Awaited;
        let is_at_rest = is_resting && progress.resting_since.is_some();
        let never_comes = source.log.is_none() && !source.is_expected;
        let has_ended = progress.has_ended && progress.live.len() == 0;
        if has_grown {
            progress.resting_since = None;
        }
        let since = *progress.resting_since.get_or_insert(look.seen);
        if never_comes || has_ended || is_at_rest {
            progress.end = LogEnd::Shown;
        } else if look.seen.saturating_sub(since) > PATIENCE {
            progress.end = LogEnd::GivenUp;
        }
        let is_passed = progress.end != LogEnd::Awaited;
        if is_passed && self.is_open(source) {
            // How its task ended was not known when it was opened.
            self.open = Some(source.clone());
            self.close(report);
        }
        Ok(is_passed)
    }

    fn is_open(&self, source: &LogSource) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.key == source.key)
    }

    /// Says of jobs that have failed that their logs come later, because another one is open.
    fn announce_failures(&mut self, queue: &VecDeque<(Turn, Job<'_>)>, report: &mut dyn Report) {
        if self.open.is_none() {
            return;
        }
        let failed = queue.iter().filter(|(turn, _)| *turn == Turn::Failed);
        for (_, job) in failed {
            let is_news = !self.shown_jobs.contains(&job.path)
                && !job.timeline.log_sources(&job.records).is_empty()
                && self.announced.insert(job.path.clone());
            if is_news {
                let title = &job.records.title();
                report.event(&BuildEvent::JobFailed { title });
            }
        }
    }

    /// Closes the log that is open when its job is in no timeline any more, and looks for another job
    /// to follow when the one that was followed is gone.
    fn close_if_gone(&mut self, jobs: &[Job<'_>], report: &mut dyn Report) {
        let is_gone = |path: &JobPath| !jobs.iter().any(|job| job.path == *path);
        if self
            .open
            .as_ref()
            .is_some_and(|open| is_gone(&open.key.job))
        {
            self.close(report);
        }
        self.focus = self.focus.take().filter(|focus| !is_gone(focus));
    }

    /// Closes the log that is open, if there is one.
    pub(super) fn close(&mut self, report: &mut dyn Report) {
        if let Some(open) = self.open.take() {
            report.event(&BuildEvent::LogClosed(&open));
        }
    }

    /// The run goes on: what is missing in its end is waited for anew.
    pub(super) fn goes_on(&mut self) {
        self.missing_since = None;
    }
}
