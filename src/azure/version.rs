//! What needs which api-version.

use std::fmt;

/// An api-version without `-preview`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(u32, u32);

/// A run can be given the runtime parameters of its YAML.
pub(super) const TEMPLATE_PARAMETERS: ApiVersion = ApiVersion(7, 0);
/// A stage can be started again, in a preview.
pub(super) const STAGES: ApiVersion = ApiVersion(6, 0);
/// The same, released.
pub(super) const STAGES_RELEASED: ApiVersion = ApiVersion(7, 0);
/// A run is started again by a request without a body; before, the body has to be an object.
pub(super) const RETRY_WITHOUT_BODY: ApiVersion = ApiVersion(7, 0);
/// Tags are deleted by a request that has them in its body.
pub(super) const TAGS_IN_BODY: ApiVersion = ApiVersion(6, 1);

impl ApiVersion {
    /// Reads `7.1`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let parse = |text| ApiVersion::parse(text).expect("a version");
        assert!(parse("7.0") > parse("6.1"));
        assert!(parse("10.0") > parse("7.1"));
        assert_eq!(parse("5.0").to_string(), "5.0");
        assert_eq!(ApiVersion::parse("7"), None);
    }
}
