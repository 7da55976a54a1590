//! What a run published besides its logs.

use std::time::Duration;

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Its files and folders.
    pub artifacts: Vec<Artifact>,
    /// Its tests; nothing where it published no results.
    pub tests: Option<Tests>,
}

/// A file or folder that a run published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// How it is kept: `PipelineArtifact`, `Container`, `FilePath`, …
    pub kind: String,
    /// How many bytes it has, where the service says it.
    pub bytes: Option<u64>,
}

/// The tests of a run, counted over all of its test runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tests {
    /// All.
    pub total: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Some of those that failed.
    pub failures: Vec<FailedTest>,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// The id of its test run.
    pub test_run: u64,
    /// The id of its result in that test run.
    pub result: u64,
    /// Its name.
    pub name: String,
    /// What it said.
    pub message: String,
    /// How long it took.
    pub duration: Option<Duration>,
}
