//! What a project has besides pipelines and runs, and which projects there are.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::wire::WireList;
use super::{Area, Client, Error, Request, Time, ability};

/// An answer that takes longer is not worth waiting for: a run can be asked for without it.
const SETTINGS_TIME: Duration = Duration::from_secs(5);

/// Where the jobs of runs wait for agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentQueue {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// `TeamProjectReference`.
#[derive(Debug, Deserialize)]
struct WireProject {
    name: Option<String>,
}

impl Client {
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
}
