//! One run in full: a row, the tree of its timeline, its artifacts.

use std::fmt::Write;

use super::line::{BOLD, GREEN, GREY, Line, RED, RESET, YELLOW};
use super::markdown::{inline, link};
use super::{run_list, short, wording};
use crate::build::{
    Artifact, JobRecords, ListedRun, Record, RecordKind, RecordResult, RunPage, Timeline, duration,
};
use crate::zone::Zone;

/// Nodes and artifacts beyond these are counted, not shown, so that any summary fits.
const MOST_NODES: usize = 500;
const MOST_ARTIFACTS: usize = 100;
const LONGEST_NAME: usize = 100;

/// A run with what hangs on it.
#[derive(Debug, Clone, Copy)]
pub struct RunInFull<'a> {
    /// The run.
    pub run: &'a ListedRun,
    /// Its records.
    pub timeline: &'a Timeline,
    /// What it published.
    pub artifacts: &'a [Artifact],
}

/// A stage, check, job or task.
#[derive(Debug)]
struct Node {
    title: String,
    result: Option<RecordResult>,
    /// The state, while there is no result.
    state: String,
    took: Option<String>,
    /// Where a person sees it.
    page: Option<String>,
    below: Vec<Node>,
}

impl RunInFull<'_> {
    /// What stands in the log.
    #[must_use]
    pub fn lines(&self, zone: &Zone) -> Vec<Line> {
        let mut lines = run_list::run_table(std::slice::from_ref(self.run), zone);
        lines.push(Line::default());
        let nodes = nodes(self.timeline, &self.run.page);
        if nodes.is_empty() {
            lines.push(Line::new("Nothing has begun."));
        }
        for node in &nodes {
            lines.push(node.line(""));
            branches(&node.below, "", &mut lines);
        }
        lines.push(Line::default());
        lines.extend(self.artifacts.iter().map(artifact));
        if self.artifacts.is_empty() {
            lines.push(Line::new("No artifacts."));
        }
        lines.push(Line::default().foreign(self.run.page.url()));
        lines
    }

    /// What stands in the summary.
    #[must_use]
    pub fn summary(&self, zone: &Zone) -> String {
        let run = self.run;
        let title = short(&format!("{} {}", run.pipeline, run.number), LONGEST_NAME);
        let state = run.result.as_ref().unwrap_or(&run.status);
        let took = wording::worth_saying(duration(run.started, run.finished));
        let took = took.map(|took| format!(" in {took}")).unwrap_or_default();
        let mut out = format!(
            "## {} {}{took}\n\n",
            link(&title, run.page.url()),
            inline(&short(state, LONGEST_NAME))
        );
        run_list::rows(&mut out, std::slice::from_ref(run), zone);
        let nodes = nodes(self.timeline, &run.page);
        let mut room = MOST_NODES;
        let more = items(&nodes, 0, &mut room, &mut out);
        // Writing to a String cannot fail, so its results are dropped here and below.
        if more > 0 {
            let _ = writeln!(out, "\n{more} more are in the log.");
        }
        if !self.artifacts.is_empty() {
            artifacts(self.artifacts, &run.page, &mut out);
        }
        out
    }
}

/// The stages with their checks, jobs and tasks. A stage that the YAML does not name is left out,
/// and what is below it stands in its place.
fn nodes(timeline: &Timeline, page: &RunPage) -> Vec<Node> {
    let jobs = timeline.jobs();
    let of_stage = |stage: Option<&Record>| {
        let id = |record: &Record| record.id.clone();
        jobs.iter()
            .filter(move |job| job.stage.map(id) == stage.map(id))
            .filter_map(|job| job_node(timeline, job, page))
            .collect::<Vec<Node>>()
    };
    let mut nodes = of_stage(None);
    for stage in timeline.stages() {
        let mut below: Vec<Node> = timeline
            .children(stage)
            .flat_map(|checkpoint| timeline.children(checkpoint))
            .filter_map(check_node)
            .collect();
        below.extend(of_stage(Some(stage)));
        match stage.display_name() {
            Some(name) => nodes.push(Node {
                below,
                ..Node::new(stage, titled(name, stage.attempt))
            }),
            None => nodes.extend(below),
        }
    }
    nodes
}

fn check_node(record: &Record) -> Option<Node> {
    let RecordKind::Check(kind) = &record.kind else {
        return None;
    };
    Some(Node::new(record, format!("Check: {kind}")))
}

