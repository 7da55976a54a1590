//! Finding the pipeline that an input names.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::wire::{WireBuild, WireDefinition, WireList, WireProject, WireRepository};
use super::{Area, Client, Error, Request, Time, ability};
use crate::build::BuildId;

/// An answer that takes longer is not worth waiting for: a run can be asked for without it.
const SETTINGS_TIME: Duration = Duration::from_secs(5);

/// A pipeline, as the user names it: `name` or `folder/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineName {
    /// Azure's form of the folder, `\a\b`; nothing when the input names none.
    folder: Option<String>,
    name: String,
}

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
    /// Steps of the classic editor.
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

/// Where the jobs of runs wait for agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentQueue {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
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

/// The repository of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `GitHub`, `GitHubEnterprise`, `TfsGit`, …
    pub kind: String,
    /// `owner/name` on GitHub, the name elsewhere.
    pub name: String,
    /// Its URL, where the service says it.
    pub url: Option<String>,
}

impl PipelineName {
    /// Splits `folder/name` at its last slash; neither folders nor names can contain one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim().replace('/', "\\");
        match text.rsplit_once('\\') {
            Some((folder, name)) => Self {
                folder: Some(format!("\\{}", folder.trim_matches('\\'))),
                name: name.to_owned(),
            },
            None => Self {
                folder: None,
                name: text,
            },
        }
    }

    fn matches(&self, definition: &WireDefinition) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        definition
            .name
            .as_deref()
            .is_some_and(|name| same(name, &self.name))
            && self
                .folder
                .as_deref()
                .is_none_or(|folder| same(definition.path.as_deref().unwrap_or("\\"), folder))
    }
}

impl fmt::Display for PipelineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            None => f.write_str(&self.name),
            Some(folder) if folder == "\\" => write!(f, "/{}", self.name),
            Some(folder) => write!(
                f,
                "{}/{}",
                folder.trim_start_matches('\\').replace('\\', "/"),
                self.name
            ),
        }
    }
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

impl Repository {
    /// Whether this is the repository `owner/name` of the GitHub at `server_url`.
    #[must_use]
    pub fn is_on_github(&self, repository: &str, server_url: &str) -> bool {
        let host = |url: &str| {
            reqwest::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_lowercase))
        };
        let server = host(server_url);
        let is_this_server = match self.kind.to_ascii_lowercase().as_str() {
            "github" => server.as_deref() == Some("github.com"),
            // Its own URL says which server, if it is there; one company rarely has two.
            "githubenterprise" => self
                .url
                .as_deref()
                .and_then(host)
                .is_none_or(|own| Some(own) == server),
            _ => false,
        };
        is_this_server && self.name.eq_ignore_ascii_case(repository)
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

    /// Where the code of a run is, if the service says it.
    ///
    /// REST: Builds - Get.
    pub async fn repository_of(&self, run: BuildId) -> Result<Option<Repository>, Error> {
        let segments = ["builds", &run.to_string()];
        let wire: WireBuild = self.json(&Request::get(&segments)).await?;
        Ok(wire.repository.map(Repository::from))
    }

    /// The ids of the pipelines that `name` means; more than one when only folders tell them apart,
    /// with the folder of each.
    ///
    /// REST: Definitions - List.
    pub async fn find_pipelines(
        &self,
        name: &PipelineName,
    ) -> Result<Vec<(u64, PipelineName)>, Error> {
        let found = self.definitions(&[("name", &name.name)]).await?;
        Ok(found
            .into_iter()
            .filter(|definition| name.matches(definition))
            .filter_map(|definition| Some((definition.id?, full_name(&definition))))
            .collect())
    }

    /// The names of all pipelines, to suggest one.
    pub async fn pipeline_names(&self) -> Result<Vec<PipelineName>, Error> {
        let all = self.definitions(&[("$top", "1000")]).await?;
        Ok(all.iter().map(full_name).collect())
    }

    /// The names of the organization's projects, as far as the token may see them, to suggest one.
    ///
    /// REST: Projects - List.
    pub async fn project_names(&self) -> Result<Vec<String>, Error> {
        let query = [("$top", "1000")];
        let request = Request::get(&["projects"])
            .below(Area::Organization)
            .query(&query);
        let list: WireList<WireProject> = self.json(&request).await?;
        Ok(list
            .value
            .into_iter()
            .filter_map(|project| project.name)
            .collect())
    }

    /// Whether only variables that are settable at queue time can be set; nothing where the server does
    /// not know.
    ///
    /// REST: General Settings - Get, `enforceSettableVar`.
    pub async fn limits_variables(&self) -> Result<Option<bool>, Error> {
        if !self.can(ability::GENERAL_SETTINGS) {
            return Ok(None);
        }
        let request = Request {
            time: Time::Limited(SETTINGS_TIME),
            ..Request::get(&["generalsettings"]).needing(ability::GENERAL_SETTINGS)
        };
        let settings: Value = self.json(&request).await?;
        Ok(settings["enforceSettableVar"].as_bool())
    }

    /// The agent queues of the project.
    ///
    /// REST: Queues - Get Agent Queues.
    pub async fn agent_queues(&self) -> Result<Vec<AgentQueue>, Error> {
        let request = Request::get(&["distributedtask", "queues"])
            .below(Area::Project)
            .needing(ability::AGENT_QUEUES);
        let list: WireList<Value> = self.json(&request).await?;
        let queues = list.value.iter().filter_map(|queue| {
            Some(AgentQueue {
                id: queue["id"].as_u64()?,
                name: queue["name"].as_str()?.to_owned(),
            })
        });
        Ok(queues.collect())
    }

    async fn definitions(&self, query: &[(&str, &str)]) -> Result<Vec<WireDefinition>, Error> {
        let list: WireList<WireDefinition> = self
            .json(&Request::get(&["definitions"]).query(query))
            .await?;
        Ok(list.value)
    }
}

