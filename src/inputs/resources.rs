//! `resources`: which versions a run takes of what its pipeline uses.

use serde_json::{Map, Value};

use super::InputError;
use super::parse::{allowed, not_json};
use crate::azure::Resources;

const FORM: &str =
    "give JSON such as `{\"pipelines\": {\"ALIAS\": {\"version\": \"20260302.1\"}}}`";

/// The kinds of resources and what can be said of one ("Runs - Run Pipeline",
/// `RunResourcesParameters`). What is not in the model the service drops without a word.
const KINDS: [(&str, &[&str]); 5] = [
    ("builds", &["version"]),
    ("containers", &["version"]),
    ("packages", &["version"]),
    ("pipelines", &["version"]),
    (
        "repositories",
        &["refName", "version", "token", "tokenType"],
    ),
];

/// Reads the input. Its values are not repeated, because there may be tokens among them.
pub(super) fn resources(text: Option<&str>) -> Result<Resources, InputError> {
    let Some(text) = text else {
        return Ok(Resources::default());
    };
    let wrong = |what: &str| InputError::new(format!("`resources` {what}"));
    let json: Value = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("{}: {FORM}", not_json(&error))))?;
    let Value::Object(resources) = json else {
        return Err(wrong(&format!("is no JSON object: {FORM}")));
    };
    for (kind, aliases) in &resources {
        let known = KINDS.iter().find(|(name, _)| name == kind);
        let Some((_, fields)) = known else {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            return Err(wrong(&format!("has \"{kind}\": {}", allowed(&names))));
        };
        let no_object = || wrong(&format!("has in \"{kind}\" what is no object: {FORM}"));
        for (alias, resource) in aliases.as_object().ok_or_else(no_object)? {
            let resource = resource.as_object().ok_or_else(no_object)?;
            check(kind, alias, resource, fields)?;
        }
    }
    Ok(Resources(resources))
}

fn check(
    kind: &str,
    alias: &str,
    resource: &Map<String, Value>,
    fields: &[&str],
) -> Result<(), InputError> {
    let place = format!("`resources` has for \"{alias}\" in \"{kind}\"");
    for (field, value) in resource {
        if !fields.contains(&field.as_str()) {
            let allowed = allowed(fields);
            return Err(InputError::new(format!("{place} \"{field}\": {allowed}")));
        }
        if !value.is_string() {
            return Err(InputError::new(format!(
                "{place} a \"{field}\" that is no text: write it in quotation marks"
            )));
        }
        // One way to say it, of which the plan of the step knows.
        if kind == "repositories" && alias == "self" && ["refName", "version"].contains(&&**field) {
            return Err(InputError::new(format!(
                "{place} \"{field}\": for the pipeline's own repository give `source-branch` and `source-version`"
            )));
        }
    }
    Ok(())
}

/// The tokens in the input; where it cannot be read, all of it.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let Ok(json) = serde_json::from_str::<Value>(text) else {
        return vec![text.to_owned()];
    };
    let repositories = json["repositories"].as_object().into_iter().flatten();
    let tokens = repositories.filter_map(|(_, one)| one["token"].as_str());
    tokens.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_own_form_is_taken() {
        let text = r#"{"pipelines":{"base":{"version":"20260302.3"}},"containers":{"image":{"version":"latest"}},
            "repositories":{"tools":{"refName":"refs/tags/v1"},"self":{"token":"hunter2","tokenType":"Basic"}}}"#;
        let resources = resources(Some(text)).expect("valid");
        assert_eq!(resources.0.len(), 3);
        assert!(!format!("{resources:?}").contains("hunter2"));
        assert_eq!(tokens(text), ["hunter2"]);
        assert_eq!(tokens("{\"repositories\":"), ["{\"repositories\":"]);
        assert_eq!(super::resources(None), Ok(Resources::default()));
    }

    #[test]
    fn mistakes_are_one_sentence_without_values() {
        for (text, sentence) in [
            ("{", format!("`resources` is not valid JSON (line 1, column 1): {FORM}")),
            ("[]", format!("`resources` is no JSON object: {FORM}")),
            (
                r#"{"self":{"refName":"x"}}"#,
                "`resources` has \"self\": allowed are `builds`, `containers`, `packages`, `pipelines` and `repositories`"
                    .to_owned(),
            ),
            (
                r#"{"pipelines":{"base":"20260302.3"}}"#,
                format!("`resources` has in \"pipelines\" what is no object: {FORM}"),
            ),
            (
                r#"{"pipelines":{"base":{"runId":7}}}"#,
                "`resources` has for \"base\" in \"pipelines\" \"runId\": allowed is `version`".to_owned(),
            ),
            (
                r#"{"pipelines":{"base":{"version":7}}}"#,
                "`resources` has for \"base\" in \"pipelines\" a \"version\" that is no text: write it in quotation marks"
                    .to_owned(),
            ),
            (
                r#"{"repositories":{"self":{"refName":"refs/heads/main"}}}"#,
                "`resources` has for \"self\" in \"repositories\" \"refName\": for the pipeline's own repository give \
                 `source-branch` and `source-version`"
                    .to_owned(),
            ),
        ] {
            let error = resources(Some(text)).expect_err(text).to_string();
            assert_eq!(error, sentence);
        }
    }
}
