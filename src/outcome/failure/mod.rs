//! Why a run failed, as far as its records tell.

use crate::build::{
    Build, IssueKind, JobRecords, Mishap, Record, RecordId, RecordKind, RecordResult, Timeline,
};

/// A failure: what a person has to know of it, and what a retry has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why. Where jobs failed for different causes, the one that has to be mended first.
    pub cause: Cause,
    /// Whether every job that failed did so for reasons that neither the code nor the pipeline can
    /// be blamed for.
    pub is_infrastructure: bool,
}

/// Why a run failed, with titles as people know them (`Stage / Job`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The YAML, or a resource that it names, is not valid: the run never began.
    Invalid,
    /// Tasks failed.
    Tasks {
        /// The first of them in reading order.
        first: FailedTask,
        /// How many others there are.
        others: usize,
    },
    /// A check in front of a stage did not pass.
    Check {
        /// The stage's name; nothing where the YAML has no stages.
        stage: Option<String>,
        /// The service's name for the check, such as `Approval`.
        kind: String,
        /// Whether nobody decided in time; otherwise it was decided against.
        is_expired: bool,
    },
    /// The organization has no parallel job.
    NoParallelism,
    /// No agent may take these jobs.
    NoAgent(Vec<String>),
    /// Jobs ran longer than they may.
    TimedOut {
        /// Which.
        jobs: Vec<String>,
        /// How long the first may run.
        minutes: Option<u64>,
    },
    /// Stages or jobs failed before there was a job to run.
    NeverStarted(Vec<String>),
    /// Jobs were canceled, but not the run.
    JobsCanceled(Vec<String>),
    /// The agents of these jobs were lost.
    AgentLost(Vec<String>),
    /// The service itself failed with these jobs.
    Service(Vec<String>),
    /// The records do not tell.
    Unknown {
        /// Whether any job had begun.
        has_started: bool,
    },
}

/// A task that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// `Stage / Job / Task`.
    pub title: String,
    /// Its first error, if it reported any.
    pub message: Option<String>,
    /// The line of its log that the error is about.
    pub log_line: Option<u64>,
    /// The record of its job.
    pub job: RecordId,
    /// Its own record.
    pub task: RecordId,
}

/// What one job, or one stage that has none, failed of. The order is that of `Cause`: what comes first has
/// to be mended first, whatever else went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Tasks,
    Check,
    NoParallelism,
    NoAgent,
    TimedOut,
    NeverStarted,
    Canceled,
    AgentLost,
    Service,
    Unknown,
}

/// A job, or a stage, that failed.
struct Blame<'a> {
    kind: Kind,
    job: JobRecords<'a>,
}

impl Blame<'_> {
    fn is_of_skipped_stage(&self) -> bool {
        let result = self.job.stage.and_then(|stage| stage.result.as_ref());
        result == Some(&RecordResult::Skipped)
    }
}

impl Failure {
    /// Why `build` failed.
    #[must_use]
    pub fn of(build: &Build, timeline: &Timeline) -> Self {
        let blames = blames(timeline);
        Self {
            cause: cause(build, timeline, &blames),
            is_infrastructure: !blames.is_empty()
                && blames
                    .iter()
                    .all(|blame| matches!(blame.kind, Kind::AgentLost | Kind::Service)),
        }
    }

    /// Why the service canceled `build` although nobody asked for it: it does so when a job runs too
    /// long, and when it loses the agent of some. Nothing where a job was canceled for no such reason,
    /// or where the service names a person.
    pub(super) fn of_canceled(build: &Build, timeline: &Timeline) -> Option<Self> {
        let kinds: Vec<Kind> = blames(timeline).iter().map(|blame| blame.kind).collect();
        let is_by_service = build.canceled_by().is_none();
        let is_explained = !kinds.is_empty()
            && kinds.iter().all(|kind| match kind {
                Kind::Canceled | Kind::NeverStarted | Kind::Unknown => false,
                Kind::AgentLost | Kind::Service => is_by_service,
                _ => true,
            });
        let is_cause = kinds
            .iter()
            .any(|kind| matches!(kind, Kind::TimedOut | Kind::AgentLost | Kind::Service));
        (is_explained && is_cause).then(|| Self::of(build, timeline))
    }
}