fn full_name(definition: &WireDefinition) -> PipelineName {
    PipelineName {
        folder: Some(definition.path.clone().unwrap_or_else(|| "\\".to_owned())),
        name: definition.name.clone().unwrap_or_default(),
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

impl From<WireRepository> for Repository {
    fn from(wire: WireRepository) -> Self {
        let kind = wire.kind.unwrap_or_default();
        let is_github = kind.to_ascii_lowercase().starts_with("github");
        let name = if is_github {
            wire.id.or(wire.name)
        } else {
            wire.name.or(wire.id)
        };
        Self {
            kind,
            name: name.unwrap_or_default(),
            url: wire.url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(path: &str, name: &str) -> WireDefinition {
        serde_json::from_value(serde_json::json!({"id": 1, "path": path, "name": name}))
            .expect("a definition")
    }

    #[test]
    fn a_name_may_carry_its_folder() {
        for (input, path, name, matches) in [
            ("App CI", "\\", "app ci", true),
            ("App CI", "\\team", "App CI", true),
            ("team/App CI", "\\team", "App CI", true),
            ("team\\sub\\App CI", "\\Team\\Sub", "App CI", true),
            ("/App CI", "\\", "App CI", true),
            ("/App CI", "\\team", "App CI", false),
            ("team/App CI", "\\", "App CI", false),
            ("App", "\\", "App CI", false),
        ] {
            let found = PipelineName::parse(input).matches(&definition(path, name));
            assert_eq!(found, matches, "{input} against {path} {name}");
        }
        assert_eq!(PipelineName::parse("a\\b\\C").to_string(), "a/b/C");
        assert_eq!(PipelineName::parse("/C").to_string(), "/C");
        assert_eq!(PipelineName::parse("C").to_string(), "C");
    }

    #[test]
    fn only_the_same_repository_on_the_same_server_is_the_workflows_own() {
        let check = |kind: &str, url: Option<&str>, server: &str| {
            Repository {
                kind: kind.into(),
                name: "Octo/Demo".into(),
                url: url.map(str::to_owned),
            }
            .is_on_github("octo/demo", server)
        };
        assert!(check("GitHub", None, "https://github.com"));
        assert!(!check("GitHub", None, "https://github.example.com"));
        assert!(check(
            "GitHubEnterprise",
            None,
            "https://github.example.com"
        ));
        assert!(check(
            "GitHubEnterprise",
            Some("https://github.example.com/octo/demo.git"),
            "https://github.example.com"
        ));
        assert!(!check(
            "GitHubEnterprise",
            Some("https://other.example.com/octo/demo.git"),
            "https://github.example.com"
        ));
        assert!(!check("TfsGit", None, "https://github.com"));
    }
}
