//! Lines that GitHub's runner or act may take for commands, with what each of them makes of them:
//! `tests/data/workflow-commands.json`.

use base64::Engine as _;
use serde_json::Value;

/// One of the lines; some are several.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) id: u64,
    /// As a step would print it, with its line end where it has one.
    pub(crate) bytes: Vec<u8>,
    record: Value,
}

impl Vector {
    fn new(record: Value) -> Self {
        let line = record["line"].as_str().expect("a line");
        let mut bytes = match record["line_base64"].as_str() {
            Some(encoded) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .expect("Base64"),
            None => expanded(line, &record).into_bytes(),
        };
        if record["ends_with_newline"] == true {
            bytes.push(b'\n');
        }
        Self {
            id: record["id"].as_u64().expect("an id"),
            bytes,
            record,
        }
    }

    /// The text, where bytes that are no UTF-8 are what readers make of them.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What the record says line by line: `runner_lines`, `act_lines`, `sanitized`.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.record[name].as_array().expect("a list");
        let text = |line: &Value| expanded(line.as_str().expect("a line"), &self.record);
        lines.iter().map(text).collect()
    }

    /// Whether something is carried out, as the record says; nothing where it does not.
    pub(crate) fn says(&self, name: &str) -> Option<bool> {
        self.record[name].as_bool()
    }
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    let rows: Vec<Value> =
        serde_json::from_str(include_str!("../../data/workflow-commands.json")).expect("a list");
    assert!(rows.len() > 100);
    rows.into_iter().map(Vector::new).collect()
}

/// A long run of one character is written as `<A*5000>`.
fn expanded(text: &str, record: &Value) -> String {
    let count = record["line_repeat"]["count"].as_u64().unwrap_or_default();
    let run = "A".repeat(usize::try_from(count).expect("a length"));
    text.replace(&format!("<A*{count}>"), &run)
}
