//! What callers did to a run while it went on.

use super::Turns;
use crate::clock::Moment;
use crate::script::AgentsScript;
use crate::script::stage::CheckResult;

/// Something that changes the course of a run from its moment on.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Canceled {
        /// `None`: the whole run.
        stage: Option<String>,
        cancellation: Cancellation,
    },
    Decided(Decision),
    Retried(Retry),
}

/// Somebody canceled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cancellation {
    pub(crate) at: Moment,
    /// When the agents have stopped what was running.
    pub(crate) obeyed: Moment,
    /// Somebody else than the caller did it.
    pub(crate) is_by_another: bool,
}

/// Somebody approved or rejected.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// The id of the check's record.
    pub(crate) approval: String,
    pub(crate) at: Moment,
    pub(crate) result: CheckResult,
    pub(crate) comment: String,
}

/// Somebody wants failed jobs to run again.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    pub(crate) at: Moment,
    /// `None`: every stage that did not succeed.
    pub(crate) stage: Option<String>,
    pub(crate) all_jobs: bool,
}

impl Event {
    pub(crate) fn at(&self) -> Moment {
        match self {
            Self::Canceled { cancellation, .. } => cancellation.at,
            Self::Decided(decision) => decision.at,
            Self::Retried(retry) => retry.at,
        }
    }

    /// Of the whole run.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        match self {
            Self::Canceled {
                stage: None,
                cancellation,
            } => Some(*cancellation),
            _ => None,
        }
    }

    pub(crate) fn decision(&self, wanted: &str) -> Option<&Decision> {
        match self {
            Self::Decided(decision) if decision.approval == wanted => Some(decision),
            _ => None,
        }
    }
}

/// Which run is planned, and what happened to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    pub(crate) build_id: u32,
    pub(crate) queued: Moment,
    /// The pipeline takes runs but does not start them.
    pub(crate) paused: bool,
    /// In the order in which they happened.
    pub(crate) events: &'a [Event],
    pub(crate) agents: &'a AgentsScript,
    /// When the jobs get their turns; `None`: at once.
    pub(crate) turns: Option<&'a Turns>,
}

impl<'a> Occasion<'a> {
    /// The first attempt, and every retry with what happened after it.
    pub(super) fn attempts(self) -> (Self, Vec<(&'a Retry, Self)>) {
        let is_retry = |place: &usize| matches!(self.events[*place], Event::Retried(_));
        let places: Vec<usize> = (0..self.events.len()).filter(is_retry).collect();
        let until = |next: usize| places.get(next).copied().unwrap_or(self.events.len());
        let part = |from: usize, to: usize| Self {
            events: &self.events[from..to],
            ..self
        };
        let mut retries = Vec::new();
        for (number, place) in places.iter().enumerate() {
            if let Event::Retried(retry) = &self.events[*place] {
                retries.push((retry, part(place + 1, until(number + 1))));
            }
        }
        (part(0, until(0)), retries)
    }

    /// The first cancellation of the whole run.
    pub(super) fn cancellation(self) -> Option<Cancellation> {
        self.events.iter().find_map(Event::cancellation)
    }

    /// The first cancellation that reaches a stage.
    pub(super) fn cancellation_of(self, wanted: &str) -> Option<Cancellation> {
        self.events.iter().find_map(|event| match event {
            Event::Canceled {
                stage,
                cancellation,
            } if stage.as_deref().is_none_or(|stage| stage == wanted) => Some(*cancellation),
            _ => None,
        })
    }

    pub(super) fn decision(self, wanted: &str) -> Option<&'a Decision> {
        let mut events = self.events.iter();
        events.find_map(|event| event.decision(wanted))
    }
}
