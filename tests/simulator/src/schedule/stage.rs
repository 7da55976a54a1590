//! One stage: whether it runs, the checks it waits for, its jobs and its result.

use super::job::{self, JobPlace};
use super::plan::{Draft, End, Past, named_ends};
use super::{Cancellation, Occasion, Record, RecordResult, STAGE_LAG};
use crate::clock::Moment;
use crate::ids;
use crate::script::run::{CheckResult, Condition, JobScript, StageScript};

/// A stage and what has to be known to plan it.
pub(super) struct StagePlanner<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) stage: &'a StageScript,
    pub(super) place: usize,
    pub(super) occasion: Occasion,
    pub(super) expanded: Moment,
}

impl StagePlanner<'_> {
    pub(super) fn plan(mut self, needed: &[End]) -> End {
        let ready = needed
            .iter()
            .map(|end| end.at)
            .max()
            .unwrap_or(self.expanded);
        let cancel = self.occasion.cancellation;
        let was_canceled = cancel.is_some_and(|cancel| cancel.at < ready);
        if !Past::of(needed, was_canceled).allows(self.stage.condition) {
            return self.skip(ready);
        }
        // Cancelling stops nothing whose condition still holds afterwards (docs: "Specify conditions").
        let cancel = cancel.filter(|_| self.stage.condition != Condition::Always);
        let checked = self.plan_checks(ready, cancel);
        if checked.result != RecordResult::Succeeded {
            self.add_record(None, checked);
            return checked;
        }
        self.plan_jobs(checked.at, cancel)
    }

    fn skip(&mut self, at: Moment) -> End {
        let end = End {
            at,
            result: RecordResult::Skipped,
        };
        for (order, job) in self.stage.jobs.iter().enumerate() {
            let phase = job::phase_record(&self.job_place(job, order)).lasting(at, Some(at), at);
            self.draft.records.push(Record {
                result: RecordResult::Skipped,
                ..phase
            });
        }
        self.add_record(Some(at), end);
        end
    }

    /// A stage waits below a Checkpoint record, with one record for each check. All stages have the record,
    /// also those without checks.
    fn plan_checks(&mut self, ready: Moment, cancel: Option<Cancellation>) -> End {
        let id = self.stage_id();
        let done = self
            .stage
            .checks
            .iter()
            .map(|check| ready.plus(check.takes))
            .max()
            .unwrap_or(ready);
        let rejected = self
            .stage
            .checks
            .iter()
            .find(|check| check.result != CheckResult::Succeeded);
        let natural = match rejected {
            Some(check) => End {
                at: ready.plus(check.takes),
                result: check_result(check.result),
            },
            None => End {
                at: done,
                result: RecordResult::Succeeded,
            },
        };
        let end = interrupted(natural, cancel);
        let checkpoint = ids::guid(&format!("{id}/Checkpoint"));
        let record = Record::new("Checkpoint", checkpoint.clone(), Some(&id), "Checkpoint");
        let record = record.lasting(ready, Some(ready), end.at);
        self.draft.records.push(Record {
            identifier: Some("Checkpoint".to_owned()),
            result: end.result,
            ..record
        });
        for (place, check) in self.stage.checks.iter().enumerate() {
            let own = End {
                at: ready.plus(check.takes),
                result: check_result(check.result),
            };
            let own = if own.at <= end.at {
                own
            } else {
                End {
                    at: end.at,
                    result: RecordResult::Canceled,
                }
            };
            let kind = format!("Checkpoint.{}", check.kind);
            // An approval is one event: unlike the other ids this one differs from build to build.
            let own_id = ids::guid(&format!("{}/{checkpoint}/{place}", self.occasion.build_id));
            let record = Record::new(&kind, own_id, Some(&checkpoint), &kind).lasting(
                ready,
                Some(ready),
                own.at,
            );
            let order = Some(place + 1);
            self.draft.records.push(Record {
                identifier: Some(kind),
                order,
                result: own.result,
                ..record
            });
        }
        end
    }

    fn plan_jobs(&mut self, begin: Moment, cancel: Option<Cancellation>) -> End {
        let stage = self.stage;
        let mut ends: Vec<End> = Vec::new();
        let mut outcomes: Vec<End> = Vec::new();
        let mut left_open = Vec::new();
        for (order, job) in stage.jobs.iter().enumerate() {
            let needed = named_ends(
                &outcomes,
                stage.jobs.iter().map(JobScript::identifier),
                &job.depends_on,
            );
            let ready = needed.iter().map(|end| end.at).max().unwrap_or(begin);
            let place = self.job_place(job, order);
            let planned = job::plan(self.draft, &place, ready, &needed, cancel);
            ends.push(planned.phase);
            outcomes.push(End {
                at: planned.phase.at,
                result: planned.outcome,
            });
            left_open.extend(planned.left_open);
        }
        let last = ends.iter().map(|end| end.at).max().unwrap_or(begin);
        let canceled = cancel.is_some_and(|cancel| cancel.at < last);
        let end = End {
            at: last.plus(STAGE_LAG),
            result: stage_result(&outcomes, canceled),
        };
        for index in left_open {
            self.draft.records[index].close_with_stage(end.at);
        }
        self.add_record(Some(begin), end);
        end
    }

    fn add_record(&mut self, start: Option<Moment>, end: End) {
        let record = Record::new("Stage", self.stage_id(), None, &self.stage.name());
        self.draft.records.push(Record {
            identifier: Some(self.stage.identifier()),
            order: Some(self.place + 1),
            result: end.result,
            closes_quietly: true,
            result_code: (end.result == RecordResult::Skipped)
                .then_some("Evaluating: False\nResult: False\n"),
            ..record.lasting(self.expanded, start, end.at)
        });
    }

    fn stage_id(&self) -> String {
        ids::stage(&self.stage.identifier())
    }

    fn job_place<'j>(&self, job: &'j JobScript, order: usize) -> JobPlace<'j> {
        JobPlace {
            job,
            order: order + 1,
            stage: self.stage.name(),
            stage_id: self.stage_id(),
        }
    }
}

fn check_result(result: CheckResult) -> RecordResult {
    match result {
        CheckResult::Succeeded => RecordResult::Succeeded,
        CheckResult::Failed => RecordResult::Failed,
        CheckResult::Skipped => RecordResult::Skipped,
    }
}

/// Cut short by a cancellation that comes before the natural end.
fn interrupted(natural: End, cancel: Option<Cancellation>) -> End {
    match cancel {
        Some(cancel) if cancel.at < natural.at => End {
            at: cancel.obeyed,
            result: RecordResult::Canceled,
        },
        _ => natural,
    }
}

fn stage_result(outcomes: &[End], canceled: bool) -> RecordResult {
    let past = Past::of(outcomes, false);
    if past.canceled || canceled {
        RecordResult::Canceled
    } else if past.failed {
        RecordResult::Failed
    } else if outcomes
        .iter()
        .all(|end| end.result == RecordResult::Skipped)
    {
        RecordResult::Skipped
    } else if outcomes
        .iter()
        .any(|end| end.result == RecordResult::SucceededWithIssues)
    {
        RecordResult::SucceededWithIssues
    } else {
        RecordResult::Succeeded
    }
}
