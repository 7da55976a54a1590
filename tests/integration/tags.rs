//! The tags of a run, as old and new servers take them.

use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use run_azure_pipeline::azure::{Client, Credential, ProjectAddress, RunRequest};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;

fn client(simulator: &Simulator) -> Client {
    let network = Network::new(&Settings::default(), Duration::from_mins(1)).expect("a client");
    let address = ProjectAddress::parse(&simulator.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new(TEST_TOKEN));
    Client::new(network, address, &credential).expect("a client")
}

#[tokio::test]
async fn tags_are_added_listed_and_deleted_on_every_server() {
    for (product, deleted) in [
        ("services", "PATCH"),
        ("server-2022", "PATCH"),
        ("server-2020", "DELETE"),
        ("server-2019", "DELETE"),
    ] {
        let text = format!("product = '{product}'\n[[pipeline]]\nid = 12\nname = 'App CI'\n");
        let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
        let run = RunRequest {
            pipeline: 12,
            ..RunRequest::default()
        };
        let id = client(&simulator).queue(&run).await.expect("a run").0.id;
        let tags = ["a/b: 100 %".to_owned(), "nightly".to_owned()];
        let added = client(&simulator).add_tags(id, &tags).await;
        assert_eq!(added.expect("added"), tags, "{product}");
        let left = client(&simulator).delete_tag(id, "nightly").await;
        assert_eq!(left.expect("deleted"), tags[..1], "{product}");
        let listed = client(&simulator).tags(id).await;
        assert_eq!(listed.expect("listed"), tags[..1], "{product}");
        let journal = simulator.journal();
        let mut methods = journal.iter().map(|exchange| exchange.method.as_str());
        assert!(methods.any(|method| method == deleted), "{product}");
    }
}
