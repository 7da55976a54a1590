//! A published artifact (docs: "Artifacts - List").

use std::collections::BTreeMap;

use serde::Serialize;

use crate::call::percent_encode;
use crate::clock::Moment;
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

/// All artifacts of a build; `home` is `{base}/{project id}`.
pub(crate) fn artifacts(
    build: &Build,
    now: Moment,
    home: &str,
    version: &ApiVersion,
) -> Vec<Artifact> {
    let list = format!("{home}/_apis/build/builds/{}/artifacts", build.id);
    let published = build.schedule.artifacts(now).into_iter().zip(1..);
    let artifact =
        |((source, script), id): ((&str, &crate::script::output::ArtifactScript), usize)| {
            let address = format!(
                "{list}?artifactName={}&api-version={version}",
                percent_encode(&script.name)
            );
            Artifact {
                id,
                name: script.name.clone(),
                // The model has the field from 6.0 on.
                source: version.is_at_least(6, 0).then(|| source.to_owned()),
                resource: Resource {
                    kind: script.kind.clone(),
                    data: crate::ids::guid(&format!("{}/{}", build.id, script.name)),
                    properties: BTreeMap::from([("artifactsize", script.size.to_string())]),
                    download_url: format!("{address}&%24format=zip"),
                    url: address,
                },
            }
        };
    published.map(artifact).collect()
}
