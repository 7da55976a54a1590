//! A published artifact (docs: "Artifacts - List").

use std::collections::BTreeMap;

use serde::Serialize;

use super::home;
use crate::clock::Moment;
use crate::ids;
use crate::percent;
use crate::script::output::ArtifactScript;
use crate::version::ApiVersion;
use crate::world::Build;

#[derive(Debug, Serialize)]
pub(crate) struct Artifact {
    id: usize,
    pub(crate) name: String,
    /// The record that published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    resource: Resource,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    data: String,
    properties: BTreeMap<&'static str, String>,
    url: String,
    download_url: String,
}

/// All artifacts of a build.
pub(crate) fn artifacts(
    build: &Build,
    now: Moment,
    base: &str,
    version: &ApiVersion,
) -> Vec<Artifact> {
    let list = format!("{}/_apis/build/builds/{}/artifacts", home(base), build.id);
    let published = build.schedule.artifacts(now).into_iter().zip(1..);
    let artifact = |((source, script), id): ((&str, &ArtifactScript), usize)| {
        let address = format!(
            "{list}?artifactName={}&api-version={version}",
            percent::encode(&script.name)
        );
        Artifact {
            id,
            name: script.name.clone(),
            // The model has the field from 6.0 on.
            source: version.is_at_least(6, 0).then(|| source.to_owned()),
            resource: Resource {
                kind: script.kind.clone(),
                data: ids::guid(&format!("{}/{}", build.id, script.name)),
                properties: BTreeMap::from([("artifactsize", script.size.to_string())]),
                download_url: format!("{address}&%24format=zip"),
                url: address,
            },
        }
    };
    published.map(artifact).collect()
}
