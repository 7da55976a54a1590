//! Whatever somebody else can write is a command: every line of `workflow-commands.json` as the name of a stage, job,
//! task, pipeline and branch, as build number, tag, message and file of an issue, and as a line of a log. Two judges
//! say whether anything of it is obeyed: the models of GitHub's runner and of act, and act itself.
//!
//! act needs containers, so that its part is played by `tests/e2e/run.sh`, which calls the two tests that are ignored
//! here: one writes what act is given, the other reads what act made of it and holds the models beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cleaned;
use crate::support::act::ActView;
use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::runner::{Culture, RunnerView};
use crate::support::service::start;
use crate::support::vectors::{Vector, vectors};

/// The pipeline whose run has a stage for each vector. Another pipeline for each has run before.
const PIPELINE: u64 = 12;

/// What the service has.
fn scenario(vectors: &[Vector]) -> String {
    let stages: Vec<Value> = vectors.iter().map(stage).collect();
    let pipelines = vectors.iter().map(|vector| {
        json!({
            "id": 100 + vector.id,
            "name": name(vector),
            "run": [{ "build-number": name(vector) }],
        })
    });
    let past = vectors.iter().enumerate().map(|(place, vector)| {
        json!({
            "pipeline": 100 + vector.id,
            "at": format!("{place}s"),
            "branch": name(vector),
            "tags": [name(vector)],
        })
    });
    let followed = json!({ "id": PIPELINE, "name": "App CI", "run": [{ "stage": stages }] });
    let scenario = json!({
        "starts-at": "1h",
        "pipeline": std::iter::once(followed).chain(pipelines).collect::<Vec<Value>>(),
        "past-run": past.collect::<Vec<Value>>(),
    });
    toml::to_string(&scenario).expect("a scenario")
}

/// A vector as a name: of two, a part that is much longer than the service takes is left out.
fn name(vector: &Vector) -> String {
    let text = vector.text().replace(&"A".repeat(1_000), "");
    text.trim_end_matches('\n').to_owned()
}

/// A stage with a job with two tasks: one prints the vector as a message of an agent does, with a time stamp, the other
/// its bytes alone.
fn stage(vector: &Vector) -> Value {
    use base64::Engine as _;
    let (text, name) = (vector.text(), name(vector));
    let issue = |kind: &str| json!({ "type": kind, "message": name, "file": name, "line": 1 });
    let raw = base64::engine::general_purpose::STANDARD.encode(&vector.bytes);
    json!({
        "name": name,
        "identifier": format!("v{}", vector.id),
        "depends-on": [],
        "job": [{
            "name": name,
            "bare": true,
            "task": [
                { "name": name, "duration": "100ms", "lines": [text], "result": "failed", "issues": [issue("error"), issue("warning")] },
                { "name": name, "duration": "100ms", "raw-base64": raw, "stamps": false, "frame": false, "condition": "always" },
            ],
        }],
    })
}

/// A line that a step has printed, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    line: String,
    /// In the words of `workflow-commands.json`.
    act: String,
}

/// What the model of act says of each line.
fn judged_by_model(stdout: &str) -> Vec<Judged> {
    let act = ActView::of(stdout.as_bytes(), b"").verdicts;
    let lines = stdout.split_terminator('\n').map(str::to_owned);
    lines
        .zip(act)
        .map(|(line, act)| Judged { line, act })
        .collect()
}

/// Nobody obeys anything in `stdout` but the commands that the step itself gives: masks of its token before anything
/// else, then groups that are opened and closed, then, outside of them, at most ten annotations of a kind. Gives the
/// number of groups.
#[track_caller]
fn assert_only_ours_is_obeyed(stdout: &str) -> usize {
    assert!(!stdout.contains('\r') && stdout.ends_with('\n'));
    let [icu, invariant] = [Culture::Icu, Culture::Invariant]
        .map(|culture| RunnerView::of(stdout.as_bytes(), b"", culture));
    assert_eq!(icu.verdicts, invariant.verdicts);
    assert_eq!(icu.errors, Vec::<String>::new());
    let act = ActView::of(stdout.as_bytes(), b"");
    let (mut groups, mut is_open, mut has_spoken) = (0, false, false);
    let mut annotations: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, (runner, act)) in stdout.lines().zip(icu.verdicts.iter().zip(&act.verdicts)) {
        let is_echoed = act.starts_with("echoed as unknown command");
        match runner.as_str() {
            "printed" => assert!(act == "printed" || is_echoed, "{act}: {line}"),
            "exec add-mask (v2)" => assert!(!has_spoken && act == "exec add-mask", "{line}"),
            "exec group (v2)" => {
                assert!(!is_open && is_echoed, "{act}: {line}");
                is_open = true;
                groups += 1;
            }
            "exec endgroup (v2)" => {
                assert!(is_open && is_echoed, "{act}: {line}");
                is_open = false;
            }
            "exec error (v2)" | "exec warning (v2)" => {
                // act does not know one whose message has two colons.
                assert!(
                    !is_open && (is_echoed || runner.starts_with(act)),
                    "{act}: {line}"
                );
                *annotations.entry(runner).or_default() += 1;
            }
            other => panic!("{other}: {line}"),
        }
        has_spoken |= !runner.contains("add-mask");
    }
    assert!(!is_open);
    assert!(
        annotations.values().all(|count| *count <= 10),
        "{annotations:?}"
    );
    for annotation in &icu.annotations {
        let message = &annotation.message;
        let last = message.lines().last().unwrap_or_default();
        let has_link = last.contains("http://") && last.contains("/_build/results?buildId=");
        // So many runs are more JSON than an output may have; act's services speak http.
        let is_about_step = message.starts_with("The output `runs` is left out: ")
            || message.starts_with("`azure-devops-project-url` uses http: ");
        assert!(has_link || is_about_step, "{annotation:?}");
    }
    groups
}

