//! The files through which a step hands its outputs, state and summary to the runner.
//!
//! Formats: runner, `FileCommandManager.cs`; actions/toolkit, `packages/core/src/file-command.ts`.

use std::collections::hash_map::RandomState;
use std::fs::OpenOptions;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::untrusted::{Markdown, Untrusted};

/// Most bytes a step's summary may have here. GitHub shows none at all that is larger than 1 MiB,
/// and masking secrets may make one grow.
pub const SUMMARY_LIMIT: usize = 900 * 1024;

/// Why something could not be handed to the runner.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file could not be written.
    #[error("{variable} names {path:?}, which could not be written: {error}")]
    Write {
        /// The variable that names the file.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The name would end the entry's first line early or be read as something else.
    #[error(
        "An output or state cannot be called {name:?}: it is empty, ends in `<`, or contains `=`, `<<` or a line end"
    )]
    Name {
        /// The name that was given.
        name: &'static str,
    },
    /// The value would end its entry early.
    #[error(
        "The output or state {name:?} cannot be written: it contains the delimiter of its entry"
    )]
    Delimiter {
        /// The output's name.
        name: &'static str,
    },
    /// Nothing was appended, because GitHub would then show nothing.
    #[error("The summary would have {size} bytes: {SUMMARY_LIMIT} are allowed")]
    SummaryTooLong {
        /// Bytes it would have had, with those already in the file.
        size: u64,
    },
}

/// Sets an output of the step; returns false if there is no file (`GITHUB_OUTPUT` is absent), which
/// is no error.
///
/// The value arrives as it is, carriage returns and blank lines included. act drops blank lines at
/// its start and the carriage return before a line feed. Of several entries of one name the last
/// counts.
pub fn append_output<'a>(
    path: Option<&Path>,
    name: &'static str,
    value: impl Into<Untrusted<'a>>,
) -> Result<bool, FileError> {
    append_entry("GITHUB_OUTPUT", path, name, &value.into())
}

/// Leaves a value to the post step, which gets it as the variable `STATE_{name}`; returns false if
/// there is no file (`GITHUB_STATE` is absent), which is no error. Of several entries of one name the
/// last counts. The runner reads the file also after it has killed the step
/// (runner: `ActionRunner.RunAsync`); act hands no state to the post step of a Docker action.
pub fn append_state<'a>(
    path: Option<&Path>,
    name: &'static str,
    value: impl Into<Untrusted<'a>>,
) -> Result<bool, FileError> {
    append_entry("GITHUB_STATE", path, name, &value.into())
}

fn append_entry(
    variable: &'static str,
    path: Option<&Path>,
    name: &'static str,
    value: &Untrusted<'_>,
) -> Result<bool, FileError> {
    let entry = entry(name, value, &random_delimiter())?;
    let Some(path) = path else { return Ok(false) };
    append(variable, path, &entry)?;
    Ok(true)
}

/// Appends Markdown to the step's summary (`GITHUB_STEP_SUMMARY`), all or, beyond
/// [`SUMMARY_LIMIT`], nothing; returns false if there is no file.
pub fn append_summary(path: Option<&Path>, markdown: &Markdown) -> Result<bool, FileError> {
    let Some(path) = path else { return Ok(false) };
    let markdown = markdown.as_str();
    let present = path.metadata().map_or(0, |file| file.len());
    let size = present + markdown.len() as u64;
    if size > SUMMARY_LIMIT as u64 {
        return Err(FileError::SummaryTooLong { size });
    }
    append("GITHUB_STEP_SUMMARY", path, markdown)?;
    Ok(true)
}

/// One entry; refused if it could be read as something else.
fn entry(name: &'static str, value: &Untrusted<'_>, delimiter: &str) -> Result<String, FileError> {
    let name_breaks = name.is_empty()
        || name.contains(['=', '\r', '\n'])
        || name.contains("<<")
        || name.ends_with('<');
    // A BOM at the start of the file would be taken off (runner: `File.ReadAllText`).
    if name_breaks || name.starts_with('\u{feff}') {
        return Err(FileError::Name { name });
    }
    value
        .entry(name, delimiter)
        .ok_or(FileError::Delimiter { name })
}

/// A delimiter with 128 random bits: nobody who wrote the value can have known it. The hashers of
/// the standard library are keyed with random numbers of the system.
fn random_delimiter() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("ghadelimiter_{:016x}{:016x}", random(), random())
}

/// One write per entry, so that a process killed meanwhile leaves no half of one.
fn append(variable: &'static str, path: &Path, text: &str) -> Result<(), FileError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| FileError::Write {
            variable,
            path: path.to_owned(),
            error,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_that_would_break_out_are_refused() {
        for name in ["", "a=b", "a<<b", "a<", "a\nb", "a\rb", "\u{feff}a"] {
            let error = entry(name, &"x".into(), "EOF").unwrap_err().to_string();
            assert!(!error.contains(['\r', '\n']), "{error}");
        }
        let error = entry("a", &"x\nEOF\nb=c".into(), "EOF").unwrap_err();
        assert!(matches!(error, FileError::Delimiter { .. }));
    }

    #[test]
    fn delimiters_differ() {
        let delimiters: std::collections::BTreeSet<_> =
            (0..100).map(|_| random_delimiter()).collect();
        assert_eq!(delimiters.len(), 100);
        assert!(
            delimiters
                .iter()
                .all(|delimiter| delimiter.len() == 13 + 32)
        );
    }

    #[test]
    fn an_absent_file_is_no_error() {
        assert!(!append_output(None, "a", "b").unwrap());
        assert!(!append_state(None, "a", "b").unwrap());
        assert!(!append_summary(None, &Markdown::new()).unwrap());
    }

    #[test]
    fn a_failure_names_variable_path_and_reason() {
        let error = append_output(Some(Path::new("/nonexistent/file")), "a", "b").unwrap_err();
        assert_eq!(
            format!("{:#}", anyhow::Error::from(error)),
            "GITHUB_OUTPUT names \"/nonexistent/file\", which could not be written: \
             No such file or directory (os error 2)"
        );
    }
}
