//! What lies above a project: projects, connection data, resource areas.

use serde::Serialize;
use serde_json::{Value, json};

use super::identity::Identity;
use super::{ORGANIZATION_ID, USER_DESCRIPTOR, USER_ID};
use crate::ids;
use crate::script::{Product, Scenario};

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

/// A project alone (docs: "Projects - Get"). Key order does not matter here, nobody depends on it.
pub(crate) fn project(base: &str, scenario: &Scenario) -> Value {
    let id = &scenario.project_id;
    let address = format!("{base}/_apis/projects/{id}");
    let team = ids::guid(&format!("team/{id}"));
    json!({
        "id": id,
        "name": scenario.project,
        "url": address,
        "state": "wellFormed",
        "revision": 28889,
        "_links": {
            "self": {"href": address},
            "collection": {"href": format!("{base}/_apis/projectCollections/{ORGANIZATION_ID}")},
            "web": {"href": format!("{base}/{}", crate::call::percent_encode(&scenario.project))},
        },
        "visibility": "private",
        "defaultTeam": {
            "id": team,
            "name": format!("{} Team", scenario.project),
            "url": format!("{address}/teams/{team}"),
        },
        "lastUpdateTime": "2026-02-26T06:41:44.027Z",
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionData {
    authenticated_user: Value,
    authorized_user: Value,
    instance_id: &'static str,
    deployment_id: &'static str,
    deployment_type: &'static str,
    location_service_data: Value,
}

impl ConnectionData {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let user = json!({
            "id": USER_ID,
            "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;00000000-1111-2222-3333-444444444444\\user1@example.com",
            "subjectDescriptor": USER_DESCRIPTOR,
            "providerDisplayName": "Test User 1",
            "customDisplayName": "Test User 1",
            "isActive": true,
            "properties": Identity::caller(scenario).properties(),
            "resourceVersion": 2,
            "metaTypeId": 0,
        });
        Self {
            authenticated_user: user.clone(),
            authorized_user: user,
            instance_id: ORGANIZATION_ID,
            deployment_id: "ed30ce5c-9d0a-f73c-3580-4315c7f84d83",
            deployment_type: if scenario.product == Product::Services {
                "hosted"
            } else {
                "onPremises"
            },
            location_service_data: json!({
                "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7",
                "defaultAccessMappingMoniker": "PublicAccessMapping",
                "lastChangeId": 424_239_147,
                "lastChangeId64": 424_239_147,
            }),
        }
    }
}
