//! The one place that knows which variables of the process hold secrets.

use percent_encoding::percent_decode_str;

use super::Environment;
use super::parse::pairs;
use super::resources;
use crate::secret::Secret;

/// Variables that are a secret as a whole. The runner gives the last one to steps whose job has the
/// permission `id-token: write` (runner: `ContainerActionHandler.cs`).
const WHOLE: [&str; 4] = [
    "INPUT_AZURE-DEVOPS-TOKEN",
    "INPUT_AZURE-CLIENT-SECRET",
    "INPUT_GITHUB-TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// Inputs in which each name has a secret.
const NAMED: [&str; 1] = ["secret-variables"];

/// URLs that may hold a password; the names of proxies are written in both cases.
const URLS: [&str; 4] = [
    "INPUT_AZURE-DEVOPS-PROJECT-URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
];

/// Every secret that the process was given, for masking before anything else is said: also when the
/// inputs as a whole are wrong. What it gets later, such as an access token, is masked when it comes.
#[must_use]
pub fn secrets(environment: &Environment) -> Vec<Secret> {
    let given = |name: &str| environment.get(name).map(String::as_str);
    let whole = WHOLE.iter().filter_map(|name| given(name));
    let mut texts: Vec<String> = whole.map(str::to_owned).collect();
    for input in NAMED {
        let text = given(&format!("INPUT_{}", input.to_ascii_uppercase()));
        texts.extend(text.into_iter().flat_map(|text| values(input, text)));
    }
    if let Some(text) = given("INPUT_RESOURCES").filter(|text| !text.trim().is_empty()) {
        texts.extend(resources::tokens(text));
    }
    for (name, url) in environment {
        if URLS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            texts.extend(passwords(url));
        }
    }
    let texts = texts.iter().map(|text| text.trim());
    texts
        .filter(|text| !text.is_empty())
        .map(Secret::new)
        .collect()
}

/// The values in an input with names; where it cannot be read, all that may be one.
fn values(input: &str, text: &str) -> Vec<String> {
    if let Ok(pairs) = pairs(input, text) {
        return pairs.into_iter().map(|(_, value)| value).collect();
    }
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let values = lines.map(|(_, value)| value.to_owned());
    values.chain([text.to_owned()]).collect()
}

/// What a URL says before its host, as it is written and as it is meant: the password, which may
/// stand alone, and together with the name, as it is sent.
fn passwords(url: &str) -> Vec<String> {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or("");
    let Some((pair, _)) = authority.rsplit_once('@') else {
        return Vec::new();
    };
    let password = pair.split_once(':').map_or(pair, |(_, password)| password);
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let written = [password, pair].map(str::to_owned);
    written
        .into_iter()
        .chain([password, pair].map(decoded))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, value: &str) -> Vec<String> {
        let environment = [(name.to_owned(), value.to_owned())].into();
        let secrets = secrets(&environment);
        secrets
            .iter()
            .map(|secret| secret.expose().to_owned())
            .collect()
    }

    #[test]
    fn tokens_are_secret_as_a_whole() {
        for name in WHOLE {
            assert_eq!(found(name, " s3cret\n"), ["s3cret"], "{name}");
            assert!(found(name, " ").is_empty(), "{name}");
        }
        assert!(found("INPUT_AZURE-PIPELINE-NAME", "App CI").is_empty());
    }

    #[test]
    fn each_value_of_a_secret_variable_is_one() {
        let found = |text| found("INPUT_SECRET-VARIABLES", text);
        assert_eq!(found("a=one\nb = two=2"), ["one", "two=2"]);
        assert_eq!(found(r#"{"a":"one\ntwo","b":12}"#), ["one\ntwo", "12"]);
        // What is wrong is said, but not shown.
        assert_eq!(found("a=one\nb"), ["one", "a=one\nb"]);
        assert_eq!(found(r#"{"a":"#), [r#"{"a":"#]);
    }

    #[test]
    fn so_is_the_token_for_a_repository() {
        let text =
            r#"{"repositories":{"tools":{"token":"t0ken"}},"pipelines":{"base":{"version":"1"}}}"#;
        assert_eq!(found("INPUT_RESOURCES", text), ["t0ken"]);
        assert!(found("INPUT_RESOURCES", " ").is_empty());
    }

    #[test]
    fn so_is_the_password_in_a_url() {
        let check = |name: &str, url: &str, expected: &[&str]| {
            assert_eq!(found(name, url), expected, "{name}: {url}");
        };
        let all = ["p%40ss", "me:p%40ss", "p@ss", "me:p@ss"];
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "all_proxy"] {
            check(name, "http://me:p%40ss@proxy.example:8080/", &all);
            check(name, "me:p%40ss@proxy.example:8080", &all);
            check(name, "http://proxy.example:8080/a@b", &[]);
        }
        let url = "https://me:p%40ss@dev.azure.com/fabrikam/Fabrikam";
        check("INPUT_AZURE-DEVOPS-PROJECT-URL", url, &all);
        check("HTTP_PROXY", "http://t0ken@proxy", &["t0ken"; 4]);
    }
}
