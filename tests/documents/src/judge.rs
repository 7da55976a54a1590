//! Does a request, an answer, fit the operation that the document describes?

use serde_json::Value;

use crate::finding::Findings;
use crate::format;
use crate::model::{Check, Side};
use crate::route::Target;
use crate::swagger::{Document, Operation, Parameter};

/// A request as it was sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// The `Accept` header.
    pub accept: &'a str,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The body where there is one.
    pub body: Option<&'a Value>,
}

/// A successful answer as it came.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The body: JSON, a text, or null when it is empty.
    pub body: &'a Value,
}

/// One document, for one organization.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    document: &'a Document,
    organization: &'a str,
    /// Whether the api-version asked for has to be the document's.
    is_strict: bool,
}

impl<'a> Judge<'a> {
    /// A judge of what is said between a client and `organization` (or `server/collection`).
    #[must_use]
    pub fn new(document: &'a Document, organization: &'a str) -> Self {
        Self {
            document,
            organization,
            is_strict: true,
        }
    }

    /// Takes requests for other api-versions than the document's, for those that have no document.
    #[must_use]
    pub fn of_any_version(self) -> Self {
        Self {
            is_strict: false,
            ..self
        }
    }

    /// What the document calls it; nothing when it does not know it.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&'a Operation> {
        let target = Target::parse(self.organization, path)?;
        self.document.operation(method, &target)
    }

    /// What is wrong with a request. `None` when the document does not describe such a thing.
    #[must_use]
    pub fn request(&self, request: &Request) -> Option<Findings> {
        let target = Target::parse(self.organization, request.path)?;
        let operation = self.document.operation(request.method, &target)?;
        let mut check = Check::new(self.document, Side::Request);
        for (name, text) in operation.template.parameters(&target)? {
            match operation.parameter("path", name) {
                Some(parameter) => check.plain(parameter, text),
                None => check.note(name, "is a path parameter that is not in the document"),
            }
        }
        for (name, text) in &target.query {
            match operation.parameter("query", name) {
                Some(parameter) => check.plain(parameter, text),
                None => check.note(name, "is a query parameter that is not in the document"),
            }
        }
        let asked = self.check_version(&mut check, operation, &target, request);
        for parameter in &operation.parameters {
            let is_there = match parameter.place.as_str() {
                "query" if parameter.name == "api-version" => asked.is_some(),
                "query" => target.query.iter().any(|(name, _)| *name == parameter.name),
                _ => true,
            };
            if parameter.is_required && !is_there {
                check.note(&parameter.name, "is required and missing");
            }
        }
        check_body(&mut check, operation, request);
        Some(check.findings)
    }

    fn check_version(
        &self,
        check: &mut Check,
        operation: &Operation,
        target: &Target,
        request: &Request,
    ) -> Option<String> {
        let in_query = target.query.iter().find(|(name, _)| name == "api-version");
        let in_accept = request
            .accept
            .split([';', ','])
            .find_map(|part| part.trim().strip_prefix("api-version="));
        let asked = in_query.map(|(_, value)| value.as_str()).or(in_accept)?;
        if let Some(wanted) = operation.version().filter(|_| self.is_strict) {
            let number = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
            let preview = |text: &str| text.split_once('-').map(|(_, rest)| rest.to_owned());
            // A released resource is served as a preview, too; not the other way round.
            let fits = match (preview(wanted), preview(asked)) {
                (Some(wanted), Some(asked)) => asked == "preview" || asked == wanted,
                (Some(_), None) => false,
                (None, _) => true,
            };
            if number(asked) != number(wanted) || !fits {
                check.note("api-version", format!("is {asked}, not {wanted}"));
            }
        }
        Some(asked.to_owned())
    }

    /// What is wrong with a successful answer. `None` when the document does not describe it.
    #[must_use]
    pub fn answer(&self, method: &str, path: &str, answer: &Answer) -> Option<Findings> {
        let operation = self.operation(method, path)?;
        let mut check = Check::new(self.document, Side::Answer);
        let body = answer.body;
        if answer.status == 204 {
            if !body.is_null() {
                check.note(&operation.name(), "has a body with status 204");
            }
            return Some(check.findings);
        }
        if answer.status != 200 {
            check.note(&operation.name(), format!("answers {}", answer.status));
            return Some(check.findings);
        }
        let media_type = answer.content_type.and_then(|text| text.split(';').next());
        let is_known =
            media_type.is_some_and(|own| operation.produces.iter().any(|known| known == own));
        if !operation.produces.is_empty() && !is_known {
            let media_type = media_type.unwrap_or("nothing");
            check.note(&operation.name(), format!("answers with {media_type}"));
        }
        match &operation.answer {
            None if body.is_null() => {}
            None => check.note(&operation.name(), "has a body that is not in the document"),
            // A stream is a text, or, asked for as JSON, a list of its lines.
            Some(model)
                if model["format"] == "Stream" && media_type != Some("application/json") =>
            {
                if !body.is_string() && !body.is_null() {
                    check.note(&operation.name(), "is not a text");
                }
            }
            Some(model) if model["format"] == "Stream" => {
                let items: &[Value] = check.list(body, operation);
                if items.iter().any(|item| !item.is_string()) {
                    check.note(&operation.name(), "has lines that are no strings");
                }
            }
            Some(model) if model["type"] == "array" => {
                for item in check.list(body, operation) {
                    check.value(&model["items"], item, &operation.name());
                }
            }
            Some(model) => check.value(model, body, &operation.name()),
        }
        Some(check.findings)
    }
}

