//! The agents that all runs share.

use serde::Deserialize;

/// `[agents]`: how many there are and what they can do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AgentsScript {
    pub(crate) pool: String,
    /// Whether the organization has a parallel job at all.
    pub(crate) granted: bool,
    /// Jobs that can run at once, of all runs together; absent: any number.
    pub(crate) slots: Option<usize>,
    /// What the agents offer; absent: whatever a job demands.
    pub(crate) capabilities: Option<Vec<String>>,
    pub(crate) when_unmet: WhenUnmet,
}

impl Default for AgentsScript {
    fn default() -> Self {
        Self {
            pool: "Azure Pipelines".to_owned(),
            granted: true,
            slots: None,
            capabilities: None,
            when_unmet: WhenUnmet::default(),
        }
    }
}

/// What becomes of a job that no agent of the pool can take.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenUnmet {
    #[default]
    Fail,
    /// It stays in the queue, as it does where such agents exist and are busy or offline.
    Wait,
}

impl AgentsScript {
    /// Whether an agent of the pool offers all that a job demands.
    pub(crate) fn satisfy(&self, demands: &[String]) -> bool {
        let Some(offered) = &self.capabilities else {
            return true;
        };
        let is_offered = |demand: &String| {
            offered
                .iter()
                .any(|known| known.eq_ignore_ascii_case(demand))
        };
        demands.iter().all(is_offered)
    }
}
