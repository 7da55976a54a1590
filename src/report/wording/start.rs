//! What is said before there is a run.

use super::super::line::{BOLD, Line, RESET, YELLOW};

/// What will be built, and why.
#[must_use]
pub fn plan(pipeline: &str, project: &str, source: Option<(&str, Option<&str>, &str)>) -> Line {
    let start = Line::new(BOLD)
        .ours("Starting Azure pipeline ")
        .foreign(pipeline)
        .ours(" in ")
        .foreign(project)
        .ours(RESET);
    let Some((branch, version, why)) = source else {
        return start.ours(" on its default branch");
    };
    let start = start.ours(" on ").foreign(branch);
    let start = match version {
        Some(version) => start.ours(" at ").foreign(version),
        None => start,
    };
    start.ours(" (").foreign(why).ours(")")
}

/// The pipeline's code lives elsewhere, so that the workflow's ref means nothing there.
#[must_use]
pub fn other_repository(own: Option<(&str, &str)>, workflow: &str) -> String {
    let own = match own {
        Some((name, kind)) => format!("The pipeline's repository {name} ({kind})"),
        None => "The pipeline's repository, which is not known,".to_owned(),
    };
    format!(
        "{own} is not this workflow's {workflow}, so no branch or commit is sent; give `source-branch` to choose one."
    )
}

/// The pipeline is paused.
#[must_use]
pub fn paused_pipeline(pipeline: &str) -> String {
    format!(
        "The pipeline \"{pipeline}\" is paused: the run stays in the queue until somebody resumes the pipeline."
    )
}

/// Requests travel in the clear; `source` gives the address.
#[must_use]
pub fn plain_http(source: &str, host: &str) -> String {
    format!("{source} uses http: the token and the answers travel to {host} unencrypted.")
}

/// The step was interrupted before there was a run.
#[must_use]
pub fn interrupted_early() -> Line {
    Line::new(YELLOW)
        .ours("Interrupted before the run was queued: nothing was started.")
        .ours(RESET)
}

/// The step was interrupted before it had what it asked for.
#[must_use]
pub fn interrupted() -> Line {
    Line::new(YELLOW)
        .ours("Interrupted before Azure DevOps had answered.")
        .ours(RESET)
}
