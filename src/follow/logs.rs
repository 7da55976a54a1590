//! Showing logs: each line once, one task after the other.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::clock::Moment;
use super::feed::{Live, hash};
use crate::azure::{Client, Error, FeedAddress, LogPart};
use crate::build::{
    Build, BuildEvent, BuildId, JobPath, JobRecords, LogId, LogLine, LogSource, Report,
    RunProgress, ShownLogs, TaskKey, Timeline, duration,
};

/// How long the log of a task that has ended, or the rest of it, may be missing before the next task
/// is shown, and before a run that is over is left. Agents upload it within a second or two.
const PATIENCE: Duration = Duration::from_secs(6);

/// How often a log that cannot be read is tried while others wait.
const MOST_FAILURES: u8 = 5;

/// In a run of more jobs they are not counted each time one ends.
const MOST_COUNTED_JOBS: usize = 500;

/// How often in a row the console feed may fail.
const MOST_FEED_FAILURES: u8 = 3;

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

/// What has been shown of one log.
#[derive(Debug, Default)]
struct Progress {
    /// Lines shown, live or from the log.
    lines: u64,
    /// The lines that were shown live, until the log agrees with them.
    live: Live,
    /// How often each line was shown live that has not been found in the log, once log and feed did
    /// not agree.
    disputed: HashMap<u64, u32>,
    /// Whether the first line is the one with which the agent begins a task.
    has_begun: bool,
    /// Whether the last line shown is the one with which the agent ends a task.
    has_ended: bool,
    /// Since when the task is over without anything new in its log, which is not complete.
    resting_since: Option<Moment>,
    end: LogEnd,
    /// How often it could not be read without anything new.
    failures: u8,
}

/// Whether the end of a log has been shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum LogEnd {
    /// More is to come.
    #[default]
    Awaited,
    /// It did not come in time, and is looked for when the job, and when the run is over.
    GivenUp,
    /// It has.
    Shown,
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

/// What is at hand of a job, and where its console lines are.
struct Job<'t> {
    path: JobPath,
    records: JobRecords<'t>,
    timeline: &'t Timeline,
    /// How many jobs there are in its timeline.
    beside: usize,
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

    /// Shows new lines of a task that runs: from the console feed as long as that is certain, else
    /// from the log, of which the agent uploads a page now and then.
    async fn follow_task(
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
    async fn read_if_readable(
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
    async fn read(
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

    /// Once the run is over: waits for logs that are still being uploaded, then compares the number
    /// of lines shown with what the service has, and shows what is missing. Says whether all is
    /// done.
    pub(super) async fn drain(
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

    /// The run goes on: what is missing in its end is waited for anew.
    pub(super) fn goes_on(&mut self) {
        self.missing_since = None;
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

impl Progress {
    /// Takes note of a line of the log.
    fn count(&mut self, line: &LogLine<'_>) {
        self.lines += 1;
        self.has_begun |= self.lines == 1 && line.begins_task();
        self.has_ended = line.ends_task();
    }

    /// Whether a line of the log was shown live, out of its order. Each one that was shown counts
    /// once.
    fn was_shown(&mut self, line: &LogLine<'_>) -> bool {
        if self.disputed.is_empty() {
            return false;
        }
        let shown = self.disputed.get_mut(&hash(line)).filter(|left| **left > 0);
        shown.map(|left| *left -= 1).is_some()
    }

    /// Whether all of a log that has so many lines was shown, and was seen in the log itself.
    fn has_shown(&self, count: u64) -> bool {
        self.lines >= count && self.live.len() == 0
    }
}

impl Job<'_> {
    /// Where the console lines of one of its tasks are.
    fn feed<'s>(&'s self, plan: Option<&'s str>, source: &'s LogSource) -> Option<FeedAddress<'s>> {
        Some(FeedAddress {
            plan: plan?,
            timeline: self.timeline.id()?,
            job: &self.records.job?.id,
            step: &source.record,
        })
    }
}

/// The jobs of all timelines, each once: the later timeline knows it best.
fn jobs<'t>(earlier: &'t [Timeline], timeline: &'t Timeline) -> Vec<Job<'t>> {
    let mut jobs: Vec<Job<'t>> = Vec::new();
    let mut known: HashMap<JobPath, usize> = HashMap::new();
    for timeline in earlier.iter().chain([timeline]) {
        let before = jobs.len();
        let found = timeline.jobs();
        let beside = found.len();
        for records in found {
            let job = Job {
                path: records.path(),
                records,
                timeline,
                beside,
            };
            // Two of one path in one timeline are two jobs.
            let earlier = known.get(&job.path).filter(|at| **at < before);
            if let Some(&at) = earlier {
                jobs[at] = job;
            } else {
                known.insert(job.path.clone(), jobs.len());
                jobs.push(job);
            }
        }
    }
    jobs
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
