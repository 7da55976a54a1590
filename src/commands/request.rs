//! From the inputs to the request. What the service tells of before is checked before.

use super::nearest::nearest;
use crate::azure::{Client, Pipeline, PipelineVariable, RunRequest, SecretVariable, backoff};
use crate::inputs::{AgentQueueInput, RequestInputs};
use crate::report::wording;
use crate::source::Source;

/// The request that the inputs mean; its tags are the inputs' alone.
pub(super) async fn request(
    client: &Client,
    inputs: &RequestInputs,
    pipeline: &Pipeline,
    source: Option<&Source>,
) -> anyhow::Result<RunRequest> {
    check_variables(client, inputs, pipeline).await?;
    let agent_queue = match &inputs.agent_queue {
        None => None,
        Some(AgentQueueInput::Id(id)) => Some(*id),
        Some(AgentQueueInput::Name(name)) => Some(find_queue(client, name).await?),
    };
    let secret = inputs.secret_variables.iter();
    Ok(RunRequest {
        pipeline: pipeline.id,
        source_branch: source.map(|source| source.branch.clone()),
        source_version: source.and_then(|source| source.version.clone()),
        variables: inputs.variables.clone(),
        secret_variables: secret
            .map(|(name, value)| SecretVariable {
                name: name.clone(),
                value: value.clone(),
                is_declared: variable(pipeline, name).is_some_and(|known| known.is_secret),
            })
            .collect(),
        template_parameters: inputs.template_parameters.clone(),
        resources: inputs.resources.clone(),
        stages_to_skip: inputs.stages_to_skip.clone(),
        demands: inputs.demands.clone(),
        agent_queue,
        priority: inputs.priority,
        tags: inputs.run_tags.clone(),
    })
}

/// The pipeline's variable of that name, in any case.
fn variable<'a>(pipeline: &'a Pipeline, name: &str) -> Option<&'a PipelineVariable> {
    let mut known = pipeline.variables.iter();
    known.find(|known| known.name.eq_ignore_ascii_case(name))
}

/// Refuses variables that cannot be set. The service decides that by a setting of the project, and
/// is asked for it only where it matters; where it does not tell it, the request will.
async fn check_variables(
    client: &Client,
    inputs: &RequestInputs,
    pipeline: &Pipeline,
) -> anyhow::Result<()> {
    let plain = inputs.variables.iter();
    let plain = plain.map(|(name, _)| ("azure-pipeline-variables", name));
    let secret = inputs.secret_variables.iter();
    let secret = secret.map(|(name, _)| ("secret-variables", name));
    let is_in_doubt = |(_, name): &(&str, &String)| {
        // Those of the service itself are none of the pipeline's.
        let is_own = name.to_ascii_lowercase().starts_with("system.");
        !is_own && !variable(pipeline, name).is_some_and(|known| known.is_settable)
    };
    let Some((input, name)) = plain.chain(secret).find(is_in_doubt) else {
        return Ok(());
    };
    if !matches!(client.limits_variables().await, Ok(Some(true))) {
        return Ok(());
    }
    if variable(pipeline, name).is_some() {
        anyhow::bail!(wording::fixed_variable(input, name, &pipeline.name));
    }
    let settable = pipeline.variables.iter().filter(|known| known.is_settable);
    let names: Vec<String> = settable.map(|known| known.name.clone()).collect();
    let nearest = nearest(name, &names);
    anyhow::bail!(wording::unknown_variable(
        input,
        name,
        &pipeline.name,
        &nearest
    ))
}

/// The id of the agent queue with that name, in any case.
async fn find_queue(client: &Client, name: &str) -> anyhow::Result<u64> {
    let queues = backoff::resend(|| client.agent_queues()).await?;
    let found = queues
        .iter()
        .find(|queue| queue.name.to_lowercase() == name.to_lowercase());
    if let Some(queue) = found {
        return Ok(queue.id);
    }
    let names: Vec<String> = queues.into_iter().map(|queue| queue.name).collect();
    let nearest = nearest(name, &names);
    anyhow::bail!(wording::unknown_queue(
        name,
        client.address().project(),
        &nearest
    ))
}
