//! Plain HTTP to the simulator, by nobody's Azure client.

use std::collections::BTreeMap;

use serde_json::Value;

/// A connection to one server with one credential.
pub(crate) struct Http {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    /// JSON, a text, or null when it is empty.
    pub(crate) body: Value,
}

impl Reply {
    /// The value of a header by its name in lower case; nothing where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Http {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self {
            agent: config.into(),
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<&Value>,
    ) -> Reply {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", accept)
            .header("authorization", format!("Bearer {}", self.token))
            .header("x-tfs-fedauthredirect", "Suppress");
        let answer = match body {
            Some(body) => self.agent.run(
                request
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .expect("a request"),
            ),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers: BTreeMap<String, String> = headers.collect();
        let bytes = answer.body_mut().read_to_vec().expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_json = headers
            .get("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"));
        let body = if text.is_empty() {
            Value::Null
        } else if is_json {
            let text = text.trim_start_matches('\u{feff}');
            serde_json::from_str(text)
                .unwrap_or_else(|error| panic!("{method} {path}: {error}\n{text}"))
        } else {
            Value::String(text.clone())
        };
        Reply {
            status: answer.status().as_u16(),
            headers,
            text,
            body,
        }
    }
}
