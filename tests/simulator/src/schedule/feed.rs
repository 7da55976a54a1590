//! The console lines of a step, as the agent posts them while it runs (agent source: `JobServerQueue.cs`).

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
    /// What was posted of a step until now, without time stamps; `None` when there is no such step.
    pub(crate) fn feed(&self, job: &str, step: &str, now: Moment) -> Option<Vec<String>> {
        let is_it = |place: &TaskPlace| place.job_id == job && place.task_id == step;
        let log = self
            .logs
            .iter()
            .find(|log| log.task.as_ref().is_some_and(is_it))?;
        let place = log.task.as_ref().filter(|place| place.start <= now)?;
        Some(posted(log, place, now))
    }
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

/// The last post until now, and how many there were since the step began.
fn posts_until(job_start: Moment, start: Moment, now: Moment) -> Option<(Moment, usize)> {
    let (mut post, mut number, mut last) = (job_start, 0_u64, None);
    let mut count = 0;
    while post <= now && post < Moment::NEVER {
        if post >= start {
            count += 1;
            last = Some((post, count));
        }
        number += 1;
        post = post.plus(if number <= AT_FIRST { OFTEN } else { SELDOM });
    }
    last
}

fn cut(line: String) -> String {
    match line.char_indices().nth(LINE_LIMIT) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}
