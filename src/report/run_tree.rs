//! One run in full: a row, the tree of its timeline, its artifacts.

use super::line::{BOLD, GREEN, GREY, Line, RED, RESET, YELLOW};
use super::{run_list, short, wording};
use crate::build::{
    Artifact, JobRecords, ListedRun, Record, RecordKind, RecordResult, RunPage, Timeline, duration,
};
use crate::untrusted::{Link, Markdown};
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
    page: Option<Link>,
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
            lines.push(Line::new(wording::NOTHING_HAS_BEGUN));
        }
        for node in &nodes {
            lines.push(node.line(""));
            branches(&node.below, "", &mut lines);
        }
        lines.push(Line::default());
        lines.extend(self.artifacts.iter().map(wording::artifact));
        if self.artifacts.is_empty() {
            lines.push(Line::new(wording::NO_ARTIFACTS));
        }
        lines.push(Line::default().foreign(self.run.page.url()));
        lines
    }

    /// What stands in the summary.
    #[must_use]
    pub fn summary(&self, zone: &Zone) -> Markdown {
        let run = self.run;
        let title = format!("{} {}", run.pipeline, run.number);
        let state = run.result.as_ref().unwrap_or(&run.status);
        let mut out = Markdown::new()
            .ours("## ")
            .link(short(&title, LONGEST_NAME), run.page.url())
            .ours(" ")
            .text(short(state, LONGEST_NAME));
        if let Some(took) = wording::worth_saying(duration(run.started, run.finished)) {
            out = out.ours(" in ").text(took);
        }
        out = out.ours("\n\n");
        out = out.markdown(&run_list::rows(std::slice::from_ref(run), zone));
        let nodes = nodes(self.timeline, &run.page);
        let count = nodes.iter().map(Node::count).sum();
        out = out
            .markdown(&items(&nodes, 0, &mut { MOST_NODES }))
            .markdown(&run_list::more_in_the_log(count, MOST_NODES));
        if self.artifacts.is_empty() {
            out
        } else {
            out.markdown(&artifacts(self.artifacts, &run.page))
        }
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
        let line = Line::default().foreign(before);
        let line = if is_stage { line.ours(BOLD) } else { line };
        let line = line.foreign(&self.title);
        let line = if is_stage { line.ours(RESET) } else { line };
        let line = line
            .ours("  ")
            .ours(colour)
            .foreign(self.word())
            .ours(RESET);
        match &self.took {
            Some(took) => line.ours("  ").foreign(took),
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

/// A nested list of as many as there is room for.
fn items(nodes: &[Node], depth: usize, room: &mut usize) -> Markdown {
    let mut out = Markdown::new();
    for node in nodes {
        if *room == 0 {
            break;
        }
        *room -= 1;
        for _ in 0..depth {
            out = out.ours("  ");
        }
        let title = short(&node.title, LONGEST_NAME);
        out = out.ours("- ");
        out = match &node.page {
            Some(page) => out.link(title, page),
            None => out.text(title),
        };
        out = out.ours(": ").text(short(node.word(), LONGEST_NAME));
        if let Some(took) = &node.took {
            out = out.ours(", ").text(took);
        }
        out = out
            .ours("\n")
            .markdown(&items(&node.below, depth + 1, room));
    }
    out
}

impl Node {
    fn count(&self) -> usize {
        1 + self.below.iter().map(Node::count).sum::<usize>()
    }
}

fn artifacts(artifacts: &[Artifact], page: &RunPage) -> Markdown {
    let mut out = Markdown::new()
        .ours("\n### ")
        .link("Artifacts", &page.artifacts())
        .ours("\n\n| Name | Type | Size |\n|---|---|---|\n");
    for artifact in artifacts.iter().take(MOST_ARTIFACTS) {
        out = out
            .ours("| ")
            .text(short(&artifact.name, LONGEST_NAME))
            .ours(" | ")
            .text(short(&artifact.kind, LONGEST_NAME))
            .ours(" | ")
            .text(artifact.bytes.map(wording::size).unwrap_or_default())
            .ours(" |\n");
    }
    let more = run_list::more_in_the_log(artifacts.len(), MOST_ARTIFACTS);
    out.markdown(&more).ours("\n")
}
