//! The matrix of servers: what each kind of server is asked for everything that a step can do, in
//! which versions, whether that works, and what is said where it cannot.

use std::fmt::Write as _;

use azure_pipelines_simulator::{Exchange, Simulator, TEST_TOKEN};
use run_azure_pipeline::azure::{
    Authorization, Client, Credential, Patience, ProjectAddress, RunRequest,
};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;
use serde_json::{Value, json};

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::start;
use crate::support::tree::path;

/// A kind of server, and where its projects are.
struct Server {
    product: &'static str,
    collection: &'static str,
    project: &'static str,
}

const fn server(product: &'static str, collection: &'static str, project: &'static str) -> Server {
    Server {
        product,
        collection,
        project,
    }
}

const SERVERS: [Server; 5] = [
    server("services", "fabrikam", "Fabrikam"),
    server("server-2022.1", "tfs/DefaultCollection", "Grüße"),
    server("server-2022", "Main", "100% A+B"),
    server("server-2020", "azure/devops/Große Sammlung", "Web #2"),
    server(
        "server-2019",
        "tfs/Main Collection",
        "4c1d0304-a209-464e-b614-7a0f593fe799",
    ),
];

/// Runs that are over, one that failed, and one that goes on; and a pipeline to be run.
const PIPELINES: &str = "
starts-at = '1h'
limit-variables = false
queue = [{ id = 80, name = 'Lab' }]
[[past-run]]
pipeline = 12
at = '0s'
tags = ['nightly']
[[past-run]]
pipeline = 13
at = '1m'
[[past-run]]
pipeline = 14
at = '2m'
[[pipeline]]
id = 12
name = 'App CI'
parameters = ['environment', { name = 'matrix', type = 'object' }]
variables = ['who', { name = 'password', secret = true }]
[[pipeline.run]]
queue-for = '0s'
[[pipeline.run.stage]]
name = 'Build'
[[pipeline.run.stage]]
name = 'Deploy'
[[pipeline]]
id = 13
name = 'Flaky'
[[pipeline.run]]
queue-for = '0s'
[[pipeline.run.task]]
name = 'Check'
attempts = [{ result = 'failed' }, { result = 'succeeded' }]
[[pipeline]]
id = 14
name = 'Endless'
[[pipeline.run]]
queue-for = '0s'
task = [{ name = 'Soak', duration = 'forever' }]
";

type Inputs = &'static [(&'static str, &'static str)];

const CASES: [(&str, Inputs); 26] = [
    ("run", &[]),
    (
        "azure-pipeline-variables",
        &[("azure-pipeline-variables", "who=world")],
    ),
    ("secret-variables", &[("secret-variables", "token=hunter2")]),
    (
        "secret-variables-of-the-pipeline",
        &[("secret-variables", "password=hunter2")],
    ),
    (
        "template-parameters",
        &[(
            "template-parameters",
            "{\"environment\": \"test\", \"matrix\": [{\"os\": \"linux\"}]}",
        )],
    ),
    (
        "resources",
        &[(
            "resources",
            "{\"pipelines\": {\"base\": {\"version\": \"20260302.3\"}}}",
        )],
    ),
    ("stages-to-skip", &[("stages-to-skip", "Deploy")]),
    ("demands", &[("demands", "docker, Agent.OS -equals Linux")]),
    ("agent-queue", &[("agent-queue", "lab")]),
    ("agent-queue-by-id", &[("agent-queue", "80")]),
    ("agent-queue-unknown", &[("agent-queue", "labs")]),
    ("priority", &[("priority", "high")]),
    ("run-tags", &[("run-tags", "nightly, release")]),
    (
        "template-parameters-and-demands",
        &[
            ("template-parameters", "environment=test"),
            ("demands", "docker"),
        ],
    ),
    (
        "secret-variables-and-priority",
        &[("secret-variables", "token=hunter2"), ("priority", "low")],
    ),
    (
        "retry-in-the-same-run",
        &[("azure-pipeline-name", "Flaky"), ("retry-on", "failure")],
    ),
    (
        "by-id",
        &[("azure-pipeline-name", ""), ("azure-pipeline-id", "12")],
    ),
    ("watch", &[("command", "watch"), ("run-id", "1")]),
    ("retry", &[("command", "retry"), ("run-id", "2")]),
    ("cancel", &[("command", "cancel"), ("run-id", "3")]),
    ("list", &[("command", "list"), ("requested-for", "me")]),
    ("show", &[("command", "show"), ("run-id", "1")]),
    (
        "tag-add",
        &[("command", "tag-add"), ("run-id", "1"), ("tags", "good")],
    ),
    ("tag-list", &[("command", "tag-list"), ("run-id", "1")]),
    (
        "tag-delete",
        &[
            ("command", "tag-delete"),
            ("run-id", "1"),
            ("tags", "nightly"),
        ],
    ),
    ("unknown-pipeline", &[("azure-pipeline-name", "App C1")]),
];

fn serve(server: &Server) -> Simulator {
    // A project is asked for by its id, too.
    let is_id = server.project.starts_with("4c1d0304");
    let project = if is_id { "Fabrikam" } else { server.project };
    start(&format!(
        "product = '{}'\norganization = '{}'\nproject = '{project}'\n{PIPELINES}",
        server.product, server.collection
    ))
}

