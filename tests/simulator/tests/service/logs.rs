//! Logs: what they hold, by which lines they are read, and when they are there.

use azure_pipelines_simulator::{Simulator, TaskLog};

use crate::http::{follow, get, queue, queued, record, start};

const MARK: &str = "\u{feff}";

/// A finished build with one task; answers the simulator and the number of the task's log.
fn finished(task: &str) -> (Simulator, u64) {
    let simulator = queued(&format!(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nname = 'Say'\n{task}"
    ));
    follow(&simulator, 1);
    let log = record(&simulator, 1, "Task", "Say")["log"]["id"]
        .as_u64()
        .unwrap();
    (simulator, log)
}

/// What the task with that log has written.
fn truth(simulator: &Simulator) -> TaskLog {
    let mut logs = simulator.task_logs(1).into_iter();
    logs.find(|log| log.task == "Say").unwrap()
}

fn text(simulator: &Simulator, log: u64, query: &str) -> String {
    get(simulator, &format!("builds/1/logs/{log}{query}")).text()
}

#[test]
fn a_log_is_what_the_truth_says() {
    let (simulator, log) = finished("lines = ['one', 'two', 'three']");
    let truth = truth(&simulator);
    assert_eq!(
        (
            truth.stage.as_str(),
            truth.job.as_str(),
            truth.log_id as u64
        ),
        ("__default", "Job", log)
    );
    let joined: Vec<u8> = truth
        .lines
        .iter()
        .flat_map(|line| [line.as_slice(), b"\n"].concat())
        .collect();
    let answer = get(&simulator, &format!("builds/1/logs/{log}"));
    assert_eq!(answer.body, joined);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(answer.text().starts_with(&format!(
        "{MARK}2026-03-02T08:27:01.0000000Z ##[section]Starting: Say\n"
    )));
    assert!(answer.text().ends_with(" ##[section]Finishing: Say\n"));
}

#[test]
fn line_ranges_count_from_one_and_include_both_ends() {
    let (simulator, log) =
        finished("frame = false\nstamps = false\nbom = 'none'\nlines = ['1', '2', '3']");
    let cases = [
        ("?startLine=2", "2\n3\n"),
        ("?startLine=2&endLine=2", "2\n"),
        ("?endLine=2", "1\n2\n"),
        ("?startLine=3&endLine=99", "3\n"),
        ("?startLine=4", ""),
        ("?startLine=99", ""),
        ("?STARTLINE=0", "1\n2\n3\n"),
    ];
    for (query, expected) in cases {
        assert_eq!(text(&simulator, log, query), expected, "{query}");
    }
    let json = format!("/fabrikam/fabrikam/_APIS/Build/BUILDS/1/Logs/{log}?api-version=5.0");
    let headers = [
        crate::http::credentials(),
        "Accept: application/json".to_owned(),
    ];
    let answer = crate::http::send(&simulator, "GET", &json, &headers, "").unwrap();
    assert_eq!(
        answer.json(),
        serde_json::json!({"count": 3, "value": ["1", "2", "3"]})
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8; api-version=5.0")
    );
}

#[test]
fn windows_agents_write_other_line_ends() {
    let (simulator, log) =
        finished("frame = false\nstamps = false\ncrlf = true\nlines = ['a', 'b']");
    assert_eq!(text(&simulator, log, ""), format!("{MARK}a\r\nb\r\n"));
    let truth = truth(&simulator);
    assert_eq!(
        truth.lines,
        [format!("{MARK}a").into_bytes(), b"b".to_vec()]
    );
}