fn cause(build: &Build, timeline: &Timeline, blames: &[Blame<'_>]) -> Cause {
    let has_started = timeline.has_started();
    if !has_started && build.validation.iter().any(|result| result.is_error) {
        return Cause::Invalid;
    }
    let Some(first) = blames.iter().min_by_key(|blame| blame.kind) else {
        return Cause::Unknown { has_started };
    };
    let of_kind = || blames.iter().filter(|blame| blame.kind == first.kind);
    let titles = || of_kind().map(|blame| blame.job.title()).collect();
    match first.kind {
        Kind::Tasks => tasks(timeline, of_kind().map(|blame| blame.job))
            .unwrap_or(Cause::Unknown { has_started }),
        Kind::Check => first
            .job
            .stage
            .and_then(|stage| check(timeline, stage))
            .unwrap_or(Cause::Unknown { has_started }),
        Kind::NoParallelism => Cause::NoParallelism,
        Kind::NoAgent => Cause::NoAgent(titles()),
        Kind::TimedOut => Cause::TimedOut {
            jobs: titles(),
            minutes: match first.job.mishap() {
                Some(Mishap::TimedOut { minutes }) => minutes,
                _ => None,
            },
        },
        Kind::NeverStarted => Cause::NeverStarted(titles()),
        Kind::Canceled => Cause::JobsCanceled(titles()),
        Kind::AgentLost => Cause::AgentLost(titles()),
        Kind::Service => Cause::Service(titles()),
        Kind::Unknown => Cause::Unknown { has_started },
    }
}

/// What failed, in reading order. Of a stage that a check kept from beginning it is the stage.
fn blames(timeline: &Timeline) -> Vec<Blame<'_>> {
    let mut blames: Vec<Blame<'_>> = Vec::new();
    for job in timeline.jobs() {
        let is_checked = job.job.is_none()
            && job
                .stage
                .is_some_and(|stage| check(timeline, stage).is_some());
        if is_checked {
            let is_new = blames.last().is_none_or(|last| {
                last.kind != Kind::Check
                    || last.job.stage.map(|stage| &stage.id) != job.stage.map(|stage| &stage.id)
            });
            let stage = JobRecords { phase: None, ..job };
            blames.extend(is_new.then_some(Blame {
                kind: Kind::Check,
                job: stage,
            }));
        } else if job.has_failed() {
            blames.push(Blame {
                kind: kind(timeline, &job),
                job,
            });
        }
    }
    // Stages behind one that failed are skipped too, and their checks may be with them.
    if blames.iter().any(|blame| !blame.is_of_skipped_stage()) {
        blames.retain(|blame| !blame.is_of_skipped_stage());
    }
    blames
}

fn kind(timeline: &Timeline, job: &JobRecords<'_>) -> Kind {
    let has_failed_task = tasks_of(timeline, job, &RecordResult::Failed)
        .next()
        .is_some();
    match job.mishap() {
        Some(Mishap::AgentLost) => Kind::AgentLost,
        Some(Mishap::Service) => Kind::Service,
        Some(Mishap::TimedOut { .. }) => Kind::TimedOut,
        Some(Mishap::NoAgent) => Kind::NoAgent,
        Some(Mishap::NoParallelism) => Kind::NoParallelism,
        None if has_failed_task => Kind::Tasks,
        None if job.result() == Some(&RecordResult::Canceled) => Kind::Canceled,
        None if job.job.is_none() => Kind::NeverStarted,
        None => Kind::Unknown,
    }
}

/// The tasks of a job that ended like this, in order.
fn tasks_of<'a>(
    timeline: &'a Timeline,
    job: &JobRecords<'_>,
    result: &RecordResult,
) -> impl Iterator<Item = &'a Record> {
    let below = job.job.into_iter().flat_map(|job| timeline.children(job));
    below.filter(move |task| task.kind == RecordKind::Task && task.result.as_ref() == Some(result))
}

/// What succeeded with issues: tasks, and jobs none of whose tasks did.
pub(super) fn with_issues(timeline: &Timeline) -> Vec<String> {
    let mut titles = Vec::new();
    for job in timeline.jobs() {
        let before = titles.len();
        let tasks = tasks_of(timeline, &job, &RecordResult::SucceededWithIssues);
        titles.extend(tasks.map(|task| format!("{} / {}", job.title(), task.name)));
        let is_job = job.result() == Some(&RecordResult::SucceededWithIssues);
        titles.extend((is_job && titles.len() == before).then(|| job.title()));
    }
    titles
}

fn tasks<'a>(timeline: &Timeline, jobs: impl Iterator<Item = JobRecords<'a>>) -> Option<Cause> {
    let mut failed = jobs.flat_map(|job| {
        tasks_of(timeline, &job, &RecordResult::Failed)
            .filter_map(|task| Some((job, job.job?, task)))
            .collect::<Vec<_>>()
    });
    let (of, job, task) = failed.next()?;
    let issue = task
        .issues
        .iter()
        .find(|issue| issue.kind == IssueKind::Error);
    Some(Cause::Tasks {
        first: FailedTask {
            title: format!("{} / {}", of.title(), task.name),
            message: issue.map(|issue| issue.message.clone()),
            log_line: issue.and_then(|issue| issue.log_line),
            job: job.id.clone(),
            task: task.id.clone(),
        },
        others: failed.count(),
    })
}

/// The check that kept a stage from beginning. The service fails a stage that was decided against,
/// and skips one whose time has passed ("Approvals and checks").
fn check(timeline: &Timeline, stage: &Record) -> Option<Cause> {
    let has_stopped = stage.has_failed() || stage.result == Some(RecordResult::Skipped);
    timeline
        .checks(stage)
        .filter(|_| has_stopped)
        .find_map(|check| {
            let RecordKind::Check(kind) = &check.kind else {
                return None;
            };
            let skipped = Some(&RecordResult::Skipped);
            let is_expired = match check.result {
                Some(RecordResult::Failed | RecordResult::Abandoned) => {
                    stage.result.as_ref() == skipped
                }
                Some(RecordResult::Skipped) => true,
                _ => return None,
            };
            Some(Cause::Check {
                stage: stage.display_name().map(str::to_owned),
                kind: kind.clone(),
                is_expired,
            })
        })
}

#[cfg(test)]
mod tests;
