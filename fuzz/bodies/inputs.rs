//! The step's variables → inputs, or a sentence; and which of them are secrets.

use run_azure_pipeline::inputs::{Environment, Inputs, secrets};
use run_azure_pipeline::report::Reports;
use serde_json::{Map, Value};

use crate::runner::{Culture, RunnerView};

/// Stands in every secret, and may be seen nowhere.
const CANARY: &str = "c4n4ry-0123456789";

/// How a secret is put into a variable.
#[derive(Clone, Copy)]
enum Place {
    /// Behind what is given.
    End,
    /// As one value more.
    Pair,
    /// As a password; what is given becomes the user's name.
    Password,
}

/// The variables that hold secrets.
const SECRETS: [(&str, Place); 7] = [
    ("INPUT_AZURE-DEVOPS-TOKEN", Place::End),
    ("INPUT_AZURE-CLIENT-SECRET", Place::End),
    ("INPUT_GITHUB-TOKEN", Place::End),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Place::End),
    ("INPUT_SECRET-VARIABLES", Place::Pair),
    ("HTTPS_PROXY", Place::Password),
    ("all_proxy", Place::Password),
];

/// Not masked, because they are no secrets; errors do not show them either.
const PRIVATE: &str = "INPUT_AZURE-PIPELINE-VARIABLES";

/// `NAME=VALUE` with NUL between them. A canary is put into all that is secret, in the place of U+0001
/// where a token has one.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // What stands in other variables too is no secret.
    if text.contains(CANARY) {
        return;
    }
    let mut environment: Environment = text
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, place) in SECRETS.into_iter().chain([(PRIVATE, Place::Pair)]) {
        if let Some(value) = environment.get_mut(name) {
            *value = with_canary(value, place);
        }
    }
    masked(&environment);
    if let Err(error) = Inputs::from_environment(&environment) {
        let sentence = error.to_string();
        assert!(!sentence.contains(CANARY), "{sentence}");
        let names_an_input = sentence.split('`').nth(1).is_some_and(|name| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        });
        assert!(names_an_input, "{sentence}");
    }
    environment.remove(PRIVATE);
    if let Ok(inputs) = Inputs::from_environment(&environment) {
        let shown = format!("{inputs:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

fn with_canary(value: &str, place: Place) -> String {
    match place {
        Place::End if value.contains('\u{1}') => value.replace('\u{1}', CANARY),
        Place::End => format!("{value}{CANARY}"),
        Place::Pair => match serde_json::from_str::<Map<String, Value>>(value) {
            Ok(mut object) => {
                for (_, value) in &mut object {
                    let text = value.as_str().unwrap_or_default();
                    *value = format!("{text}{CANARY}").into();
                }
                Value::from(object).to_string()
            }
            Err(_) => format!("{value}\nname={CANARY}"),
        },
        Place::Password => {
            let user = value.replace(['/', '?', '#', '@', ':'], "");
            format!("http://{user}:{CANARY}@proxy.test:8080")
        }
    }
}

/// No line of a secret can be shown any more.
fn masked(environment: &Environment) {
    let mut out = Vec::new();
    let reports = Reports::new(&mut out, &secrets(environment));
    reports.finish().expect("a vector takes everything");
    let mut masks = RunnerView::of(&out, b"", Culture::Invariant).masks;
    masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
    let given = SECRETS
        .iter()
        .filter_map(|(name, _)| environment.get(*name));
    for line in given.flat_map(|value| value.split(['\r', '\n'])) {
        let line = masks.iter().fold(line.to_owned(), |line, mask| {
            line.replace(mask.as_str(), "***")
        });
        assert!(!line.contains(CANARY), "{line:?}");
    }
}
