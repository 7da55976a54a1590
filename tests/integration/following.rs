//! Following in spite of everything that can be wrong with logs and answers.

use azure_pipelines_simulator::{Scenario, Simulator};

use crate::support::action::Action;

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
