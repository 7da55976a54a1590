//! Differences between the simulator's answers and the recorded ones that are known.

use crate::known::Known;

/// Fields.
pub(crate) const KNOWN: [Known; 11] = [
    Known {
        differences: &[
            "server-2019: build notStarted no result, TfsGit: definition.project.description: is missing, and was always recorded",
            "server-2019: build notStarted no result, TfsGit: project.description: is missing, and was always recorded",
            "server-2019: definition in a list: project.description: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: project.description: is missing, and was always recorded",
            "services: build completed failed, GitHub: definition.project.description: is missing, and was always recorded",
            "services: build completed failed, GitHub: project.description: is missing, and was always recorded",
            "services: build completed succeeded, GitHub: definition.project.description: is missing, and was always recorded",
            "services: build completed succeeded, GitHub: project.description: is missing, and was always recorded",
        ],
        reason: "the recorded projects have a description, the simulated one has none",
    },
    Known {
        differences: &[
            "services: build completed failed, GitHub: appendCommitMessageToRunName: was never recorded",
            "services: build completed succeeded, GitHub: appendCommitMessageToRunName: was never recorded",
            "services: build completed failed, TfsGit: appendCommitMessageToRunName: was never recorded",
        ],
        reason: "these builds were recorded in 2019 to 2021, before there was the field; later ones have it",
    },
    Known {
        differences: &[
            "services: build completed failed, GitHub: validationResults[]: was never recorded",
        ],
        reason: "documented: a run whose YAML could not be loaded carries its errors there; none was recorded",
    },
    Known {
        differences: &[
            "server-2019: definition of type 2, TfsGit: jobCancelTimeoutInMinutes: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: jobTimeoutInMinutes: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: options: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: processParameters: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: variables: is missing, and was always recorded",
        ],
        reason: "the one definition recorded in 2019 has these settings; the simulated ones have none",
    },
    Known {
        differences: &[
            "server-2019: definition of type 2, TfsGit: repository.properties.checkoutNestedSubmodules: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.cleanOptions: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.cloneUrl: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.defaultBranch: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.fetchDepth: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.gitLfsSupport: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.isFork: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.labelSources: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.labelSourcesFormat: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.safeRepository: is missing, and was always recorded",
            "server-2019: definition of type 2, TfsGit: repository.properties.skipSyncSource: is missing, and was always recorded",
            "services: definition of type 2, TfsGit: repository.properties.safeRepository: is missing, and was always recorded",
        ],
        reason: "the properties of a repository are a free map of its provider; the simulator has the two that \
                 GitHub and Azure Repos share",
    },
    Known {
        differences: &[
            "services: record Job completed succeeded: log: is null, recorded as object",
            "services: record Task completed succeeded: log: is null, recorded as object",
            "services: record Task completed succeededWithIssues: log: is null, recorded as object",
        ],
        reason: "a log arrives a moment after its record is completed; the recordings were made long after",
    },
    Known {
        differences: &[
            "services: record Job completed canceled: log: is object, recorded as null",
            "services: record Job completed canceled: percentComplete: is null, recorded as integer",
            "services: record Job completed canceled: issues: is at times missing, and was always recorded",
            "services: record Task completed canceled: log: is object, recorded as null",
            "services: record Task completed canceled: percentComplete: is null, recorded as integer",
        ],
        reason: "the one canceled job that was recorded had lost its agent; here one was canceled by a person, too",
    },
    Known {
        differences: &[
            "services: record Task completed canceled: issues: was never recorded",
            "services: record Task completed canceled: issues[]: was never recorded",
        ],
        reason: "reported: a canceled task says `The operation was canceled.`; none was recorded",
    },
    Known {
        differences: &[
            "services: record Stage completed failed: startTime: is null, recorded as time",
        ],
        reason: "documented: the approval of the stage was rejected, and it never started; none was recorded",
    },
    Known {
        differences: &[
            "services: record Task completed failed: issues[].data.logFileLineNumber: is missing, and was always recorded",
            "services: record Task completed succeeded: issues[].data.logFileLineNumber: is missing, and was always recorded",
        ],
        reason: "defect of the simulator: an issue that a scenario gives no `log-line` has no line; the agent writes \
                 one for each",
    },
    Known {
        differences: &[
            "services: record Task completed succeededWithIssues: issues[].data.code: was never recorded",
            "services: record Task completed succeededWithIssues: issues[].data.columnnumber: was never recorded",
            "services: record Task completed succeededWithIssues: issues[].data.linenumber: was never recorded",
            "services: record Task completed succeededWithIssues: issues[].data.sourcepath: was never recorded",
        ],
        reason: "the recorded tasks that succeeded with issues named no file; failed ones, recorded too, do",
    },
];

/// Headers.
pub(crate) const KNOWN_HEADERS: [Known; 2] = [
    Known {
        differences: &[
            "collection stopped: p3p is missing, and was always recorded",
            "collection stopped: x-cache is missing, and was always recorded",
            "collection stopped: x-msedge-ref is missing, and was always recorded",
            "error: access-control-expose-headers is missing, and was always recorded",
            "error: p3p is missing, and was always recorded",
            "error: request-context is missing, and was always recorded",
            "error: x-cache is missing, and was always recorded",
            "error: x-msedge-ref is missing, and was always recorded",
            "no content: access-control-expose-headers is missing, and was always recorded",
            "no content: p3p is missing, and was always recorded",
            "no content: request-context is missing, and was always recorded",
            "no content: x-msedge-ref is missing, and was always recorded",
            "no route: access-control-expose-headers is missing, and was always recorded",
            "no route: p3p is missing, and was always recorded",
            "no route: request-context is missing, and was always recorded",
            "no route: x-cache is missing, and was always recorded",
            "no route: x-msedge-ref is missing, and was always recorded",
            "not signed in: access-control-expose-headers is missing, and was always recorded",
            "not signed in: p3p is missing, and was always recorded",
            "not signed in: request-context is missing, and was always recorded",
            "not signed in: x-cache is missing, and was always recorded",
            "not signed in: x-msedge-ref is missing, and was always recorded",
            "success: p3p is missing, and was always recorded",
            "success: x-msedge-ref is missing, and was always recorded",
        ],
        reason: "added by the cloud's front door and its telemetry, which are not simulated; no client reads them",
    },
    Known {
        differences: &[
            "error: retry-after was never recorded",
            "error: x-ratelimit-delay was never recorded",
            "error: x-ratelimit-limit was never recorded",
            "error: x-ratelimit-remaining was never recorded",
            "error: x-ratelimit-reset was never recorded",
            "error: x-ratelimit-resource was never recorded",
        ],
        reason: "documented for throttled requests; none was recorded",
    },
];
