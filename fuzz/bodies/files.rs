//! Outputs and state → files → what the runner and act read in them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use run_azure_pipeline::github::files::{FileError, append_output, append_state};
use tempfile::TempDir;

use crate::files::{Reader, parse_env_file};

/// Names that an output could have, and some that none may have.
const NAMES: [&str; 12] = [
    "run-id",
    "a",
    "A",
    "a < b",
    "é",
    "",
    "a=b",
    "a<<b",
    "a<",
    "a\nb",
    "a\rb",
    "\u{feff}a",
];

/// For each entry a byte for its name, and its value; NUL between them.
pub fn check(data: &[u8]) {
    let entries = || {
        let parts = data
            .split(|byte| *byte == 0)
            .filter_map(<[u8]>::split_first);
        parts.map(|(name, value)| {
            let name = NAMES[usize::from(*name) % NAMES.len()];
            (name, String::from_utf8_lossy(value))
        })
    };
    let file = empty();
    let mut written = BTreeMap::new();
    for (name, value) in entries() {
        let before = fs::read(&file).expect("the file");
        match append_output(Some(&file), name, &*value) {
            Ok(is_written) => {
                assert!(is_written && is_good(name), "{name:?} is taken");
                written.insert(name.to_owned(), value.into_owned());
            }
            Err(FileError::Name { .. }) => {
                assert!(!is_good(name), "{name:?} is refused");
                assert_eq!(fs::read(&file).expect("the file"), before);
            }
            Err(error) => panic!("{error}"),
        }
    }
    let bytes = fs::read(&file).expect("the file");
    assert_eq!(
        parse_env_file(&bytes, Reader::Runner).as_ref(),
        Ok(&written)
    );
    let in_act: BTreeMap<String, String> = written
        .into_iter()
        .map(|(name, value)| (name, as_in_act(&value)))
        .collect();
    assert_eq!(parse_env_file(&bytes, Reader::Act), Ok(in_act));

    let file = empty();
    for (_, value) in entries() {
        append_state(Some(&file), "held", &*value).expect("a good name");
        let bytes = fs::read(&file).expect("the file");
        let state = parse_env_file(&bytes, Reader::Runner).expect("a state");
        assert_eq!(state["held"], value, "the last one counts");
    }
}

/// What a name may be: the runner reads `NAME=VALUE` and `NAME<<END`, and takes off a byte order
/// mark.
fn is_good(name: &str) -> bool {
    let ends = ["=", "<<", "\r", "\n"];
    !name.is_empty()
        && !name.starts_with('\u{feff}')
        && !name.ends_with('<')
        && !ends.iter().any(|end| name.contains(end))
}

/// act reads lines, and forgets those without text at the start.
fn as_in_act(value: &str) -> String {
    let lines = format!("{value}\n").replace("\r\n", "\n");
    let lines = lines.strip_suffix('\n').unwrap_or_default();
    lines.trim_start_matches('\n').to_owned()
}

/// An empty file, in a folder that is made once.
fn empty() -> PathBuf {
    thread_local! {
        static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
    }
    let new = || TempDir::new().expect("a folder");
    let file = FOLDER.with(|folder| folder.get_or_init(new).path().join("file"));
    fs::write(&file, "").expect("an empty file");
    file
}
