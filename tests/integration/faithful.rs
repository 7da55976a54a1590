//! Ordinary logs of Azure's agent are shown as they are: its marks as colours, and nowhere an escape, although much of
//! them would be obeyed as it is.

use base64::Engine as _;
use serde_json::json;

use crate::cleaned;
use crate::support::action::Action;
use crate::support::runner::{Culture, RunnerView};
use crate::support::service::start;
use crate::support::tree::path;

#[test]
fn ordinary_logs_are_shown_without_an_escape() {
    let folder = std::fs::read_dir(path("tests/data/azure-logs")).expect("the logs");
    let mut files: Vec<_> = folder
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() > 3);
    let logs: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).expect("a log"))
        .collect();
    let tasks = logs.iter().map(|log| {
        let text = base64::engine::general_purpose::STANDARD.encode(log);
        json!({ "name": "x", "raw-base64": text, "stamps": false, "frame": false, "bom": "none" })
    });
    let run = json!({ "job": [{ "bare": true, "task": tasks.collect::<Vec<_>>() }] });
    let scenario = json!({ "pipeline": [{ "id": 12, "name": "App CI", "run": [run] }] });
    let simulator = start(&toml::to_string(&scenario).expect("a scenario"));

    // The console feed has no time stamps, and these logs have them in their text.
    let step = Action::on(&simulator).input("live", "false").run();
    step.ended_with(0);
    let executed = |log: &Vec<u8>| RunnerView::of(log, b"", Culture::Icu).executed.len();
    let obeyed: usize = logs.iter().map(executed).sum();
    assert!(obeyed > 10, "{obeyed}");
    let mut shown = step.stdout.lines();
    for (file, log) in files.iter().zip(&logs) {
        let file = file.display();
        let start = shown.find(|line| line.starts_with("::group::"));
        assert!(start.is_some(), "{file}");
        let lines: Vec<&str> = shown
            .by_ref()
            .take_while(|line| *line != "::endgroup::")
            .collect();
        assert_eq!(lines, cleaned::lines(log), "{file}");
        let backslashes = |text: &str| text.matches('\\').count();
        let before = backslashes(&String::from_utf8_lossy(log));
        assert_eq!(backslashes(&lines.concat()), before, "{file}");
        assert!(!lines.concat().contains('\u{fffd}'), "{file}");
    }
}
