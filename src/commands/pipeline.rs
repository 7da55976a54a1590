//! Which pipeline an input means.

use crate::azure::{Client, Pipeline, PipelineName, QueueStatus, backoff};
use crate::inputs::PipelineInput;
use crate::report::wording;

/// How many names are offered for one that does not exist.
const SUGGESTIONS: usize = 3;

/// How alike names must be to be offered; 1 is the same (Jaro-Winkler).
const ALIKE: f64 = 0.75;

/// The one pipeline that the input names, if it accepts runs.
pub(super) async fn find(client: &Client, input: &PipelineInput) -> anyhow::Result<Pipeline> {
    let id = match input {
        PipelineInput::Id(id) => *id,
        PipelineInput::Name(name) => find_id(client, name).await?,
    };
    let pipeline = backoff::resend(|| client.get_pipeline(id)).await?;
    if pipeline.queue_status == QueueStatus::Disabled {
        anyhow::bail!(wording::disabled_pipeline(&pipeline.name));
    }
    Ok(pipeline)
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
    let nearest = all.map(|all| nearest(&given, &all));
    let project = client.address().project();
    let sentence = wording::unknown_pipeline(input, &given, project, nearest.as_deref());
    anyhow::Error::msg(sentence)
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

/// The existing names that are like `name`, by themselves or with their folders, most alike first.
fn nearest(name: &str, all: &[PipelineName]) -> Vec<String> {
    let wanted = name.trim_start_matches('/').to_lowercase();
    let likeness = |text: &str| strsim::jaro_winkler(&wanted, &text.to_lowercase());
    let mut ranked: Vec<(f64, String)> = all
        .iter()
        .map(|candidate| {
            let text = candidate.to_string().trim_start_matches('/').to_owned();
            let bare = text.rsplit('/').next().unwrap_or_default();
            (likeness(&text).max(likeness(bare)), text)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_others_not_at_all() {
        let all: Vec<PipelineName> = ["Deploy", "team/App CI", "App CI", "Nightly", "App CD"]
            .map(PipelineName::parse)
            .into();
        assert_eq!(
            nearest("app ci2", &all),
            ["App CI", "team/App CI", "App CD"]
        );
        assert_eq!(nearest("zzz", &all), Vec::<String>::new());
    }
}
