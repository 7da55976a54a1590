//! Whom the client trusts.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::SetupError;

/// Whom the client trusts besides Mozilla's roots, which are compiled in.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Certificates in PEM.
    pub certificates: Option<Vec<u8>>,
    /// `SSL_CERT_FILE`.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`.
    pub directory: Option<PathBuf>,
}

impl Trust {
    /// TLS 1.2 and 1.3, verified by these roots; and what could not be read of what the variables
    /// name. That is no error: they may mean the machine outside of the container.
    pub(super) fn tls(&self) -> Result<(ClientConfig, Option<String>), SetupError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let (file, directory) = (self.file.as_deref(), self.directory.as_deref());
        let found = rustls_native_certs::load_certs_from_paths(file, directory);
        roots.add_parsable_certificates(found.certs);
        if let Some(pem) = &self.certificates {
            add_certificates(&mut roots, pem)?;
        }
        // ring rather than aws-lc-rs, which spends 60 ms on entropy before the first request.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| SetupError::Client(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let unread = found.errors.first().map(ToString::to_string);
        Ok((tls, unread))
    }
}

fn add_certificates(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), SetupError> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        count += 1;
        let unusable = |what: String| {
            SetupError::Certificate(format!("its certificate number {count} is broken ({what})"))
        };
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
    }
    if count == 0 {
        let none = "it holds no BEGIN CERTIFICATE block";
        return Err(SetupError::Certificate(none.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_certificate_is_refused_by_name() {
        for (pem, problem) in [
            ("hello", "it holds no BEGIN CERTIFICATE block"),
            (
                "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
                "its certificate number 1 is broken (base64 decode error: ",
            ),
            (
                "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
                "its certificate number 1 is broken (invalid peer certificate: BadEncoding)",
            ),
        ] {
            let trust = Trust {
                certificates: Some(pem.as_bytes().to_vec()),
                ..Trust::default()
            };
            let error = trust.tls().expect_err("no certificate").to_string();
            let start = format!("`ca-certificate` cannot be used: {problem}");
            assert!(error.starts_with(&start), "{error}");
        }
    }

    #[test]
    fn a_file_that_the_variables_name_may_be_missing() {
        let trust = Trust {
            file: Some("/nowhere/ca.pem".into()),
            ..Trust::default()
        };
        let (_, unread) = trust.tls().expect("usable");
        assert!(unread.expect("named").contains("/nowhere/ca.pem"));
        let (_, unread) = Trust::default().tls().expect("usable");
        assert_eq!(unread, None);
    }
}
