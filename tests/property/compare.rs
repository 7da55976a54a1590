//! What was shown beside what had to be shown.

use std::collections::HashSet;

use azure_pipelines_simulator::TaskLog;

use crate::cleaned;
use crate::plan::Plan;
use crate::shown::{Group, Shown, is_ours, is_ours_amid_a_log, without_colours};

/// One log that the service has.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// `Stage / Job (attempt 2)`.
    pub(crate) job: String,
    /// The place of the task in the job.
    pub(crate) order: usize,
    /// `Stage / Job / Task`.
    pub(crate) title: String,
    /// What was written. Of an agent that was lost not all arrives as a log, but it may have been shown live.
    pub(crate) lines: Vec<String>,
    /// How many of the lines must be there.
    pub(crate) needed: usize,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// Of the log, where it is about one.
    pub(crate) title: String,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Groups open, close or end wrongly.
    Structure,
    /// A line outside of all groups that nobody should have written.
    Stray,
    /// A log that exists is said never to have come, or one that does not is named twice.
    SaidMissing,
    /// A group of no log.
    Unknown,
    /// Several groups for one log.
    Split,
    /// A line too much, too few, or a wrong one.
    Lines,
    /// Tasks of a job in another order.
    Order,
    /// A request for lines that were shown.
    Request,
    /// Following ended otherwise than it must.
    Ending,
}

impl Difference {
    pub(crate) fn new(kind: Kind, title: &str, text: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.to_owned(),
            text: text.into(),
        }
    }
}

/// Everything that one scenario had to show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) logs: Vec<Expected>,
    pub(crate) job_titles: Vec<String>,
    /// Titles of tasks that never have a log.
    pub(crate) without_log: HashSet<String>,
}

impl Truth {
    /// Works out what a played scenario had to show. Where not all of it can
    /// have been seen, the beginning of each is enough.
    pub(crate) fn of(plan: &Plan, logs: &[TaskLog], is_whole: bool) -> Self {
        let logs = logs.iter().map(|log| {
            let job = job_title(log);
            let arrived = cleaned::lines(&log.text).len();
            Expected {
                title: format!("{job} / {}", log.task),
                order: log.order,
                job,
                lines: cleaned::lines(&log.written),
                needed: if is_whole { arrived } else { 0 },
            }
        });
        let unlogged = plan
            .tasks()
            .filter(|(_, _, task)| task.has_form("no-log = true"));
        let without_log = unlogged.map(|(stage, job, task)| match &stage.name {
            Some(stage) => format!("{stage} / {} / {}", job.name, task.name),
            None => format!("{} / {}", job.name, task.name),
        });
        Self {
            logs: logs.collect(),
            job_titles: plan.job_titles(),
            without_log: without_log.collect(),
        }
    }
}

fn job_title(log: &TaskLog) -> String {
    let job = match log.stage.as_str() {
        "__default" => log.job.clone(),
        stage => format!("{stage} / {}", log.job),
    };
    match log.attempt {
        1 => job,
        attempt => format!("{job} (attempt {attempt})"),
    }
}

/// All differences; none where everything is as it must be.
pub(crate) fn differences(shown: &Shown, truth: &Truth) -> Vec<Difference> {
    let structure = shown.faults.iter();
    let mut found: Vec<Difference> = structure
        .map(|fault| Difference::new(Kind::Structure, "", fault))
        .collect();
    let stray = shown.others.iter();
    let stray = stray.filter(|line| !is_ours(line, &truth.job_titles));
    found.extend(stray.map(|line| Difference::new(Kind::Stray, "", line)));
    found.extend(said_missing(shown, truth));
    let (groups, unknown) = assign(shown, truth);
    found.extend(
        unknown.iter().map(|group| {
            Difference::new(Kind::Unknown, &group.title, format!("{:?}", group.lines))
        }),
    );
    for (expected, groups) in truth.logs.iter().zip(&groups) {
        if groups.len() > 1 {
            let text = format!("stands in {} groups", groups.len());
            found.push(Difference::new(Kind::Split, &expected.title, text));
        }
        let lines = groups.iter().flat_map(|place| &shown.groups[*place].lines);
        let lines = without_ours(lines.collect(), expected, &truth.job_titles);
        found.extend(difference(expected, &lines));
    }
    found.extend(disorder(truth, &groups));
    found
}

