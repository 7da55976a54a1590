//! One poll: what is asked for, and what is told of the answers.

use std::time::Duration;

use super::Follower;
use super::logs::Look;
use crate::azure::Error;
use crate::build::{BuildEvent, Report, Timeline};

/// How long the run itself may go unasked while a task's lines are followed: its timeline tells
/// nearly everything sooner.
const BUILD_INTERVAL: Duration = Duration::from_secs(5);

/// How many polls at least ask for a task's lines before one asks for the run instead, however long
/// the pauses between them are.
const BUILD_POLLS: u32 = 3;

/// How often a run that is called completed is looked at again while its records do not say so: they
/// may be missing for a moment, or belong to an attempt that somebody has just begun. Runs that
/// never had any records exist.
const LOOKS_IN_DOUBT: u8 = 4;

impl Follower<'_> {
    /// Asks once and tells what is new. Says whether the run is over and everything was shown. May
    /// be dropped at any await: what was told is remembered line by line.
    ///
    /// When nothing has changed this takes two requests at most: the timeline, and the run itself or
    /// the lines of the task that is followed.
    pub(super) async fn poll(&mut self, report: &mut dyn Report) -> Result<bool, Error> {
        let (is_build_due, before) = (self.is_build_due(), self.build.status.clone());
        let mut timeline = self.ask(is_build_due).await?;
        let is_doubtful = !timeline.is_over();
        if timeline.is_empty() {
            // A run that had records has them still: this is a slip of the service.
            timeline = self.timeline.clone();
        } else {
            self.timeline_seen = self.options.clock.now();
        }
        let has_changed = self.build.status != before || timeline != self.timeline;
        self.earlier.fetch(&timeline, &self.logs).await?;
        if !self.has_started && timeline.has_started() {
            if !is_build_due {
                self.get_build().await?;
            }
            self.has_started = true;
            report.event(&BuildEvent::Started(&self.build));
        }
        self.timeline = timeline;
        if has_changed {
            let (build, timeline) = (&self.build, &self.timeline);
            report.event(&BuildEvent::Progressed { build, timeline });
        }
        self.show(has_changed, is_build_due, report).await?;
        self.say_waiting(report);
        if !self.is_over(is_doubtful) {
            return Ok(false);
        }
        let (earlier, seen) = (self.earlier.timelines(), self.timeline_seen);
        self.logs.drain(earlier, &self.timeline, seen, report).await
    }

    /// The timeline of now, and the run itself where that is due, or where it seems to be over.
    async fn ask(&mut self, is_build_due: bool) -> Result<Timeline, Error> {
        self.polls = self.polls.saturating_add(1);
        if is_build_due {
            self.get_build().await?;
        }
        let timeline = self.client.get_timeline(self.build.id).await?;
        if timeline.is_over() && !is_build_due && !self.is_completed() {
            self.get_build().await?;
            if self.is_completed() {
                // Its last records may have changed since.
                return self.client.get_timeline(self.build.id).await;
            }
        }
        Ok(timeline)
    }

    /// Whether the run is over for good; `is_doubtful` is whether its records do not say so.
    fn is_over(&mut self, is_doubtful: bool) -> bool {
        if !self.is_completed() {
            self.retried = None;
        }
        if !self.is_completed() || self.is_retry_awaited() {
            self.looks_in_doubt = 0;
            self.logs.goes_on();
            return false;
        }
        if is_doubtful && self.looks_in_doubt < LOOKS_IN_DOUBT {
            self.looks_in_doubt += 1;
            self.build_seen = None;
            return false;
        }
        true
    }

    /// Shows what is new in the logs.
    async fn show(
        &mut self,
        has_changed: bool,
        is_build_due: bool,
        report: &mut dyn Report,
    ) -> Result<(), Error> {
        let lines = self.logs.lines();
        let look = Look {
            seen: self.timeline_seen,
            follows: has_changed || !is_build_due,
        };
        let shown = self
            .logs
            .show(self.earlier.timelines(), &self.timeline, look, report)
            .await;
        let has_grown = self.logs.lines() > lines;
        let now = self.options.clock.now();
        self.options.pace.saw(has_changed || has_grown, now);
        shown
    }

    /// Whether the run itself is to be asked for, and not its timeline alone.
    fn is_build_due(&self) -> bool {
        let now = self.options.clock.now();
        let is_old = |seen| now.saturating_sub(seen) >= BUILD_INTERVAL;
        match self.build_seen {
            Some(seen) if self.is_completed() => is_old(seen),
            Some(seen) => !self.logs.is_following() || self.polls >= BUILD_POLLS && is_old(seen),
            None => true,
        }
    }

    pub(super) async fn get_build(&mut self) -> Result<(), Error> {
        self.build = self.client.get_build(self.build.id).await?;
        self.build_seen = Some(self.options.clock.now());
        self.polls = 0;
        Ok(())
    }

    /// Whether the run was retried in place, and this does not show yet, or only in the timeline: the
    /// run itself was asked for before.
    fn is_retry_awaited(&mut self) -> bool {
        let Some((until, before)) = self.retried else {
            return false;
        };
        self.build_seen = None;
        if self.timeline.attempts() > before || self.options.clock.now() > until {
            self.retried = None;
        }
        true
    }

    /// Says each reason for waiting once.
    fn say_waiting(&mut self, report: &mut dyn Report) {
        let page = &self.build.page;
        for what in &self.waits.news(&self.build, &self.timeline) {
            report.event(&BuildEvent::Waiting { what, page });
        }
    }
}
