//! Whose code is built where the event has secrets.

use super::error::SourceError;
use super::event_name;
use crate::github::context::{Context, PullRequest};
use crate::inputs::SourceInputs;

/// Code from a fork is built only if the inputs say so.
pub(super) fn fork(
    inputs: &SourceInputs,
    context: &Context,
    pull_request: &PullRequest,
) -> Result<(), SourceError> {
    if inputs.allow_fork_code || !pull_request.head_is_fork {
        return Ok(());
    }
    Err(SourceError::ForkCode {
        number: pull_request.number,
        repository: pull_request.head_repository.clone(),
        event: event_name(context).to_owned(),
    })
}

/// What a comment asks for is built only if its author is one of those that the inputs name.
pub(super) fn association(
    inputs: &SourceInputs,
    association: Option<String>,
) -> Result<(), SourceError> {
    let association = association.unwrap_or_else(|| "unknown".to_owned());
    let allowed = &inputs.allow_associations;
    if allowed
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(&association))
    {
        return Ok(());
    }
    let quoted: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
    Err(SourceError::AssociationNotAllowed {
        association,
        allowed: if quoted.is_empty() {
            "nobody".to_owned()
        } else {
            quoted.join(", ")
        },
    })
}
