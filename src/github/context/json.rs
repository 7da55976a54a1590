//! GitHub's JSON, field by field.

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(super) fn text(json: &Value, pointer: &str) -> Option<String> {
    let text = json.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn time(json: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(&text(json, pointer)?).ok()?;
    Some(time.with_timezone(&Utc))
}

/// GitHub does not tell names apart by case. Two unknown repositories are not the same.
pub(super) fn is_same_repository(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
}
