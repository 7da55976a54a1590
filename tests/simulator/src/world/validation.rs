//! What the service checks before it takes a run.

use super::{QueueRequest, World};
use crate::ids;
use crate::refusal::Refusal;
use crate::script::PipelineScript;
use crate::script::run::RunScript;

/// All errors are reported at once.
pub(super) fn validate(
    world: &World,
    pipeline: &PipelineScript,
    run: &RunScript,
    asked: &QueueRequest,
) -> Result<(), Refusal> {
    let is_known = |id: u32| world.queues().iter().any(|(known, _)| *known == id);
    if let Some(unknown) = asked.queue.filter(|id| !is_known(*id)) {
        return Err(Refusal::queue_not_found(unknown));
    }
    let limits = pipeline.variables.is_some() && world.scenario.limits_variables();
    let mut errors = run.validation.clone();
    errors.extend(unseen_source(pipeline, asked));
    errors.extend(parameter_errors(pipeline, asked));
    if limits {
        errors.extend(variable_errors(pipeline, asked));
    }
    let is_stage = |name: &String| run.stages.iter().any(|stage| stage.identifier() == *name);
    let not_stages = asked.stages_to_skip.iter().filter(|name| !is_stage(name));
    errors.extend(not_stages.map(|name| format!("'{name}' is not a valid stage to skip.")));
    match (errors.is_empty(), &asked.run) {
        // That warnings do not count here is a guess.
        (true, Some(_)) => Ok(()),
        (false, Some(_)) => Err(Refusal::pipeline_invalid(&errors)),
        (false, None) => Err(Refusal::validation_failed(&errors, &run.warnings)),
        (true, None) if run.warnings.is_empty() || asked.ignore_warnings => Ok(()),
        (true, None) => Err(Refusal::validation_warned(&run.warnings)),
    }
}

/// What is wrong with the template parameters that a run is given.
fn parameter_errors(pipeline: &PipelineScript, asked: &QueueRequest) -> Vec<String> {
    const POSITION: &str = "/azure-pipelines.yml (Line: 1, Col: 1):";
    let given = |name: &str| asked.template_parameters.iter().any(|(key, _)| key == name);
    let required = pipeline.required_parameters.iter();
    let missing = required.filter(|name| !given(name));
    let mut errors: Vec<String> = missing
        .map(|name| format!("A value for the '{name}' parameter must be provided."))
        .collect();
    for (name, value) in &asked.template_parameters {
        let mut declared = pipeline.parameters.iter().flatten();
        match declared.find(|parameter| parameter.name == *name) {
            Some(parameter) => {
                errors.extend(parameter.fault(value).map(|fault| {
                    format!("{POSITION} The '{name}' parameter value '{value}' {fault}")
                }));
            }
            None if pipeline.parameters.is_none() => {}
            None if pipeline.required_parameters.contains(name) => {}
            None => errors.push(format!("{POSITION} Unexpected parameter '{name}'")),
        }
    }
    errors
}

/// Which variables cannot be set when a run is queued.
fn variable_errors(pipeline: &PipelineScript, asked: &QueueRequest) -> Vec<String> {
    let is_settable = |name: &String| {
        let mut known = pipeline.variables.iter().flatten();
        known.any(|known| known.settable && known.name.eq_ignore_ascii_case(name))
    };
    let fixed = asked.variables.iter().filter(|name| !is_settable(name));
    fixed.map(|name| format!("You can't set the following variables ({name}). If you want to be able to set these variables, then edit the pipeline and select Settable at queue time on the variables tab of the pipeline editor."))
        .collect()
}

/// The service cannot load the YAML of a branch that it does not see.
fn unseen_source(pipeline: &PipelineScript, asked: &QueueRequest) -> Option<String> {
    let branch = asked
        .source_branch
        .as_ref()
        .unwrap_or(&pipeline.default_branch);
    if pipeline.branches.as_ref()?.contains(branch) {
        return None;
    }
    let version = asked
        .source_version
        .clone()
        .unwrap_or_else(|| ids::commit(branch));
    let repository = &pipeline.repository.id;
    let start = "An error occurred while loading the YAML build pipeline.";
    Some(if pipeline.repository.is_in_azure() {
        format!(
            "{start} File /azure-pipelines.yml not found in repository {repository} branch {branch} version {version}."
        )
    } else {
        format!(
            "{start} Could not find /azure-pipelines.yml in repository {repository} using commit {version}. GitHub reported the error, \"Not Found\""
        )
    })
}
