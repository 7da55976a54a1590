//! What each server can do, and what is said of what it cannot.

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use run_azure_pipeline::azure::{Client, Credential, Patience, ProjectAddress, RunRequest};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;
use serde_json::json;

const PIPELINE: &str = "
[[pipeline]]
id = 12
name = 'App CI'
parameters = [{ name = 'slow', type = 'boolean' }]
[[pipeline.run.stage]]
name = 'Build'
[[pipeline.run.stage]]
name = 'Deploy'
";

const PRODUCTS: [&str; 5] = [
    "services",
    "server-2022.1",
    "server-2022",
    "server-2020",
    "server-2019",
];

fn start(product: &str) -> Simulator {
    let text = format!("product = '{product}'\n{PIPELINE}");
    Simulator::start(Scenario::from_toml(&text).expect("a scenario"))
}

fn client(simulator: &Simulator) -> Client {
    let network =
        Network::new(&Settings::default(), Patience::default().request).expect("a client");
    let address = ProjectAddress::parse(&simulator.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new(TEST_TOKEN));
    Client::new(network, address, &credential).expect("a client")
}

#[tokio::test]
async fn the_yaml_is_expanded_where_the_server_can_and_nothing_starts() {
    let run = RunRequest {
        pipeline: 12,
        source_branch: Some("refs/heads/main".into()),
        template_parameters: vec![("slow".into(), true.into())],
        stages_to_skip: vec!["Deploy".into()],
        ..RunRequest::default()
    };
    for product in PRODUCTS {
        let simulator = start(product);
        let client = client(&simulator);
        // Whatever is asked for first tells the version.
        client.get_pipeline(12).await.expect("the pipeline");
        let previewed = client.preview(&run).await;
        if matches!(product, "server-2019" | "server-2020") {
            let error = previewed.expect_err(product).to_string();
            let version = if product == "server-2019" {
                "5.0"
            } else {
                "6.0"
            };
            assert_eq!(
                error,
                format!(
                    "Expanding the YAML without a run needs api-version 7.0, and this server has {version} at most: \
                     what is wrong with it is said when a run is queued"
                )
            );
        } else {
            let yaml = previewed.expect(product);
            assert!(yaml.contains("- stage: Deploy"), "{yaml}");
            let last = simulator.journal().pop().expect("a request");
            assert_eq!(last.body["previewRun"], json!(true));
            let wrong = RunRequest {
                template_parameters: vec![("slow".into(), "perhaps".into())],
                ..run.clone()
            };
            let error = client
                .preview(&wrong)
                .await
                .expect_err("no boolean")
                .to_string();
            assert!(error.contains("is not a valid Boolean"), "{error}");
        }
        assert!(simulator.builds().is_empty(), "{product}");
        assert_eq!(simulator.problems(), Vec::<String>::new());
    }
}
