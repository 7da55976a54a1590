//! What a run published.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::wire::WireList;
use super::{Client, Error, Request};
use crate::build::{Artifact, BuildId};

/// `BuildArtifact`.
#[derive(Debug, Deserialize)]
struct WireArtifact {
    name: Option<String>,
    resource: Option<WireResource>,
}

/// `ArtifactResource`.
#[derive(Debug, Deserialize)]
struct WireResource {
    #[serde(rename = "type")]
    kind: Option<String>,
    properties: Option<Map<String, Value>>,
}

impl Client {
    /// The run's artifacts.
    ///
    /// REST: Artifacts - List.
    pub async fn artifacts(&self, id: BuildId) -> Result<Vec<Artifact>, Error> {
        let id = id.to_string();
        let segments = ["builds", &id, "artifacts"];
        let list: WireList<WireArtifact> = self.json(&Request::get(&segments)).await?;
        Ok(list.value.into_iter().map(Artifact::from).collect())
    }
}

impl From<WireArtifact> for Artifact {
    fn from(wire: WireArtifact) -> Self {
        let (kind, properties) = match wire.resource {
            Some(resource) => (resource.kind, resource.properties),
            None => (None, None),
        };
        let size = properties.as_ref().and_then(|all| all.get("artifactsize"));
        Self {
            name: wire.name.unwrap_or_default(),
            kind: kind.unwrap_or_default(),
            // The service writes it as a text.
            bytes: size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok())),
        }
    }
}
