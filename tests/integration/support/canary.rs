//! Secrets that are planted in every step, and looked for in everything that comes of it.
//!
//! The encodings are worked out here, so that none is missing because the product does not know it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Variables that every step has, and which are secret.
pub(crate) const PLANTED: [(&str, &str); 1] =
    [("INPUT_GITHUB-TOKEN", "ghs_c4n4ryOfAGithubToken0123456789")];

/// Those that a step still has.
pub(crate) fn planted(environment: &BTreeMap<String, String>) -> Vec<String> {
    let is_there = |name: &str, value: &str| environment.get(name).is_some_and(|is| is == value);
    let there = PLANTED.iter().filter(|(name, value)| is_there(name, value));
    there.map(|(_, value)| (*value).to_owned()).collect()
}

/// Nothing secret is in a log, but where it is masked, or in a file of the step.
#[track_caller]
pub(crate) fn search(log: &str, folder: &Path, secrets: &[String]) {
    let written = format!("{}{}", without_masks(log), files(folder));
    assert_eq!(leak(&written, secrets), None);
}

/// A text that has one of the secrets in any form, for the words of a failure.
pub(crate) fn leak(text: &str, secrets: &[String]) -> Option<String> {
    let mut forms = secrets.iter().flat_map(|secret| forms(secret));
    let form = forms.find(|form| text.contains(form.as_str()))?;
    Some(format!("{form:?} in\n{text}"))
}

/// What a step wrote, without the commands that mask secrets.
fn without_masks(stdout: &str) -> String {
    let is_mask =
        |line: &&str| line.starts_with("::add-mask::") || line.starts_with("##[add-mask]");
    let lines = stdout.split_inclusive('\n').filter(|line| !is_mask(line));
    lines.collect()
}

/// All files below a folder, but for the event's payload, as text.
fn files(folder: &Path) -> String {
    let mut text = String::new();
    let mut paths = vec![folder.to_owned()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.file_name().is_some_and(|name| name != "event.json") {
            let bytes = std::fs::read(&path).expect("a file");
            let _ = writeln!(
                text,
                "{}:\n{}",
                path.display(),
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    text
}

/// Every form in which a secret can be read, wherever it stands in a text. What is shorter than eight
/// characters may be there by chance.
fn forms(secret: &str) -> BTreeSet<String> {
    if secret.len() < 8 {
        return BTreeSet::new();
    }
    let mut forms: BTreeSet<String> = secret.split(['\r', '\n']).map(str::to_owned).collect();
    for engine in [STANDARD, URL_SAFE] {
        for text in [secret.to_owned(), engine.encode(secret)] {
            for before in ["", "a", "aa"] {
                // The first and the last characters depend on what stands beside.
                let encoded = engine.encode(format!("{before}{text}"));
                let encoded = encoded.trim_end_matches('=');
                let start = [0, 2, 3][before.len()];
                forms.insert(encoded[start..encoded.len() - 1].to_owned());
            }
        }
    }
    let bytes = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escaped = |upper: bool, blank: &str| {
        secret.bytes().fold(String::new(), |mut text, byte| {
            let _ = match byte {
                b' ' if !blank.is_empty() => write!(text, "{blank}"),
                byte if is_kept(byte) => write!(text, "{}", char::from(byte)),
                byte if upper => write!(text, "%{byte:02X}"),
                byte => write!(text, "%{byte:02x}"),
            };
            text
        })
    };
    forms.extend([escaped(true, ""), escaped(false, ""), escaped(true, "+")]);
    forms.extend([
        bytes(|byte| format!("{byte:02x}")),
        bytes(|byte| format!("{byte:02X}")),
    ]);
    for quoted in [
        format!("{secret:?}"),
        serde_json::Value::from(secret).to_string(),
    ] {
        forms.insert(quoted[1..quoted.len() - 1].to_owned());
    }
    forms.retain(|form| form.len() >= 8);
    forms
}

#[test]
fn every_form_is_found() {
    let secret = "c4n4ry \"a/b\"\n second line".to_owned();
    let found = |text: &str| leak(text, std::slice::from_ref(&secret)).is_some();
    for text in [
        "x c4n4ry \"a/b\" y",
        "a second line",
        r#"{"a":"c4n4ry \"a/b\"\n second line"}"#,
        "?a=c4n4ry%20%22a%2Fb%22%0A%20second%20line&b",
        "?a=c4n4ry+%22a%2Fb%22%0A+second+line&b",
        "6334 63346e3472792022612f62220a207365636f6e64206c696e65",
    ] {
        assert!(found(text), "{text}");
    }
    for around in ["", ":", "user:", "a user:"] {
        let pair = STANDARD.encode(format!("{around}{secret}"));
        assert!(found(&format!("Basic {pair}")), "{pair}");
        assert!(
            found(&STANDARD.encode(&pair)) || !around.is_empty(),
            "{pair}"
        );
    }
    assert!(!found("c4n4ry, and a second lin"));
}
