//! A further attempt, as recorded: the stage and the jobs that run again get new records, jobs that succeeded
//! are hung under the new stage, and all records as they were are kept in a timeline of their own, whose id is
//! that of the old stage.

use super::plan::{Draft, End, conclude, needs};
use super::record::{Earlier, Previous};
use super::stage::{JobHistory, StageAttempt, StagePlanner};
use super::{Occasion, Record, RecordResult, Retry, Schedule};
use crate::clock::{Moment, Span};
use crate::ids;
use crate::script::job::JobScript;
use crate::script::run::RunScript;
use crate::script::stage::StageScript;

/// How long the service needs before a retried stage goes on.
const RETRY_LAG: Span = Span::millis(500);

pub(super) fn again(
    schedule: Schedule,
    run: &RunScript,
    occasion: Occasion<'_>,
    retry: &Retry,
) -> Schedule {
    let (expanded, started) = (schedule.expanded, schedule.started);
    let mut draft = Draft::of(schedule);
    let mut ends: Vec<End> = Vec::new();
    let mut redone: Vec<bool> = Vec::new();
    for (place, stage) in run.stages.iter().enumerate() {
        let needed = needs(run, place);
        let Some(old) = draft.stage(&stage.identifier()).cloned() else {
            continue;
        };
        let is_wanted = is_wanted(&old, retry);
        if !is_wanted && !needed.iter().any(|needed| redone[*needed]) {
            ends.push(End {
                at: old.finish,
                result: old.result,
            });
            redone.push(false);
            continue;
        }
        let attempt = set_aside(&mut draft, &old, stage, retry, is_wanted);
        let needed: Vec<End> = needed.into_iter().map(|needed| ends[needed]).collect();
        let planner = StagePlanner {
            draft: &mut draft,
            stage,
            place,
            occasion,
            appears: retry.at,
            earliest: retry.at.plus(RETRY_LAG),
            attempt,
        };
        ends.push(planner.plan(&needed));
        redone.push(true);
    }
    let schedule = conclude(draft, run, occasion, expanded, &ends);
    Schedule {
        started: started.min(schedule.started),
        ..schedule
    }
}

fn is_wanted(stage: &Record, retry: &Retry) -> bool {
    match &retry.stage {
        Some(wanted) => stage.identifier.as_ref() == Some(wanted),
        None => stage.result.is_bad(),
    }
}

/// Takes the records of a stage out of the main timeline. A stage that was only skipped leaves nothing behind:
/// it begins with its first attempt. Stages that follow a retried one run again as a whole.
fn set_aside(
    draft: &mut Draft,
    old: &Record,
    stage: &StageScript,
    retry: &Retry,
    is_wanted: bool,
) -> StageAttempt {
    let family = family(&draft.records, &old.id);
    let members: Vec<Record> = draft.take(&family);
    if old.result == RecordResult::Skipped {
        return StageAttempt::following(old, None);
    }
    let mut attempt = StageAttempt::following(old, Some(&old.id));
    for job in &stage.jobs {
        let keeps = is_wanted && !retry.all_jobs;
        let history = JobHistory::of(job, &members, &old.id, keeps);
        if matches!(history, JobHistory::Kept(_)) {
            let new_stage = ids::stage(&stage.identifier(), attempt.number);
            draft
                .records
                .extend(kept(&members, job, &new_stage, retry.at));
        }
        attempt.jobs.push(history);
    }
    draft.earlier.push(Earlier {
        id: old.id.clone(),
        at: retry.at,
        is_the_callers: true,
        records: members
            .into_iter()
            .filter(|record| record.vanishes > retry.at)
            .collect(),
    });
    attempt
}

/// The ids of a record and of everything below it.
fn family(records: &[Record], root: &str) -> Vec<String> {
    let mut ids = vec![root.to_owned()];
    let mut next = 0;
    while let Some(id) = ids.get(next).cloned() {
        let children = records
            .iter()
            .filter(|record| record.parent.as_ref() == Some(&id));
        ids.extend(children.map(|record| record.id.clone()));
        next += 1;
    }
    ids
}

/// A job that succeeded keeps its records; all of them get one new change number.
fn kept(members: &[Record], job: &JobScript, stage: &str, at: Moment) -> Vec<Record> {
    let Some(phase) = phase_of(members, job) else {
        return Vec::new();
    };
    let ids = family(members, &phase.id);
    let mut records: Vec<Record> = members
        .iter()
        .filter(|record| ids.contains(&record.id) && record.vanishes > at)
        .cloned()
        .collect();
    for record in &mut records {
        record.moved = Some(at);
        if record.id == phase.id {
            record.parent = Some(stage.to_owned());
        }
    }
    records
}

fn phase_of<'a>(members: &'a [Record], job: &JobScript) -> Option<&'a Record> {
    let identifier = Some(job.identifier());
    members
        .iter()
        .find(|record| record.kind == "Phase" && record.identifier == identifier)
}

impl JobHistory {
    fn of(job: &JobScript, members: &[Record], timeline: &str, keeps: bool) -> Self {
        let phase = phase_of(members, job);
        if let Some(phase) = phase.filter(|phase| keeps && phase.result.is_good()) {
            return Self::Kept(End {
                at: phase.finish,
                result: phase.result,
            });
        }
        let own = |record: &&Record| {
            record.kind == "Job" && record.parent.as_ref() == phase.map(|phase| &phase.id)
        };
        let last = members
            .iter()
            .filter(own)
            .max_by_key(|record| record.attempt);
        let previous = last.map(|record| {
            let mut previous = record.previous.clone();
            previous.push(Previous::of(record, timeline));
            previous
        });
        Self::Run(previous.unwrap_or_default())
    }
}
