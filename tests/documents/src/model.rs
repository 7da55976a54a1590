//! A JSON value against a model of a document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::finding::{Finding, Findings};
use crate::format;
use crate::swagger::Document;

/// Which side wrote the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Ours: it says nothing that the document does not know.
    Request,
    /// The service's: it may write nulls.
    Answer,
}

/// Checks one value.
pub(crate) struct Check<'a> {
    pub(crate) document: &'a Document,
    pub(crate) side: Side,
    pub(crate) findings: Findings,
}

/// The fields of a model with those that it takes over, each with the model that names it.
#[derive(Default)]
struct Fields<'a> {
    named: BTreeMap<&'a str, &'a Value>,
    others: Option<&'a Value>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(document: &'a Document, side: Side) -> Self {
        Self {
            document,
            side,
            findings: Findings::new(),
        }
    }

    pub(crate) fn note(&mut self, place: &str, problem: impl Into<String>) {
        self.findings.insert(Finding::new(place, problem));
    }

    /// `place` is where the value stands in the document, such as `Build.status`.
    pub(crate) fn value(&mut self, model: &'a Value, value: &Value, place: &str) {
        if value.is_null() {
            if self.side == Side::Request {
                self.note(place, "is null");
            }
            return;
        }
        if let Some(reference) = model["$ref"].as_str() {
            match self.document.find(reference) {
                None => self.note(place, format!("refers to {reference}, which is missing")),
                Some(("ReferenceLinks", _)) => self.links(value, place),
                // Described as they are in the service's memory; on the wire they are plain JSON.
                Some(("PropertiesCollection" | "JObject", _)) => self.is_object(value, place),
                Some((name, model)) => self.value(model, value, name),
            }
            return;
        }
        if let Some(words) = model["enum"].as_array() {
            self.word(words, value, place);
            return;
        }
        match model["type"].as_str() {
            Some("string") => self.text(model, value, place),
            Some("boolean") => self.is(value.is_boolean(), value, "a boolean", place),
            Some("number") => self.is(value.is_number(), value, "a number", place),
            Some("integer") => self.integer(model, value, place),
            Some("array") => self.array(model, value, place),
            Some("object") => self.object(model, value, place),
            _ => self.note(place, "has no type in the document"),
        }
    }

    fn is(&mut self, fits: bool, value: &Value, wanted: &str, place: &str) {
        if !fits {
            self.note(place, format!("is {}, not {wanted}", kind(value)));
        }
    }

    fn is_object(&mut self, value: &Value, place: &str) {
        self.is(value.is_object(), value, "an object", place);
    }

    /// Enumerations are closed on both sides; values that were recorded are known to the caller.
    fn word(&mut self, words: &[Value], value: &Value, place: &str) {
        match value.as_str() {
            None => self.is(false, value, "a string", place),
            Some(_) if words.contains(value) => {}
            Some(word) => self.note(
                place,
                format!("has the value {word:?}, which is not listed"),
            ),
        }
    }

    fn text(&mut self, model: &Value, value: &Value, place: &str) {
        let Some(text) = value.as_str() else {
            return self.is(false, value, "a string", place);
        };
        if let Some(problem) = format::problem(model["format"].as_str().unwrap_or_default(), text) {
            self.note(place, problem);
        }
    }

    fn integer(&mut self, model: &Value, value: &Value, place: &str) {
        let format = model["format"].as_str().unwrap_or("int64");
        if !value.is_i64() && !value.is_u64() {
            self.is(false, value, "an integer", place);
        } else if let Some(problem) = format::problem(format, &value.to_string()) {
            self.note(place, problem);
        }
    }

    fn array(&mut self, model: &'a Value, value: &Value, place: &str) {
        let Some(items) = value.as_array() else {
            return self.is(false, value, "an array", place);
        };
        for item in items {
            self.value(&model["items"], item, place);
        }
    }

    fn object(&mut self, model: &'a Value, value: &Value, place: &str) {
        let mut fields = Fields::default();
        self.collect(model, &mut fields);
        if fields.named.is_empty() && fields.others.is_none() {
            // Nothing is said about it.
            return;
        }
        let Some(object) = value.as_object() else {
            return self.is(false, value, "an object", place);
        };
        for (name, value) in object {
            let place = format!("{place}.{name}");
            match (fields.named.get(name.as_str()), fields.others) {
                (Some(model), _) => self.value(model, value, &place),
                (None, Some(others)) => self.value(others, value, &place),
                (None, None) => self.note(&place, "is not in the document"),
            }
        }
    }

    fn collect(&self, model: &'a Value, fields: &mut Fields<'a>) {
        for parent in model["allOf"].as_array().into_iter().flatten() {
            let parent = match parent["$ref"].as_str() {
                Some(reference) => self.document.find(reference).map(|(_, model)| model),
                None => Some(parent),
            };
            if let Some(parent) = parent {
                self.collect(parent, fields);
            }
        }
        let own = model["properties"].as_object().into_iter().flatten();
        fields
            .named
            .extend(own.map(|(name, model)| (name.as_str(), model)));
        if model["additionalProperties"].is_object() {
            fields.others = Some(&model["additionalProperties"]);
        }
    }

    /// The document describes the type in the service's memory; on the wire it is an object of links.
    fn links(&mut self, value: &Value, place: &str) {
        let is_link = |link: &Map<String, Value>| {
            link.len() == 1 && link.get("href").is_some_and(Value::is_string)
        };
        let links = value.as_object();
        let fits = links.is_some_and(|links| {
            links
                .values()
                .all(|link| link.as_object().is_some_and(is_link))
        });
        if !fits {
            self.note(place, "is not an object of links");
        }
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
