//! The one HTTP client of the program, for Azure DevOps and GitHub alike.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Error, Patience};

/// Whom the client trusts besides Mozilla's roots, which are compiled in.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Whether to read what `SSL_CERT_FILE` or `SSL_CERT_DIR` name.
    pub system: bool,
    /// Certificates in PEM.
    pub certificates: Option<Vec<u8>>,
}

/// Builds a client that follows no redirect, keeps connections open and honours the proxy
/// variables.
pub fn http_client(trust: &Trust, patience: Patience) -> Result<reqwest::Client, Error> {
    built(builder(trust, patience)?)
}

/// Builds a client for what is next to this machine, which no proxy leads to.
pub(super) fn direct_client(patience: Patience) -> Result<reqwest::Client, Error> {
    let near = builder(&Trust::default(), patience)?
        .no_proxy()
        .connect_timeout(Duration::from_secs(3));
    built(near)
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder
        .build()
        .map_err(|error| Error::Setup(error.to_string()))
}

fn builder(trust: &Trust, patience: Patience) -> Result<reqwest::ClientBuilder, Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if trust.system {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(pem) = &trust.certificates {
        add_certificates(&mut roots, pem)?;
    }
    // ring rather than aws-lc-rs, which spends 60 ms on entropy before the first request.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(patience.request)
        .user_agent(concat!("run-azure-pipeline/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}

fn add_certificates(roots: &mut rustls::RootCertStore, pem: &[u8]) -> Result<(), Error> {
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| Error::Certificate(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| Error::Certificate(error.to_string()))?;
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(Error::Certificate(
            "it holds no BEGIN CERTIFICATE block".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_can_be_built_with_our_tls() {
        // Fails at run time when our rustls and reqwest's drift apart.
        http_client(&Trust::default(), Patience::default()).expect("a client");
    }

    #[test]
    fn text_that_is_no_certificate_is_refused_by_name() {
        let trust = Trust {
            system: false,
            certificates: Some(b"hello".to_vec()),
        };
        let error = http_client(&trust, Patience::default())
            .expect_err("not PEM")
            .to_string();
        assert!(
            error.starts_with("`ca-certificate` is not a PEM certificate"),
            "{error}"
        );
    }
}
