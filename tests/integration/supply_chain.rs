//! What the binary is made of, and what makes it: each with a reason, from one place, under a licence that allows it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::support::tree::{files_below, path, read};

fn toml(file: &str) -> toml::Table {
    read(file)
        .parse()
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The first cells of the rows below a heading, without their ticks.
fn first_cells(text: &str, heading: &str) -> BTreeSet<String> {
    let (_, section) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{heading}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn each_direct_dependency_has_its_reason() {
    let manifest = toml("Cargo.toml");
    let mut direct = BTreeSet::new();
    for table in ["dependencies", "build-dependencies"] {
        let crates = manifest[table].as_table().expect(table);
        direct.extend(crates.keys().cloned());
    }
    let reasons = first_cells(&read("ARCHITECTURE.md"), "## Dependencies");
    assert_eq!(reasons, direct);
}

/// Whether one of the alternatives in each part of the expression is allowed.
fn is_allowed(license: &str, allowed: &BTreeSet<&str>) -> bool {
    license.split(" AND ").all(|part| {
        let part = part.trim_matches(['(', ')']).replace('/', " OR ");
        part.split(" OR ").any(|one| allowed.contains(one.trim()))
    })
}

#[test]
fn licences_are_read_as_expressions() {
    let allowed = BTreeSet::from(["MIT", "ISC"]);
    for (license, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("Unlicense/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
    ] {
        assert_eq!(is_allowed(license, &allowed), expected, "{license}");
    }
}

/// What `cargo deny check licenses bans sources` asks for, so far as it can be known without it.
#[test]
fn every_dependency_is_one_that_deny_toml_allows() {
    let deny = toml("deny.toml");
    let list = |value: &toml::Value| value.as_array().expect("a list").clone();
    let licenses = list(&deny["licenses"]["allow"]);
    let allowed: BTreeSet<&str> = licenses.iter().filter_map(toml::Value::as_str).collect();
    let banned = list(&deny["bans"]["deny"]);
    let banned: BTreeSet<&str> = banned
        .iter()
        .filter_map(|ban| ban["name"].as_str())
        .collect();
    for target in list(&deny["graph"]["targets"]) {
        let target = target.as_str().expect("a target");
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", target])
            .current_dir(path("."))
            .output()
            .expect("cargo runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let packages = metadata["packages"].as_array().expect("packages");
        assert!(packages.len() > 50, "{}", packages.len());
        for package in packages {
            let name = package["name"].as_str().expect("a name");
            let license = package["license"].as_str().unwrap_or_default();
            let is_own = package["source"].is_null();
            assert!(is_allowed(license, &allowed), "{name}: {license:?}");
            assert!(!banned.contains(name), "{name} is banned");
            let source = package["source"].as_str().unwrap_or_default();
            assert!(
                is_own || source == "registry+https://github.com/rust-lang/crates.io-index",
                "{name} comes from {source}"
            );
        }
    }
}

#[test]
fn workflows_begin_with_no_permissions_and_pin_their_actions() {
    let mut pinned = 0;
    for (file, text) in files_below(".github/workflows") {
        assert!(text.contains("\npermissions: {}\n"), "{file}");
        let uses = text
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "));
        for action in uses.filter(|action| !action.starts_with("./")) {
            let (_, pin) = action.split_once('@').unwrap_or_default();
            let (commit, version) = pin.split_once(" # v").unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{file}: {action}");
            pinned += 1;
        }
    }
    assert!(pinned > 3, "{pinned}");
}

/// The threat model names tests, and those exist.
#[test]
fn what_is_said_to_be_shown_is_shown() {
    let tests = Command::new("git")
        .args([
            "grep",
            "--no-index",
            "-hoE",
            "fn [a-z0-9_]+\\(\\)",
            "--",
            "src",
            "tests",
        ])
        .current_dir(path("."))
        .output()
        .expect("git runs");
    let tests = String::from_utf8_lossy(&tests.stdout).into_owned();
    let model = read("docs/security.md");
    let mut count = 0;
    for name in model
        .split('`')
        .filter(|name| name.matches('_').count() > 2)
    {
        assert!(tests.contains(&format!("fn {name}()\n")), "{name}");
        count += 1;
    }
    for target in model.split("fuzz target").skip(1) {
        let names = target.split(['|', ';']).next().unwrap_or_default();
        for name in names.split('`').skip(1).step_by(2) {
            assert!(path(&format!("fuzz/targets/{name}.rs")).exists(), "{name}");
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}
