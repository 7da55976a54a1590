//! Jobs: whether one runs, how long it waits for an agent, and how it ends.

use super::output::Output;
use super::plan::{Draft, End, Past};
use super::task::Agent;
use super::turn::Turn;
use super::{
    Cancellation, Earlier, JOB_LOG_LAG, Occasion, PHASE_LAG, Previous, Record, RecordResult,
};
use crate::clock::{Moment, Span};
use crate::ids;
use crate::log_text::LogText;
use crate::script::WhenUnmet;
use crate::script::job::JobScript;
use crate::script::run::Condition;
use crate::script::task::{IssueKind, IssueScript};

/// The sentence is reported; that it is the job's is a guess.
const NOT_GRANTED: &str = "No hosted parallelism has been purchased or granted. To request a free parallelism grant, \
     please fill out the following form https://aka.ms/azpipelines-parallelism-request";
/// How long an agent needs to stop a job that has run too long.
const TIME_LIMIT_TAKES: Span = Span::millis(1000);
/// The result code of what its condition keeps from running.
pub(super) const SKIPPED: &str = "Evaluating: False\nResult: False\n";

/// A job and where it stands.
pub(super) struct JobPlace<'a> {
    pub(super) job: &'a JobScript,
    pub(super) occasion: Occasion<'a>,
    pub(super) stage_attempt: u32,
    /// Attempts of the job before this one.
    pub(super) previous: Vec<Previous>,
    pub(super) order: usize,
    pub(super) stage: String,
    pub(super) stage_id: String,
}

/// What the stage needs to know about a planned job.
pub(super) struct PlannedJob {
    pub(super) phase: End,
    /// Counts for the stage and for dependent jobs; a phase can be `canceled` although its job failed.
    pub(super) outcome: RecordResult,
    /// Records that stay open until the stage ends, as places in the draft.
    pub(super) left_open: Vec<usize>,
}

impl PlannedJob {
    fn ending(phase: End) -> Self {
        Self {
            phase,
            outcome: phase.result,
            left_open: Vec::new(),
        }
    }
}

pub(super) fn phase_record(place: &JobPlace<'_>) -> Record {
    let identifier = place.job.identifier();
    let id = ids::guid(&format!("{}/phase/{identifier}", place.stage_id));
    let record = Record::new("Phase", id, Some(&place.stage_id), &place.job.name());
    Record {
        identifier: Some(identifier),
        order: Some(place.order),
        attempt: place.stage_attempt,
        ..record
    }
}

pub(super) fn plan(
    draft: &mut Draft,
    place: &JobPlace<'_>,
    ready: Moment,
    needed: &[End],
    cancel: Option<Cancellation>,
) -> PlannedJob {
    let was_canceled = cancel.is_some_and(|cancel| cancel.at < ready);
    let runs = Past::of(needed, was_canceled).allows(place.job.condition);
    let log = draft.add_whole_log(ready, LogText::of_server(&evaluation(runs), "\n"));
    let phase = Record {
        log: Some(log),
        ..phase_record(place)
    };
    if !runs {
        draft.records.push(Record {
            result: RecordResult::Skipped,
            result_code: Some(SKIPPED),
            ..phase.lasting(ready, Some(ready), ready)
        });
        return PlannedJob::ending(End {
            at: ready,
            result: RecordResult::Skipped,
        });
    }
    let cancel = cancel.filter(|_| place.job.condition != Condition::Always);
    let job = JobPlanner {
        draft,
        place,
        phase_id: phase.id.clone(),
        previous: place.previous.clone(),
        cancel,
        time_limit: None,
    };
    let (begin, planned) = job.plan(ready);
    let phase = phase.lasting(ready, begin, planned.phase.at);
    draft.records.push(Record {
        result: planned.phase.result,
        ..phase
    });
    planned
}

/// The phase's own log: what the server thought before it made the job.
fn evaluation(runs: bool) -> [String; 2] {
    let result = if runs { "True" } else { "False" };
    [
        "Evaluating: succeeded()".to_owned(),
        format!("Result: {result}"),
    ]
}

