//! Agents that vanish amid a job, and the traces that each way of vanishing leaves.

use super::job::{JobPlanner, PlannedJob, issue};
use super::plan::End;
use super::{Log, LogKey, PHASE_LAG, Record, RecordResult};
use crate::clock::Moment;
use crate::script::job::Loss;
use crate::script::task::{IssueKind, IssueScript};

const DEPROVISIONED: &str =
    "Received request to deprovision: The request was cancelled by the remote provider.";
const DISCONNECTED: &str =
    "An error occurred while provisioning resources (Error Type: Disconnect).";
const WORKER_KILLED: &str =
    "The agent worker exited with code 137, which means it ran out of memory.";
const SHUT_DOWN: &str = "The agent has received a shutdown signal. This can happen when the agent service is \
     stopped, or a manually started agent is canceled.";
const INTERNAL_ERROR: &str =
    "TF400898: An Internal Error Occurred. Activity Id: 5b9ba1a0-3b52-4f6d-a4f4-4c2a54f7a8b1.";

impl JobPlanner<'_> {
    /// The agent is gone at `at`: logs that had not arrived never do, and the rest depends on the loss.
    pub(super) fn lose(
        &mut self,
        loss: Loss,
        at: Moment,
        ready: Moment,
        start: Moment,
        first_task: usize,
    ) -> PlannedJob {
        let how = Traces::of(loss, &self.place.job.agent);
        let mut open = Vec::new();
        for index in first_task..self.draft.records.len() {
            let record = &mut self.draft.records[index];
            record.log = record
                .log
                .filter(|key| lose_pages(&mut self.draft.logs, *key, at));
            if record.finish <= at {
                continue;
            }
            let began = record.start.is_some_and(|begin| begin <= at);
            record.result = if began {
                how.running_task
            } else {
                RecordResult::Abandoned
            };
            record.start = if began {
                record.start
            } else {
                Some(Moment::NEVER)
            };
            (record.percent, record.result_code) = (Some(0), None);
            record.issues.clear();
            open.push(index);
        }
        open.push(self.draft.records.len());
        let record = self.job_record().lasting(ready, Some(start), at);
        let (result, issues, percent) = (how.job, how.issues, Some(0));
        self.draft.records.push(Record {
            result,
            issues,
            issues_at: at,
            percent,
            ..record
        });
        if !how.stays_open {
            for index in open.drain(..) {
                let record = &mut self.draft.records[index];
                record.finish = at;
                record.start = record.start.map(|begin| begin.min(at));
            }
        }
        PlannedJob {
            phase: End {
                at: at.plus(PHASE_LAG),
                result: how.phase,
            },
            outcome: how.job,
            left_open: open,
        }
    }
}

/// Drops what had not arrived at `at`; answers whether anything is left of the log.
fn lose_pages(logs: &mut [Log], key: LogKey, at: Moment) -> bool {
    for log in logs.iter_mut().filter(|log| log.key == key) {
        log.pages.retain(|page| page.0 <= at);
        // What was written until then may have been in the console feed.
        if let Some(place) = &mut log.task {
            place.finish = place.finish.min(at);
        }
    }
    logs.iter()
        .any(|log| log.key == key && !log.pages.is_empty())
}

/// What a loss leaves in the timeline.
struct Traces {
    job: RecordResult,
    phase: RecordResult,
    running_task: RecordResult,
    issues: Vec<IssueScript>,
    stays_open: bool,
}

impl Traces {
    fn of(loss: Loss, agent: &str) -> Self {
        let withdrawn = issue(IssueKind::Warning, DEPROVISIONED);
        match loss {
            Loss::Deprovisioned => Self {
                job: RecordResult::Failed,
                phase: RecordResult::Canceled,
                running_task: RecordResult::Failed,
                issues: vec![withdrawn],
                stays_open: true,
            },
            Loss::Disconnected => Self {
                job: RecordResult::Canceled,
                phase: RecordResult::Canceled,
                running_task: RecordResult::Canceled,
                issues: vec![issue(IssueKind::Error, DISCONNECTED), withdrawn],
                stays_open: true,
            },
            Loss::StoppedHearing => Self {
                job: RecordResult::Failed,
                phase: RecordResult::Failed,
                running_task: RecordResult::Abandoned,
                issues: vec![issue(IssueKind::Error, &stopped_hearing(agent))],
                stays_open: false,
            },
            Loss::WorkerKilled => Self::failure(WORKER_KILLED),
            Loss::ShutDown => Self::failure(SHUT_DOWN),
            Loss::ServiceError => Self::failure(INTERNAL_ERROR),
        }
    }

    /// The job ends at once, with an error. What becomes of the running task is a guess.
    fn failure(message: &str) -> Self {
        Self {
            job: RecordResult::Failed,
            phase: RecordResult::Failed,
            running_task: RecordResult::Canceled,
            issues: vec![issue(IssueKind::Error, message)],
            stays_open: false,
        }
    }
}

fn stopped_hearing(agent: &str) -> String {
    format!(
        "We stopped hearing from agent {agent}. Verify the agent machine is running and has a healthy network \
         connection. Anything that terminates an agent process, starves it for CPU, or blocks its network access \
         can cause this error. For more information, see: https://go.microsoft.com/fwlink/?linkid=846610"
    )
}