#[test]
fn pages_arrive_while_the_task_runs() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nname = 'Say'\nduration = '3s'\nframe = false\nstamps = false\n\
         bom = 'every-page'\nlines = ['1', '2', '3']\npages-at = ['1s', '2s']\n",
    );
    get(&simulator, "builds/1");
    let mut seen = Vec::new();
    for _ in 0..4 {
        get(&simulator, "builds/1");
        let task = record(&simulator, 1, "Task", "Say");
        let log = task["log"]["id"].as_u64().unwrap();
        seen.push((
            task["state"].as_str().unwrap().to_owned(),
            text(&simulator, log, "").replace(MARK, "^"),
        ));
    }
    let row = |state: &str, text: &str| (state.to_owned(), text.to_owned());
    let expected = [
        row("inProgress", "^1\n"),
        row("inProgress", "^1\n^2\n"),
        row("completed", "^1\n^2\n"),
        row("completed", "^1\n^2\n^3\n"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_first_log_is_the_yaml_and_the_jobs_log_holds_its_tasks() {
    let (simulator, _) = finished("lines = ['one']");
    assert!(text(&simulator, 1, "").starts_with("stages:\r\n- stage: __default\r\n"));
    let list = get(&simulator, "builds/1/logs").json();
    let counts: Vec<u64> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["lineCount"].as_u64().unwrap())
        .collect();
    let job = record(&simulator, 1, "Job", "Job")["log"]["id"]
        .as_u64()
        .unwrap();
    let of_tasks: usize = simulator
        .task_logs(1)
        .iter()
        .map(|log| log.lines.len())
        .sum();
    assert_eq!(
        counts[usize::try_from(job).unwrap() - 1],
        of_tasks as u64 + 2
    );
    let phase = record(&simulator, 1, "Phase", "Job");
    assert!(phase["log"]["id"].as_u64().unwrap() < job);
}

#[test]
fn an_empty_log_and_no_log_and_an_unknown_log_differ() {
    let (simulator, log) = finished("empty-log = true");
    let answer = get(&simulator, &format!("builds/1/logs/{log}"));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let unknown = get(&simulator, "builds/1/logs/99");
    assert_eq!(
        (unknown.status, unknown.type_key().as_str()),
        (404, "BuildLogNotFoundException")
    );

    let silent = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nname = 'Say'\nno-log = true\n",
    );
    follow(&silent, 1);
    assert!(record(&silent, 1, "Task", "Say")["log"].is_null());
}

#[test]
fn a_large_log_comes_whole() {
    let (simulator, log) = finished("generate = { lines = 20000, bytes = 100 }");
    let answer = get(&simulator, &format!("builds/1/logs/{log}"));
    let truth = truth(&simulator);
    assert_eq!(answer.text().lines().count(), truth.lines.len());
    assert!(answer.body.len() > 20_000 * 100);
    let bytes = simulator.journal().last().unwrap().response_bytes;
    assert_eq!(bytes, answer.body.len() as u64);
}

#[test]
fn a_log_may_come_after_the_build_has_ended() {
    let simulator = queued(
        "[[pipeline]]\nid = 1\nname = 'a'\n[[pipeline.run.task]]\nname = 'Say'\nlog-delay = '5s'\n",
    );
    follow(&simulator, 1);
    assert!(record(&simulator, 1, "Task", "Say")["log"].is_null());
    for _ in 0..5 {
        get(&simulator, "builds/1");
    }
    assert!(record(&simulator, 1, "Task", "Say")["log"]["id"].is_u64());
}

/// 20 MB in ten seconds: the agent uploads two full pages of 8 MB while the task runs, the rest at its end.
#[test]
fn a_large_log_is_uploaded_in_pages_of_8_mb() {
    let simulator = start(
        r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.job]]
bare = true
[[pipeline.run.job.task]]
name = "Soak"
duration = "10s"
frame = false
generate = { lines = 20480, bytes = 1024 }
"#,
    );
    queue(&simulator, r#"{"definition":{"id":12}}"#);
    let mut counts = Vec::new();
    for _ in 0..14 {
        get(&simulator, "builds/1");
        let listed = get(&simulator, "builds/1/logs").json();
        let logs = listed["value"].as_array().cloned().unwrap_or_default();
        // The task's log is the largest until the job's, which comes with its end, repeats it.
        let count = logs
            .iter()
            .filter_map(|log| log["lineCount"].as_u64())
            .max();
        let count = count
            .filter(|count| *count > 100)
            .unwrap_or_default()
            .min(20_480);
        if counts.last() != Some(&count) {
            counts.push(count);
        }
    }
    let page = 20_480 * 8 * 1024 * 1024 / (20_480 * (1024 + 29 + 1));
    assert_eq!(counts.len(), 4, "{counts:?}");
    assert_eq!((counts[0], counts[3]), (0, 20_480));
    assert!(
        counts[1].abs_diff(page) < 50 && counts[2].abs_diff(2 * page) < 100,
        "{counts:?}"
    );
}