/// Every vector is to be seen, line by line, once as the agent prints it and once as bytes.
#[track_caller]
fn assert_all_is_shown(lines: &[String], vectors: &[Vector]) {
    let places: BTreeMap<&str, Vec<usize>> =
        lines
            .iter()
            .enumerate()
            .fold(BTreeMap::new(), |mut places, (at, line)| {
                places.entry(line.as_str()).or_default().push(at);
                places
            });
    for vector in vectors {
        let stamped = [b"2026-03-02T08:27:01.1234567Z ", vector.text().as_bytes()].concat();
        for log in [&stamped, &vector.bytes] {
            let expected = cleaned::lines(log);
            let Some(first) = expected.first() else {
                continue;
            };
            let starts = places
                .get(first.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            let is_shown = starts.iter().any(|at| lines[*at..].starts_with(&expected));
            assert!(is_shown, "vector {}: {expected:?}", vector.id);
        }
    }
}

/// The outputs that `action.yml` declares, and no other.
#[track_caller]
fn assert_only_ours_are_set<'a>(names: impl Iterator<Item = &'a String>) {
    let declared = crate::tidy::declared("outputs");
    for name in names {
        assert!(declared.contains(name), "an output `{name}`");
    }
}

#[track_caller]
fn judge(step: &Finished) -> usize {
    assert_only_ours_are_set(step.outputs.keys());
    assert!(
        step.state.keys().all(|name| name == "held"),
        "{:?}",
        step.state
    );
    assert_only_ours_is_obeyed(&step.stdout)
}

#[test]
fn the_models_find_nothing_to_obey() {
    let vectors = vectors();
    let simulator = start(&scenario(&vectors));
    let step = |command: &str| Action::on(&simulator).input("command", command);

    let run = step("run").run();
    run.ended_with(1);
    let shown: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
    assert_all_is_shown(&shown, &vectors);
    let logs = simulator.task_logs(run.outputs["run-id"].parse().expect("a number"));
    assert_eq!(judge(&run), logs.len());

    let list = step("list")
        .input("top", "200")
        .input("azure-pipeline-name", "")
        .run();
    list.ended_with(0);
    assert_eq!(judge(&list), 0);
    let is_row = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit());
    let rows = list.stdout.lines().filter(is_row).count();
    assert_eq!(rows, vectors.len() + 1, "{}", list.stdout);

    let show = step("show").input("run-id", &run.outputs["run-id"]).run();
    show.ended_with(0);
    assert_eq!(judge(&show), 0);
}

/// Where `tests/e2e/run.sh` and the tests below meet.
#[expect(
    clippy::disallowed_methods,
    reason = "the script that calls these tests has no other way to tell"
)]
fn meeting_place() -> PathBuf {
    std::env::var_os("E2E_HOSTILE")
        .expect("E2E_HOSTILE names a folder")
        .into()
}

#[test]
#[ignore = "a part of tests/e2e/run.sh"]
fn what_act_is_given_is_written() {
    let (place, vectors) = (meeting_place(), vectors());
    let write = |name: &str, bytes: &[u8]| {
        let file = place.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    };
    write("scenario.toml", scenario(&vectors).as_bytes());
    // Each in a step of its own, because in act a stop lasts as long as a step.
    let mut workflow = include_str!("../e2e/workflows/raw.yml").to_owned();
    for Vector { id, bytes, .. } in &vectors {
        write(&format!("vectors/{id}"), bytes);
        let step = format!("      - {{ id: v{id}, shell: sh, run: cat vectors/{id} }}\n");
        workflow.push_str(&step);
    }
    write("raw.yml", workflow.as_bytes());
}

