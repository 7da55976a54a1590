//! Builds.

use std::collections::BTreeSet;

use documents::recording::Interaction;
use run_azure_pipeline::azure::{Error, RunRequest};
use run_azure_pipeline::build::{Build, BuildId, BuildResult};
use serde_json::Value;

use super::{ask, same_time};
use crate::support::{documents, interactions, tell};

#[test]
fn builds_are_read_as_recorded() {
    let documents = documents();
    let (mut answers, mut builds) = (0, BTreeSet::new());
    for (name, interaction) in interactions(&documents.recordings()) {
        let route = interaction.route();
        let Some((_, rest)) = route.split_once("/_apis/build/builds") else {
            continue;
        };
        let is_build = interaction.status == 200 && !rest.trim_start_matches('/').contains('/');
        if !is_build {
            continue;
        }
        answers += 1;
        let list = interaction.body["value"].as_array();
        let items = list.map_or_else(|| vec![interaction.body.clone()], Clone::clone);
        for item in items {
            let one = Interaction {
                body: item.clone(),
                ..interaction.clone()
            };
            let read = read(&one);
            let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            same_build(name, &read, &item);
            builds.insert((name.to_owned(), read.id));
        }
    }
    assert!(builds.len() > 20, "{}", builds.len());
    tell(&format!(
        "{answers} recorded answers with builds replayed ({} builds)",
        builds.len()
    ));
}

/// By the call that such an answer is given to.
fn read(interaction: &Interaction) -> Result<Build, Error> {
    match interaction.method.as_str() {
        "POST" => ask(interaction, |client| async move {
            let queued = client.queue(&RunRequest::default()).await;
            queued.map(|(build, _tags)| build)
        }),
        "PATCH" => {
            ask(interaction, |client| async move {
                client.cancel(BuildId(1)).await
            })?;
            get(interaction)
        }
        _ => get(interaction),
    }
}

fn get(interaction: &Interaction) -> Result<Build, Error> {
    ask(interaction, |client| async move {
        client.get_build(BuildId(1)).await
    })
}

fn same_build(name: &str, read: &Build, raw: &Value) {
    let text = |key: &str| raw[key].as_str();
    // The service spells the state of a build with two l; the action spells it as it does the result.
    let status = text("status").map(|status| status.replace("cancelling", "canceling"));
    assert_eq!(Some(read.id.0), raw["id"].as_u64(), "{name}");
    assert_eq!(Some(read.number.as_str()), text("buildNumber"), "{name}");
    assert_eq!(Some(read.status.as_str()), status.as_deref(), "{name}");
    assert_eq!(
        read.result.as_ref().map(BuildResult::as_str),
        text("result"),
        "{name}"
    );
    assert_eq!(
        Some(read.pipeline.as_str()),
        raw["definition"]["name"].as_str(),
        "{name}"
    );
    assert_eq!(
        read.source_branch.as_deref(),
        text("sourceBranch"),
        "{name}"
    );
    assert_eq!(
        read.source_version.as_deref(),
        text("sourceVersion"),
        "{name}"
    );
    assert_eq!(
        read.last_changed_by.as_deref(),
        raw["lastChangedBy"]["displayName"].as_str(),
        "{name}"
    );
    assert_eq!(read.queue_position, raw["queuePosition"].as_u64(), "{name}");
    assert_eq!(
        read.validation.len(),
        raw["validationResults"].as_array().map_or(0, Vec::len),
        "{name}"
    );
    same_time(name, read.queued, raw, "queueTime");
    same_time(name, read.started, raw, "startTime");
    same_time(name, read.finished, raw, "finishTime");
}
