//! The sentences about what a run is given.

use super::quoted;

/// A tag of the user's that looks like one of ours.
#[must_use]
pub fn foreign_claim(tag: &str) -> String {
    format!(
        "`run-tags` has \"{tag}\", which looks like the tag by which this action knows its runs: choose another tag"
    )
}

/// A variable that the pipeline has, and that cannot be set when a run is queued.
#[must_use]
pub fn fixed_variable(input: &str, name: &str, pipeline: &str) -> String {
    format!(
        "`{input}` sets \"{name}\", which cannot be set when a run of \"{pipeline}\" is queued: let users override it, \
         on the page \"Variables\" of the pipeline's editor, or leave it out"
    )
}

/// A variable that the pipeline does not have, where only its own can be set.
#[must_use]
pub fn unknown_variable(input: &str, name: &str, pipeline: &str, nearest: &[String]) -> String {
    let start = format!(
        "`{input}` sets \"{name}\", but \"{pipeline}\" has no such variable, and this project lets no others be set"
    );
    if nearest.is_empty() {
        format!(
            "{start}: add it on the page \"Variables\" of the pipeline's editor, where users may override it"
        )
    } else {
        format!("{start}; similar variables are {}", quoted(nearest))
    }
}

/// An agent queue that the project does not have, or that the token may not see.
#[must_use]
pub fn unknown_queue(name: &str, project: &str, nearest: &[String]) -> String {
    let hint = if nearest.is_empty() {
        "; none that the token may see has a similar name".to_owned()
    } else {
        format!("; similar names are {}", quoted(nearest))
    };
    format!(
        "`agent-queue` is \"{name}\", but the project \"{project}\" has no such agent queue{hint}"
    )
}
