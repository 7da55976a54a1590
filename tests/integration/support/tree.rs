//! The files of this repository.

use std::path::PathBuf;

/// The path of one of them.
pub(crate) fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// What one of them holds.
pub(crate) fn read(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The files of a folder, however deep, and what they hold; by their paths.
pub(crate) fn files_below(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut paths = vec![path(folder)];
    while let Some(path) = paths.pop() {
        let name = path.display().to_string();
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            let text = std::fs::read_to_string(&path);
            files.push((name, text.expect("a text")));
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}
