//! What goes wrong at GitHub, and in which words.

use serde_json::{Value, json};

use super::answer_json;
use crate::reply::Reply;

/// Where GitHub's documentation of its API begins.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// A refusal: the status and GitHub's words.
pub(super) struct Problem {
    status: u16,
    message: String,
    errors: Vec<Value>,
}

impl Problem {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// What GitHub says of a field that it does not take.
    pub(super) fn invalid(resource: &str, field: &str, message: &str) -> Self {
        let errors = vec![
            json!({"resource": resource, "code": "custom", "field": field, "message": message}),
        ];
        Self {
            status: 422,
            message: "Validation Failed".to_owned(),
            errors,
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let mut body = json!({
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        answer_json(self.status, &body)
    }
}
