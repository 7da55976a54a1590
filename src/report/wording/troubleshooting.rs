//! Which paragraph of docs/troubleshooting.md is about an error.

use super::super::line::Line;

/// Words of errors that are always the same, each a heading of that page.
const HEADINGS: &[&str] = &[
    "did not accept the token",
    "takes the caller for nobody",
    "refused to give the job an OIDC token",
    "found no federated credential that fits",
    "whose subject has other upper and lower case",
    "AADSTS",
    "Entra refused to sign in",
    "Entra gave a token that cannot be sent",
    "The machine gave no token",
    "gave no token",
    "holds a character that cannot be part of a token",
    "did not come from Azure DevOps",
    "redirects are not followed",
    "could not be reached at",
    "GITHUB_EVENT_PATH",
    "could not be read",
    "was not read to its end",
    "is throttling requests",
    "had a problem with",
    "has no such project",
    "has no such address",
    "has no such pipeline",
    "which several pipelines are called",
    "has no such run",
    "has no such variable",
    "which cannot be set when a run of",
    "has no such agent queue",
    "but the organization knows nobody by this name",
    "by which the organization knows several",
    "needs the scope Identity (read)",
    "did not start the run",
    "was not retried",
    "is still going, so nothing is retried",
    "It is not known whether a run was started",
    "Azure DevOps refused",
    "is disabled: enable it",
    "needs api-version",
    "cannot be sent together",
    "which looks like the tag by which",
    "has secrets and may carry a stranger's code",
    "has secrets: give",
    "whose association with the repository is",
    "The comment was deleted",
    "The comment was changed by",
    "Something may have been pushed to",
    "Failed to look up pull request",
    "GitHub's limit of requests is used up",
    "GitHub has no merge commit for pull request",
    "The push deleted",
    "from which nothing can be built",
    "so the event names no branch",
    "which is no commit id",
    "The event names no commit for",
    "but the event's payload is about pull request",
    "The payload of the event",
    "can no longer be followed",
    "which has not ended after",
    "Interrupted while Azure DevOps was asked to cancel",
    "GITHUB_API_URL is",
    "could not be set up",
    "a file that could not be read",
    "could not be written",
    "An output or state cannot be called",
    "cannot be written: it contains the delimiter",
    "The summary would have",
    "The inputs could not be read",
];
/// The heading for sentences that begin with an input's name.
const INPUTS: &str = "An input is wrong";

/// The anchor of the paragraph about an error; nothing where there is none. Of several headings that one counts whose
/// words come first in the sentence: what stands behind them is a cause, or what somebody else said.
#[must_use]
pub fn anchor(error: &str) -> Option<String> {
    let places = HEADINGS.iter();
    let found = places.filter_map(|words| Some((error.find(words)?, words)));
    let heading = found
        .min_by_key(|(place, _)| *place)
        .map(|(_, words)| words);
    let heading = heading.or_else(|| error.starts_with('`').then_some(&INPUTS))?;
    Some(
        heading
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-'))
            .map(|c| match c {
                ' ' => '-',
                c => c.to_ascii_lowercase(),
            })
            .collect(),
    )
}

/// The line below an error that ends the step.
#[must_use]
pub fn explained_at(page: &str, anchor: &str) -> Line {
    Line::new("What this means, and what to do: ").foreign(format!("{page}#{anchor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_what_github_makes_of_the_heading() {
        let found = |error: &str| anchor(error).unwrap_or_default();
        assert_eq!(
            found("Azure DevOps did not accept the token (401, GET x): check it"),
            "did-not-accept-the-token"
        );
        assert_eq!(
            found(
                "`requested-for` is \"x\", and to look people up the token needs the scope Identity (read) as well"
            ),
            "needs-the-scope-identity-read"
        );
        assert_eq!(found("`top` is \"x\": a number"), "an-input-is-wrong");
        assert_eq!(
            found("Azure DevOps refused GET x (400): \"It could not be read\""),
            "azure-devops-refused"
        );
        assert_eq!(anchor("Something else"), None);
    }
}
