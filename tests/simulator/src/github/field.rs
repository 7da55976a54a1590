//! The fields of a body, within their limits. `resource` is what GitHub calls the thing that has them.

use serde_json::Value;

use super::Problem;

/// A text within its limit, if the body has it.
pub(super) fn text<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    longest: usize,
) -> Result<Option<&'b str>, Problem> {
    let text = match &body[field] {
        Value::Null => None,
        Value::String(text) => Some(text.as_str()),
        _ => {
            let message = format!("{field} is not a string");
            return Err(Problem::invalid(resource, field, &message));
        }
    };
    match text {
        Some(text) if text.chars().count() > longest => {
            let message = format!("{field} is too long (maximum is {longest} characters)");
            Err(Problem::invalid(resource, field, &message))
        }
        text => Ok(text),
    }
}

/// A text that must be there.
pub(super) fn needed<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    longest: usize,
) -> Result<&'b str, Problem> {
    let missing = || Problem::invalid(resource, field, &format!("{field} wasn't supplied"));
    let text = text(body, resource, field, longest)?.filter(|text| !text.is_empty());
    text.ok_or_else(missing)
}

/// One of a few words, if the body has it.
pub(super) fn word<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    words: &[&str],
) -> Result<Option<&'b str>, Problem> {
    let word = text(body, resource, field, usize::MAX)?;
    if word.is_none_or(|word| words.contains(&word)) {
        return Ok(word);
    }
    let message = format!("{field} is not included in the list");
    Err(Problem::invalid(resource, field, &message))
}
