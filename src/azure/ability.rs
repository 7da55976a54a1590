//! What needs which api-version.

use super::ApiVersion;

/// Something that not every server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ability {
    /// The beginning of the sentence that says so.
    pub(super) what: &'static str,
    /// The first api-version that has it.
    pub(super) since: ApiVersion,
    /// The first that has it without `-preview`.
    pub(super) released: ApiVersion,
    /// The nearest thing to do instead, as the end of the sentence.
    pub(super) instead: &'static str,
}

/// Runtime parameters of the YAML, by the Build API.
pub(super) const BUILD_TEMPLATE_PARAMETERS: Ability = released(
    (7, 0),
    "`template-parameters` beside `demands`, `agent-queue` or `priority`",
    ": leave those out, or use `azure-pipeline-variables` instead of parameters",
);
/// The same by the Pipelines API, which older servers do not have, as all that follows until the
/// preview.
pub(super) const TEMPLATE_PARAMETERS: Ability =
    since_runs("`template-parameters`", ": use `azure-pipeline-variables`");
pub(super) const STAGES_TO_SKIP: Ability = since_runs(
    "`stages-to-skip`",
    ": give the stages a condition on a variable, and set that by `azure-pipeline-variables`",
);
pub(super) const RESOURCES: Ability = since_runs(
    "`resources`",
    ": name their versions in the pipeline's YAML",
);
pub(super) const SECRET_VARIABLES: Ability = since_runs(
    "Keeping `secret-variables` secret that the pipeline does not know as secret",
    ": add them to the variables of the pipeline, as secret and settable at queue time",
);
/// What the YAML of a pipeline becomes, without a run.
pub(super) const PREVIEW: Ability = released(
    (7, 0),
    "Expanding the YAML without a run",
    ": what is wrong with it is said when a run is queued",
);
/// A stage can be started again.
pub(super) const STAGE_RETRY: Ability = Ability {
    what: "Starting failed stages again in the same run",
    since: ApiVersion(6, 0),
    released: ApiVersion(7, 0),
    instead: "",
};
/// A run is started again by a request without a body; before, the body has to be an object.
pub(super) const RETRY_WITHOUT_BODY: Ability = released((7, 0), "", "");
/// Tags are deleted by a request that has them in its body.
pub(super) const TAGS_IN_BODY: Ability = released((6, 1), "", "");
/// Who the caller is. No document describes it.
pub(super) const CONNECTION_DATA: Ability = Ability {
    what: "",
    since: ApiVersion(1, 0),
    released: ApiVersion(u32::MAX, 0),
    instead: "",
};
/// Whether variables are limited to those that are settable at queue time.
pub(super) const GENERAL_SETTINGS: Ability = Ability {
    what: "",
    since: ApiVersion(6, 0),
    released: ApiVersion(7, 0),
    instead: "",
};
/// The agent queues of a project.
pub(super) const AGENT_QUEUES: Ability = Ability {
    what: "",
    since: ApiVersion(5, 0),
    released: ApiVersion(7, 1),
    instead: "",
};

/// In no preview before.
const fn released(
    (major, minor): (u32, u32),
    what: &'static str,
    instead: &'static str,
) -> Ability {
    Ability {
        what,
        since: ApiVersion(major, minor),
        released: ApiVersion(major, minor),
        instead,
    }
}

/// What the Pipelines API's request for a run has.
const fn since_runs(what: &'static str, instead: &'static str) -> Ability {
    Ability {
        what,
        since: ApiVersion(6, 0),
        released: ApiVersion(7, 0),
        instead,
    }
}
