//! Where the documents are: beside the repository, never in it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::recording::Recording;
use crate::swagger::Document;

/// The folder with `specs` (OpenAPI documents) and `recordings` (recorded answers).
#[derive(Debug, Clone)]
pub struct Documents {
    root: PathBuf,
}

/// The documents are not there.
#[derive(Debug)]
pub struct Missing {
    path: PathBuf,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Nothing can be checked against the published documents: {} is missing; lay `shared` beside the \
             repository, or name its folder in the environment variable DOCUMENTS.",
            self.path.display()
        )
    }
}

impl std::error::Error for Missing {}

impl Documents {
    /// `shared` beside the repository, or what the environment variable `DOCUMENTS` names.
    #[expect(
        clippy::disallowed_methods,
        reason = "a tool for tests, which nobody passes an environment"
    )]
    pub fn find() -> Result<Self, Missing> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let named = std::env::var_os("DOCUMENTS").filter(|path| !path.is_empty());
        Self::at(named.map_or_else(beside, PathBuf::from))
    }

    /// Those in the folder `root`.
    pub fn at(root: PathBuf) -> Result<Self, Missing> {
        for part in ["specs", "recordings"] {
            let path = root.join(part);
            if !path.is_dir() {
                return Err(Missing { path });
            }
        }
        Ok(Self { root })
    }

    /// The OpenAPI document `path` below `specs`, such as `build/7.1/build.json`.
    ///
    /// # Panics
    ///
    /// Panics when it is missing or is not one.
    #[must_use]
    pub fn document(&self, path: &str) -> Document {
        Document::parse(path, &read(&self.root.join("specs").join(path)))
    }

    /// The recording `name`, such as `build-cancel`.
    ///
    /// # Panics
    ///
    /// Panics when it is missing or is not one.
    #[must_use]
    pub fn recording(&self, name: &str) -> Recording {
        let path = self.root.join("recordings").join(format!("{name}.json"));
        Recording::parse(name, &read(&path))
    }

    /// All recordings by name, without the examples that were not recorded.
    ///
    /// # Panics
    ///
    /// Panics when one is missing or is not one.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        let folder = self.root.join("recordings");
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            .filter(|name| name != "examples-not-recorded")
            .collect();
        names.sort();
        names.iter().map(|name| self.recording(name)).collect()
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_one_sentence() {
        let missing = Documents::at(PathBuf::from("no such folder")).unwrap_err();
        let text = missing.to_string();
        assert!(text.contains("no such folder"), "{text}");
        assert_eq!(text.matches('.').count(), 1, "{text}");
    }
}