/// Where the project is, as somebody would write it.
fn address(simulator: &Simulator, server: &Server) -> String {
    let project = server.project.replace('%', "%25");
    format!("{}/{}/{project}", simulator.url(), server.collection)
}

#[test]
fn every_server_does_what_it_can() {
    for (case, inputs) in CASES {
        let parts = std::thread::scope(|scope| {
            let tasks = SERVERS
                .iter()
                .map(|server| scope.spawn(|| play(server, inputs)));
            let tasks: Vec<_> = tasks.collect();
            let parts = tasks.into_iter().map(|task| task.join().expect("no panic"));
            parts.collect::<Vec<String>>()
        });
        insta::with_settings!({
            snapshot_path => path("tests/servers"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(case, parts.join("\n"));
        });
    }
}

/// What one server was asked and what came of it.
fn play(server: &Server, inputs: Inputs) -> String {
    let simulator = serve(server);
    let finished = Action::on(&simulator)
        .input("azure-devops-project-url", &address(&simulator, server))
        .input("max-attempts", "2")
        .inputs(inputs.iter().copied())
        .run();
    assert_eq!(
        simulator.problems(),
        Vec::<String>::new(),
        "{}",
        server.product
    );
    let refused = simulator.journal();
    let refused = refused.iter().filter(|one| one.status == Some(400));
    assert!(
        refused.count() <= 1,
        "{}: agreeing on a version costs one request at most",
        server.product
    );
    let mut text = format!(
        "{}: {}\n{}",
        server.product,
        finished.exit_code.expect("it ends by itself"),
        said(&finished)
    );
    let mut lines: Vec<String> = simulator.journal().iter().filter_map(asked).collect();
    lines.dedup();
    for line in lines {
        let _ = writeln!(text, "    {line}");
    }
    text.replace(&simulator.url(), "http://azure.test")
}

/// The errors and warnings of a step, or else the last line of its log.
fn said(finished: &Finished) -> String {
    let annotations = finished.view.annotations.iter();
    let told: Vec<String> = annotations
        .filter(|one| one.level != "notice")
        .map(|one| format!("    {}: {}\n", one.level, one.message))
        .collect();
    if !told.is_empty() {
        return told.concat();
    }
    let log = finished.log();
    let last = log.lines().last().unwrap_or_default();
    format!(
        "    {}\n",
        last.replace("␛[32m", "")
            .replace("␛[1m", "")
            .replace("␛[0m", "")
    )
}

/// A request without what is the same everywhere; nothing for those that only follow a run.
fn asked(exchange: &Exchange) -> Option<String> {
    let (_, call) = exchange.path.split_once("/_apis/")?;
    let (call, query) = call.split_once('?').unwrap_or((call, ""));
    let version = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("api-version="));
    let is_following = exchange.method == "GET"
        && (call.contains("/timeline") || call.contains("/logs") || call.contains("/records/"));
    if is_following {
        return None;
    }
    let status = exchange
        .status
        .map_or_else(String::new, |status| status.to_string());
    let body = without_claim(&exchange.body);
    let body = if body.is_null() {
        String::new()
    } else {
        format!(" {body}")
    };
    Some(format!(
        "{} {call} {} -> {status}{body}",
        exchange.method,
        version.unwrap_or("without version")
    ))
}

/// The body without the tags by which the step knows its run.
fn without_claim(body: &Value) -> Value {
    let is_foreign = |tag: &&Value| !tag.as_str().is_some_and(|tag| tag.starts_with("github-"));
    let mut body = body.clone();
    let tags = if body.is_array() {
        Some(&mut body)
    } else {
        body.get_mut("tags")
    };
    if let Some(Value::Array(tags)) = tags {
        *tags = tags.iter().filter(is_foreign).cloned().collect();
    }
    body
}

fn client(simulator: &Simulator) -> Client {
    let network =
        Network::new(&Settings::default(), Patience::default().request).expect("a client");
    let address = ProjectAddress::parse(&simulator.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new(TEST_TOKEN));
    let authorization = Authorization::given(&credential).expect("a header");
    Client::new(network, address, authorization)
}

#[tokio::test]
async fn the_yaml_is_expanded_where_the_server_can_and_nothing_starts() {
    let run = RunRequest {
        pipeline: 12,
        source_branch: Some("refs/heads/main".into()),
        template_parameters: vec![("matrix".into(), json!([1]))],
        stages_to_skip: vec!["Deploy".into()],
        ..RunRequest::default()
    };
    for server in SERVERS {
        let product = server.product;
        let simulator = serve(&server);
        let (client, builds) = (client(&simulator), simulator.builds().len());
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
                template_parameters: vec![("matrix".into(), "{".into())],
                ..run.clone()
            };
            let error = client
                .preview(&wrong)
                .await
                .expect_err("no object")
                .to_string();
            assert!(error.contains("is not a valid Object"), "{error}");
        }
        assert_eq!(simulator.builds().len(), builds, "{product}");
        assert_eq!(simulator.problems(), Vec::<String>::new());
    }
}
