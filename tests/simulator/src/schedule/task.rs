//! The tasks of a job: what the agent does one after another, also when it is stopped, and their logs.

use super::job::{JobPlanner, SKIPPED, issue};
use super::plan::Past;
use super::{LogKey, Record, RecordResult, TaskPlace};
use crate::clock::{Moment, Span};
use crate::ids;
use crate::log_text::LogText;
use crate::script::run::Condition;
use crate::script::task::{IssueKind, TaskResult, TaskScript};

const CANCELED: &str = "The operation was canceled.";

/// The agent's view while it goes from task to task.
pub(super) struct Agent {
    pub(super) now: Moment,
    started: Moment,
    pub(super) past: Past,
    pub(super) has_issues: bool,
    order: usize,
    pub(super) logs: Vec<LogKey>,
}

impl JobPlanner<'_> {
    pub(super) fn plan_tasks(&mut self, start: Moment) -> Agent {
        let mut agent = Agent {
            now: start,
            started: start,
            past: Past::default(),
            has_issues: false,
            order: 0,
            logs: Vec::new(),
        };
        let job = self.place.job;
        if !job.bare {
            let lines = [
                format!("Agent name: '{}'", job.agent),
                "Agent machine name: 'simulated'".to_owned(),
                "Current agent version: '4.251.0'".to_owned(),
            ];
            self.plan_own_task(&mut agent, "Initialize job", lines.to_vec());
        }
        for task in &job.tasks {
            self.plan_task(&mut agent, task, true);
        }
        if !job.bare {
            let lines = vec!["Cleaning up task key".to_owned()];
            self.plan_own_task(&mut agent, "Finalize Job", lines);
        }
        agent
    }

    /// The agent's own tasks take no simulated time and always run.
    fn plan_own_task(&mut self, agent: &mut Agent, name: &str, lines: Vec<String>) {
        let task = TaskScript {
            name: name.to_owned(),
            duration: Span::ZERO,
            condition: Condition::Always,
            lines,
            ..TaskScript::default()
        };
        self.plan_task(agent, &task, false);
    }

    fn plan_task(&mut self, agent: &mut Agent, task: &TaskScript, is_scripted: bool) {
        agent.order += 1;
        agent.past.canceled |= self.cancel.is_some_and(|cancel| cancel.at < agent.now);
        let begin = agent.now;
        let record = Record {
            order: Some(agent.order),
            worker: Some(self.place.job.agent.clone()),
            is_scripted_task: is_scripted,
            ..Record::new(
                "Task",
                self.task_id(agent.order, &task.name),
                Some(&self.job_id()),
                &task.name,
            )
        };
        if !agent.past.allows(task.condition) || task.result == TaskResult::Skipped {
            self.draft.records.push(Record {
                result: RecordResult::Skipped,
                result_code: Some(SKIPPED),
                percent: Some(100),
                ..record.lasting(agent.started, Some(begin), begin)
            });
            return;
        }
        let natural = begin.plus(task.duration);
        let stopped = self
            .cancel
            .filter(|cancel| cancel.at < natural && cancel.at >= begin);
        let stopped = stopped.filter(|_| task.condition != Condition::Always);
        let finish = stopped.map_or(natural, |cancel| cancel.obeyed);
        let result = if stopped.is_some() {
            RecordResult::Canceled
        } else {
            record_result(task.result)
        };
        let log = self.plan_task_log(agent, task, &record.id, finish, stopped.is_some());
        agent.logs.extend(log);
        agent.now = finish;
        agent.past.failed |= result == RecordResult::Failed;
        agent.past.canceled |= result == RecordResult::Canceled;
        agent.has_issues |= result == RecordResult::SucceededWithIssues;
        let mut issues = task.issues.clone();
        issues.extend(stopped.map(|_| issue(IssueKind::Error, CANCELED)));
        self.draft.records.push(Record {
            result,
            log,
            issues,
            issues_at: finish,
            ..record.lasting(agent.started, Some(begin), finish)
        });
    }

    fn plan_task_log(
        &mut self,
        agent: &Agent,
        task: &TaskScript,
        task_id: &str,
        finish: Moment,
        stopped: bool,
    ) -> Option<LogKey> {
        if task.no_log {
            return None;
        }
        let begin = agent.now;
        let last_words: &[&str] = if stopped {
            &["##[error]The operation was canceled."]
        } else {
            &[]
        };
        let text = LogText::of_task(task, begin, last_words);
        let pages = pages_of(task, &text, begin, finish);
        let starts = pages
            .iter()
            .take(pages.len() - 1)
            .map(|page| page.1)
            .collect();
        let place = TaskPlace {
            stage: self.place.stage.clone(),
            job: self.place.job.name(),
            task: task.name.clone(),
            attempt: self.attempt(),
            order: agent.order,
            job_id: self.job_id(),
            task_id: task_id.to_owned(),
            job_start: agent.started,
            start: begin,
            finish,
        };
        Some(
            self.draft
                .add_log(pages, text.with_pages(starts), Some(place)),
        )
    }

    fn task_id(&self, order: usize, name: &str) -> String {
        ids::guid(&format!("{}/task/{order}/{name}", self.job_id()))
    }
}

fn record_result(result: TaskResult) -> RecordResult {
    match result {
        TaskResult::Succeeded => RecordResult::Succeeded,
        TaskResult::SucceededWithIssues => RecordResult::SucceededWithIssues,
        TaskResult::Failed => RecordResult::Failed,
        TaskResult::Canceled => RecordResult::Canceled,
        TaskResult::Skipped => RecordResult::Skipped,
    }
}

/// The size at which the agent uploads a page of a log that is still being written (agent:
/// `PagingLogger`).
const PAGE_BYTES: u64 = 8 * 1024 * 1024;

/// Full pages arrive while the task runs, the rest after its end. Where the scenario does not say when,
/// a page is full at the agent's size, and the lines are written evenly.
fn pages_of(
    task: &TaskScript,
    text: &LogText,
    begin: Moment,
    finish: Moment,
) -> Vec<(Moment, usize)> {
    let lines = text.line_count();
    let mut pages: Vec<(Moment, usize)> = if task.pages_at.is_empty() {
        let step = task.page_lines.unwrap_or_else(|| lines_of_a_page(text));
        (1..=lines / step)
            .map(|page| page * step)
            .map(|end| (begin.towards(finish, end, lines), end))
            .collect()
    } else {
        let step = task
            .page_lines
            .unwrap_or(lines.div_ceil(task.pages_at.len() + 1));
        let ends = (1..).map(|page| lines.min(page * step));
        let times = task.pages_at.iter().map(|at| begin.plus(*at));
        times.zip(ends).collect()
    };
    pages.retain(|(time, end)| *time < finish && *end < lines);
    pages.push((finish.plus(task.log_delay), lines));
    pages
}

fn lines_of_a_page(text: &LogText) -> usize {
    let lines = text.line_count();
    let bytes = text.byte_length(&(0..lines)).max(1);
    let lines_of_a_page = lines as u64 * PAGE_BYTES / bytes;
    usize::try_from(lines_of_a_page)
        .unwrap_or(usize::MAX)
        .max(1)
}
