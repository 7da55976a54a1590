//! A run as the vendor's command line writes it: `az pipelines runs show --output json`.
//!
//! It reads the answer into the models of its Python client (api-version 5.0) and writes their
//! attributes: those without a value as null, links not at all, times with six digits and an offset.
//! What the models do not know stays as it came.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Timelike};
use serde_json::{Map, Value};

/// What a model says of one of its attributes.
enum Kind {
    /// Written as it came.
    Plain,
    /// Not written.
    Hidden,
    /// Text, whatever came.
    Text,
    /// An object of texts.
    Texts,
    Time,
    One(&'static Model),
    Many(&'static Model),
}

use Kind::{Hidden, Many, One, Plain, Text, Texts, Time};

/// The attributes of a model, by their names in JSON.
struct Model(&'static [(&'static str, Kind)]);

static BUILD: Model = Model(&[
    ("_links", Hidden),
    ("buildNumber", Text),
    ("buildNumberRevision", Plain),
    ("controller", One(&CONTROLLER)),
    ("definition", One(&DEFINITION)),
    ("deleted", Plain),
    ("deletedBy", One(&IDENTITY)),
    ("deletedDate", Time),
    ("deletedReason", Text),
    ("demands", Plain),
    ("finishTime", Time),
    ("id", Plain),
    ("keepForever", Plain),
    ("lastChangedBy", One(&IDENTITY)),
    ("lastChangedDate", Time),
    ("logs", One(&LOGS)),
    ("orchestrationPlan", One(&PLAN)),
    ("parameters", Text),
    ("plans", Many(&PLAN)),
    ("priority", Plain),
    ("project", One(&PROJECT)),
    ("properties", Plain),
    ("quality", Text),
    ("queue", One(&QUEUE)),
    ("queueOptions", Plain),
    ("queuePosition", Plain),
    ("queueTime", Time),
    ("reason", Plain),
    ("repository", One(&REPOSITORY)),
    ("requestedBy", One(&IDENTITY)),
    ("requestedFor", One(&IDENTITY)),
    ("result", Plain),
    ("retainedByRelease", Plain),
    ("sourceBranch", Text),
    ("sourceVersion", Text),
    ("startTime", Time),
    ("status", Plain),
    ("tags", Plain),
    ("triggerInfo", Texts),
    ("triggeredByBuild", One(&BUILD)),
    ("uri", Text),
    ("url", Text),
    ("validationResults", Many(&VALIDATION)),
]);

static CONTROLLER: Model = Model(&[
    ("_links", Hidden),
    ("createdDate", Time),
    ("description", Text),
    ("enabled", Plain),
    ("id", Plain),
    ("name", Text),
    ("status", Plain),
    ("updatedDate", Time),
    ("uri", Text),
    ("url", Text),
]);

static DEFINITION: Model = Model(&[
    ("createdDate", Time),
    ("id", Plain),
    ("name", Text),
    ("path", Text),
    ("project", One(&PROJECT)),
    ("queueStatus", Plain),
    ("revision", Plain),
    ("type", Plain),
    ("uri", Text),
    ("url", Text),
]);

static IDENTITY: Model = Model(&[
    ("_links", Hidden),
    ("descriptor", Text),
    ("directoryAlias", Text),
    ("displayName", Text),
    ("id", Text),
    ("imageUrl", Text),
    ("inactive", Plain),
    ("isAadIdentity", Plain),
    ("isContainer", Plain),
    ("isDeletedInOrigin", Plain),
    ("profileUrl", Text),
    ("uniqueName", Text),
    ("url", Text),
]);

static LOGS: Model = Model(&[("id", Plain), ("type", Text), ("url", Text)]);

static PLAN: Model = Model(&[("orchestrationType", Plain), ("planId", Text)]);

static PROJECT: Model = Model(&[
    ("abbreviation", Text),
    ("defaultTeamImageUrl", Text),
    ("description", Text),
    ("id", Text),
    ("name", Text),
    ("revision", Plain),
    ("state", Plain),
    ("url", Text),
    ("visibility", Plain),
]);

static QUEUE: Model = Model(&[
    ("_links", Hidden),
    ("id", Plain),
    ("name", Text),
    ("pool", One(&POOL)),
    ("url", Text),
]);

static POOL: Model = Model(&[("id", Plain), ("isHosted", Plain), ("name", Text)]);

