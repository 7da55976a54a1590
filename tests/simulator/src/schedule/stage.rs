//! One stage: whether it runs, the checks it waits for, its jobs and its result.

use super::job::{self, JobPlace};
use super::plan::{Draft, End, Past, named_ends};
use super::{Cancellation, Occasion, Previous, Record, RecordResult, STAGE_LAG};
use crate::clock::Moment;
use crate::ids;
use crate::script::job::JobScript;
use crate::script::run::Condition;
use crate::script::stage::{CheckResult, CheckScript, CheckWait, StageScript};

/// A stage and what has to be known to plan it.
pub(super) struct StagePlanner<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) stage: &'a StageScript,
    pub(super) place: usize,
    pub(super) occasion: Occasion<'a>,
    /// When its record is made.
    pub(super) appears: Moment,
    /// It does not go on before.
    pub(super) earliest: Moment,
    pub(super) attempt: StageAttempt,
}

/// Which attempt it is, and what is left of those before.
#[derive(Debug)]
pub(super) struct StageAttempt {
    pub(super) number: u32,
    previous: Vec<Previous>,
    /// One for each job; none in a first attempt.
    pub(super) jobs: Vec<JobHistory>,
}

/// What a job has behind it when its stage begins.
#[derive(Clone, Debug)]
pub(super) enum JobHistory {
    /// It succeeded and does not run again.
    Kept(End),
    /// It runs, after these attempts.
    Run(Vec<Previous>),
}

impl StageAttempt {
    pub(super) fn first() -> Self {
        Self {
            number: 1,
            previous: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// The next attempt, or, where nothing is left of the old one, the same again.
    pub(super) fn following(old: &Record, timeline: Option<&str>) -> Self {
        let mut previous = old.previous.clone();
        previous.extend(timeline.map(|timeline| Previous::of(old, timeline)));
        Self {
            number: old.attempt + u32::from(timeline.is_some()),
            previous,
            jobs: Vec::new(),
        }
    }
}

impl<'a> StagePlanner<'a> {
    pub(super) fn plan(mut self, needed: &[End]) -> End {
        let ready = needed
            .iter()
            .map(|end| end.at)
            .max()
            .map_or(self.earliest, |end| end.max(self.earliest));
        let cancel = self.occasion.cancellation_of(&self.stage.identifier());
        let was_canceled = cancel.is_some_and(|cancel| cancel.at < ready);
        if !Past::of(needed, was_canceled).allows(self.stage.condition) {
            return self.skip(ready);
        }
        // Canceling stops nothing whose condition still holds afterwards (docs: "Specify conditions").
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
        let checkpoint = ids::guid(&format!("{id}/Checkpoint"));
        let checks = self.stage.checks.iter().enumerate();
        let planned: Vec<(String, &CheckScript, End)> = checks
            .map(|(place, check)| {
                // An approval is one event: unlike the other ids this one differs from build to build.
                let own = ids::guid(&format!("{}/{checkpoint}/{place}", self.occasion.build_id));
                let end = self.check_end(&own, check, ready);
                (own, check, end)
            })
            .collect();
        let end = interrupted(common_end(&planned, ready), cancel);
        let record = Record::new("Checkpoint", checkpoint.clone(), Some(&id), "Checkpoint");
        let record = record.lasting(ready, Some(ready), end.at);
        self.draft.records.push(Record {
            identifier: Some("Checkpoint".to_owned()),
            result: end.result,
            ..record
        });
        for (place, (own_id, check, own)) in planned.into_iter().enumerate() {
            let own = if own.at <= end.at {
                own
            } else {
                End {
                    at: end.at,
                    result: RecordResult::Canceled,
                }
            };
            let kind = format!("Checkpoint.{}", check.kind);
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

    /// A decision that comes before the scripted end counts.
    fn check_end(&self, id: &str, check: &CheckScript, ready: Moment) -> End {
        let natural = match check.takes {
            CheckWait::For(span) => ready.plus(span),
            CheckWait::UntilApproved => Moment::NEVER,
        };
        let decision = self.occasion.decision(id);
        match decision.filter(|decision| decision.at < natural) {
            Some(decision) => End {
                at: decision.at,
                result: check_result(decision.result),
            },
            None => End {
                at: natural,
                result: check_result(check.result),
            },
        }
    }

    fn plan_jobs(&mut self, begin: Moment, cancel: Option<Cancellation>) -> End {
        let stage = self.stage;
        let jobs: Vec<JobScript> = stage
            .jobs
            .iter()
            .map(|job| job.in_attempt(self.attempt.number))
            .collect();
        let mut ends: Vec<End> = Vec::new();
        let mut outcomes: Vec<End> = Vec::new();
        let mut left_open = Vec::new();
        for (order, job) in jobs.iter().enumerate() {
            if let Some(JobHistory::Kept(end)) = self.attempt.jobs.get(order) {
                ends.push(*end);
                outcomes.push(*end);
                continue;
            }
            let needed = named_ends(
                &outcomes,
                stage.jobs.iter().map(JobScript::identifier),
                &job.depends_on,
            );
            let ready = needed.iter().map(|end| end.at).max();
            let ready = ready.map_or(begin, |at| at.max(begin));
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
            attempt: self.attempt.number,
            previous: self.attempt.previous.clone(),
            result: end.result,
            closes_quietly: true,
            result_code: (end.result == RecordResult::Skipped).then_some(job::SKIPPED),
            ..record.lasting(self.appears, start, end.at)
        });
    }

    fn stage_id(&self) -> String {
        ids::stage(&self.stage.identifier(), self.attempt.number)
    }

    fn job_place<'j>(&self, job: &'j JobScript, order: usize) -> JobPlace<'j>
    where
        'a: 'j,
    {
        let history = self.attempt.jobs.get(order);
        JobPlace {
            job,
            occasion: self.occasion,
            stage_attempt: self.attempt.number,
            previous: match history {
                Some(JobHistory::Run(previous)) => previous.clone(),
                _ => Vec::new(),
            },
            order: order + 1,
            stage: self.stage.name(),
            stage_id: self.stage_id(),
        }
    }
}

/// The first check that does not succeed ends the wait, otherwise the last one.
fn common_end(checks: &[(String, &CheckScript, End)], ready: Moment) -> End {
    let ends = || checks.iter().map(|(_, _, end)| *end);
    let rejected =
        ends().filter(|end| end.result != RecordResult::Succeeded && end.at < Moment::NEVER);
    rejected.min_by_key(|end| end.at).unwrap_or(End {
        at: ends().map(|end| end.at).max().unwrap_or(ready),
        result: RecordResult::Succeeded,
    })
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
