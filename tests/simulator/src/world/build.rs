//! One run of a pipeline, and how it stands at a moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::QueueRequest;
use crate::clock::Moment;
use crate::schedule::{BuildStatus, Cancellation, Decision, Event, Schedule};
use crate::script::run::BuildResult;

/// One run of a pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) id: u32,
    /// Place of its pipeline in the scenario.
    pub(crate) pipeline: usize,
    /// How many runs of that pipeline were queued before.
    pub(crate) number: usize,
    pub(crate) queued: Moment,
    pub(super) postponed_until: Moment,
    pub(crate) asked: QueueRequest,
    pub(crate) source_branch: String,
    pub(crate) source_version: String,
    pub(crate) tags: Vec<String>,
    pub(crate) trigger_info: BTreeMap<String, String>,
    pub(crate) keep_forever: bool,
    pub(crate) without_queue_time: bool,
    /// What callers did to it, in that order.
    pub(super) events: Vec<Event>,
    pub(crate) schedule: Arc<Schedule>,
}

impl Build {
    pub(crate) fn status(&self, now: Moment) -> BuildStatus {
        match self.schedule.status(now, self.canceled()) {
            BuildStatus::NotStarted if now < self.postponed_until => BuildStatus::Postponed,
            status => status,
        }
    }

    /// When the present attempt was canceled as a whole.
    pub(super) fn canceled(&self) -> Option<Moment> {
        self.cancellation().map(|cancellation| cancellation.at)
    }

    /// The cancellation of the present attempt as a whole.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        let of_attempt = self
            .events
            .rsplit(|event| matches!(event, Event::Retried(_)))
            .next();
        let mut events = of_attempt.into_iter().flatten();
        events.find_map(Event::cancellation)
    }

    pub(crate) fn was_ever_canceled(&self) -> bool {
        let mut events = self.events.iter();
        events.any(|event| event.cancellation().is_some())
    }

    pub(crate) fn decision(&self, approval: &str) -> Option<&Decision> {
        let mut events = self.events.iter();
        events.find_map(|event| event.decision(approval))
    }

    pub(crate) fn result(&self, now: Moment) -> Option<BuildResult> {
        (now >= self.schedule.finished).then_some(self.schedule.result)
    }

    /// `None` before the start and for times that are still to come.
    pub(crate) fn start_time(&self, now: Moment) -> Option<Moment> {
        Some(self.schedule.started).filter(|start| *start <= now)
    }

    pub(crate) fn finish_time(&self, now: Moment) -> Option<Moment> {
        Some(self.schedule.finished).filter(|finish| *finish <= now)
    }

    pub(crate) fn last_changed(&self, now: Moment) -> Moment {
        let moments = [
            Some(self.queued),
            self.events.last().map(Event::at),
            self.start_time(now),
            self.finish_time(now),
        ];
        moments.into_iter().flatten().max().unwrap_or(self.queued)
    }
}
