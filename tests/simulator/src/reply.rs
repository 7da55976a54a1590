//! Answers before they become HTTP: status, headers and body.

use std::ops::Range;

use serde::Serialize;

use crate::log_text::LogText;
use crate::refusal::Refusal;
use crate::version::ApiVersion;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// Sent in pieces, made on the way.
    Log(LogText, Range<usize>),
}

impl Body {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Log(text, range) => text.clone().chunks(range.clone()).flatten().collect(),
        }
    }

    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Log(text, range) => text.byte_length(range),
        }
    }
}

impl Reply {
    pub(crate) fn text(status: u16, content_type: &str, text: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self {
            status,
            headers,
            body: Body::Bytes(text.into()),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Vec::new()),
        }
    }

    /// Successful answers repeat the api-version; errors do not.
    pub(crate) fn json(version: &ApiVersion, value: &impl Serialize) -> Self {
        let content_type = format!("application/json; charset=utf-8; api-version={version}");
        Self::text(
            200,
            &content_type,
            serde_json::to_vec(value).unwrap_or_default(),
        )
    }

    pub(crate) fn list(version: &ApiVersion, value: &[impl Serialize]) -> Self {
        #[derive(Serialize)]
        struct List<'a, T> {
            count: usize,
            value: &'a [T],
        }
        Self::json(
            version,
            &List {
                count: value.len(),
                value,
            },
        )
    }

    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        Self::text(
            refusal.status,
            "application/json; charset=utf-8",
            refusal.body(),
        )
    }

    /// The value of a header by its name in lower case; nothing where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }
}
