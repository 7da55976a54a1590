//! One OpenAPI document (Swagger 2.0).

use serde_json::Value;

use crate::route::{Target, Template};

/// A document of one area in one version.
#[derive(Debug)]
pub struct Document {
    name: String,
    json: Value,
    operations: Vec<Operation>,
}

/// A method on a path.
#[derive(Debug)]
pub struct Operation {
    pub(crate) method: String,
    pub(crate) template: Template,
    pub(crate) parameters: Vec<Parameter>,
    /// Media types of answers; none where the document does not say.
    pub(crate) produces: Vec<String>,
    /// The model of a 200; nothing where it has no body.
    pub(crate) answer: Option<Value>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: String,
    pub(crate) is_required: bool,
    /// The parameter itself, or, in the body, its model.
    pub(crate) model: Value,
}

impl Document {
    /// Reads a document. It may begin with a byte order mark.
    ///
    /// # Panics
    ///
    /// Panics when it is not one.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Self {
        let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(json["swagger"], "2.0", "{name}");
        let mut operations = Vec::new();
        for section in ["paths", "x-ms-paths"] {
            for (path, methods) in json[section].as_object().into_iter().flatten() {
                let template = Template::parse(path);
                for (method, text) in methods.as_object().into_iter().flatten() {
                    operations.extend(
                        template
                            .clone()
                            .map(|template| Operation::read(&json, method, template, text)),
                    );
                }
            }
        }
        assert!(!operations.is_empty(), "{name} describes no operation");
        Self {
            name: name.to_owned(),
            json,
            operations,
        }
    }

    /// Its path, such as `build/7.1/build.json`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every `$ref` to a model that leads nowhere. Others lead to files of examples.
    #[must_use]
    pub fn broken_references(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut open = vec![&self.json];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(target)) = fields.get("$ref")
                        && target.starts_with('#')
                        && self.find(target).is_none()
                    {
                        broken.push(target.clone());
                    }
                    open.extend(fields.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        broken
    }

    /// What is asked for by `method` and `target`.
    pub(crate) fn operation(&self, method: &str, target: &Target) -> Option<&Operation> {
        self.operations
            .iter()
            .filter(|operation| operation.method.eq_ignore_ascii_case(method))
            .filter(|operation| operation.template.parameters(target).is_some())
            // The first of equals: those under `x-ms-paths` come last.
            .rev()
            .max_by_key(|operation| {
                (
                    operation.template.weight(),
                    operation.is_asked_fully(target),
                )
            })
    }

    /// Follows a `$ref`: the model's name and the model.
    pub(crate) fn find<'a>(&'a self, reference: &'a str) -> Option<(&'a str, &'a Value)> {
        let pointer = reference.strip_prefix('#')?;
        Some((pointer.rsplit('/').next()?, self.json.pointer(pointer)?))
    }
}

impl Operation {
    fn read(json: &Value, method: &str, template: Template, text: &Value) -> Self {
        let parameters = text["parameters"].as_array().into_iter().flatten();
        let strings = |list: &Value| {
            let items = list.as_array().into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        Self {
            method: method.to_owned(),
            template,
            parameters: parameters.map(|one| Parameter::read(json, one)).collect(),
            produces: strings(&text["produces"]),
            answer: text.pointer("/responses/200/schema").cloned(),
        }
    }

    /// Whether no part of the query is missing that is required; it tells operations on one path apart.
    fn is_asked_fully(&self, target: &Target) -> bool {
        let required = self.parameters.iter().filter(|one| one.is_required);
        let mut in_query = required.filter(|one| one.place == "query" && one.name != "api-version");
        in_query.all(|one| target.query.iter().any(|(name, _)| *name == one.name))
    }

    /// The method and what follows `_apis/`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.template.text())
    }

    /// The api-version that the document wants, such as `7.2-preview.8`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let parameter = self
            .parameters
            .iter()
            .find(|one| one.name == "api-version")?;
        let description = parameter.model["description"].as_str()?;
        description.split('\'').nth(1)
    }
}

impl Parameter {
    fn read(json: &Value, text: &Value) -> Self {
        let text = match text["$ref"]
            .as_str()
            .and_then(|target| target.strip_prefix('#'))
        {
            Some(pointer) => json.pointer(pointer).unwrap_or(&Value::Null),
            None => text,
        };
        let word = |key: &str| text[key].as_str().unwrap_or_default().to_owned();
        let place = word("in");
        Self {
            name: word("name"),
            is_required: text["required"].as_bool().unwrap_or_default(),
            model: if place == "body" {
                &text["schema"]
            } else {
                text
            }
            .clone(),
            place,
        }
    }
}
