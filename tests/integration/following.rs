//! Following in spite of everything that can be wrong with logs and answers.

use std::collections::BTreeSet;

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::in_process::hurried;
use crate::support::service::{COMPILES, always, start};

/// A pipeline whose task is still to be given its lines, and what else it does.
const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
"#;

/// Faults that say something about logs or once about anything say nothing about the run.
#[test]
fn the_verdict_does_not_depend_on_the_logs() {
    let missing =
        "status = 404\nbody = '{\"message\":\"gone\",\"typeKey\":\"BuildLogNotFoundException\"}'";
    for fault in [
        format!("on = \"GET builds/*/logs\"\nevery = true\n{missing}"),
        format!("on = \"GET builds/*/logs/*\"\nat = [1, 2]\n{missing}"),
        "on = \"GET builds/1\"\nat = [2]\nstatus = 200\nbody = '{\"id\":'".to_owned(),
        "on = \"GET builds/1/timeline\"\nat = [1]\nstatus = 404\nbody = '{\"message\":\"none\",\"typeKey\":\"TimelineNotFoundException\"}'".to_owned(),
    ] {
        let simulator = start(&format!("{COMPILES}[[fault]]\n{fault}\n"));
        let finished = Action::on(&simulator).run();
        assert_eq!(finished.exit_code, Some(0), "{fault}\n{}", finished.stdout);
        assert_eq!(finished.outputs["result"], "succeeded", "{fault}");
        assert!(finished.stdout.contains("\ncompiled\n"), "{fault}\n{}", finished.stdout);
        assert_eq!(simulator.problems(), Vec::<String>::new(), "{fault}");
    }
}

/// As agents upload: the log comes seconds after the run has ended.
#[test]
fn a_log_that_comes_late_is_waited_for() {
    let simulator = start(&format!(
        "clock = {{ real = 20.0 }}\n{PIPELINE}duration = \"100ms\"\nlines = [\"late\"]\nlog-delay = \"3s\"\n"
    ));
    let (exit_code, log) = hurried(&Action::on(&simulator), 20.0);
    assert_eq!(exit_code, 0, "{log}");
    assert!(log.contains("\nlate\n"), "{log}");
}

/// A job whose step runs for thirty polls and writes a line now and then.
fn live(keys: &str) -> String {
    format!("{PIPELINE}duration = \"30s\"\nspread = true\nlines = {LINES:?}\n{keys}")
}

/// The lines of the step "Compile", between the lines that frame it.
fn compiled(stdout: &str) -> Vec<&str> {
    let lines = stdout.lines();
    let from_start = lines.skip_while(|line| !line.contains("Starting: Compile"));
    let lines = from_start.skip(1);
    lines
        .take_while(|line| !line.contains("Finishing: Compile"))
        .collect()
}

const LINES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

fn feed_that_says(answer: &str) -> String {
    always(
        "GET distributedtask/**",
        &format!("status = 200\nbody = '{answer}'"),
    )
}

fn feed_requests(simulator: &Simulator) -> usize {
    let journal = simulator.journal();
    let feed = journal.iter().filter(|one| one.path.contains("/feed?"));
    feed.count()
}

#[test]
fn lines_are_shown_while_their_step_runs() {
    let endless = live("").replace("30s", "forever");
    let simulator = start(&endless.replace("spread = true\n", ""));
    let mut running = Action::on(&simulator).start();
    running.wait_for("three");
    running.interrupt();
}

#[test]
fn lines_that_were_shown_live_are_fetched_once() {
    let simulator = start(&live(""));
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
    // Of the log, four lines are compared with what was shown, and then the rest is read.
    let journal = simulator.journal();
    let reads: Vec<&str> = journal
        .iter()
        .filter_map(|one| one.path.split_once("/logs/4?"))
        .map(|(_, query)| query)
        .collect();
    let expected = [
        "startLine=4&endLine=7&api-version=7.1",
        "startLine=8&api-version=7.1",
    ];
    assert_eq!(reads, expected);
}

#[test]
fn a_feed_that_is_refused_is_not_asked_again() {
    let text = format!("feed-refused = true\n{}", live(""));
    let simulator = start(&text);
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
    assert_eq!(feed_requests(&simulator), 1);
}

#[test]
fn time_stamps_and_live_lines_exclude_each_other() {
    for (input, value) in [("live", "false"), ("timestamps", "true")] {
        let simulator = start(&live(""));
        let finished = Action::on(&simulator).input(input, value).run();
        finished.ended_with(0);
        assert_eq!(feed_requests(&simulator), 0, "{input}");
    }
}

