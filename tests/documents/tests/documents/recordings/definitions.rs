//! Definitions.

use documents::recording::Interaction;
use run_azure_pipeline::azure::{PipelineName, QueueStatus};

use super::ask;
use crate::support::{documents, interactions, tell};

#[test]
fn definitions_are_read_as_recorded() {
    let documents = documents();
    let mut answers = 0;
    for (name, interaction) in interactions(&documents.recordings()) {
        let is_definition = interaction.route().contains("/_apis/build/definitions");
        if !is_definition || interaction.status != 200 {
            continue;
        }
        answers += 1;
        let Some(list) = interaction.body["value"].as_array() else {
            same_definition(name, interaction);
            continue;
        };
        let all = ask(interaction, |client| async move {
            client.pipeline_names().await
        });
        assert_eq!(all.expect(name).len(), list.len(), "{name}");
        for raw in list {
            let wanted = PipelineName::parse(raw["name"].as_str().expect("a name"));
            let found = ask(interaction, |client| async move {
                client.find_pipelines(&wanted).await
            })
            .expect(name);
            let ids: Vec<u64> = found.iter().map(|(id, _)| *id).collect();
            let same = list.iter().filter(|other| other["name"] == raw["name"]);
            assert_eq!(
                ids,
                same.filter_map(|raw| raw["id"].as_u64())
                    .collect::<Vec<_>>(),
                "{name}"
            );
        }
    }
    assert!(answers > 5, "{answers}");
    tell(&format!(
        "{answers} recorded answers with definitions replayed"
    ));
}

fn same_definition(name: &str, interaction: &Interaction) {
    let raw = &interaction.body;
    let id = raw["id"].as_u64().expect("an id");
    let read = ask(interaction, |client| async move {
        client.get_pipeline(id).await
    })
    .expect(name);
    assert_eq!(read.id, id, "{name}");
    assert_eq!(Some(read.name.as_str()), raw["name"].as_str(), "{name}");
    assert_eq!(Some(read.folder.as_str()), raw["path"].as_str(), "{name}");
    assert_eq!(
        read.queue_status == QueueStatus::Enabled,
        raw["queueStatus"] == "enabled",
        "{name}"
    );
    let repository = read.repository.expect("a repository");
    assert_eq!(
        Some(repository.kind.as_str()),
        raw["repository"]["type"].as_str(),
        "{name}"
    );
    assert_eq!(
        Some(repository.name.as_str()),
        raw["repository"]["name"].as_str(),
        "{name}"
    );
    assert_eq!(
        repository.url.as_deref(),
        raw["repository"]["url"].as_str(),
        "{name}"
    );
}
