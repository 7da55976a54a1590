//! What is written below `[[pipeline.run.stage]]`: what a stage waits for, and its jobs.

use serde::de::value::StringDeserializer;
use serde::{Deserialize, Deserializer};

use super::job::JobScript;
use super::one_or_many;
use super::run::{Condition, identifier_from};
use crate::clock::Span;

/// One stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct StageScript {
    pub(crate) name: Option<String>,
    pub(super) identifier: Option<String>,
    /// Absent: the stage before.
    pub(crate) depends_on: Option<Vec<String>>,
    pub(crate) condition: Condition,
    pub(crate) checks: Vec<CheckScript>,
    #[serde(rename = "job", deserialize_with = "one_or_many::deserialize")]
    pub(crate) jobs: Vec<JobScript>,
}

impl StageScript {
    pub(crate) fn name(&self) -> String {
        self.name
            .clone()
            .or_else(|| self.identifier.clone())
            .unwrap_or_else(|| "__default".to_owned())
    }

    pub(crate) fn identifier(&self) -> String {
        self.identifier
            .clone()
            .unwrap_or_else(|| identifier_from(&self.name()))
    }
}

/// What a stage waits for before it starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CheckScript {
    /// `Approval`, `Authorization`, `TaskCheck`, …: the service may invent others.
    pub(crate) kind: String,
    #[serde(default, rename = "for")]
    pub(crate) takes: CheckWait,
    #[serde(default)]
    pub(crate) result: CheckResult,
}

/// How long a check takes: a length of time, or `"until-approved"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckWait {
    For(Span),
    UntilApproved,
}

impl Default for CheckWait {
    fn default() -> Self {
        Self::For(Span::ZERO)
    }
}

impl<'de> Deserialize<'de> for CheckWait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "until-approved" {
            return Ok(Self::UntilApproved);
        }
        Span::deserialize(StringDeserializer::new(text)).map(Self::For)
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CheckResult {
    #[default]
    Succeeded,
    /// Rejected: the stage fails.
    Failed,
    /// Timed out: the stage is skipped.
    Skipped,
}
