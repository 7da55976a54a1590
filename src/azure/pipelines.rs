//! Pipelines: found by their names, and what is known of one.

use serde_json::Value;

use super::wire::{WireDefinition, WireList};
use super::{Client, Error, PipelineName, Repository, Request};

/// A pipeline of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// The definition's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its folder, `\` for the root.
    pub folder: String,
    /// Whether it accepts runs (REST: `DefinitionQueueStatus`).
    pub queue_status: QueueStatus,
    /// What its jobs are written in.
    pub process: Process,
    /// Where its YAML and code live.
    pub repository: Option<Repository>,
    /// Its variables; those that stand in the YAML alone are not among them.
    pub variables: Vec<PipelineVariable>,
}

/// What the jobs of a pipeline are written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Process {
    /// YAML.
    Yaml {
        /// The path of the file.
        file: Option<String>,
    },
    /// Tasks of the classic editor.
    Classic,
}

/// A variable of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineVariable {
    /// Its name, in which case means nothing.
    pub name: String,
    /// Whether it can be set when a run is queued.
    pub is_settable: bool,
    /// Whether its value is told nobody.
    pub is_secret: bool,
}

/// Whether a pipeline accepts runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueStatus {
    /// It does.
    Enabled,
    /// It does, but they stay in the queue until it is resumed.
    Paused,
    /// It refuses them.
    Disabled,
}

impl Pipeline {
    /// `FOLDER/NAME`; the name alone where it is in no folder.
    #[must_use]
    pub fn full_name(&self) -> String {
        let folder = self.folder.trim_matches('\\').replace('\\', "/");
        if folder.is_empty() {
            self.name.clone()
        } else {
            format!("{folder}/{}", self.name)
        }
    }
}

impl Client {
    /// The pipeline with this id.
    ///
    /// REST: Definitions - Get.
    pub async fn get_pipeline(&self, id: u64) -> Result<Pipeline, Error> {
        let definition: WireDefinition = self
            .json(&Request::get(&["definitions", &id.to_string()]))
            .await?;
        Ok(pipeline(id, definition))
    }

    /// The ids of the pipelines that `name` means; more than one when only folders tell them apart,
    /// with the folder of each.
    ///
    /// REST: Definitions - List.
    pub async fn find_pipelines(
        &self,
        name: &PipelineName,
    ) -> Result<Vec<(u64, PipelineName)>, Error> {
        let found = self.definitions(&[("name", name.name())]).await?;
        Ok(found
            .into_iter()
            .filter(|definition| name.matches(definition))
            .filter_map(|definition| Some((definition.id?, PipelineName::of(&definition))))
            .collect())
    }

    /// The names of all pipelines, to suggest one.
    pub async fn pipeline_names(&self) -> Result<Vec<PipelineName>, Error> {
        let all = self.definitions(&[("$top", "1000")]).await?;
        Ok(all.iter().map(PipelineName::of).collect())
    }

    async fn definitions(&self, query: &[(&str, &str)]) -> Result<Vec<WireDefinition>, Error> {
        let list: WireList<WireDefinition> = self
            .json(&Request::get(&["definitions"]).query(query))
            .await?;
        Ok(list.value)
    }
}

fn pipeline(id: u64, definition: WireDefinition) -> Pipeline {
    let queue_status = match definition.queue_status.as_deref() {
        Some("disabled") => QueueStatus::Disabled,
        Some("paused") => QueueStatus::Paused,
        _ => QueueStatus::Enabled,
    };
    Pipeline {
        id,
        name: definition.name.unwrap_or_default(),
        folder: definition.path.unwrap_or_else(|| "\\".to_owned()),
        queue_status,
        process: process(&definition.process),
        repository: definition.repository.map(Repository::from),
        variables: definition.variables.iter().map(variable).collect(),
    }
}

/// `DesignerProcess` is of type 1, `YamlProcess` of type 2.
fn process(told: &Value) -> Process {
    if told["type"] == 1 {
        return Process::Classic;
    }
    Process::Yaml {
        file: told["yamlFilename"].as_str().map(str::to_owned),
    }
}

fn variable((name, told): (&String, &Value)) -> PipelineVariable {
    let is = |what: &str| told[what].as_bool() == Some(true);
    PipelineVariable {
        name: name.clone(),
        is_settable: is("allowOverride"),
        is_secret: is("isSecret"),
    }
}
