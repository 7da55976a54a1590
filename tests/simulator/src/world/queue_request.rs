//! What a caller wants to be queued.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::script::run::RunScript;

/// A wish for a run, as both APIs have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueueRequest {
    pub(crate) pipeline: u32,
    pub(crate) source_branch: Option<String>,
    pub(crate) source_version: Option<String>,
    /// The JSON text with the variables, as sent.
    pub(crate) parameters: Option<String>,
    pub(crate) variables: Vec<String>,
    pub(crate) template_parameters: Vec<(String, String)>,
    /// By their names in the YAML.
    pub(crate) stages_to_skip: Vec<String>,
    pub(crate) demands: Vec<String>,
    /// The id of an agent queue; absent: the pipeline's own.
    pub(crate) queue: Option<u32>,
    /// What only the Pipelines API asks for; absent: the Build API was asked.
    pub(crate) run: Option<RunParameters>,
    pub(crate) reason: Option<String>,
    pub(crate) priority: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) ignore_warnings: bool,
    /// The unique name of the person; absent: the caller.
    pub(crate) requested_for: Option<String>,
}

impl QueueRequest {
    pub(crate) fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or("manual")
    }

    pub(crate) fn priority(&self) -> &str {
        self.priority.as_deref().unwrap_or("normal")
    }

    /// A run as the request changes it: stages that are skipped, demands of all its jobs.
    pub(super) fn applied_to<'a>(&self, run: &'a RunScript) -> Cow<'a, RunScript> {
        let mut run = Cow::Borrowed(run);
        if !self.stages_to_skip.is_empty() {
            run.to_mut().skip(&self.stages_to_skip);
        }
        if !self.demands.is_empty() {
            let stages = run.to_mut().stages.iter_mut();
            for job in stages.flat_map(|stage| &mut stage.jobs) {
                job.demands.extend(self.demands.iter().cloned());
            }
        }
        run
    }
}

/// The part of a request to the Pipelines API that its own answers repeat, or nothing does.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunParameters {
    /// Values of secret variables are not kept.
    pub(crate) variables: BTreeMap<String, Option<String>>,
    /// As sent, without the repository `self`.
    pub(crate) resources: Value,
}
