//! One node of the timeline, with its whole life.

use super::LogKey;
use crate::clock::Moment;
use crate::script::task::IssueScript;

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) identifier: Option<String>,
    pub(crate) order: Option<usize>,
    pub(crate) appears: Moment,
    /// None: it went from waiting to its end.
    pub(crate) start: Option<Moment>,
    pub(crate) finish: Moment,
    pub(crate) result: RecordResult,
    /// Its end does not raise the change number.
    pub(crate) closes_quietly: bool,
    pub(crate) worker: Option<String>,
    pub(crate) queue_id: Option<u32>,
    pub(crate) percent: Option<u32>,
    pub(crate) result_code: Option<&'static str>,
    /// The task of the YAML; the agent's own tasks have none.
    pub(crate) is_scripted_task: bool,
    pub(crate) log: Option<LogKey>,
    pub(super) issues: Vec<IssueScript>,
    pub(super) issues_at: Moment,
    pub(crate) attempt: u32,
    pub(crate) previous: Vec<Previous>,
    /// When it was hung under the next attempt of its stage.
    pub(crate) moved: Option<Moment>,
    /// From here on it is only in an earlier timeline.
    pub(crate) vanishes: Moment,
}

/// Where an earlier attempt is found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Previous {
    attempt: u32,
    timeline_id: String,
    record_id: String,
}

impl Previous {
    pub(super) fn of(record: &Record, timeline: &str) -> Self {
        Self {
            attempt: record.attempt,
            timeline_id: timeline.to_owned(),
            record_id: record.id.clone(),
        }
    }
}

/// The timeline of an attempt that is over.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) id: String,
    /// When it was made.
    pub(crate) at: Moment,
    /// Somebody asked for the next attempt; otherwise the service began it by itself.
    pub(crate) is_the_callers: bool,
    pub(crate) records: Vec<Record>,
}

impl Record {
    pub(super) fn new(kind: &str, id: String, parent: Option<&str>, name: &str) -> Self {
        Self {
            id,
            parent: parent.map(str::to_owned),
            kind: kind.to_owned(),
            name: name.to_owned(),
            identifier: None,
            order: None,
            appears: Moment::EPOCH,
            start: None,
            finish: Moment::NEVER,
            result: RecordResult::Succeeded,
            closes_quietly: false,
            worker: None,
            queue_id: None,
            percent: None,
            result_code: None,
            is_scripted_task: false,
            log: None,
            issues: Vec::new(),
            issues_at: Moment::NEVER,
            attempt: 1,
            previous: Vec::new(),
            moved: None,
            vanishes: Moment::NEVER,
        }
    }

    pub(super) fn lasting(
        mut self,
        appears: Moment,
        start: Option<Moment>,
        finish: Moment,
    ) -> Self {
        self.appears = appears;
        self.start = start;
        self.finish = finish;
        self
    }

    /// The service closes what a lost agent left open when the stage ends, in the same instant, and without
    /// a new change number. Tasks that had not begun have that instant as their start too.
    pub(super) fn close_with_stage(&mut self, at: Moment) {
        self.finish = at;
        self.closes_quietly = true;
        if self.result == RecordResult::Abandoned && self.start == Some(Moment::NEVER) {
            self.start = Some(at);
        }
    }

    /// Names are compared as the service does, without regard to case.
    pub(crate) fn is_stage(&self, name: &str) -> bool {
        let identifier = self.identifier.as_deref().unwrap_or_default();
        self.kind == "Stage" && identifier.eq_ignore_ascii_case(name)
    }

    /// As far as they are told already.
    pub(crate) fn issues(&self, now: Moment) -> &[IssueScript] {
        if self.issues_at <= now {
            &self.issues
        } else {
            &[]
        }
    }

    pub(crate) fn state(&self, now: Moment) -> RecordState {
        if now >= self.finish {
            RecordState::Completed
        } else if self.start.is_some_and(|start| now >= start) {
            RecordState::InProgress
        } else {
            RecordState::Pending
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RecordState {
    Pending,
    InProgress,
    Completed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RecordResult {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Canceled,
    Skipped,
    Abandoned,
}

impl RecordResult {
    /// Worth another attempt.
    pub(crate) fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Canceled | Self::Abandoned)
    }

    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::Succeeded | Self::SucceededWithIssues)
    }
}
