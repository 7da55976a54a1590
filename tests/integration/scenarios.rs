//! Walks `tests/scenarios`: each folder is a pipeline (`pipeline.toml`), a step (`step.toml`) and at
//! times an event (`event.json`), and what comes of them: log, summary, outputs, requests. A new
//! behaviour is a new folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use azure_pipelines_simulator::Simulator;
use serde::Deserialize;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{start, without_port};
use crate::support::tree::path;

/// `step.toml`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Step {
    exit_code: i32,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// Whether more lines of task logs exist than are to be shown, as in a run that was retried.
    #[serde(default)]
    incomplete_log: bool,
}

#[test]
fn every_scenario() {
    let only = std::option_env!("SCENARIO");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path("tests/scenarios"))
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir() && only.is_none_or(|only| path.ends_with(only)))
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        check(&folder);
    }
}

fn check(folder: &Path) {
    let name = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let read = |file: &str| std::fs::read_to_string(folder.join(file));
    let pipeline = read("pipeline.toml").expect("pipeline.toml");
    let step: Step = toml::from_str(&read("step.toml").expect("step.toml"))
        .unwrap_or_else(|error| panic!("{name}/step.toml: {error}"));
    let simulator = start(&pipeline);
    let mut action = Action::on(&simulator);
    let given = |value: &String| value.replace("SIMULATOR", &simulator.url());
    for (input, value) in &step.inputs {
        action = action.input(input, &given(value));
    }
    for (variable, value) in &step.variables {
        action = action.variable(variable, &given(value));
    }
    if let Ok(payload) = read("event.json") {
        action = action.payload(&payload);
    }
    let finished = action.run();
    let shown = |text: &str| without_port(&simulator, text);

    insta::with_settings!({
        snapshot_path => folder,
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("log", shown(&finished.log()));
        insta::assert_snapshot!("summary", shown(&finished.summary));
        insta::assert_snapshot!("outputs", shown(&finished.output_lines()));
        insta::assert_snapshot!("requests", requests(&simulator));
    });
    finished.ended_with(step.exit_code);
    assert_eq!(simulator.problems(), Vec::<String>::new(), "{name}");
    // Where nothing was run, a group is no log.
    if !step.incomplete_log && !simulator.builds().is_empty() {
        every_line_once(&name, &simulator, &finished);
    }
}

/// Each line of each task's log stands in the step's log as often as the service has it.
fn every_line_once(name: &str, simulator: &Simulator, finished: &Finished) {
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for build in simulator.builds() {
        for log in simulator.task_logs(build.id) {
            for line in &log.lines {
                let text = bare(&String::from_utf8_lossy(line));
                *expected.entry(text).or_default() += 1;
            }
        }
    }
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_in_group = false;
    for line in &finished.view.log {
        match line {
            line if line.starts_with("##[group]") => is_in_group = true,
            line if line.starts_with("##[endgroup]") => is_in_group = false,
            // Our own words.
            line if line.starts_with("» ") => {}
            line if is_in_group => *found.entry(bare(line)).or_default() += 1,
            _ => {}
        }
    }
    // Blank lines and the ends of Azure's own groups are not counted.
    expected.remove("");
    found.remove("");
    assert_eq!(found, expected, "{name}\n{}", finished.stdout);
}

/// A line without what the documented clean-up takes away or adds: time stamp, markers, the colours
/// that stand for them, and the backslash that keeps a command from being one.
fn bare(line: &str) -> String {
    let line = line.trim_start_matches('\u{feff}');
    let line = match line.get(..29) {
        Some(stamp) if stamp.ends_with("Z ") && stamp.as_bytes()[10] == b'T' => &line[29..],
        _ => line,
    };
    if line.eq_ignore_ascii_case("##[endgroup]") {
        return String::new();
    }
    let mut bare = line.to_owned();
    for marker in ["section", "command", "debug", "group", "error", "warning"] {
        let marker = format!("##[{marker}]");
        if bare
            .get(..marker.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(&marker))
        {
            bare.drain(..marker.len());
        }
    }
    let frame = bare.strip_suffix("\x1b[0m").and_then(|bare| {
        [
            "\x1b[32m",
            "\x1b[34m",
            "\x1b[31mError: ",
            "\x1b[33mWarning: ",
            "\x1b[90m",
            "\x1b[1m",
        ]
        .iter()
        .find_map(|start| bare.strip_prefix(start))
    });
    let mut bare = frame.unwrap_or(&bare).to_owned();
    for (escaped, plain) in [("##[\\", "##["), ("[\\group]", "[group]"), ("\\::", "::")] {
        bare = bare.replace(escaped, plain);
    }
    bare
}

/// The console feed's address without what follows from the scenario and says nothing to a reader.
fn without_record_ids(line: &str) -> String {
    match (
        line.find("/hubs/build/"),
        line.find("/feed?"),
        line.find("&takeCount"),
    ) {
        (Some(hub), Some(feed), Some(count)) => {
            format!("{}/…/feed?…{}", &line[..hub], &line[count.max(feed)..])
        }
        _ => line.to_owned(),
    }
}

/// The random ends of claims, made the same.
fn without_nonces(line: &str) -> String {
    let mut parts = line.split("github-claim-");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (claim, rest) = part.split_once('"').unwrap_or((part, ""));
        let known = claim.rsplit_once('-').map_or(claim, |(known, _)| known);
        shown.extend(["github-claim-", known, "-RANDOM\"", rest]);
    }
    shown
}

/// The journal with polls folded: the run and its timeline, asked for again and again.
fn requests(simulator: &Simulator) -> String {
    let mut lines: Vec<String> = Vec::new();
    for exchange in simulator.journal() {
        let line = without_nonces(&without_record_ids(&exchange.line()));
        let timeline = line.replace("/timeline?", "?");
        let is_timeline = timeline != line;
        match lines.last_mut() {
            Some(last)
                if is_timeline && last.split(" -> ").next() == timeline.split(" -> ").next() =>
            {
                *last = format!("poll {}", last.trim_start_matches("GET "));
            }
            _ => lines.push(line),
        }
    }
    let mut folded: Vec<(String, usize)> = Vec::new();
    for line in lines {
        match folded.last_mut() {
            Some((last, times)) if *last == line => *times += 1,
            _ => folded.push((line, 1)),
        }
    }
    folded
        .into_iter()
        .map(|(line, times)| {
            if times > 1 {
                format!("{line} ({times} times)")
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}
