//! What a job leaves behind besides its logs: artifacts and test results.

use serde::Deserialize;

/// One published artifact.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ArtifactScript {
    pub(crate) name: String,
    /// In bytes.
    #[serde(default = "usual_size")]
    pub(crate) size: u64,
    /// `PipelineArtifact`, `Container`, `FilePath`, …
    #[serde(default = "usual_kind", rename = "type")]
    pub(crate) kind: String,
}

fn usual_size() -> u64 {
    1024
}

fn usual_kind() -> String {
    "PipelineArtifact".to_owned()
}

/// The results of one test run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TestsScript {
    pub(crate) passed: u32,
    /// `name: message`, one for each failed test.
    pub(crate) failed: Vec<String>,
    pub(crate) skipped: u32,
}
