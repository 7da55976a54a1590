//! `[[past-run]]`: runs from before the scenario.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Scenario, ScenarioError};
use crate::clock::Span;

/// A run that was queued before the scenario begins. It plays the next entry of its pipeline's runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PastRun {
    pub(crate) pipeline: u32,
    /// When it was queued, counted from the epoch.
    pub(crate) at: Span,
    pub(crate) branch: Option<String>,
    pub(crate) commit: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) priority: Option<String>,
    /// The unique name of the person; absent: the caller.
    pub(crate) requested_for: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// The JSON text with the variables.
    pub(crate) parameters: Option<String>,
    #[serde(default)]
    pub(crate) trigger_info: BTreeMap<String, String>,
    /// Canceled so long after it was queued.
    pub(crate) canceled_after: Option<Span>,
    /// Kept by hand (told to api-versions before 7.0).
    #[serde(default)]
    pub(crate) keep_forever: bool,
    /// The service tells no queue time, as it does for some imported runs.
    #[serde(default)]
    pub(crate) without_queue_time: bool,
}

/// Past runs name pipelines and people that there are, and come in their order.
pub(super) fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    let mut last = Span::ZERO;
    for run in &scenario.history {
        if !scenario
            .pipelines
            .iter()
            .any(|pipeline| pipeline.id == run.pipeline)
        {
            return Err(ScenarioError::new(format!(
                "a past run is of pipeline {}, which does not exist",
                run.pipeline
            )));
        }
        let known = |name: &String| {
            scenario
                .people
                .iter()
                .any(|person| person.unique_name == *name)
        };
        if let Some(unknown) = run.requested_for.as_ref().filter(|name| !known(name)) {
            return Err(ScenarioError::new(format!(
                "a past run is requested for `{unknown}`, who is no `[[person]]`"
            )));
        }
        if run.at < last || run.at > scenario.starts_at {
            return Err(ScenarioError::new(
                "past runs are written in the order of `at`, which is not after `starts-at`",
            ));
        }
        last = run.at;
    }
    Ok(())
}
