//! The project in its two forms: within builds and lists, and alone (docs: "Projects - Get").

use serde::Serialize;
use serde_json::{Value, json};

use super::ORGANIZATION_ID;
use crate::ids;
use crate::percent;
use crate::script::Scenario;

pub(crate) const PROJECT_ID: &str = "4c1d0304-a209-464e-b614-7a0f593fe799";

/// Within a build, a definition or a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project {
    id: &'static str,
    name: String,
    url: String,
    state: &'static str,
    revision: u32,
    visibility: &'static str,
    last_update_time: &'static str,
}

impl Project {
    pub(crate) fn new(base: &str, scenario: &Scenario) -> Self {
        Self {
            id: PROJECT_ID,
            name: scenario.project.clone(),
            url: address(base),
            state: "wellFormed",
            revision: 28889,
            visibility: "private",
            last_update_time: "2026-02-26T06:41:44.027Z",
        }
    }

    /// Alone: with its links and its team. The order of the fields does not matter there, nobody depends on it.
    pub(crate) fn alone(base: &str, scenario: &Scenario) -> Value {
        let mut project = json!(Self::new(base, scenario));
        let address = address(base);
        let team = ids::guid(&format!("team/{PROJECT_ID}"));
        project["_links"] = json!({
            "self": {"href": address},
            "collection": {"href": format!("{base}/_apis/projectCollections/{ORGANIZATION_ID}")},
            "web": {"href": format!("{base}/{}", percent::encode(&scenario.project))},
        });
        project["defaultTeam"] = json!({
            "id": team,
            "name": format!("{} Team", scenario.project),
            "url": format!("{address}/teams/{team}"),
        });
        project
    }
}

fn address(base: &str) -> String {
    format!("{base}/_apis/projects/{PROJECT_ID}")
}

/// What a project can do, for those who ask for it.
pub(crate) fn capabilities() -> Value {
    json!({
        "processTemplate": {
            "templateName": "Basic",
            "templateTypeId": "b8a3a935-7e91-48b8-a94c-606d37c3e9f2",
        },
        "versioncontrol": {"sourceControlType": "Git", "gitEnabled": "True", "tfvcEnabled": "False"},
    })
}
