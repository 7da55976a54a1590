//! Api-versions: what each product serves and how other wishes are refused (docs: "REST API versioning").

use std::fmt;

use crate::refusal::Refusal;
use crate::script::Product;

/// `7.1`, `7.2-preview` or `7.2-preview.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiVersion {
    number: (u32, u32),
    /// What follows `-preview`, for example `.3`.
    preview: Option<String>,
}

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        let (number, preview) = match text.split_once("-preview") {
            Some((number, rest)) => (number, Some(rest.to_owned())),
            None => (text, None),
        };
        let (major, minor) = number.split_once('.')?;
        Some(Self {
            number: (major.parse().ok()?, minor.parse().ok()?),
            preview,
        })
    }

    pub(crate) fn is_at_least(&self, major: u32, minor: u32) -> bool {
        self.number >= (major, minor)
    }

    /// The version a request asks for, in its query or its Accept header.
    pub(crate) fn asked(query: Option<&str>, accept: &str) -> Option<String> {
        let parameter = accept
            .split([';', ','])
            .map(str::trim)
            .find_map(|part| part.strip_prefix("api-version="));
        query
            .or(parameter)
            .map(|text| text.trim_matches('"').to_owned())
    }

    /// Checks what was asked for; reads may leave the version out.
    pub(crate) fn negotiate(
        asked: Option<&str>,
        product: Product,
        method: &str,
    ) -> Result<Self, Refusal> {
        let Served { released, latest } = Served::by(product);
        let Some(text) = asked else {
            return if matches!(method, "POST" | "PATCH" | "PUT" | "DELETE") {
                Err(Refusal::version_not_specified(method))
            } else {
                Ok(Self {
                    number: released,
                    preview: None,
                })
            };
        };
        let latest_text = format!("{}.{}", latest.0, latest.1);
        let out_of_range = || Refusal::version_out_of_range(text, &latest_text);
        let version = Self::parse(text).ok_or_else(out_of_range)?;
        if version.number > latest {
            return Err(out_of_range());
        }
        if version.number > released && version.preview.is_none() {
            return Err(Refusal::preview_flag_missing(text));
        }
        Ok(version)
    }

    /// Some resources were released later than others.
    pub(crate) fn needs_preview_before(&self, major: u32, minor: u32) -> Result<(), Refusal> {
        if self.is_at_least(major, minor) {
            Ok(())
        } else {
            self.needs_preview()
        }
    }

    /// Some resources were never released.
    pub(crate) fn needs_preview(&self) -> Result<(), Refusal> {
        match self.preview {
            Some(_) => Ok(()),
            None => Err(Refusal::preview_flag_missing(&self.to_string())),
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number.0, self.number.1)?;
        self.preview
            .as_ref()
            .map_or(Ok(()), |rest| write!(f, "-preview{rest}"))
    }
}

/// The versions that a product serves, as major and minor numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    pub(crate) released: (u32, u32),
    /// Above `released` only as a preview.
    pub(crate) latest: (u32, u32),
}

impl Served {
    pub(crate) fn by(product: Product) -> Self {
        let (released, latest) = match product {
            Product::Services => ((7, 1), (7, 2)),
            Product::Server2019 => ((5, 0), (5, 0)),
            Product::Server2020 => ((6, 0), (6, 0)),
            Product::Server2022 => ((7, 0), (7, 0)),
            Product::Server2022Update1 => ((7, 1), (7, 1)),
        };
        Self { released, latest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(asked: &str, product: Product) -> String {
        match ApiVersion::negotiate(Some(asked), product, "GET") {
            Ok(version) => version.to_string(),
            Err(refusal) => refusal.message,
        }
    }

    #[test]
    fn versions_are_refused_as_documented() {
        assert_eq!(outcome("7.1", Product::Services), "7.1");
        assert_eq!(outcome("7.2-preview.7", Product::Services), "7.2-preview.7");
        assert!(outcome("7.2", Product::Services).contains("is under preview"));
        assert!(outcome("7.1", Product::Server2019).contains("server supports is 5.0."));
        assert!(outcome("nonsense", Product::Services).contains("out of range"));
    }

    #[test]
    fn the_version_may_stand_in_the_accept_header() {
        let asked = ApiVersion::asked(None, "application/json; api-version=5.0");
        assert_eq!(asked.as_deref(), Some("5.0"));
        assert_eq!(
            ApiVersion::asked(Some("7.1"), "application/json").as_deref(),
            Some("7.1")
        );
    }
}
