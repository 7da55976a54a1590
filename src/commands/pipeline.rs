//! Which pipeline an input means.

use super::nearest::nearest;
use crate::azure::{Client, Error, Pipeline, PipelineName, QueueStatus, backoff};
use crate::inputs::PipelineInput;
use crate::report::wording;

/// The one pipeline that the input names, if it accepts runs.
pub(super) async fn find(client: &Client, input: &PipelineInput) -> anyhow::Result<Pipeline> {
    let pipeline = look_up(client, input).await?;
    if pipeline.queue_status == QueueStatus::Disabled {
        anyhow::bail!(wording::disabled_pipeline(&pipeline.name));
    }
    Ok(pipeline)
}

/// The one pipeline that the input names.
pub(super) async fn look_up(client: &Client, input: &PipelineInput) -> anyhow::Result<Pipeline> {
    let id = match input {
        PipelineInput::Id(id) => *id,
        PipelineInput::Name(name) => find_id(client, name).await?,
    };
    match backoff::resend(|| client.get_pipeline(id)).await {
        Err(Error::NotFound { type_key, .. }) if is_pipeline(&type_key) => {
            let is_from_url = client.address().definition_id == Some(id);
            let project = client.address().project();
            anyhow::bail!(wording::unknown_pipeline_id(id, project, is_from_url))
        }
        answer => Ok(answer?),
    }
}

/// The ids of all pipelines that `pipeline-name` means; there is at least one.
pub(super) async fn ids(client: &Client, name: &PipelineName) -> anyhow::Result<Vec<u64>> {
    let found = backoff::resend(|| client.find_pipelines(name)).await?;
    if found.is_empty() {
        return Err(unknown(client, "pipeline-name", name).await);
    }
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

/// Says that no pipeline has the name that the input gives, and which have one like it.
async fn unknown(client: &Client, input: &str, name: &PipelineName) -> anyhow::Error {
    let given = name.to_string();
    let all = backoff::resend(|| client.pipeline_names()).await.ok();
    let nearest = all.map(|all| {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        nearest(&given, &names)
    });
    let project = client.address().project();
    let sentence = wording::unknown_pipeline(input, &given, project, nearest.as_deref());
    anyhow::Error::msg(sentence)
}

/// Whether it is the pipeline that is missing, and not the project.
fn is_pipeline(type_key: &str) -> bool {
    ["DefinitionNotFoundException", "PipelineNotFoundException"].contains(&type_key)
}

async fn find_id(client: &Client, name: &PipelineName) -> anyhow::Result<u64> {
    let found = backoff::resend(|| client.find_pipelines(name)).await?;
    let given = name.to_string();
    match found.as_slice() {
        [(id, _)] => Ok(*id),
        [] => Err(unknown(client, "azure-pipeline-name", name).await),
        several => {
            let names: Vec<String> = several.iter().map(|(_, name)| name.to_string()).collect();
            anyhow::bail!(wording::ambiguous_pipeline(&given, &names))
        }
    }
}
