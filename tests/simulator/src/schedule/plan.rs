//! A whole run: its stages one after another, its start, its end and its result.

use super::stage::StagePlanner;
use super::{BUILD_LAG, Log, LogKey, Occasion, Record, RecordResult, Schedule, TaskPlace};
use crate::clock::Moment;
use crate::log_text::LogText;
use crate::script::run::{BuildResult, Condition, RunScript, StageScript};

/// What is planned so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) records: Vec<Record>,
    pub(super) logs: Vec<Log>,
    keys: usize,
}

impl Draft {
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

pub(super) fn plan(run: &RunScript, occasion: Occasion) -> Schedule {
    let expanded = if occasion.paused {
        Moment::NEVER
    } else {
        occasion.queued.plus(run.queue_for)
    };
    let cancellation = occasion.cancellation;
    if let Some(cancel) = cancellation.filter(|cancel| cancel.at < expanded) {
        return without_timeline(cancel.obeyed, BuildResult::Canceled);
    }
    if run.fails_to_start.is_some() {
        return without_timeline(expanded, BuildResult::Failed);
    }
    let mut draft = Draft::default();
    draft.add_whole_log(expanded, LogText::of_server(&expanded_yaml(run), "\r\n"));
    let ends = plan_stages(&mut draft, run, occasion, expanded);

    let last = ends.iter().map(|end| end.at).max().unwrap_or(expanded);
    let finished = last.plus(BUILD_LAG);
    let first_start = |record: &Record| record.start.filter(|_| record.kind == "Job");
    let schedule = Schedule {
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
            .unwrap_or_else(|| result_of(&ends, &draft.records, cancellation.is_some())),
        records: draft.records,
        logs: draft.logs,
        changes: Vec::new(),
    };
    schedule.number_logs_and_changes()
}

/// Such a build goes from waiting to its end; its start is its finish, as recorded for builds that had no
/// agent to run on.
fn without_timeline(at: Moment, result: BuildResult) -> Schedule {
    Schedule {
        expanded: Moment::NEVER,
        started: at,
        finished: at,
        result,
        records: Vec::new(),
        logs: Vec::new(),
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
    occasion: Occasion,
    expanded: Moment,
) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    for (place, stage) in run.stages.iter().enumerate() {
        let needed: Vec<End> = match &stage.depends_on {
            Some(names) => named_ends(&ends, run.stages.iter().map(StageScript::identifier), names),
            None => ends.last().copied().into_iter().collect(),
        };
        let planner = StagePlanner {
            draft,
            stage,
            place,
            occasion,
            expanded,
        };
        let end = planner.plan(&needed);
        ends.push(end);
    }
    ends
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
fn expanded_yaml(run: &RunScript) -> Vec<String> {
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
