//! What was asked and what was answered, without secrets.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Exchange {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The `Host` header.
    pub host: String,
    /// `Accept`, `Content-Type`, `X-TFS-FedAuthRedirect` and `User-Agent`, names in lower case, where sent.
    pub headers: Vec<(String, String)>,
    /// The scheme of the `Authorization` header (`Basic`), where one was sent; never its secret.
    pub authorization: Option<String>,
    /// The body where it is JSON; a text where it is not; null where there was none.
    pub body: Value,
    /// The answered status; `None` while there is no answer and where the connection was closed without one.
    pub status: Option<u16>,
    /// How many bytes the whole body of the answer has.
    pub response_bytes: u64,
}

impl Exchange {
    /// One line for snapshots, with the body of requests that change something.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{} {} -> ", self.method, self.path);
        match self.status {
            Some(status) => line.push_str(&status.to_string()),
            None => line.push_str("closed"),
        }
        if !self.body.is_null() {
            let _ = write!(line, " {}", self.body);
        }
        line
    }

    /// The value of one of the kept headers, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// All lines; equal neighbours become one with their number.
pub(crate) fn text(exchanges: &[Exchange]) -> String {
    let mut folded: Vec<(String, usize)> = Vec::new();
    for line in exchanges.iter().map(Exchange::line) {
        match folded.last_mut() {
            Some((last, times)) if *last == line => *times += 1,
            _ => folded.push((line, 1)),
        }
    }
    let mut text = String::new();
    for (line, times) in folded {
        text.push_str(&line);
        if times > 1 {
            let _ = write!(text, " ({times} times)");
        }
        text.push('\n');
    }
    text
}

/// The body as JSON with sorted keys, so that lines are the same whatever order a client writes.
pub(crate) fn body_value(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return Value::String(String::from_utf8_lossy(bytes).into_owned());
    };
    value.sort_all_objects();
    hide_secrets(&mut value);
    value
}

/// Hides what a body itself calls secret: values of variables, tokens for repositories.
fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_secret = fields.get("isSecret") == Some(&Value::Bool(true));
            for (name, field) in fields {
                if field.is_string() && (is_secret && name == "value" || name == "token") {
                    *field = "***".into();
                }
                hide_secrets(field);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(path: &str, body: &str) -> Exchange {
        Exchange {
            method: "POST".to_owned(),
            path: path.to_owned(),
            host: String::new(),
            headers: Vec::new(),
            authorization: None,
            body: body_value(body.as_bytes()),
            status: Some(200),
            response_bytes: 0,
        }
    }

    #[test]
    fn what_is_called_secret_is_hidden() {
        let body = r#"{"resources": {"repositories": {"self": {"token": "t0ken"}}}, "variables":
            {"open": {"value": "world"}, "closed": {"isSecret": true, "value": "hunter2"}}}"#;
        let line = exchange("/a", body).line();
        assert!(
            !line.contains("t0ken") && !line.contains("hunter2"),
            "{line}"
        );
        assert!(
            line.contains("world") && line.contains("\"value\":\"***\""),
            "{line}"
        );
    }

    #[test]
    fn equal_neighbours_are_folded() {
        let exchanges = [
            exchange("/a", ""),
            exchange("/a", ""),
            exchange("/b", "{\"z\": 1, \"a\": 2}"),
            exchange("/a", ""),
        ];
        let expected =
            "POST /a -> 200 (2 times)\nPOST /b -> 200 {\"a\":2,\"z\":1}\nPOST /a -> 200\n";
        assert_eq!(text(&exchanges), expected);
    }
}
