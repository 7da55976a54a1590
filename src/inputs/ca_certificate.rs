//! Certificates of the inputs.

use super::InputError;

/// Certificates that are trusted besides the public ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaCertificate {
    /// PEM text.
    Text(String),
    /// A file in the workspace.
    File(String),
}

impl CaCertificate {
    /// A path has no line ends. Other text is not repeated: it may be anything.
    pub(super) fn read(text: &str) -> Result<Self, InputError> {
        let trimmed = text.trim();
        if trimmed.contains("-----BEGIN") {
            Ok(Self::Text(text.to_owned()))
        } else if trimmed.contains(['\n', '\r']) {
            Err(InputError::new(
                "`ca-certificate` is neither PEM text (it has no -----BEGIN CERTIFICATE-----) nor the path of a file",
            ))
        } else {
            Ok(Self::File(trimmed.to_owned()))
        }
    }
}