impl Operation {
    fn parameter(&self, place: &str, name: &str) -> Option<&Parameter> {
        let mut all = self.parameters.iter();
        all.find(|one| one.place == place && one.name == name)
    }
}

impl Check<'_> {
    /// A parameter of the path or of the query.
    fn plain(&mut self, parameter: &Parameter, text: &str) {
        let (name, model) = (&parameter.name, &parameter.model);
        if let Some(words) = model["enum"].as_array() {
            let is_listed = |item: &str| {
                let mut words = words.iter().filter_map(Value::as_str);
                words.any(|word| word.eq_ignore_ascii_case(item.trim()))
            };
            if !text.split(',').all(is_listed) {
                self.note(name, format!("has the value {text:?}, which is not listed"));
            }
        } else if model["type"] == "boolean" && !matches!(text, "true" | "false") {
            self.note(name, "is not a boolean");
        } else if let Some(problem) =
            format::problem(model["format"].as_str().unwrap_or_default(), text)
        {
            self.note(name, problem);
        }
    }

    /// Lists are described as arrays and sent as `{"count": n, "value": […]}`.
    fn list<'v>(&mut self, body: &'v Value, operation: &Operation) -> &'v [Value] {
        let Some(items) = body["value"].as_array() else {
            self.note(&operation.name(), "is not a list in `value`");
            return &[];
        };
        if body["count"].as_u64() != Some(items.len() as u64) {
            self.note(
                &operation.name(),
                "has a `count` other than the length of `value`",
            );
        }
        if body.as_object().is_some_and(|fields| fields.len() != 2) {
            self.note(&operation.name(), "has more than `count` and `value`");
        }
        items
    }
}

