//! Recorded exchanges with the real service.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A file of recorded exchanges.
#[derive(Debug)]
pub struct Recording {
    /// The file's name without `.json`.
    pub name: String,
    /// The exchanges in their order.
    pub interactions: Vec<Interaction>,
}

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Interaction {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Some of the request's headers, with names in lower case.
    #[serde(default, deserialize_with = "null_as_default")]
    pub request_headers: BTreeMap<String, String>,
    /// The HTTP status.
    pub status: u16,
    /// Some of the answer's headers, with names in lower case.
    #[serde(default, deserialize_with = "null_as_default")]
    pub headers: BTreeMap<String, String>,
    /// The names of all the answer's headers; none where they were not recorded.
    #[serde(default, deserialize_with = "null_as_default")]
    pub header_names: Vec<String>,
    /// JSON, a text, or null for an empty body.
    #[serde(default)]
    pub body: Value,
    /// Whether a byte order mark stood before the body.
    #[serde(default)]
    pub body_starts_with_utf8_bom: bool,
}

impl Recording {
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        #[derive(Deserialize)]
        struct File {
            interactions: Vec<Interaction>,
        }
        let file: File =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut interactions = file.interactions;
        interactions.iter_mut().for_each(Interaction::heal);
        Self {
            name: name.to_owned(),
            interactions,
        }
    }
}

impl Interaction {
    /// Takes back what was done to shorten the file: some lists were cut, and say so in a field.
    fn heal(&mut self) {
        let Some(fields) = self.body.as_object_mut() else {
            return;
        };
        if fields.remove("count_note").is_some() {
            let count = fields["value"].as_array().map_or(0, Vec::len);
            fields.insert("count".to_owned(), count.into());
        }
    }

    /// The `Accept` header.
    #[must_use]
    pub fn accept(&self) -> &str {
        self.request_headers
            .get("accept")
            .map_or("", String::as_str)
    }

    /// The path without query, in lower case, for comparing.
    #[must_use]
    pub fn route(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        path.to_ascii_lowercase()
    }

    /// The body as it was on the wire, but for the order of its fields.
    #[must_use]
    pub fn body_bytes(&self) -> Vec<u8> {
        let mark = if self.body_starts_with_utf8_bom {
            "\u{feff}"
        } else {
            ""
        };
        let text = match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        format!("{mark}{text}").into_bytes()
    }
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
