//! Texts of inputs become values.

use std::time::Duration;

use serde_json::Value;

use super::InputError;

/// One of a few words, in any case; gives what it means.
pub(super) fn choice<T: Copy>(
    input: &str,
    text: &str,
    words: &[(&str, T)],
) -> Result<T, InputError> {
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    position(input, text, &names).map(|at| words[at].1)
}

/// Which of a few words it is, in any case.
pub(super) fn position(input: &str, text: &str, words: &[&str]) -> Result<usize, InputError> {
    let text = text.trim();
    let mut all = words.iter();
    all.position(|word| word.eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let allowed = allowed(words);
            InputError::new(format!("`{input}` is \"{text}\": {allowed}"))
        })
}

/// Says which words are allowed.
pub(super) fn allowed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("allowed are {} and {last}", others.join(", "))
        }
        _ => format!("allowed is {}", words.concat()),
    }
}

pub(super) fn count(input: &str, text: &str, most: u32) -> Result<u32, InputError> {
    let count = text.parse().ok().filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| {
        InputError::new(format!(
            "`{input}` is \"{text}\": allowed are whole numbers from 1 to {most}"
        ))
    })
}

/// The id of something at the service; nothing for other text.
pub(super) fn id(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id| *id > 0)
}

pub(super) fn duration(input: &str, text: &str) -> Result<Duration, InputError> {
    let longest = Duration::from_hours(7 * 24);
    let duration = humantime::parse_duration(text).ok();
    duration
        .filter(|duration| *duration <= longest)
        .ok_or_else(|| {
            InputError::new(format!(
                "`{input}` is \"{text}\": allowed are durations of up to 7 days, such as `500ms`, `30s`, `5m` or `2h`"
            ))
        })
}

/// Values between commas and line ends, each once.
pub(super) fn list(text: &str) -> Vec<String> {
    let values = text.split([',', '\n']).map(str::trim);
    unique(values.filter(|value| !value.is_empty()).map(str::to_owned))
}

pub(super) fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.fold(Vec::new(), |mut unique, value| {
        if !unique.contains(&value) {
            unique.push(value);
        }
        unique
    })
}

/// A JSON object, or lines of `name=value`. A string as it is, anything else as JSON.
pub(super) fn pairs(input: &str, text: &str) -> Result<Vec<(String, String)>, InputError> {
    let pairs = typed_pairs(input, text)?.into_iter();
    Ok(pairs
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        })
        .collect())
}

/// The same, with the types that JSON has.
pub(super) fn typed_pairs(input: &str, text: &str) -> Result<Vec<(String, Value)>, InputError> {
    let text = text.trim();
    let wrong = |what: &str| {
        // The text is not repeated: a variable may be more private than its author thought.
        InputError::new(format!(
            "`{input}` {what}: give a JSON object or one `name=value` a line"
        ))
    };
    let pairs: Vec<(String, Value)> = if text.starts_with('{') {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|error| wrong(&not_json(&error)))?;
        object.into_iter().collect()
    } else {
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| {
                line.split_once('=')
                    .map(|(name, value)| (name.trim().to_owned(), value.into()))
                    .ok_or_else(|| wrong(&format!("has no \"=\" in line {}", number + 1)))
            })
            .collect::<Result<_, _>>()?
    };
    if pairs.iter().any(|(name, _)| name.is_empty()) {
        return Err(wrong("has a value without a name"));
    }
    let mut names: Vec<String> = pairs.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(wrong(&format!("has the name \"{}\" twice", pair[0]))),
        None => Ok(pairs),
    }
}

/// Where JSON is wrong, without what stands there.
pub(super) fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("is not valid JSON (line {line}, column {column})")
}