fn check_body<'a>(check: &mut Check<'a>, operation: &'a Operation, request: &Request) {
    let described = operation.parameters.iter().find(|one| one.place == "body");
    match (described, request.body) {
        (None, Some(_)) => check.note("body", "is not in the document"),
        (Some(parameter), None) if parameter.is_required => {
            check.note("body", "is required and missing");
        }
        (_, None) => {}
        (Some(parameter), Some(body)) => {
            let is_json = request
                .content_type
                .is_some_and(|text| text.starts_with("application/json"));
            if !is_json {
                check.note("body", "is not sent as application/json");
            }
            check.value(&parameter.model, body, "body");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        let version = json!({"name": "api-version", "in": "query", "required": true, "type": "string",
            "description": "This should be set to '7.1-preview.2' to use this version of the api."});
        let path = |name: &str| json!({"name": name, "in": "path", "required": true, "type": "integer", "format": "int32"});
        let json = json!({
            "swagger": "2.0",
            "parameters": {"version": version},
            "definitions": {
                "Base": {"type": "object", "properties": {"id": {"type": "integer", "format": "int32"}}},
                "Thing": {"type": "object", "allOf": [{"$ref": "#/definitions/Base"}], "properties": {
                    "_links": {"$ref": "#/definitions/ReferenceLinks"},
                    "state": {"enum": ["open", "closed"]},
                    "since": {"type": "string", "format": "date-time"},
                    "words": {"type": "object", "additionalProperties": {"type": "string"}},
                    "parts": {"type": "array", "items": {"$ref": "#/definitions/Thing"}},
                }},
                "ReferenceLinks": {"type": "object", "properties": {"links": {"type": "object"}}},
            },
            "paths": {
                "/{organization}/{project}/_apis/area/things": {
                    "get": {"produces": ["application/json"], "parameters": [
                        {"name": "project", "in": "path", "required": true, "type": "string"},
                        {"name": "$top", "in": "query", "type": "integer", "format": "int32"},
                        {"name": "stateFilter", "in": "query", "enum": ["open", "closed"]},
                        {"$ref": "#/parameters/version"}],
                        "responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Thing"}}}}},
                    "post": {"parameters": [
                        {"name": "project", "in": "path", "required": true, "type": "string"},
                        {"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Thing"}},
                        {"$ref": "#/parameters/version"}],
                        "responses": {"200": {"schema": {"$ref": "#/definitions/Thing"}}}},
                },
                "/{organization}/{project}/_apis/area/things/{id}/log": {
                    "get": {"produces": ["application/json", "text/plain"], "parameters": [
                        {"name": "project", "in": "path", "required": true, "type": "string"},
                        path("id"), {"$ref": "#/parameters/version"}],
                        "responses": {"200": {"schema": {"type": "string", "format": "Stream"}}}},
                },
            },
        });
        Document::parse("test", &format!("\u{feff}{json}"))
    }

    #[track_caller]
    fn request(method: &str, path: &str, body: Option<&Value>, expected: &[&str]) {
        let document = document();
        let judge = Judge::new(&document, "fabrikam");
        let request = Request {
            method,
            path,
            accept: "application/json",
            content_type: body.map(|_| "application/json"),
            body,
        };
        let found = judge.request(&request).expect("a known operation");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn requests_say_nothing_that_the_document_does_not_know() {
        let version = "api-version=7.1-preview";
        let things = "/fabrikam/P/_apis/Area/Things";
        request("GET", &format!("{things}?{version}"), None, &[]);
        request(
            "GET",
            &format!("{things}?%24top=3&stateFilter=open,Closed&{version}.2"),
            None,
            &[],
        );
        request(
            "GET",
            &format!("{things}?$top=x&stateFilter=ajar&color=red&api-version=7.1"),
            None,
            &[
                "$top is not a 32-bit integer",
                "api-version is 7.1, not 7.1-preview.2",
                "color is a query parameter that is not in the document",
                "stateFilter has the value \"ajar\", which is not listed",
            ],
        );
        request(
            "GET",
            things,
            None,
            &["api-version is required and missing"],
        );
        request(
            "GET",
            &format!("{things}/x/log?{version}"),
            None,
            &["id is not a 32-bit integer"],
        );
        request(
            "POST",
            &format!("{things}?{version}"),
            None,
            &["body is required and missing"],
        );
        let body = json!({"id": 1, "state": "ajar", "color": "red", "since": null, "parts": [{"id": "1"}]});
        request(
            "POST",
            &format!("{things}?{version}"),
            Some(&body),
            &[
                "Thing.color is not in the document",
                "Thing.id is a string, not an integer",
                "Thing.since is null",
                "Thing.state has the value \"ajar\", which is not listed",
            ],
        );
    }

    #[track_caller]
    fn answer(path: &str, content_type: &str, body: &Value, expected: &[&str]) {
        let document = document();
        let judge = Judge::new(&document, "fabrikam");
        let answer = Answer {
            status: 200,
            content_type: Some(content_type),
            body,
        };
        let found = judge
            .answer("GET", path, &answer)
            .expect("a known operation");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn answers_fit_the_models() {
        let (things, json_type) = (
            "/fabrikam/P/_apis/area/things",
            "application/json; charset=utf-8",
        );
        let thing =
            json!({"id": 1, "since": null, "words": {"a": "b"}, "_links": {"self": {"href": "x"}}});
        answer(
            things,
            json_type,
            &json!({"count": 1, "value": [thing]}),
            &[],
        );
        let bad = json!({"id": 1.5, "since": "2026-01-01", "words": {"a": 1}, "_links": {"self": "x"}, "color": 1});
        answer(
            things,
            "text/xml",
            &json!({"count": 2, "value": [bad], "more": true}),
            &[
                "GET area/things answers with text/xml",
                "GET area/things has a `count` other than the length of `value`",
                "GET area/things has more than `count` and `value`",
                "Thing._links is not an object of links",
                "Thing.color is not in the document",
                "Thing.id is a number, not an integer",
                "Thing.since is not a time",
                "Thing.words.a is a number, not a string",
            ],
        );
        answer(
            things,
            json_type,
            &json!([thing]),
            &["GET area/things is not a list in `value`"],
        );
        answer(
            &format!("{things}/1/log"),
            "text/plain",
            &json!("text"),
            &[],
        );
        answer(
            &format!("{things}/1/log"),
            json_type,
            &json!({"count": 1, "value": ["line"]}),
            &[],
        );
    }

    #[test]
    fn what_the_document_does_not_know_is_said_to_be_unknown() {
        let document = document();
        let judge = Judge::new(&document, "fabrikam");
        assert!(
            judge
                .operation("DELETE", "/fabrikam/P/_apis/area/things")
                .is_none()
        );
        assert!(
            judge
                .operation("GET", "/fabrikam/_apis/area/things")
                .is_none()
        );
        assert!(
            judge
                .operation("GET", "/other/P/_apis/area/things")
                .is_none()
        );
        assert_eq!(document.broken_references(), Vec::<String>::new());
    }
}
