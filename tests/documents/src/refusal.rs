//! Error answers, which the documents do not describe: the shapes that were recorded and reported.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::finding::{Finding, Findings};
use crate::model::kind;

/// The fields of the body in the order in which the service writes them.
const FIELDS: [&str; 8] = [
    "$id",
    "customProperties",
    "innerException",
    "message",
    "typeName",
    "typeKey",
    "errorCode",
    "eventId",
];

/// What is wrong with the body of an error answer, given as text and as JSON.
#[must_use]
pub fn body_findings(text: &str, body: &Value) -> Findings {
    let mut findings = Findings::new();
    let mut note = |place: &str, problem: String| findings.insert(Finding::new(place, problem));
    let Some(object) = body.as_object() else {
        note("error", format!("is {}, not an object", kind(body)));
        return findings;
    };
    for name in object
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        note(
            &format!("error.{name}"),
            "is not a field of errors".to_owned(),
        );
    }
    let keys = keys_in_order(text);
    let mut last = 0;
    for name in FIELDS {
        let Some(place) = keys.iter().position(|key| key == name) else {
            if name != "customProperties" {
                note(&format!("error.{name}"), "is missing".to_owned());
            }
            continue;
        };
        if place < last {
            note(&format!("error.{name}"), "comes too early".to_owned());
        }
        last = place;
    }
    let is_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    for name in ["$id", "message", "typeName", "typeKey"] {
        if !is_text(name) {
            note(&format!("error.{name}"), "is not a text".to_owned());
        }
    }
    let (type_name, key) = (body["typeName"].as_str(), body["typeKey"].as_str());
    let full = type_name
        .and_then(|name| name.split_once(", "))
        .map(|(full, _)| full);
    if full.and_then(|full| full.rsplit('.').next()) != key {
        note("error.typeName", "does not end in typeKey".to_owned());
    }
    if !body["innerException"].is_null() {
        note("error.innerException", "is not null".to_owned());
    }
    if body["errorCode"] != 0 || !matches!(body["eventId"].as_u64(), Some(0 | 3000)) {
        note("error.eventId", "is unheard of".to_owned());
    }
    findings
}

/// The keys of an object as they stand in the text; a JSON value would sort them.
fn keys_in_order(text: &str) -> Vec<String> {
    struct Keys;
    impl<'de> Visitor<'de> for Keys {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut keys = Vec::new();
            while let Some((key, IgnoredAny)) = map.next_entry()? {
                keys.push(key);
            }
            Ok(keys)
        }
    }
    serde_json::Deserializer::from_str(text)
        .deserialize_map(Keys)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let body = serde_json::from_str(text).expect("JSON");
        let found: Vec<String> = body_findings(text, &body)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn errors_have_the_services_fields_in_its_order() {
        check(
            r#"{"$id":"1","innerException":null,"message":"m","typeName":"A.B.KException, A.B","typeKey":"KException","errorCode":0,"eventId":3000}"#,
            &[],
        );
        check(
            r#"{"$id":"1","message":"m","innerException":null,"typeName":"A.B.Other, A.B","typeKey":"K","errorCode":0,"hint":1}"#,
            &[
                "error.eventId is missing",
                "error.eventId is unheard of",
                "error.hint is not a field of errors",
                "error.message comes too early",
                "error.typeName does not end in typeKey",
            ],
        );
    }
}
