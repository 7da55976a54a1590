//! Errors, recorded and reported.

use std::time::Duration;

use documents::recording::Interaction;
use run_azure_pipeline::azure::{Error, RunRequest};
use run_azure_pipeline::build::BuildId;

use super::ask;
use crate::support::{documents, interactions, tell};

#[test]
fn errors_are_told_apart_as_recorded() {
    let documents = documents();
    let (mut recorded, mut reported) = (0, 0);
    for (name, interaction) in interactions(&documents.recordings()) {
        if interaction.status >= 300 {
            check_error(name, interaction);
            recorded += 1;
        }
    }
    for interaction in documents.recording("examples-not-recorded").interactions {
        if interaction.status == 203 || interaction.status >= 300 {
            check_error("examples-not-recorded", &interaction);
            reported += 1;
        }
    }
    assert!(recorded >= 9 && reported >= 17, "{recorded} {reported}");
    tell(&format!(
        "{recorded} recorded and {reported} reported error answers replayed"
    ));
}

fn check_error(name: &str, interaction: &Interaction) {
    let (method, path) = (&interaction.method, &interaction.path);
    let error = error(interaction).expect_err(name);
    let expected = expected_kind(interaction);
    assert_eq!(kind(&error), expected, "{name} {method} {path}: {error}");
    let said = error.to_string();
    for message in reasons(interaction) {
        assert!(said.contains(message), "{error} does not say {message}");
    }
    let wait = interaction.headers.get("retry-after");
    let wait = wait.map(|seconds| seconds.parse().expect("a number"));
    let wait = wait.map(Duration::from_secs);
    assert_eq!(error.retry_after(), wait, "{error}");
}

/// By the call that such an answer is given to.
fn error(interaction: &Interaction) -> Result<(), Error> {
    match interaction.method.as_str() {
        "POST" => ask(interaction, |client| async move {
            client.queue(&RunRequest::default()).await.map(drop)
        }),
        "PATCH" => ask(interaction, |client| async move {
            client.cancel(BuildId(1)).await
        }),
        _ => ask(interaction, |client| async move {
            client.get_build(BuildId(1)).await.map(drop)
        }),
    }
}

/// Where the service gives its reasons, they stand for the sentence that there are some.
fn reasons(interaction: &Interaction) -> Vec<&str> {
    let body = &interaction.body;
    let results = body["customProperties"]["ValidationResults"].as_array();
    let reasons: Vec<&str> = results
        .into_iter()
        .flatten()
        .filter_map(|result| result["message"].as_str())
        .collect();
    if reasons.is_empty() {
        body["message"].as_str().into_iter().collect()
    } else {
        reasons
    }
}

/// By the exception's name first, by the status then.
fn expected_kind(interaction: &Interaction) -> &'static str {
    const MISSING: [&str; 5] = [
        "BuildNotFoundException",
        "PipelineNotFoundException",
        "ProjectDoesNotExistException",
        "ProjectDoesNotExistWithNameException",
        "WikiPageNotFoundException",
    ];
    match interaction.body["typeKey"].as_str() {
        Some("AccessDeniedException") => return "forbidden",
        Some(key) if MISSING.contains(&key) => return "not found",
        _ => {}
    }
    match interaction.status {
        203 | 302 | 401 => "unauthorized",
        404 => "not found",
        429 => "throttled",
        500.. => "server",
        _ => "refused",
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Unauthorized { .. } => "unauthorized",
        Error::Forbidden { .. } => "forbidden",
        Error::NotFound { .. } => "not found",
        Error::Refused { .. } => "refused",
        Error::Throttled { .. } => "throttled",
        Error::Server { .. } => "server",
        _ => "another",
    }
}
