//! The console lines of a task, as the agent posts them while it runs (agent source: `JobServerQueue.cs`).

use super::{Log, Schedule, TaskPlace};
use crate::clock::{Moment, Span};

/// The agent empties its queue of lines this often in the first seconds of a job, and then half as often.
const OFTEN: Span = Span::millis(500);
const SELDOM: Span = Span::millis(1000);
const AT_FIRST: u64 = 30;
/// It takes a few more than 500 lines out of the queue each time.
const LINES_AT_ONCE: usize = 501;
/// Longer lines are cut.
const LINE_LIMIT: usize = 1024;

impl Schedule {
    /// What was posted of a task until now, without time stamps; `None` when there is no such task.
    pub(crate) fn feed(&self, job: &str, task: &str, now: Moment) -> Option<Vec<String>> {
        let is_it = |place: &TaskPlace| place.job_id == job && place.task_id == task;
        let log = self
            .logs
            .iter()
            .find(|log| log.task.as_ref().is_some_and(is_it))?;
        let place = log.task.as_ref().filter(|place| place.start <= now)?;
        Some(posted(log, place, now))
    }

    /// When a caller could first read each line of the tasks, in the log and in the console feed.
    pub(crate) fn appearances(&self) -> Vec<Appearance> {
        let of_tasks = self
            .logs
            .iter()
            .filter_map(|log| Some((log, log.task.as_ref()?)));
        of_tasks
            .flat_map(|(log, place)| appearances_of(log, place))
            .collect()
    }
}

/// When a line could first be read.
#[derive(Clone, Debug)]
pub(crate) struct Appearance {
    /// Without its time stamp.
    pub(crate) text: String,
    pub(crate) in_log: Moment,
    /// Lines that were written in the task's last moments may never be posted.
    pub(crate) in_feed: Option<Moment>,
}

fn appearances_of(log: &Log, place: &TaskPlace) -> Vec<Appearance> {
    let lines = log.text.console(Moment::NEVER, usize::MAX);
    let in_log = |index: usize| log.pages.iter().find(|page| page.1 > index);
    let mut found: Vec<Appearance> = lines
        .into_iter()
        .enumerate()
        .map(|(index, text)| Appearance {
            text,
            in_log: in_log(index).map_or(Moment::NEVER, |page| page.0),
            in_feed: None,
        })
        .collect();
    let end = place.finish.plus(SELDOM);
    for post in posts(place.job_start).take_while(|post| *post <= end) {
        let count = posted(log, place, post).len();
        for line in found[..count]
            .iter_mut()
            .filter(|line| line.in_feed.is_none())
        {
            line.in_feed = Some(post);
        }
    }
    found
}

fn posted(log: &Log, place: &TaskPlace, now: Moment) -> Vec<String> {
    let Some((last, number)) = posts_until(place.job_start, place.start, now) else {
        return Vec::new();
    };
    let written = if last < place.finish {
        log.text.lines_before_end()
    } else {
        usize::MAX
    };
    let most = (number * LINES_AT_ONCE).min(written);
    let lines = log.text.console(last.min(place.finish), most);
    lines.into_iter().map(cut).collect()
}

/// The last post until now, and how many there were since the task began.
fn posts_until(job_start: Moment, start: Moment, now: Moment) -> Option<(Moment, usize)> {
    let since_start = posts(job_start).skip_while(|post| *post < start);
    let until_now = since_start.take_while(|post| *post <= now);
    until_now.zip(1..).last()
}

/// When the agent empties its queue in a job that began then.
fn posts(job_start: Moment) -> impl Iterator<Item = Moment> {
    let mut next = job_start;
    (1..).map_while(move |number: u64| {
        let post = next;
        next = post.plus(if number <= AT_FIRST { OFTEN } else { SELDOM });
        (post < Moment::NEVER).then_some(post)
    })
}

fn cut(line: String) -> String {
    match line.char_indices().nth(LINE_LIMIT) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}
