//! Following in spite of everything that can be wrong with logs and answers.

use azure_pipelines_simulator::{Scenario, Simulator};

use crate::support::action::{Action, hurried};

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
        let text = format!("{PIPELINE}lines = [\"compiled\"]\n[[fault]]\n{fault}\n");
        let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
        let finished = Action::on(&simulator).run();
        assert_eq!(finished.exit_code, Some(0), "{fault}\n{}", finished.stdout);
        assert_eq!(finished.outputs["result"], "succeeded", "{fault}");
        assert!(finished.stdout.contains("\ncompiled\n"), "{fault}\n{}", finished.stdout);
        assert_eq!(simulator.problems(), Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn a_log_that_never_comes_is_named() {
    let text = format!("{PIPELINE}lines = [\"lost\"]\nno-log = true\n");
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "50ms").run();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    let sentence = "The log of Job / Compile never came.";
    assert!(finished.stdout.contains(sentence), "{}", finished.stdout);
}

/// In real time, as agents upload: the log comes seconds after the run has ended.
#[test]
fn a_log_that_comes_late_is_waited_for() {
    let text = format!(
        "clock = {{ real = 1.0 }}\n{PIPELINE}duration = \"100ms\"\nlines = [\"late\"]\nlog-delay = \"3s\"\n"
    );
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "50ms").run();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert!(finished.stdout.contains("\nlate\n"), "{}", finished.stdout);
}

/// A job whose step runs for a while and writes a line now and then.
fn live(keys: &str) -> String {
    format!(
        "clock = {{ real = 60.0 }}\n{PIPELINE}duration = \"30s\"\nspread = true\n\
         lines = [\"one\", \"two\", \"three\", \"four\", \"five\", \"six\"]\n{keys}"
    )
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

fn feed_requests(simulator: &Simulator) -> usize {
    let journal = simulator.journal();
    let feed = journal.iter().filter(|one| one.path.contains("/feed?"));
    feed.count()
}

#[test]
fn lines_are_shown_while_their_step_runs_and_fetched_once() {
    let simulator = Simulator::start(Scenario::from_toml(&live("")).expect("a scenario"));
    let mut action = Action::on(&simulator)
        .input("poll-interval", "10ms")
        .start();
    action.wait_for("three");
    assert_eq!(simulator.builds()[0].result, None);
    let finished = action.finish();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
    // Of the log, four lines are compared with what was shown, and then the rest is read.
    let journal = simulator.journal();
    let reads: Vec<&str> = journal
        .iter()
        .filter_map(|one| one.path.split_once("/logs/4?"))
        .map(|(_, query)| query)
        .collect();
    assert!(
        reads.iter().all(|query| query.starts_with("startLine=4&")
            || query.starts_with("startLine=5&")
            || query.starts_with("startLine=8&")
            || query.starts_with("startLine=9&")),
        "{reads:?}"
    );
}

#[test]
fn a_feed_that_is_refused_is_not_asked_again() {
    let text = format!("feed-refused = true\n{}", live(""));
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
    assert_eq!(feed_requests(&simulator), 1);
}

#[test]
fn time_stamps_and_live_lines_exclude_each_other() {
    for (input, value) in [("live", "false"), ("timestamps", "true")] {
        let simulator = Simulator::start(Scenario::from_toml(&live("")).expect("a scenario"));
        let finished = Action::on(&simulator)
            .input("poll-interval", "10ms")
            .input(input, value)
            .run();
        assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
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
    let start = "##[section]Starting: Compile";
    let cut = format!("{}...", "x".repeat(1024));
    for (name, answer, shown_only_live) in [
        (
            "a line is missing",
            feed(1, &[start, "one", "three"]),
            &[][..],
        ),
        (
            "lines are turned round",
            feed(1, &[start, "two", "one"]),
            &[],
        ),
        (
            "a line is made up",
            feed(1, &[start, "one", "made up"]),
            &["made up"],
        ),
        (
            "a line is there twice",
            feed(1, &[start, "one", "one"]),
            &["one"],
        ),
        ("the beginning is missing", feed(3, &["two", "three"]), &[]),
        (
            "a line is cut",
            feed(1, &[start, "one", &cut, "three"]),
            &[],
        ),
        (
            "no numbers",
            r#"{"count":2,"value":["one","two"]}"#.to_owned(),
            &[],
        ),
        ("no JSON", "<html>".to_owned(), &[]),
        ("nothing", "null".to_owned(), &[]),
    ] {
        let fault = format!(
            "[[fault]]\non = \"GET distributedtask/**\"\nevery = true\nstatus = 200\nbody = '{answer}'\n"
        );
        let simulator = Simulator::start(Scenario::from_toml(&live(&fault)).expect(name));
        let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
        assert_eq!(finished.exit_code, Some(0), "{name}\n{}", finished.stdout);
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
        let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
        let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
        assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
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
clock = { real = 40.0 }
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
    let simulator = Simulator::start(Scenario::from_toml(text).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
    assert_eq!(finished.exit_code, Some(1), "{}", finished.stdout);
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
    let text = r#"
clock = { real = 10.0 }
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run.task]]
name = "Lose"
duration = "1s"
no-log = true
[[pipeline.run.task]]
name = "Compile"
duration = "150s"
spread = true
lines = ["one", "two", "three", "four", "five", "six"]
"#;
    let simulator = Simulator::start(Scenario::from_toml(text).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
    let groups = finished.stdout.matches("::group::Job / Compile").count();
    assert_eq!(groups, 1, "{}", finished.stdout);
}

/// The feed tells more lines than the log has: the log's own lines are shown all the same.
#[test]
fn a_feed_that_is_longer_than_the_log_costs_no_line() {
    let made_up: Vec<String> = (0..13).map(|number| format!("made up {number}")).collect();
    let answer =
        format!(r#"{{"count":13,"startLine":1,"endLine":13,"stepId":"x","value":{made_up:?}}}"#);
    let fault = format!(
        "[[fault]]\non = \"GET distributedtask/**\"\nevery = true\nstatus = 200\nbody = '{answer}'\n"
    );
    let simulator = Simulator::start(Scenario::from_toml(&live(&fault)).expect("a scenario"));
    let finished = Action::on(&simulator).input("poll-interval", "10ms").run();
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert_eq!(compiled(&finished.stdout), LINES, "{}", finished.stdout);
}

/// However rarely the service is asked, each poll asks for the lines of the task that runs.
#[test]
fn lines_are_shown_live_however_long_the_pauses_are() {
    let text = live("").replace("30s", "120s");
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
    let action = Action::on(&simulator).input("poll-interval", "6s");
    let (exit_code, log) = hurried(&action, 60.0);
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
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
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
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
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

/// A task that is well, one that fails, and one that is not run because of it.
const MIXED: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
lines = ["compiled"]
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
        let simulator = Simulator::start(Scenario::from_toml(MIXED).expect("a scenario"));
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
        let logs_read: std::collections::BTreeSet<&str> = journal
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