/// What a feed tells may be wrong: its numbers, its lines, or what it leaves out. The log has the
/// last word, and no line is lost or shown twice.
#[test]
fn a_feed_that_is_wrong_costs_no_line() {
    let feed = |first: usize, lines: &[&str]| {
        let last = first + lines.len() - 1;
        let count = lines.len();
        format!(
            r#"{{"count":{count},"startLine":{first},"endLine":{last},"stepId":"x","value":{lines:?}}}"#
        )
    };
    let head = "##[section]Starting: Compile";
    let cut = format!("{}...", "x".repeat(1024));
    for (name, answer, shown_only_live) in [
        (
            "a line is missing",
            feed(1, &[head, "one", "three"]),
            &[][..],
        ),
        (
            "lines are turned round",
            feed(1, &[head, "two", "one"]),
            &[],
        ),
        (
            "a line is made up",
            feed(1, &[head, "one", "made up"]),
            &["made up"],
        ),
        (
            "a line is there twice",
            feed(1, &[head, "one", "one"]),
            &["one"],
        ),
        ("the beginning is missing", feed(3, &["two", "three"]), &[]),
        ("a line is cut", feed(1, &[head, "one", &cut, "three"]), &[]),
        (
            "no numbers",
            r#"{"count":2,"value":["one","two"]}"#.to_owned(),
            &[],
        ),
        ("no JSON", "<html>".to_owned(), &[]),
        ("nothing", "null".to_owned(), &[]),
    ] {
        let simulator = start(&live(&feed_that_says(&answer)));
        let finished = Action::on(&simulator).run();
        finished.ended_with(0);
        let mut shown = compiled(&finished.stdout);
        let mut expected = [&LINES[..], shown_only_live].concat();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{name}\n{}", finished.stdout);
    }
}

#[test]
fn nothing_new_costs_two_requests_a_poll() {
    let quiet = "[[pipeline.run.task]]\nname = \"Quiet\"\nduration = \"60s\"\nlines = [\"hush\"]\n";
    for keys in ["", "feed-refused = true\n"] {
        let text = format!("{keys}{}", live(quiet));
        let simulator = start(&text);
        let finished = Action::on(&simulator).run();
        finished.ended_with(0);
        let journal = simulator.journal();
        let is_timeline = |path: &str| path.contains("/timeline?");
        let polls: Vec<&[_]> = journal.split(|one| is_timeline(&one.path)).collect();
        let busy = polls.iter().filter(|between| between.len() > 1).count();
        assert!(polls.len() > 30, "{}", polls.len());
        // More only where something has changed: at the start, with each task, in the end.
        assert!(
            busy <= 12,
            "{busy} of {}\n{}",
            polls.len(),
            simulator.journal_text()
        );
    }
}

/// While one job is followed live another one fails: that is said at once, and its log is the next.
#[test]
fn a_job_that_fails_is_shown_before_the_next_task_of_the_one_that_is_followed() {
    let text = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run.job]]
name = "Long"
[[pipeline.run.job.task]]
name = "Slow"
duration = "40s"
spread = true
lines = ["first", "second", "third", "fourth"]
[[pipeline.run.job.task]]
name = "After"
duration = "2s"
[[pipeline.run.job]]
name = "Short"
[[pipeline.run.job.task]]
name = "Break"
duration = "20s"
result = "failed"
lines = ["broken"]
"#;
    let simulator = start(text);
    let finished = Action::on(&simulator).run();
    finished.ended_with(1);
    let stdout = &finished.stdout;
    let at = |text: &str| {
        stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text}\n{stdout}"))
    };
    let order = [
        "::group::Long / Slow",
        "\nsecond\n",
        "Short has failed; its log comes after this task's.",
        "\nfourth\n",
        "\nbroken\n",
        "::group::Long / After",
    ]
    .map(at);
    assert!(order.is_sorted(), "{order:?}\n{stdout}");
}

/// A task's log never comes; the task after it is followed live all the same, in one group.
#[test]
fn a_log_that_was_given_up_does_not_split_the_group_of_the_next_task() {
    let lose = "[[pipeline.run.task]]\nname = \"Lose\"\nno-log = true\n[[pipeline.run.task]]\nname = \"Compile\"";
    let text = live("").replace("[[pipeline.run.task]]\nname = \"Compile\"", lose);
    let text = text.replace("30s", "150s");
    let simulator = start(&format!("clock = {{ real = 60.0 }}\n{text}"));
    let action = Action::on(&simulator).input("poll-interval", "1s");
    let (exit_code, log) = hurried(&action, 60.0);
    assert_eq!(exit_code, 0, "{log}");
    assert!(log.contains("The log of Job / Lose never came."), "{log}");
    assert_eq!(compiled(&log), LINES, "{log}");
    assert_eq!(log.matches("::group::Job / Compile").count(), 1, "{log}");
}

