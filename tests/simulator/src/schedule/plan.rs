//! A whole run: its stages one after another, its start, its end and its result.

use super::output::Output;
use super::stage::{StageAttempt, StagePlanner};
use super::turn::Turn;
use super::{BUILD_LAG, Earlier, Log, LogKey, Occasion, Record, RecordResult, Schedule, TaskPlace};
use crate::clock::Moment;
use crate::ids;
use crate::log_text::LogText;
use crate::script::run::{BuildResult, Condition, RunScript};

/// What is planned so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) records: Vec<Record>,
    pub(super) logs: Vec<Log>,
    pub(super) outputs: Vec<Output>,
    pub(super) earlier: Vec<Earlier>,
    pub(super) turns: Vec<Turn>,
    keys: usize,
}

impl Draft {
    /// Goes on from a schedule. What was published at the end of the run is published at its new end.
    pub(super) fn of(schedule: Schedule) -> Self {
        let finished = schedule.finished;
        let keys = schedule.logs.iter().map(|log| log.key.0 + 1).max();
        let mut outputs = schedule.outputs;
        outputs.retain(|output| output.at < finished);
        Self {
            records: schedule.records,
            logs: schedule.logs,
            outputs,
            earlier: schedule.earlier,
            turns: schedule.turns,
            keys: keys.unwrap_or(0),
        }
    }

    pub(super) fn stage(&self, identifier: &str) -> Option<&Record> {
        let is_it = |record: &&Record| {
            record.kind == "Stage" && record.identifier.as_deref() == Some(identifier)
        };
        self.records.iter().find(is_it)
    }

    /// Removes the records with these ids.
    pub(super) fn take(&mut self, ids: &[String]) -> Vec<Record> {
        let records = std::mem::take(&mut self.records);
        let (taken, left) = records
            .into_iter()
            .partition(|record| ids.contains(&record.id));
        self.records = left;
        taken
    }

    pub(super) fn add_log(
        &mut self,
        pages: Vec<(Moment, usize)>,
        text: LogText,
        task: Option<TaskPlace>,
    ) -> LogKey {
        let key = LogKey(self.keys);
        self.keys += 1;
        self.logs.push(Log {
            key,
            pages,
            text,
            task,
        });
        key
    }

    pub(super) fn add_whole_log(&mut self, at: Moment, text: LogText) -> LogKey {
        let lines = text.line_count();
        self.add_log(vec![(at, lines)], text, None)
    }
}

/// How a part of the run ended, for those who depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Moment,
    pub(super) result: RecordResult,
}

/// What conditions ask about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    pub(super) failed: bool,
    pub(super) skipped: bool,
    pub(super) canceled: bool,
}

impl Past {
    pub(super) fn of(ends: &[End], run_was_canceled: bool) -> Self {
        let any = |wanted: &[RecordResult]| ends.iter().any(|end| wanted.contains(&end.result));
        Self {
            failed: any(&[RecordResult::Failed, RecordResult::Abandoned]),
            skipped: any(&[RecordResult::Skipped]),
            canceled: run_was_canceled || any(&[RecordResult::Canceled]),
        }
    }

    /// Docs: "Specify conditions", status functions.
    pub(super) fn allows(self, condition: Condition) -> bool {
        match condition {
            Condition::Succeeded => !self.failed && !self.skipped && !self.canceled,
            Condition::Failed => self.failed && !self.canceled,
            Condition::SucceededOrFailed => !self.canceled,
            Condition::Always => true,
            Condition::Never => false,
        }
    }
}

pub(super) fn plan(run: &RunScript, occasion: Occasion<'_>) -> Schedule {
    let (first, retries) = occasion.attempts();
    let mut schedule = plan_first(run, first);
    for (retry, occasion) in retries {
        schedule = super::retry::again(schedule, run, occasion, retry);
    }
    schedule.number_logs_and_changes()
}

fn plan_first(run: &RunScript, occasion: Occasion<'_>) -> Schedule {
    let expanded = if occasion.paused {
        Moment::NEVER
    } else {
        occasion.queued.plus(run.queue_for)
    };
    let cancellation = occasion.cancellation();
    if let Some(cancel) = cancellation.filter(|cancel| cancel.at < expanded) {
        return without_timeline(cancel.obeyed, BuildResult::Canceled);
    }
    if run.fails_to_start.is_some() {
        return without_timeline(expanded, BuildResult::Failed);
    }
    let mut draft = Draft::default();
    draft.add_whole_log(expanded, LogText::of_server(&expanded_yaml(run), "\r\n"));
    let ends = plan_stages(&mut draft, run, occasion, expanded);
    conclude(draft, run, occasion, expanded, &ends)
}