/// "The log of … never came" may be said of those that never come, once each.
fn said_missing(shown: &Shown, truth: &Truth) -> Vec<Difference> {
    let groups = shown.groups.iter().flat_map(|group| &group.lines);
    let mut said = HashSet::new();
    let mut found = Vec::new();
    for title in shown
        .others
        .iter()
        .chain(groups)
        .filter_map(|line| named_as_missing(line))
    {
        let mut first_attempt = title.clone();
        if let Some((before, rest)) = title.split_once(" (attempt ") {
            let task = rest.split_once(')').map_or("", |(_, task)| task);
            first_attempt = format!("{before}{task}");
        }
        if !truth.without_log.contains(&first_attempt) {
            found.push(Difference::new(
                Kind::SaidMissing,
                &title,
                "is said to have no log",
            ));
        } else if !said.insert(title.clone()) && !title.ends_with("/ Same") {
            found.push(Difference::new(
                Kind::SaidMissing,
                &title,
                "is said twice to have no log",
            ));
        }
    }
    found
}

/// The title in "The log of … never came."
fn named_as_missing(line: &str) -> Option<String> {
    let line = without_colours(line);
    let line = line.strip_prefix("» ").unwrap_or(&line);
    let title = line.strip_prefix("The log of ")?;
    title.strip_suffix(" never came.").map(str::to_owned)
}

/// The groups of each log, as places; and those of none. Of logs with one title each takes the groups up to its
/// last line.
fn assign<'a>(shown: &'a Shown, truth: &Truth) -> (Vec<Vec<usize>>, Vec<&'a Group>) {
    let mut of_logs: Vec<Vec<usize>> = vec![Vec::new(); truth.logs.len()];
    let mut unknown = Vec::new();
    for (place, group) in shown.groups.iter().enumerate() {
        let mut fitting: Vec<usize> = (0..truth.logs.len())
            .filter(|log| is_titled(&group.title, &truth.logs[*log].title))
            .collect();
        fitting.sort_by_key(|log| truth.logs[*log].order);
        let has_room = |log: &&usize| {
            let lines = of_logs[**log]
                .iter()
                .map(|place| shown.groups[*place].lines.len());
            let expected = &truth.logs[**log].lines;
            let mut rest = expected.iter().skip(lines.sum());
            let is_of_log = |line: &&String| !is_ours_amid_a_log(line, &truth.job_titles);
            let mut lines = group.lines.iter().filter(is_of_log);
            lines.all(|line| rest.next() == Some(line))
        };
        match fitting.iter().find(has_room).or(fitting.first()) {
            Some(log) => of_logs[*log].push(place),
            None => unknown.push(group),
        }
    }
    (of_logs, unknown)
}

/// Behind the title may stand how the task ended: ` (failed, 3s)`.
fn is_titled(shown: &str, title: &str) -> bool {
    shown
        .strip_prefix(title)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" (") && rest.ends_with(')'))
}

/// What the follower has to say at once it says within the group that is open: another group would split the
/// log. Such a line is not what is expected at its place.
fn without_ours<'a>(
    lines: Vec<&'a String>,
    expected: &Expected,
    job_titles: &[String],
) -> Vec<&'a String> {
    let mut left = Vec::with_capacity(lines.len());
    for line in lines {
        if expected.lines.get(left.len()) == Some(line) || !is_ours_amid_a_log(line, job_titles) {
            left.push(line);
        }
    }
    left
}

fn difference(expected: &Expected, lines: &[&String]) -> Option<Difference> {
    let place = (0..lines.len().max(expected.needed))
        .find(|place| lines.get(*place).copied() != expected.lines.get(*place))?;
    let (should, is) = (expected.lines.get(place), lines.get(place));
    let text = format!(
        "line {} of {} should be {:?} and is {:?} (of {})",
        place + 1,
        expected.lines.len(),
        should.map(|line| short(line)),
        is.map(|line| short(line)),
        lines.len(),
    );
    Some(Difference::new(Kind::Lines, &expected.title, text))
}

fn short(line: &str) -> String {
    line.chars().take(80).collect()
}

/// The tasks of a job stand in their order.
fn disorder(truth: &Truth, groups: &[Vec<usize>]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (log, places) in truth.logs.iter().zip(groups) {
        let is_too_late = |(other, others): &(&Expected, &Vec<usize>)| {
            other.job == log.job && other.order < log.order && others.first() > places.first()
        };
        let others = truth.logs.iter().zip(groups);
        if let Some((other, _)) = others.filter(|_| !places.is_empty()).find(is_too_late) {
            let text = format!("stands before {}", other.title);
            found.push(Difference::new(Kind::Order, &log.title, text));
        }
    }
    found
}
