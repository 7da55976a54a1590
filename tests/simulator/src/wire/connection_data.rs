//! Who asks, and of whom (`ConnectionData`; no document describes it, only the vendor's clients do).

use serde::Serialize;
use serde_json::{Value, json};

use super::ORGANIZATION_ID;
use super::identity::{CLAIMS, Identity, USER_ACCOUNT, USER_DESCRIPTOR, USER_ID, USER_NAME};
use crate::script::{Product, Scenario};

/// The id of the service that answers; the header `x-vss-senderdeploymentid` tells it, too.
pub(crate) const DEPLOYMENT_ID: &str = "ed30ce5c-9d0a-f73c-3580-4315c7f84d83";

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
            "descriptor": format!("{CLAIMS}{USER_ACCOUNT}"),
            "subjectDescriptor": USER_DESCRIPTOR,
            "providerDisplayName": USER_NAME,
            "customDisplayName": USER_NAME,
            "isActive": true,
            "properties": Identity::caller(scenario).properties(),
            "resourceVersion": 2,
            "metaTypeId": 0,
        });
        Self {
            authenticated_user: user.clone(),
            authorized_user: user,
            instance_id: ORGANIZATION_ID,
            deployment_id: DEPLOYMENT_ID,
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