pub(super) struct JobPlanner<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) place: &'a JobPlace<'a>,
    phase_id: String,
    previous: Vec<Previous>,
    pub(super) cancel: Option<Cancellation>,
    /// When the job has run as long as it may.
    time_limit: Option<Moment>,
}

impl JobPlanner<'_> {
    /// Plans the job; answers when it started, if it did.
    fn plan(mut self, ready: Moment) -> (Option<Moment>, PlannedJob) {
        let ready = self.abandon_attempts(ready);
        let agents = self.place.occasion.agents;
        let unmet = !agents.satisfy(&self.place.job.demands);
        if !agents.granted {
            return (None, self.refuse(ready, NOT_GRANTED));
        }
        if unmet && agents.when_unmet == WhenUnmet::Fail {
            return (None, self.fail_for_demands(ready));
        }
        let turn = self.turn(ready);
        let start = if unmet {
            Moment::NEVER
        } else {
            turn.plus(self.place.job.wait_for_agent)
        };
        let (start, planned) = match self.cancel.filter(|cancel| cancel.at < start) {
            Some(cancel) => (None, self.cancel_waiting(ready, cancel)),
            None => (Some(start), self.run(ready, start)),
        };
        let needs_turn = !unmet && self.place.occasion.turns.is_some();
        if needs_turn {
            self.draft.turns.push(Turn {
                job: self.job_id(),
                ready,
                taken: Some((turn, planned.phase.at)).filter(|(from, to)| from < to),
            });
        }
        (start, planned)
    }

    /// Agents that take the job and never begin it. The record of each such attempt moves to a timeline of its
    /// own, which has the record's id (as recorded); answers when the last one was given up.
    fn abandon_attempts(&mut self, ready: Moment) -> Moment {
        let mut ready = ready;
        for _ in 0..self.place.job.abandoned_attempts {
            let gone = ready.plus(self.place.job.abandoned_after);
            if self.cancel.is_some_and(|cancel| cancel.at < gone) {
                break;
            }
            let record = Record {
                result: RecordResult::Abandoned,
                worker: None,
                vanishes: gone,
                ..self.job_record().lasting(ready, None, gone)
            };
            self.previous.push(Previous::of(&record, &record.id));
            self.draft.earlier.push(Earlier {
                id: record.id.clone(),
                at: gone,
                is_the_callers: false,
                records: vec![record.clone()],
            });
            self.draft.records.push(record);
            ready = gone;
        }
        ready
    }

    /// When the job gets a slot: at once unless slots are few.
    fn turn(&self, ready: Moment) -> Moment {
        let turns = self.place.occasion.turns;
        turns.map_or(ready, |turns| {
            turns.get(&self.job_id()).copied().unwrap_or(Moment::NEVER)
        })
    }

    /// Docs: "Specify demands". That the job has no tasks then is a guess.
    fn fail_for_demands(&mut self, ready: Moment) -> PlannedJob {
        let message = format!(
            "No agent found in pool {} which satisfies the specified demands: {}, Agent.Version -gtVersion 2.163.1",
            self.place.occasion.agents.pool,
            self.place.job.demands.join(", ")
        );
        self.refuse(ready, &message)
    }

    /// The job fails before it has an agent.
    fn refuse(&mut self, ready: Moment, message: &str) -> PlannedJob {
        let record = self.job_record().lasting(ready, None, ready);
        self.draft.records.push(Record {
            result: RecordResult::Failed,
            worker: None,
            issues: vec![issue(IssueKind::Error, message)],
            issues_at: ready,
            ..record
        });
        PlannedJob::ending(End {
            at: ready.plus(PHASE_LAG),
            result: RecordResult::Failed,
        })
    }

    fn cancel_waiting(&mut self, ready: Moment, cancel: Cancellation) -> PlannedJob {
        let record = self.job_record().lasting(ready, None, cancel.obeyed);
        self.draft.records.push(Record {
            result: RecordResult::Canceled,
            ..record
        });
        PlannedJob::ending(End {
            at: cancel.obeyed.plus(PHASE_LAG),
            result: RecordResult::Canceled,
        })
    }

    fn run(&mut self, ready: Moment, start: Moment) -> PlannedJob {
        self.time_limit = self.place.job.timeout.map(|limit| start.plus(limit));
        if let Some(at) = self.time_limit {
            let limit = Cancellation {
                at,
                obeyed: at.plus(TIME_LIMIT_TAKES),
                is_by_another: false,
            };
            let earlier = self.cancel.filter(|cancel| cancel.at < at);
            self.cancel = earlier.or(Some(limit));
        }
        let first_task = self.draft.records.len();
        let agent = self.plan_tasks(start);
        let lost_at = start.plus(self.place.job.lost_after);
        match self.place.job.lost {
            Some(loss) if lost_at < agent.now => self.lose(loss, lost_at, ready, start, first_task),
            _ => self.finish(&agent, ready, start),
        }
    }

    fn finish(&mut self, agent: &Agent, ready: Moment, start: Moment) -> PlannedJob {
        let was_canceled = self.cancel.is_some_and(|cancel| cancel.at < agent.now);
        let result = match agent.past {
            _ if was_canceled => RecordResult::Canceled,
            Past { canceled: true, .. } => RecordResult::Canceled,
            Past { failed: true, .. } => RecordResult::Failed,
            _ if agent.has_issues => RecordResult::SucceededWithIssues,
            _ => RecordResult::Succeeded,
        };
        let limit = self
            .time_limit
            .filter(|limit| was_canceled && self.cancel.is_some_and(|cancel| cancel.at == *limit));
        let finish = agent.now;
        let logs = &self.draft.logs;
        let of_tasks = agent
            .logs
            .iter()
            .filter_map(|key| logs.iter().find(|log| log.key == *key));
        let text = LogText::of_job(
            &self.place.job.name(),
            start,
            finish,
            of_tasks.map(|log| &log.text),
        );
        let log = self.draft.add_whole_log(finish.plus(JOB_LOG_LAG), text);
        let record = self.job_record().lasting(ready, Some(start), finish);
        let too_long = limit.map(|_| issue(IssueKind::Error, &too_long(self.place.job)));
        self.draft.records.push(Record {
            result,
            log: Some(log),
            issues: too_long.into_iter().collect(),
            issues_at: limit.unwrap_or(Moment::NEVER),
            ..record
        });
        self.draft.outputs.push(Output {
            at: finish,
            source: self.job_id(),
            artifacts: self.place.job.artifacts.clone(),
            tests: self.place.job.tests.clone(),
        });
        PlannedJob::ending(End {
            at: finish.plus(PHASE_LAG),
            result,
        })
    }

    pub(super) fn job_record(&self) -> Record {
        let job = self.place.job;
        let record = Record::new("Job", self.job_id(), Some(&self.phase_id), &job.name());
        Record {
            identifier: Some(format!("{}.__default", job.identifier())),
            order: Some(1),
            worker: Some(job.agent.clone()),
            queue_id: Some(121),
            attempt: self.attempt(),
            previous: self.previous.clone(),
            ..record
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        u32::try_from(self.previous.len() + 1).unwrap_or(u32::MAX)
    }

    pub(super) fn job_id(&self) -> String {
        match self.attempt() {
            1 => ids::guid(&format!("{}/job", self.phase_id)),
            attempt => ids::guid(&format!("{}/job/{attempt}", self.phase_id)),
        }
    }
}

/// Docs: "Timeouts"; the sentence is reported.
fn too_long(job: &JobScript) -> String {
    let minutes = job.timeout.map_or(0, Span::whole_minutes);
    format!(
        "The job running on agent {} ran longer than the maximum time of {minutes} minutes. For more information, see \
         https://go.microsoft.com/fwlink/?linkid=2077134",
        job.agent
    )
}

pub(super) fn issue(kind: IssueKind, message: &str) -> IssueScript {
    IssueScript {
        kind,
        message: message.to_owned(),
        file: None,
        line: None,
        column: None,
        code: None,
        log_line: None,
        times: 1,
        is_the_servers: true,
    }
}
