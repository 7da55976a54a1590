//! A page for people: the runs as they are now. Names are foreign text and are escaped.

use crate::clock::Moment;
use crate::schedule::{BuildStatus, Record, RecordState, Schedule};
use crate::script::task::IssueScript;
use crate::wire::build::build_number;
use crate::wire::word;
use crate::world::{Build, World};

const STYLE: &str = include_str!("../page/style.css");
/// A page that shows a run that goes on is asked for again after so many seconds.
const REFRESH: u32 = 2;

/// All runs, the newest first.
pub(crate) fn runs(world: &World) -> String {
    let now = world.now();
    let scenario = &world.scenario;
    let title = format!("{}/{}", scenario.organization, scenario.project);
    let goes_on = world
        .builds()
        .iter()
        .any(|build| build.status(now) != BuildStatus::Completed);
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"note\">Simulated time: {now}</p>\n",
        escape(&title)
    );
    if world.builds().is_empty() {
        body.push_str("<p>No run has been queued yet.</p>\n");
    }
    for build in world.builds().iter().rev() {
        body.push_str(&run(world, build, now));
    }
    document(&title, goes_on, &body)
}

fn document(title: &str, goes_on: bool, body: &str) -> String {
    let refresh = if goes_on {
        format!("<meta http-equiv=\"refresh\" content=\"{REFRESH}\">\n")
    } else {
        String::new()
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n{refresh}\
         <title>{} – simulated</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

fn run(world: &World, build: &Build, now: Moment) -> String {
    let pipeline = world.pipeline_of(build);
    let status = build.status(now);
    let state = match build.result(now) {
        Some(result) => word(&result),
        None => word(&status),
    };
    let schedule = &build.schedule;
    let mut text = format!(
        "<section id=\"run-{id}\">\n<h2>Run {id}: {} {}</h2>\n<p>{} <span class=\"note\">{}, queued {}</span></p>\n<ul>\n",
        escape(&pipeline.name),
        escape(&build_number(world, build)),
        badge(&state),
        escape(&build.source_branch),
        build.queued,
        id = build.id,
    );
    text.push_str(&branch(schedule, build.id, None, now));
    text.push_str("</ul>\n</section>\n");
    text
}

/// The records below one, with what is below them. Checkpoints are shown only while they make a stage wait.
fn branch(schedule: &Schedule, build: u32, parent: Option<&str>, now: Moment) -> String {
    let is_child = |record: &&Record| record.parent.as_deref() == parent;
    let mut children: Vec<&Record> = schedule.visible_records(now).filter(is_child).collect();
    children.sort_by_key(|record| record.order);
    let mut text = String::new();
    for record in children {
        let below = branch(schedule, build, Some(&record.id), now);
        match record.kind.as_str() {
            // A phase has the name of its job; it is shown itself only when it has none.
            "Phase" if !below.is_empty() => text.push_str(&below),
            kind if kind.starts_with("Checkpoint") && record.finish <= now => {}
            "Checkpoint" => text.push_str(&below),
            _ => text.push_str(&item(schedule, build, record, &below, now)),
        }
    }
    text
}

fn item(schedule: &Schedule, build: u32, record: &Record, below: &str, now: Moment) -> String {
    let state = match record.state(now) {
        RecordState::Completed => word(&record.result),
        other => word(&other),
    };
    let log = record.log.and_then(|key| schedule.log_number(key, now));
    let log = log.map_or_else(String::new, |log| {
        format!(" <a href=\"/_simulator/logs/{build}/{log}\">log {log}</a>")
    });
    let attempt = if record.attempt > 1 {
        format!(" <span class=\"note\">attempt {}</span>", record.attempt)
    } else {
        String::new()
    };
    let below = if below.is_empty() {
        String::new()
    } else {
        format!("\n<ul>\n{below}</ul>\n")
    };
    format!(
        "<li>{} <span class=\"note\">{}</span> {}{attempt}{log}{}{below}</li>\n",
        badge(&state),
        escape(&record.kind),
        escape(&record.name),
        issues(record, now),
    )
}

fn issues(record: &Record, now: Moment) -> String {
    let line = |issue: &IssueScript| {
        format!(
            "<pre>{}: {}</pre>",
            word(&issue.kind),
            escape(&issue.message)
        )
    };
    record.issues(now).iter().map(line).collect()
}

fn badge(state: &str) -> String {
    format!("<span class=\"state {state}\">{state}</span>")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped() {
        assert_eq!(escape("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
