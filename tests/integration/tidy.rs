//! What must agree is made to agree.

use std::collections::BTreeSet;

use crate::support::action::path;

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The names directly below `key:` in `action.yml`.
fn declared(key: &str) -> BTreeSet<String> {
    let text = read("action.yml");
    let lines = text
        .lines()
        .skip_while(|line| *line != format!("{key}:"))
        .skip(1);
    lines
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .map(str::to_owned)
        .collect()
}

/// The part of `text` between two marks.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap_or_else(|| panic!("{start}")) + start.len();
    &text[from..][..text[from..].find(end).unwrap_or_else(|| panic!("{end}"))]
}

#[test]
fn action_yml_declares_the_inputs_that_are_read() {
    let source = read("src/inputs.rs");
    let fields = between(&source, "struct RawInputs {", "}");
    let read: BTreeSet<String> = fields
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(name, _)| name.replace('_', "-"))
        .collect();
    assert_eq!(declared("inputs"), read);
}

#[test]
fn action_yml_declares_the_outputs_that_are_written() {
    let source = read("src/report/outputs.rs");
    // Each output is a pair whose first part is its name.
    let written: BTreeSet<String> = source
        .split('(')
        .filter_map(|pair| pair.trim_start().strip_prefix('"')?.split_once("\","))
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
        .collect();
    assert_eq!(declared("outputs"), written);
}

#[test]
fn the_readme_names_every_input_and_output() {
    let readme = read("README.md");
    for name in declared("inputs").iter().chain(&declared("outputs")) {
        assert!(
            readme.contains(&format!("`{name}`")),
            "README.md does not name {name}"
        );
    }
}

/// Who may not use whom: the edges keep the services apart, and the middle pure.
#[test]
fn layers_are_kept() {
    let forbidden = [
        ("src/azure", &["report", "github", "commands", "follow"][..]),
        (
            "src/build",
            &["azure", "report", "github", "commands", "follow", "inputs"],
        ),
        (
            "src/github",
            &["azure", "build", "report", "commands", "follow"],
        ),
        ("src/report", &["commands"]),
        ("src/follow.rs", &["report", "github", "commands"]),
        (
            "src/source.rs",
            &["azure", "build", "report", "commands", "follow"],
        ),
        ("src/inputs.rs", &["report", "github", "commands", "follow"]),
    ];
    for (from, targets) in forbidden {
        for (file, text) in sources(from) {
            for target in targets {
                assert!(
                    !text.contains(&format!("crate::{target}")),
                    "{file} uses {target}"
                );
            }
        }
    }
}

fn sources(from: &str) -> Vec<(String, String)> {
    let root = path(from);
    let files: Vec<_> = if root.is_dir() {
        std::fs::read_dir(&root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect()
    } else {
        vec![root]
    };
    files
        .into_iter()
        .map(|file| {
            (
                file.display().to_string(),
                std::fs::read_to_string(&file).expect("a file"),
            )
        })
        .collect()
}
