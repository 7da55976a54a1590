//! What a run has published, and when.

use super::Schedule;
use crate::clock::Moment;
use crate::script::output::{ArtifactScript, TestsScript};

/// What one job, or the run as a whole, published.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) at: Moment,
    /// The record of the job.
    pub(crate) source: String,
    pub(crate) artifacts: Vec<ArtifactScript>,
    pub(crate) tests: Option<TestsScript>,
}

impl Output {
    pub(super) fn is_empty(&self) -> bool {
        self.artifacts.is_empty() && self.tests.is_none()
    }
}

impl Schedule {
    /// The artifacts that are there, with the record that published each. One that was published again under
    /// its old name counts once.
    pub(crate) fn artifacts(&self, now: Moment) -> Vec<(&str, &ArtifactScript)> {
        let mut found: Vec<(&str, &ArtifactScript)> = Vec::new();
        for output in self.outputs.iter().filter(|output| output.at <= now) {
            for artifact in &output.artifacts {
                match found.iter_mut().find(|(_, old)| old.name == artifact.name) {
                    Some(old) => *old = (&output.source, artifact),
                    None => found.push((&output.source, artifact)),
                }
            }
        }
        found
    }

    /// The test runs that are there, with the moment at which each was complete. Every attempt has its own.
    pub(crate) fn test_runs(&self, now: Moment) -> Vec<(Moment, &TestsScript)> {
        let there = self.outputs.iter().filter(|output| output.at <= now);
        there
            .filter_map(|output| Some((output.at, output.tests.as_ref()?)))
            .collect()
    }
}
