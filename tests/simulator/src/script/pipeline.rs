//! `[[pipeline]]`: a definition, and the runs that it plays.

use serde::{Deserialize, Serialize};

use super::run::RunScript;
use super::{ParameterScript, ScenarioError, VariableScript, one_or_many};

/// One pipeline (definition).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PipelineScript {
    pub(crate) id: u32,
    pub(crate) name: String,
    #[serde(default = "root_folder")]
    pub(crate) folder: String,
    #[serde(default)]
    pub(crate) repository: RepositoryScript,
    #[serde(default = "main_branch")]
    pub(crate) default_branch: String,
    #[serde(default)]
    pub(crate) queue_status: QueueStatus,
    /// The caller may read this pipeline but not queue it.
    #[serde(default)]
    pub(crate) queueing_denied: bool,
    /// Declared template parameters; absent means that any is taken.
    pub(crate) parameters: Option<Vec<ParameterScript>>,
    #[serde(default)]
    pub(crate) required_parameters: Vec<String>,
    /// Its variables; absent means that any can be set when a run is queued.
    pub(crate) variables: Option<Vec<VariableScript>>,
    /// Refs the service can see; absent means all.
    pub(crate) branches: Option<Vec<String>>,
    #[serde(default, rename = "run", deserialize_with = "one_or_many::deserialize")]
    pub(crate) runs: Vec<RunScript>,
}

impl PipelineScript {
    pub(super) fn settle(&mut self) -> Result<(), ScenarioError> {
        if self.runs.is_empty() {
            self.runs.push(RunScript::default());
        }
        for run in &mut self.runs {
            run.settle()
                .map_err(|error| ScenarioError::new(format!("pipeline {}: {error}", self.id)))?;
        }
        Ok(())
    }

    /// What the n-th queued run plays, counted from 0; the last entry repeats.
    pub(crate) fn run(&self, number: usize) -> &RunScript {
        &self.runs[number.min(self.runs.len() - 1)]
    }
}

fn root_folder() -> String {
    "\\".to_owned()
}

fn main_branch() -> String {
    "refs/heads/main".to_owned()
}

/// Where a pipeline's code is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RepositoryScript {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
}

impl RepositoryScript {
    /// In Azure Repos, as Git.
    pub(crate) fn is_in_azure(&self) -> bool {
        self.kind == "TfsGit"
    }
}

impl Default for RepositoryScript {
    fn default() -> Self {
        Self {
            kind: "GitHub".to_owned(),
            id: "octo/demo".to_owned(),
        }
    }
}

/// Whether a pipeline takes runs.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum QueueStatus {
    #[default]
    Enabled,
    Paused,
    Disabled,
}

#[cfg(test)]
mod tests {
    use crate::clock::Span;
    use crate::script::Scenario;

    #[test]
    fn the_last_run_repeats() {
        let text = "[[pipeline]]\nid=1\nname='a'\n[[pipeline.run]]\nqueue-for='1s'\n[[pipeline.run]]\nqueue-for='2s'\n";
        let scenario = Scenario::from_toml(text).unwrap();
        let spans = [0, 1, 2].map(|number| scenario.pipelines[0].run(number).queue_for);
        assert_eq!(spans, [1000, 2000, 2000].map(Span::millis));
    }
}
