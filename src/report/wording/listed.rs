//! Runs, tags and artifacts that are listed or shown.

use super::super::line::Line;
use super::size;
use crate::build::Artifact;

/// The filters match nothing.
pub(in crate::report) const NO_RUNS: &str = "No run matches.";

/// The run has no tags.
pub(in crate::report) const NO_TAGS: &str = "The run has no tags.";

/// The run has no records.
pub(in crate::report) const NOTHING_HAS_BEGUN: &str = "Nothing has begun.";

/// The run has published no files.
pub(in crate::report) const NO_ARTIFACTS: &str = "No artifacts.";

/// An artifact, with its kind and its size.
pub(in crate::report) fn artifact(artifact: &Artifact) -> Line {
    let line = Line::new("Artifact ")
        .foreign(&artifact.name)
        .ours(" (")
        .foreign(&artifact.kind);
    let line = match artifact.bytes {
        Some(bytes) => line.ours(", ").foreign(size(bytes)),
        None => line,
    };
    line.ours(")")
}

/// An output is left out, because GitHub would not pass it on.
#[must_use]
pub fn output_too_long(output: &str, count: usize, bytes: usize) -> String {
    let advice = if output == "runs" {
        "; give a smaller `top`"
    } else {
        ""
    };
    format!(
        "The output `{output}` is left out: the JSON of {count} would have {}, and GitHub takes 1.0 MiB{advice}.",
        size(bytes as u64)
    )
}