/// The feed tells more lines than the log has: the log's own lines are shown all the same.
#[test]
fn a_feed_that_is_longer_than_the_log_costs_no_line() {
    let made_up: Vec<String> = (0..13).map(|number| format!("made up {number}")).collect();
    let answer =
        format!(r#"{{"count":13,"startLine":1,"endLine":13,"stepId":"x","value":{made_up:?}}}"#);
    let simulator = start(&live(&feed_that_says(&answer)));
    let finished = Action::on(&simulator).run();
    finished.ended_with(0);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
}

/// However rarely the service is asked, each poll asks for the lines of the task that runs.
#[test]
fn lines_are_shown_live_however_long_the_pauses_are() {
    let text = live("").replace("30s", "120s");
    let simulator = start(&format!("clock = {{ polls = \"6s\" }}\n{text}"));
    let action = Action::on(&simulator).input("poll-interval", "6s");
    let (exit_code, log) = hurried(&action, 600.0);
    assert_eq!(exit_code, 0, "{log}");
    assert_eq!(compiled(&log), LINES, "{log}");
    assert!(
        feed_requests(&simulator) > 8,
        "{}",
        simulator.journal_text()
    );
}

/// A log that came late before the run was retried in place is no reason to wait less for the next.
#[test]
fn a_log_that_comes_late_is_waited_for_after_a_retry_too() {
    let text = format!(
        "clock = {{ real = 20.0 }}\n{PIPELINE}lines = [\"late\"]\nlog-delay = \"3s\"\nattempts = [\
         {{ result = \"failed\", duration = \"1s\" }}, {{ result = \"succeeded\", duration = \"20s\" }}]\n"
    );
    let simulator = start(&text);
    let action = Action::on(&simulator)
        .input("retry-on", "failure")
        .input("live", "false");
    let (exit_code, log) = hurried(&action, 20.0);
    assert_eq!(exit_code, 0, "{log}");
    assert_eq!(log.matches("\nlate\n").count(), 2, "{log}");
    assert!(!log.contains("never came"), "{log}");
}

/// What is missing is said once, however often the run is retried.
#[test]
fn a_log_that_never_comes_is_named_once() {
    let text = format!(
        "{PIPELINE}lines = [\"lost\"]\nno-log = true\n\
         attempts = [{{ result = \"failed\" }}, {{ result = \"succeeded\" }}]\n"
    );
    let simulator = start(&text);
    let action = Action::on(&simulator).input("retry-on", "failure");
    let (exit_code, log) = hurried(&action, 20.0);
    assert_eq!(exit_code, 0, "{log}");
    assert_eq!(
        log.matches("The log of Job / Compile never came.").count(),
        1,
        "{log}"
    );
    assert_eq!(log.matches("never came.").count(), 2, "{log}");
}

/// Behind a task that is well, one that fails, and one that is not run because of it.
const MORE: &str = r#"
[[pipeline.run.task]]
name = "Test"
lines = ["testing", "no"]
attempts = [{ result = "failed" }]
[[pipeline.run.task]]
name = "Publish"
lines = ["published"]
"#;

#[test]
fn logs_are_shown_of_all_tasks_of_those_that_failed_or_of_none() {
    for (logs, shown, read) in [
        ("all", ["compiled", "testing"].as_slice(), 4),
        ("failed", &["testing"], 1),
        ("none", &[], 0),
    ] {
        let simulator = start(&format!("{COMPILES}{MORE}"));
        let finished = Action::on(&simulator)
            .input("logs", logs)
            .input("retry-on", "never")
            .run();
        assert_eq!(finished.exit_code, Some(1), "{logs}: {}", finished.stdout);
        let lines = finished.stdout.lines();
        let words = ["compiled", "testing", "published"];
        let found: Vec<&str> = lines.filter(|line| words.contains(line)).collect();
        assert_eq!(found, shown, "{logs}: {}", finished.stdout);
        let journal = simulator.journal();
        let logs_read: BTreeSet<&str> = journal
            .iter()
            .filter_map(|one| one.path.split_once("/logs/")?.1.split('?').next())
            .collect();
        assert_eq!(logs_read.len(), read, "{logs}: {logs_read:?}");
        let feeds = feed_requests(&simulator);
        assert!(logs == "all" || feeds == 0, "{logs}: {feeds}");
        // What is wrong, and the verdict, are said in any case.
        assert!(
            !finished.view.annotations.is_empty(),
            "{logs}: {}",
            finished.stdout
        );
        assert!(
            finished.summary.contains("Test"),
            "{logs}: {}",
            finished.summary
        );
        assert!(!finished.stdout.contains("never came"), "{logs}");
    }
}
