//! One request as the handlers see it: path segments, query, api-version, body.

use serde::de::DeserializeOwned;

use crate::percent;
use crate::refusal::Refusal;
use crate::version::ApiVersion;

/// A request below `_apis`.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The decoded segments after `_apis`.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Query,
    pub(crate) accept: String,
    pub(crate) body: Vec<u8>,
    /// `http://host/organization`: links in answers begin with it.
    pub(crate) base: String,
    pub(crate) version: ApiVersion,
    pub(crate) is_version_named: bool,
}

impl Call {
    /// Fixed path parts are not case-sensitive.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.segments
            .iter()
            .map(|segment| segment.to_ascii_lowercase())
            .collect()
    }

    /// The last part of the path as it was sent; in the keys a name has lost its capitals.
    pub(crate) fn last_segment(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.body.is_empty() {
            return Err(Refusal::no_body());
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal::bad_body(error.to_string()))
    }

    /// A browser or a script that takes anything gets text ("View raw log" is such a link).
    pub(crate) fn accepts_plain_text(&self) -> bool {
        let accept = self.accept.to_ascii_lowercase();
        accept.contains("text/plain") || accept.contains("*/*") && !accept.contains("json")
    }
}

/// Decoded query parameters; names are not case-sensitive.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = percent::pairs(text);
        Self(
            pairs
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let wanted = name.to_ascii_lowercase();
        let found = self.0.iter().find(|(name, _)| *name == wanted);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The items of a comma list; `None` when the parameter is absent.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        Some(
            value
                .split(',')
                .map(|item| item.trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect(),
        )
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let bad = |_| Refusal::bad_query(format!("The value '{value}' is not valid for {name}."));
        value.parse().map(Some).map_err(bad)
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_names_have_no_case_and_lists_have_commas() {
        let query = Query::parse("statusFilter=completed,%20inProgress&$top=5&empty=");
        assert_eq!(
            query.list("STATUSFILTER").unwrap(),
            ["completed", "inProgress"]
        );
        assert_eq!(query.number("$top").unwrap(), Some(5));
        assert_eq!(query.get("empty"), None);
    }
}
