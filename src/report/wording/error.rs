//! The errors that end a step and are no error type's: what a command found.

use std::time::Duration;

use super::duration;
use crate::build::Build;
use crate::untrusted::Link;

/// A project that does not exist, or that the token may not see, with the names that come close; nothing
/// where they could not be listed. `code` is the service's own for it.
#[must_use]
pub fn unknown_project(
    project: &str,
    organization: &Link,
    code: &str,
    nearest: Option<&[String]>,
) -> String {
    let hint = nearest.map(|names| similar(names, "none of the projects there"));
    let hint = hint.unwrap_or_default();
    format!(
        "`azure-devops-project-url` names the project \"{project}\", but {organization} has no such project, or the \
         token may not see it ({code}){hint}"
    )
}

/// A wrong name, with those that come close; nothing where the names could not be listed.
#[must_use]
pub fn unknown_pipeline(
    input: &str,
    name: &str,
    project: &str,
    nearest: Option<&[String]>,
) -> String {
    let hint = nearest.map(|names| similar(names, NONE_SEEN));
    let hint = hint.unwrap_or_default();
    format!("`{input}` is \"{name}\", but the project \"{project}\" has no such pipeline{hint}")
}

/// An id that no pipeline has, or none that the token may see.
#[must_use]
pub fn unknown_pipeline_id(id: u64, project: &str, is_from_url: bool) -> String {
    let input = if is_from_url {
        "`definitionId` in `azure-devops-project-url`"
    } else {
        "`azure-pipeline-id`"
    };
    format!(
        "{input} is {id}, but the project \"{project}\" has no such pipeline, or the token may not see it: give the \
         `definitionId` from the address of the pipeline's page"
    )
}

/// A name that several pipelines have.
#[must_use]
pub fn ambiguous_pipeline(name: &str, candidates: &[String]) -> String {
    format!(
        "`azure-pipeline-name` is \"{name}\", which several pipelines are called: give one of {}",
        quoted(candidates)
    )
}

/// The pipeline accepts no runs.
#[must_use]
pub fn disabled_pipeline(pipeline: &str) -> String {
    format!(
        "The pipeline \"{pipeline}\" is disabled: enable it in Azure DevOps (pipeline, Settings)"
    )
}

/// A run that does not exist, or that the token may not see.
#[must_use]
pub fn unknown_run(id: u64, project: &str) -> String {
    format!(
        "`run-id` is {id}, but the project \"{project}\" has no such run, or the token may not see it: give the \
         `buildId` from the address of the run's page"
    )
}

/// Nobody has the name that `requested-for` gives.
#[must_use]
pub fn unknown_person(name: &str) -> String {
    format!(
        "`requested-for` is \"{name}\", but the organization knows nobody by this name: give an e-mail address, a \
         display name, an id or `me`"
    )
}

/// Several people have the name that `requested-for` gives.
#[must_use]
pub fn ambiguous_person(name: &str, candidates: &[String]) -> String {
    format!(
        "`requested-for` is \"{name}\", by which the organization knows several: {}; give an e-mail address or an id",
        quoted(candidates)
    )
}

/// The token may not look people up.
#[must_use]
pub fn identities_refused(name: &str) -> String {
    format!(
        "`requested-for` is \"{name}\", and to look people up the token needs the scope Identity (read) as well; an id or \
         `me` needs no looking up"
    )
}

/// The service has not looked at the token: what is public needs none.
#[must_use]
pub fn anonymous(how: &str) -> String {
    format!(
        "Azure DevOps takes the caller for nobody ({how}): check that the token has not expired and belongs to this \
         organization"
    )
}

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
    let hint = similar(nearest, NONE_SEEN);
    format!(
        "`agent-queue` is \"{name}\", but the project \"{project}\" has no such agent queue{hint}"
    )
}

/// The service would not queue a run, and every reason has been told.
#[must_use]
pub fn not_started(request: &str, status: u16, reasons: usize) -> String {
    let reasons = match reasons {
        1 => "the reason".to_owned(),
        count => format!("the {count} reasons"),
    };
    format!("Azure DevOps did not start the run ({status}, {request}): see {reasons} above")
}

/// What to do about an error of the service that has not passed while it was asked again.
pub const LATER: &str = "; it was asked several times: run this job again later";

/// It cannot be known whether the run exists; `why` is a clause.
#[must_use]
pub fn uncertain_queue_request(why: &str) -> String {
    format!(
        "It is not known whether a run was started, because {why} (look on the pipeline's page before running this \
         step again)"
    )
}

/// Following ended in an error.
#[must_use]
pub fn lost_run(number: &str, page: &Link) -> String {
    format!("Run {number} can no longer be followed and may still be going ({page})")
}

/// A run that is to be retried is not over.
#[must_use]
pub fn still_going(build: &Build) -> String {
    format!(
        "Run {} ({}) is still going, so nothing is retried: use the command `watch` to follow it",
        build.number,
        build.page.url()
    )
}

/// A run that is to be retried cannot be; why, as a clause.
#[must_use]
pub fn not_retried_at_all(build: &Build, why: &str) -> String {
    format!(
        "Run {} ({}) was not retried: {why}; use the command `run` to start a new one",
        build.number,
        build.page.url()
    )
}

/// The run that was to be canceled does not end.
#[must_use]
pub fn cancel_takes_long(build: &Build, waited: Duration) -> String {
    format!(
        "Azure DevOps was asked to cancel run {} ({}), which has not ended after {}: look on its page which job still \
         runs, and see that job's `cancelTimeoutInMinutes`",
        build.number,
        build.page.url(),
        duration(waited)
    )
}

/// It is not known whether the service has got a cancel request.
#[must_use]
pub fn cancel_unanswered(build: &Build) -> String {
    format!(
        "Interrupted while Azure DevOps was asked to cancel run {} ({}), which may still be going",
        build.number,
        build.page.url()
    )
}

const NONE_SEEN: &str = "none that the token may see";

/// The names that come close, or that none does.
fn similar(names: &[String], none: &str) -> String {
    if names.is_empty() {
        format!("; {none} has a similar name")
    } else {
        format!("; similar names are {}", quoted(names))
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_gets_a_hint() {
        let names = ["App CI".to_owned(), "team/App".to_owned()];
        let start =
            "`azure-pipeline-name` is \"App\", but the project \"Fabrikam\" has no such pipeline";
        let sentence =
            |nearest| unknown_pipeline("azure-pipeline-name", "App", "Fabrikam", nearest);
        assert_eq!(
            sentence(Some(&names)),
            format!("{start}; similar names are \"App CI\", \"team/App\"")
        );
        assert_eq!(
            sentence(Some(&[])),
            format!("{start}; none that the token may see has a similar name")
        );
        assert_eq!(sentence(None), start);
    }
}
