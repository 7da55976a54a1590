//! The shape of answers: which fields there are, how often, and of which types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::format;

/// The shape of one kind of object, learned from examples.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    fields: BTreeMap<String, Field>,
}

/// What is known of one field.
#[derive(Debug, Clone, Default)]
struct Field {
    /// In how many examples its object was there.
    chances: usize,
    /// In how many of them it was there.
    times: usize,
    types: BTreeSet<&'static str>,
}

impl Shape {
    /// Learns from another example.
    pub fn learn(&mut self, example: &Value) {
        let mut seen: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        let mut objects: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
        walk(example, "", &mut seen, &mut objects);
        for (path, types) in seen {
            self.fields.entry(path).or_default().types.extend(types);
        }
        // A field that is new now was missing from all earlier objects at its place, and so on.
        for (path, members) in objects {
            let place = |name: &str| join(&path, name);
            let own = self.fields.entry(place("{}")).or_default();
            own.times += members.len();
            for name in members.iter().flatten() {
                self.fields.entry(place(name)).or_default().times += 1;
            }
        }
        let totals: BTreeMap<String, usize> = self
            .fields
            .iter()
            .filter_map(|(path, field)| Some((path.strip_suffix("{}")?.to_owned(), field.times)))
            .collect();
        for (path, field) in &mut self.fields {
            field.chances = totals.get(parent(path)).copied().unwrap_or_default();
        }
    }

    /// How `self`, which is judged, differs from `real`: a line for each difference.
    #[must_use]
    pub fn differences(&self, real: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, field) in self.visible() {
            let Some(known) = real.fields.get(path) else {
                // One line for an object, not one for each of its fields.
                if real.has_parent(path) {
                    lines.push(format!("{path}: was never recorded"));
                }
                continue;
            };
            let always = known.times == known.chances;
            if always && field.times < field.chances {
                lines.push(format!(
                    "{path}: is at times missing, and was always recorded"
                ));
            }
            let types: Vec<&str> = field.types.difference(&known.types).copied().collect();
            let recorded: Vec<&str> = known.types.iter().copied().collect();
            if !types.is_empty() {
                lines.push(format!(
                    "{path}: is {}, recorded as {}",
                    types.join(" or "),
                    recorded.join(" or ")
                ));
            }
        }
        for (path, known) in real.visible() {
            let always = known.times == known.chances;
            if always && !self.fields.contains_key(path) && self.has_parent(path) {
                lines.push(format!("{path}: is missing, and was always recorded"));
            }
        }
        lines.sort();
        lines
    }

    fn visible(&self) -> impl Iterator<Item = (&String, &Field)> {
        self.fields.iter().filter(|(path, _)| !path.ends_with("{}"))
    }

    fn has_parent(&self, path: &str) -> bool {
        self.fields.contains_key(&format!("{}{{}}", parent(path)))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Up to and with the last dot.
fn parent(path: &str) -> &str {
    path.rfind('.').map_or("", |dot| &path[..=dot])
}

fn walk(
    value: &Value,
    path: &str,
    seen: &mut BTreeMap<String, BTreeSet<&'static str>>,
    objects: &mut BTreeMap<String, Vec<BTreeSet<String>>>,
) {
    match value {
        Value::Object(fields) => {
            let names = fields.keys().map(|name| plain(name)).collect();
            objects.entry(path.to_owned()).or_default().push(names);
            for (name, value) in fields {
                let path = join(path, &plain(name));
                seen.entry(path.clone()).or_default().insert(class(value));
                walk(value, &path, seen, objects);
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            for item in items {
                seen.entry(path.clone()).or_default().insert(class(item));
                walk(item, &path, seen, objects);
            }
        }
        _ => {}
    }
}

/// Dots separate.
fn plain(name: &str) -> String {
    name.replace('.', "·")
}

/// The JSON type; texts that are times, GUIDs or addresses are told apart.
fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "integer",
        Value::String(text) if format::is_time(text) => "time",
        Value::String(text) if format::is_uuid(text) => "GUID",
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
            "address"
        }
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_once() {
        let mut real = Shape::default();
        real.learn(
            &json!({"id": 1, "at": "2026-01-01T00:00:00Z", "log": null, "user": {"name": "a"}}),
        );
        real.learn(&json!({"id": 2, "at": "2026-01-01T00:00:00Z", "log": {"id": 1}, "user": {"name": "a"}, "tag": "x"}));
        let mut own = Shape::default();
        own.learn(&json!({"id": "1", "at": "2026-01-01", "log": null, "user": {"mail": "a"}, "extra": {"a": 1}}));
        assert_eq!(
            own.differences(&real),
            [
                "at: is text, recorded as time",
                "extra: was never recorded",
                "id: is text, recorded as integer",
                "user.mail: was never recorded",
                "user.name: is missing, and was always recorded",
            ]
        );
        assert_eq!(real.differences(&real), Vec::<String>::new());
    }

    #[test]
    fn a_field_that_is_missing_at_times_is_a_difference_only_if_it_was_always_there() {
        let mut real = Shape::default();
        real.learn(&json!({"value": [{"id": 1}, {"id": 2, "tag": "x"}]}));
        let mut own = Shape::default();
        own.learn(&json!({"value": [{"id": 1}, {"tag": "x"}]}));
        assert_eq!(
            own.differences(&real),
            ["value[].id: is at times missing, and was always recorded"]
        );
    }
}