fn job_node(timeline: &Timeline, job: &JobRecords<'_>, page: &RunPage) -> Option<Node> {
    let record = job.job.or(job.phase)?;
    let name = record.display_name().unwrap_or("Job");
    let tasks = timeline.children(record);
    Some(Node {
        result: job.result().cloned(),
        page: Some(page.job(&record.id)),
        below: tasks
            .filter(|child| child.kind == RecordKind::Task)
            .map(|task| Node {
                page: Some(page.task(&record.id, &task.id, None)),
                ..Node::new(task, task.name.clone())
            })
            .collect(),
        ..Node::new(record, titled(name, record.attempt))
    })
}

fn titled(name: &str, attempt: u32) -> String {
    match attempt {
        1 => name.to_owned(),
        attempt => format!("{name} (attempt {attempt})"),
    }
}

impl Node {
    fn new(record: &Record, title: String) -> Self {
        Self {
            title,
            result: record.result.clone(),
            state: record.state.as_str().to_owned(),
            took: wording::worth_saying(record.duration()),
            page: None,
            below: Vec::new(),
        }
    }

    fn word(&self) -> &str {
        match &self.result {
            Some(result) => wording::result_word(result),
            None => &self.state,
        }
    }

    fn line(&self, before: &str) -> Line {
        let colour = match &self.result {
            Some(RecordResult::Succeeded) => GREEN,
            Some(RecordResult::SucceededWithIssues) => YELLOW,
            Some(RecordResult::Skipped) | None => GREY,
            Some(_) => RED,
        };
        let is_stage = before.is_empty();
        let line = Line::new(before);
        let line = if is_stage { line.ours(BOLD) } else { line };
        let line = line.foreign(&self.title);
        let line = if is_stage { line.ours(RESET) } else { line };
        let line = line
            .ours("  ")
            .ours(colour)
            .foreign(self.word())
            .ours(RESET);
        match &self.took {
            Some(took) => line.ours(format!("  {took}")),
            None => line,
        }
    }
}

fn branches(nodes: &[Node], indent: &str, lines: &mut Vec<Line>) {
    for (index, node) in nodes.iter().enumerate() {
        let is_last = index + 1 == nodes.len();
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        lines.push(node.line(&format!("{indent}{branch}")));
        branches(&node.below, &format!("{indent}{below}"), lines);
    }
}

/// A nested list. Gives how many nodes there was no room for.
fn items(nodes: &[Node], depth: usize, room: &mut usize, out: &mut String) -> usize {
    let mut more = 0;
    for node in nodes {
        if *room == 0 {
            more += node.count();
            continue;
        }
        *room -= 1;
        let title = short(&node.title, LONGEST_NAME);
        let title = match &node.page {
            Some(page) => link(&title, page),
            None => inline(&title),
        };
        let took = node.took.as_ref().map(|took| format!(", {took}"));
        let _ = writeln!(
            out,
            "{}- {title}: {}{}",
            "  ".repeat(depth),
            inline(&short(node.word(), LONGEST_NAME)),
            took.unwrap_or_default()
        );
        more += items(&node.below, depth + 1, room, out);
    }
    more
}

impl Node {
    fn count(&self) -> usize {
        1 + self.below.iter().map(Node::count).sum::<usize>()
    }
}

fn artifact(artifact: &Artifact) -> Line {
    let line = Line::new("Artifact ")
        .foreign(&artifact.name)
        .ours(" (")
        .foreign(&artifact.kind);
    let size = artifact
        .bytes
        .map(|bytes| format!(", {}", wording::size(bytes)));
    line.ours(size.unwrap_or_default()).ours(")")
}

fn artifacts(artifacts: &[Artifact], page: &RunPage, out: &mut String) {
    let title = link("Artifacts", &page.artifacts());
    let _ = writeln!(
        out,
        "\n### {title}\n\n| Name | Type | Size |\n|---|---|---|"
    );
    for artifact in artifacts.iter().take(MOST_ARTIFACTS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            inline(&short(&artifact.name, LONGEST_NAME)),
            inline(&short(&artifact.kind, LONGEST_NAME)),
            artifact.bytes.map(wording::size).unwrap_or_default()
        );
    }
    if let Some(more) = artifacts
        .len()
        .checked_sub(MOST_ARTIFACTS)
        .filter(|more| *more > 0)
    {
        let _ = writeln!(out, "\n{more} more are in the log.");
    }
    out.push('\n');
}
