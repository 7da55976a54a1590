//! What a pipeline can be given: variables, and the parameters of its YAML.

use serde::{Deserialize, Deserializer};

/// A variable: its name alone, or with what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct VariableScript {
    pub(crate) name: String,
    /// The service tells its value to nobody.
    pub(crate) secret: bool,
    /// It can be set when a run is queued.
    pub(crate) settable: bool,
}

/// A parameter of the YAML: its name alone, or with what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct ParameterScript {
    pub(crate) name: String,
    pub(crate) kind: ParameterKind,
    /// The values that it can have; none: any of its kind.
    pub(crate) values: Vec<String>,
}

/// Docs: "Runtime parameters", data types; those that the simulator distinguishes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ParameterKind {
    #[default]
    String,
    Number,
    Boolean,
    Object,
}

impl ParameterScript {
    /// What is wrong with a value, as it follows `The 'x' parameter value 'y'`. The sentence about booleans is
    /// reported, the others are guesses.
    pub(crate) fn fault(&self, value: &str) -> Option<String> {
        let is_boolean = || {
            ["true", "false"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word))
        };
        let is_structure = || serde_json::from_str::<serde_json::Value>(value).is_ok();
        let kind = match self.kind {
            ParameterKind::Number if value.parse::<f64>().is_err() => Some("Number"),
            ParameterKind::Boolean if !is_boolean() => Some("Boolean"),
            ParameterKind::Object if !is_structure() => Some("Object"),
            _ => None,
        };
        let is_allowed = self.values.is_empty() || self.values.iter().any(|known| known == value);
        kind.map(|kind| format!("is not a valid {kind}."))
            .or_else(|| (!is_allowed).then(|| format!("is not one of {}.", self.values.join(", "))))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NameOr<T> {
    Name(String),
    Whole(T),
}

impl<'de> Deserialize<'de> for VariableScript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct Whole {
            name: String,
            #[serde(default)]
            secret: bool,
            settable: Option<bool>,
        }
        Ok(match NameOr::<Whole>::deserialize(deserializer)? {
            NameOr::Name(name) => Self {
                name,
                secret: false,
                settable: true,
            },
            NameOr::Whole(whole) => Self {
                name: whole.name,
                secret: whole.secret,
                settable: whole.settable.unwrap_or(true),
            },
        })
    }
}

impl<'de> Deserialize<'de> for ParameterScript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct Whole {
            name: String,
            #[serde(default, rename = "type")]
            kind: ParameterKind,
            #[serde(default)]
            values: Vec<String>,
        }
        Ok(match NameOr::<Whole>::deserialize(deserializer)? {
            NameOr::Name(name) => Self {
                name,
                kind: ParameterKind::default(),
                values: Vec::new(),
            },
            NameOr::Whole(whole) => Self {
                name: whole.name,
                kind: whole.kind,
                values: whole.values,
            },
        })
    }
}
