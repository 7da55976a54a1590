//! A client whose service is made up: every request gets the same answer, and none is sent.

use run_azure_pipeline::azure::{
    Authorization, Client, Credential, MadeUp, Patience, ProjectAddress, RunQuery,
};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;
use tokio::runtime::{Builder, Runtime};

/// The token of the client.
pub(super) const TOKEN: &str = "k3y-that-n0body-may-see-0123456789";

/// All runs of a pipeline.
pub(super) const RUNS: RunQuery<'_> = RunQuery {
    pipeline: 12,
    source_branch: None,
    queued_since: None,
    tag: None,
};

thread_local! {
    static SERVICE: (Client, Runtime) = (client(), runtime());
}

/// What the client makes of an answer.
pub(super) fn answered<T>(answer: MadeUp, ask: impl AsyncFnOnce(&Client) -> T) -> T {
    SERVICE.with(|(client, runtime)| {
        client.make_up(answer);
        runtime.block_on(ask(client))
    })
}

/// Its clock jumps over the pauses between tries.
fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    builder.build().expect("a runtime")
}

fn client() -> Client {
    let address = ProjectAddress::parse("https://azure.test/fabrikam/Fabrikam").expect("a project");
    let network = Network::new(&Settings::default(), Patience::default().request);
    let network = network.expect("a client");
    let credential = Credential::from_token(&Secret::new(TOKEN));
    let authorization = Authorization::given(&credential).expect("a header");
    Client::new(network, address, authorization)
}