/// What follows from the ends of the stages.
pub(super) fn conclude(
    mut draft: Draft,
    run: &RunScript,
    occasion: Occasion<'_>,
    expanded: Moment,
    ends: &[End],
) -> Schedule {
    let last = ends.iter().map(|end| end.at).max().unwrap_or(expanded);
    let finished = last.plus(BUILD_LAG);
    draft.outputs.push(Output {
        at: finished,
        source: ids::plan(occasion.build_id),
        artifacts: run.artifacts.clone(),
        tests: run.tests.clone(),
    });
    let first_start = |record: &Record| record.start.filter(|_| record.kind == "Job");
    let was_canceled = occasion.cancellation().is_some();
    Schedule {
        expanded,
        started: draft
            .records
            .iter()
            .filter_map(first_start)
            .min()
            .unwrap_or(finished),
        finished,
        result: run
            .result
            .unwrap_or_else(|| result_of(ends, &draft.records, was_canceled)),
        records: draft.records,
        logs: draft.logs,
        outputs: draft.outputs,
        earlier: draft.earlier,
        turns: draft.turns,
        changes: Vec::new(),
    }
}

/// Such a build goes from waiting to its end; its start is its finish, as recorded for builds that had no
/// agent to run on.
pub(super) fn without_timeline(at: Moment, result: BuildResult) -> Schedule {
    Schedule {
        expanded: Moment::NEVER,
        started: at,
        finished: at,
        result,
        records: Vec::new(),
        logs: Vec::new(),
        outputs: Vec::new(),
        earlier: Vec::new(),
        turns: Vec::new(),
        changes: Vec::new(),
    }
}

/// The build's result follows from its stages; a task with issues makes a good build a partial success.
fn result_of(ends: &[End], records: &[Record], canceled: bool) -> BuildResult {
    let past = Past::of(ends, canceled);
    let has_issues = records
        .iter()
        .any(|record| record.result == RecordResult::SucceededWithIssues);
    match past {
        _ if canceled => BuildResult::Canceled,
        Past { failed: true, .. } => BuildResult::Failed,
        Past { canceled: true, .. } => BuildResult::Canceled,
        _ if has_issues => BuildResult::PartiallySucceeded,
        _ => BuildResult::Succeeded,
    }
}

fn plan_stages(
    draft: &mut Draft,
    run: &RunScript,
    occasion: Occasion<'_>,
    expanded: Moment,
) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    for (place, stage) in run.stages.iter().enumerate() {
        let needed: Vec<End> = needs(run, place)
            .into_iter()
            .map(|needed| ends[needed])
            .collect();
        let planner = StagePlanner {
            draft,
            stage,
            place,
            occasion,
            appears: expanded,
            earliest: expanded,
            attempt: StageAttempt::first(),
        };
        ends.push(planner.plan(&needed));
    }
    ends
}

/// The places of the stages that a stage depends on: those it names, or the one before.
pub(super) fn needs(run: &RunScript, place: usize) -> Vec<usize> {
    match &run.stages[place].depends_on {
        Some(names) => (0..place)
            .filter(|earlier| names.contains(&run.stages[*earlier].identifier()))
            .collect(),
        None => place.checked_sub(1).into_iter().collect(),
    }
}

pub(super) fn named_ends(
    ends: &[End],
    names: impl Iterator<Item = String>,
    wanted: &[String],
) -> Vec<End> {
    names
        .zip(ends)
        .filter(|(name, _)| wanted.contains(name))
        .map(|(_, end)| *end)
        .collect()
}

/// Log 1 of a run is its YAML after expansion; no record refers to it.
pub(crate) fn expanded_yaml(run: &RunScript) -> Vec<String> {
    let mut lines = vec!["stages:".to_owned()];
    for stage in &run.stages {
        lines.push(format!("- stage: {}", stage.identifier()));
        lines.push("  jobs:".to_owned());
        for job in &stage.jobs {
            lines.push(format!("  - job: {}", job.identifier()));
            lines.push("    steps:".to_owned());
            lines.extend(
                job.tasks
                    .iter()
                    .map(|task| format!("    - task: CmdLine@2 # {}", task.name)),
            );
        }
    }
    lines
}
