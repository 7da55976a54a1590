//! What the tests of this module share.

use azure_pipelines_simulator::TEST_TOKEN;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Authorization, Client, Credential, Patience, ProjectAddress};
use crate::network::{Network, Settings};
use crate::secret::Secret;

/// A client for this project.
pub(super) fn client(project_url: &str) -> Client {
    let network = Network::new(&Settings::default(), Patience::default().request).unwrap();
    let address = ProjectAddress::parse(project_url).unwrap();
    let credential = Credential::from_token(&Secret::new(TEST_TOKEN));
    Client::new(network, address, Authorization::given(&credential).unwrap())
}

/// What the work gives, on a runtime of its own.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(work)
}

/// Headers with these names and values.
pub(super) fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    pairs.iter().map(pair).collect()
}
