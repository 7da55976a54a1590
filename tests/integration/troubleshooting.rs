//! docs/troubleshooting.md: each paragraph is about a sentence that exists. That each sentence has one is held where
//! errors are told, and by the unit tests of `commands::explain`.

use crate::support::action::Action;
use crate::support::service::{COMPILES, start};
use crate::support::tree::{files_below, read};

/// What the lines of the page that begin so go on with.
fn page(start: &str) -> Vec<String> {
    let text = read("docs/troubleshooting.md");
    let lines = text.lines().filter_map(|line| line.strip_prefix(start));
    lines.map(str::to_owned).collect()
}

/// The product's code without its tests, in which each literal stands in one line.
fn code() -> String {
    let mut all = String::new();
    for (file, text) in files_below("src") {
        if !file.ends_with("wording/troubleshooting.rs") && !file.ends_with("tests.rs") {
            let mut parts = text
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .split("\\\n");
            all += parts.next().unwrap_or_default();
            parts.for_each(|part| all += part.trim_start());
        }
    }
    all
}

#[test]
fn each_paragraph_is_about_a_sentence_that_exists() {
    let code = code();
    let mut headings = page("### ");
    let inputs = headings.pop().expect("headings");
    let verdicts = page("| `");
    assert!(
        headings.len() > 50 && verdicts.len() > 15,
        "{headings:?} {verdicts:?}"
    );
    for words in &headings {
        assert!(
            code.contains(words),
            "no sentence has the words of the heading {words:?}"
        );
    }
    for verdict in verdicts {
        let words = verdict.split('`').next().unwrap_or_default();
        assert!(code.contains(words), "no verdict has the words {words:?}");
    }
    // What errors are led to by is the same list, in the same order.
    let table = read("src/report/wording/troubleshooting.rs");
    let literals: Vec<&str> = table
        .lines()
        .take_while(|line| !line.starts_with("];"))
        .filter_map(|line| line.strip_prefix("    \"")?.strip_suffix("\","))
        .collect();
    assert_eq!(headings, literals);
    assert!(table.contains(&format!("INPUTS: &str = \"{inputs}\"")));
}

/// The log of a step as one of `uses: REPOSITORY@VERSION`, with these inputs.
fn log(server: &str, repository: &str, inputs: &[(&str, &str)], exit_code: i32) -> String {
    let simulator = start(COMPILES);
    let action = Action::on(&simulator)
        .variable("GITHUB_SERVER_URL", server)
        .variable("GITHUB_ACTION_REPOSITORY", repository)
        .variable("GITHUB_ACTION_REF", "v1");
    let inputs = inputs.iter();
    let action = inputs.fold(action, |action, (name, value)| action.input(name, value));
    let finished = action.run();
    finished.ended_with(exit_code);
    finished.stdout
}

/// The log of a step whose token is wrong.
fn refused(server: &str, repository: &str) -> String {
    log(server, repository, &[("azure-devops-token", "another")], 3)
}

#[test]
fn an_error_leads_to_its_paragraph() {
    let line = "\nWhat this means, and what to do: https://github.com/octo/action/blob/v1/docs/troubleshooting.md\
                #did-not-accept-the-token\n";
    let log = refused("https://github.com", "octo/action");
    assert!(log.ends_with(line), "{log}");
    for (server, repository) in [
        ("https://github.com", ""),
        ("https://ghes.example", "octo/action"),
    ] {
        let log = refused(server, repository);
        assert!(!log.contains("What this means"), "{log}");
    }
}

#[test]
fn each_problem_that_check_tells_leads_to_its_paragraph() {
    let inputs = [
        ("command", "check"),
        ("azure-pipeline-name", "Nothing"),
        ("source-version", "x"),
    ];
    let log = log("https://github.com", "octo/action", &inputs, 2);
    let lines = || log.lines();
    let anchors: Vec<&str> = lines()
        .zip(lines().skip(1))
        .filter(|(line, _)| line.starts_with("::error::"))
        .filter_map(|(_, next)| next.split_once("troubleshooting.md#"))
        .map(|(_, anchor)| anchor)
        .collect();
    assert_eq!(
        anchors,
        ["has-no-such-pipeline", "an-input-is-wrong"],
        "{log}"
    );
}