static REPOSITORY: Model = Model(&[
    ("checkoutSubmodules", Plain),
    ("clean", Text),
    ("defaultBranch", Text),
    ("id", Text),
    ("name", Text),
    ("properties", Texts),
    ("rootFolder", Text),
    ("type", Text),
    ("url", Text),
]);

static VALIDATION: Model = Model(&[("message", Text), ("result", Plain)]);

/// The run in an answer, as it is written.
pub(super) fn run(answer: Value) -> Value {
    BUILD.write(answer)
}

impl Model {
    fn write(&self, value: Value) -> Value {
        let Value::Object(mut given) = value else {
            return value;
        };
        let mut written = Map::new();
        for (name, kind) in self.0 {
            let value = given.remove(*name).unwrap_or_default();
            if !matches!(kind, Hidden) {
                written.insert((*name).to_owned(), kind.write(value));
            }
        }
        written.append(&mut given);
        written.into()
    }
}

impl Kind {
    fn write(&self, value: Value) -> Value {
        match self {
            Plain | Hidden => value,
            Text => text(value),
            Texts => match value {
                Value::Object(pairs) => pairs
                    .into_iter()
                    .map(|(name, value)| (name, text(value)))
                    .collect(),
                other => other,
            },
            Time => match &value {
                Value::String(given) => time(given).map_or(value, Value::String),
                _ => value,
            },
            One(model) => model.write(value),
            Many(model) => match value {
                Value::Array(items) => items.into_iter().map(|item| model.write(item)).collect(),
                other => other,
            },
        }
    }
}

fn text(value: Value) -> Value {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string().into(),
        other => other,
    }
}

/// As Python's `isoformat` does: six digits, or none, and the offset where one came.
fn time(given: &str) -> Option<String> {
    let digits = |microseconds: u32| if microseconds == 0 { "" } else { "%.6f" };
    let given = given.to_ascii_uppercase();
    if let Ok(time) = DateTime::<FixedOffset>::parse_from_rfc3339(&given) {
        let form = format!("%Y-%m-%dT%H:%M:%S{}%:z", digits(time.nanosecond() / 1_000));
        return Some(time.format(&form).to_string());
    }
    let time: NaiveDateTime = given.parse().ok()?;
    let form = format!("%Y-%m-%dT%H:%M:%S{}", digits(time.nanosecond() / 1_000));
    Some(time.format(&form).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_cut_to_microseconds_and_have_an_offset() {
        for (given, written) in [
            (
                "2020-01-23T18:56:10.0675885Z",
                "2020-01-23T18:56:10.067588+00:00",
            ),
            (
                "2020-01-23T18:56:10.51Z",
                "2020-01-23T18:56:10.510000+00:00",
            ),
            ("2020-01-23T18:56:10Z", "2020-01-23T18:56:10+00:00"),
            ("2020-01-23T18:56:10.0000009Z", "2020-01-23T18:56:10+00:00"),
            ("2020-01-23T18:56:10+02:00", "2020-01-23T18:56:10+02:00"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        ] {
            assert_eq!(time(given).as_deref(), Some(written), "{given}");
        }
        assert_eq!(run(json!({"queueTime": "soon"}))["queueTime"], "soon");
    }

    #[test]
    fn what_has_no_value_is_null_links_vanish_and_the_unknown_stays() {
        let run = run(json!({
            "_links": {"self": {"href": "x"}},
            "id": 7,
            "appendCommitMessageToRunName": true,
            "requestedFor": {"displayName": "Ada", "_links": {}},
            "queue": {"pool": {"id": 1, "_links": {"self": 1}}},
            "triggerInfo": {"pr.number": 12, "pr.isFork": true},
            "triggeredByBuild": {"id": 6},
            "validationResults": [{"message": "m"}],
        }));
        assert_eq!(run.get("_links"), None);
        assert_eq!(run["requestedFor"].get("_links"), None);
        assert_eq!(run["requestedFor"]["directoryAlias"], Value::Null);
        assert_eq!(run["queue"]["pool"]["_links"], json!({"self": 1}));
        assert_eq!(run["appendCommitMessageToRunName"], true);
        assert_eq!(
            run["triggerInfo"],
            json!({"pr.number": "12", "pr.isFork": "True"})
        );
        assert_eq!(run["triggeredByBuild"]["keepForever"], Value::Null);
        assert_eq!(
            run["validationResults"],
            json!([{"message": "m", "result": null}])
        );
        assert_eq!(run.get("deletedDate"), Some(&Value::Null));
    }
}
