//! A request, before it is addressed and signed.

use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;

use super::{Ability, ApiVersion};

/// One request, before it is addressed and signed.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) area: Area,
    /// Below the area.
    pub(super) segments: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a Value>,
    pub(super) accept: &'static str,
    /// The api-version, where it is not the one that was agreed on.
    pub(super) version: Option<ApiVersion>,
    /// What it needs of the server; it tells in which versions it is a preview.
    pub(super) ability: Option<Ability>,
    pub(super) time: Time,
}

/// What a request is addressed below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// `{organization}/_apis`
    Organization,
    /// `{organization}/_apis`, where the organization keeps its identities
    Identities,
    /// `{organization}/{project}/_apis`
    Project,
    /// `{organization}/{project}/_apis/build`
    Build,
}

/// How long a request may take from sending to the last byte of its answer.
#[derive(Clone, Copy)]
pub(super) enum Time {
    /// As long as a short answer may.
    Short,
    /// This long.
    Limited(Duration),
    /// As long as bytes keep coming.
    Unlimited,
}

impl<'a> Request<'a> {
    pub(super) fn get(segments: &'a [&'a str]) -> Self {
        Self {
            method: Method::GET,
            area: Area::Build,
            segments,
            query: &[],
            body: None,
            accept: "application/json",
            version: None,
            ability: None,
            time: Time::Short,
        }
    }

    pub(super) fn write(method: Method, segments: &'a [&'a str], body: &'a Value) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(segments)
        }
    }

    pub(super) fn below(self, area: Area) -> Self {
        Self { area, ..self }
    }

    pub(super) fn needing(self, ability: Ability) -> Self {
        let ability = Some(ability);
        Self { ability, ..self }
    }

    pub(super) fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    /// What the request for `url` is called in errors: `METHOD path`.
    pub(super) fn name(&self, url: &Url) -> String {
        format!("{} {}", self.method, url.path())
    }
}
