//! TLS in front of a server, with certificates of an authority that exists in the test alone.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority that nobody knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What is odd about a server's certificate, or its TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Good,
    /// It speaks TLS 1.2 alone.
    Tls12,
    /// It speaks TLS 1.3 alone.
    Tls13,
    /// The certificate's time has passed.
    Expired,
    /// The certificate's time has not come.
    Early,
    /// The certificate is for another name.
    OtherName,
    /// It has signed its certificate itself.
    SelfSigned,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("a certificate"))
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// TLS for localhost, 127.0.0.1, `::1` and azure.test.
    fn config(&self, kind: Kind) -> ServerConfig {
        let names = match kind {
            Kind::OtherName => vec!["other.test".to_owned()],
            _ => ["localhost", "127.0.0.1", "::1", "azure.test"]
                .map(str::to_owned)
                .to_vec(),
        };
        let mut parameters = CertificateParams::new(names).expect("names");
        parameters
            .distinguished_name
            .push(DnType::CommonName, "a server");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if kind == Kind::Expired {
            parameters.not_after = date_time_ymd(2001, 1, 1);
        }
        if kind == Kind::Early {
            parameters.not_before = date_time_ymd(2090, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = if kind == Kind::SelfSigned {
            parameters.self_signed(&key)
        } else {
            parameters.signed_by(&key, &self.0)
        };
        let certificate = certificate.expect("a certificate");
        let versions: &[&SupportedProtocolVersion] = match kind {
            Kind::Tls12 => &[&TLS12],
            Kind::Tls13 => &[&TLS13],
            _ => &[&TLS12, &TLS13],
        };
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .expect("a certificate with its key")
    }

    /// A server that leads to the one at `target` until the test ends; gives its address.
    pub(crate) fn serve(&self, listen: &str, target: SocketAddr, kind: Kind) -> SocketAddr {
        let listener = StdListener::bind(listen).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let acceptor = TlsAcceptor::from(Arc::new(self.config(kind)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a socket");
                loop {
                    let (client, _) = listener.accept().await.expect("a connection");
                    tokio::spawn(relay(acceptor.clone(), client, target));
                }
            });
        });
        address
    }
}

/// A handshake that fails, or a connection that breaks, is the test's affair.
async fn relay(acceptor: TlsAcceptor, client: TcpStream, target: SocketAddr) {
    let Ok(mut client) = acceptor.accept(client).await else {
        return;
    };
    let Ok(mut server) = TcpStream::connect(target).await else {
        return;
    };
    drop(copy_bidirectional(&mut client, &mut server).await);
    drop(client.shutdown().await);
}
