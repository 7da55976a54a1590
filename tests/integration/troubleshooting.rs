//! docs/troubleshooting.md: each paragraph is about a sentence that exists, and each sentence has one.

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
        if !file.ends_with("wording/troubleshooting.rs") {
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

#[test]
fn each_error_has_a_paragraph() {
    let headings = page("### ");
    let has_one = |sentence: &str| {
        sentence.starts_with('`') || headings.iter().any(|words| sentence.contains(words))
    };
    // Those of the table, as a person reads them.
    for (_, text) in files_below("tests/errors") {
        let table: toml::Table = text.parse().expect("TOML");
        for case in table["case"].as_array().expect("cases") {
            if let Some(sentence) = case.get("sentence").and_then(toml::Value::as_str) {
                assert!(has_one(sentence), "no paragraph is about: {sentence}");
            }
        }
    }
    // Those of the error types, as they stand there. What gives no words of its own, or a clause of another sentence,
    // has none.
    let code = code();
    let types = code.split("#[error(").skip(1);
    let sentences = types.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    let mut count = 0;
    for sentence in
        sentences.filter(|sentence| sentence.starts_with(|c: char| c.is_ascii_uppercase()))
    {
        assert!(has_one(sentence), "no paragraph is about: {sentence}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}

/// A step whose token is wrong, as one of `uses: REPOSITORY@VERSION`.
fn refused(server: &str, repository: &str) -> String {
    let simulator = start(COMPILES);
    let finished = Action::on(&simulator)
        .input("azure-devops-token", "another")
        .variable("GITHUB_SERVER_URL", server)
        .variable("GITHUB_ACTION_REPOSITORY", repository)
        .variable("GITHUB_ACTION_REF", "v1")
        .run();
    finished.ended_with(3);
    finished.stdout
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