/// What act's log in JSON says of the lines that a step printed.
fn judged_by_act(log: &str, step: &str) -> Vec<Judged> {
    let mut judged = Vec::new();
    for row in log.lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        if row["stepID"] != json!([step]) || row["stage"] != "Main" {
            continue;
        }
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let (line, act) = if row["raw_output"] == true {
            (text("msg"), "printed".to_owned())
        } else if text("command") == "set-output" {
            // The same for a line as for an entry of the step's file.
            (text("name"), "exec set-output".to_owned())
        } else if row.get("raw").is_some() {
            (text("raw"), verdict(text("command"), text("msg")))
        } else {
            continue;
        };
        judged.push(Judged {
            line: line.strip_suffix('\n').unwrap_or(line).to_owned(),
            act,
        });
    }
    judged
}

/// What act did about a command, by how it logs it (act: `pkg/runner/command.go`).
fn verdict(command: &str, message: &str) -> String {
    if message.starts_with("  ❓  ") {
        return format!("echoed as unknown command {}", Value::from(command));
    }
    match command {
        "ignored" => "ignored (stopped)".to_owned(),
        // `The … command is disabled`, with what another line has masked.
        "set-env" | "add-path" if message.starts_with("The `") => {
            format!("exec {command} (blocked: logs an error)")
        }
        "add-mask" | "add-matcher" | "error" | "save-state" | "stop-commands" | "warning" => {
            format!("exec {command}")
        }
        _ if message.starts_with("  ⚙  ") => "resume".to_owned(),
        _ => format!("unclear: {message}"),
    }
}

#[test]
#[ignore = "a part of tests/e2e/run.sh"]
fn act_and_the_models_judge_alike() {
    let (place, vectors) = (meeting_place(), vectors());
    let read = |name: &str| std::fs::read_to_string(place.join(name)).expect("a log of act");
    let obeyed = assert_judged_alike(&read("raw.json"), &vectors);
    let relayed = read("relay.json");
    assert_nothing_is_obeyed(&relayed, &vectors);
    assert_nothing_comes_of_it(&relayed, &vectors);
    println!(
        "{} vectors: as they are, act and its model agree on each, and obey {obeyed}; through the action, act, its \
         model and that of the runner obey none",
        vectors.len()
    );
}

/// The vectors as they are: the model of act says what act did, so that both can be believed about the rest. Gives how
/// many are obeyed.
#[track_caller]
fn assert_judged_alike(raw: &str, vectors: &[Vector]) -> usize {
    let mut obeyed = 0;
    for vector in vectors {
        // A mask of one vector is in the text of the others.
        let found: Vec<String> = judged_by_act(raw, &format!("v{}", vector.id))
            .into_iter()
            .map(|judged| judged.act)
            .collect();
        obeyed += usize::from(found.iter().any(|verdict| verdict.starts_with("exec")));
        let mut expected = ActView::of(&vector.bytes, b"").verdicts;
        // act tells of a debug message only when it is asked to tell more.
        expected.retain(|verdict| verdict != "exec debug" && !verdict.starts_with("dropped"));
        assert_eq!(found, expected, "vector {}", vector.id);
    }
    obeyed
}

/// The vectors through the action: its steps' own commands are all that is obeyed.
#[track_caller]
fn assert_nothing_is_obeyed(relayed: &str, vectors: &[Vector]) {
    for step in ["run", "list", "show"] {
        let mut found = judged_by_act(relayed, step);
        // act reads the file of outputs when the step is over.
        while let Some(output) = found.pop_if(|last| last.act == "exec set-output") {
            assert_only_ours_are_set(std::iter::once(&output.line));
        }
        let stdout: String = found
            .iter()
            .flat_map(|judged| [judged.line.as_str(), "\n"])
            .collect();
        assert_eq!(found, judged_by_model(&stdout), "{step}");
        assert_only_ours_is_obeyed(&stdout);
        if step == "run" {
            let lines: Vec<String> = found.into_iter().map(|judged| judged.line).collect();
            assert_all_is_shown(&lines, vectors);
        }
    }
}

/// In later steps no output, variable or path is set, and nothing is masked.
#[track_caller]
fn assert_nothing_comes_of_it(relayed: &str, vectors: &[Vector]) {
    let later: BTreeMap<String, String> = ["variables", "later"]
        .into_iter()
        .flat_map(|step| judged_by_act(relayed, step))
        .filter_map(|judged| {
            let (name, value) = judged.line.split_once(": ")?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect();
    let outputs: BTreeMap<String, Value> = serde_json::from_str(&later["outputs"]).expect("JSON");
    assert_only_ours_are_set(outputs.keys());
    assert_eq!(outputs["result"], "failed");
    assert_eq!(later["variables"], "the same");
    for vector in vectors {
        let masks = ActView::of(&vector.bytes, b"").masks;
        let all: BTreeSet<&str> = masks.iter().map(String::as_str).collect();
        assert!(
            all.iter().all(|mask| later["canary"].contains(mask)),
            "the canary lacks one of {all:?}"
        );
    }
}
