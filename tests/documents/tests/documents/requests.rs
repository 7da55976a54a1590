//! Every request that the action sends, against the documents: each scenario of the action, and what
//! no scenario does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use azure_pipelines_simulator::{Exchange, Scenario, Simulator, Snapshot};
use documents::documents::Documents;
use documents::judge::Request;

use crate::known::{Known, compare};
use crate::played::PLAYED;
use crate::step::Step;
use crate::support::{Shelf, documents, tell};

/// Where the action says what the document of the version does not know.
const KNOWN: [Known; 1] = [Known {
    differences: &[
        "5.0: POST build/builds: Demand is a string, not an object",
        "6.0: POST build/builds: Demand is a string, not an object",
        "7.0: POST build/builds: Demand is a string, not an object",
        "7.1: POST build/builds: Demand is a string, not an object",
    ],
    reason: "the vendor's clients write a demand as a text, and read nothing else",
}];

/// What no document describes, only the vendor's clients: who the caller is, and the console feed.
const UNDOCUMENTED: [&str; 2] = [
    "/_apis/connectionData is not in the document",
    "/feed is not in the document",
];

/// What the action always says of itself.
const HEADERS: [(&str, &str); 2] = [
    ("x-tfs-fedauthredirect", "Suppress"),
    ("user-agent", "run-azure-pipeline/"),
];

/// What is judged, and what was counted.
struct Tally<'a> {
    documents: &'a Documents,
    found: BTreeSet<String>,
    requests: usize,
    operations: BTreeSet<String>,
}

#[test]
fn the_actions_requests_fit_the_documents() {
    let documents = documents();
    let mut tally = Tally {
        documents: &documents,
        found: BTreeSet::new(),
        requests: 0,
        operations: BTreeSet::new(),
    };
    let folders = scenario_folders();
    for folder in &folders {
        play_folder(folder, &mut tally);
    }
    for product in [
        "services",
        "server-2019",
        "server-2020",
        "server-2022",
        "server-2022.1",
    ] {
        everything_is_said(product, &mut tally);
    }
    a_wrong_name(&mut tally);
    a_cancellation(&mut tally);
    tell(&format!(
        "{} requests of the action validated ({} operations, {} scenarios of the action)",
        tally.requests,
        tally.operations.len(),
        folders.len()
    ));
    let is_documented = |line: &String| !UNDOCUMENTED.iter().any(|end| line.ends_with(end));
    tally.found.retain(is_documented);
    compare(&tally.found, &KNOWN);
}

fn scenario_folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let entries = std::fs::read_dir(root).expect("the action's scenarios");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("pipeline.toml").is_file())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// A scenario of the action's own tests. Its log is judged there, its requests here.
fn play_folder(folder: &Path, tally: &mut Tally) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let pipeline = read("pipeline.toml").expect("pipeline.toml");
    let step: toml::Table = toml::from_str(&read("step.toml").expect("step.toml")).expect("TOML");
    let simulator = start(&pipeline);
    let mut played = Step::on(&simulator);
    for (name, value) in table(&step, "inputs") {
        played.input(&name, &value.replace("SIMULATOR", &simulator.url()));
    }
    for (name, value) in table(&step, "variables") {
        played.variable(&name, &value.replace("SIMULATOR", &simulator.url()));
    }
    if let Ok(payload) = read("event.json") {
        played.payload(&payload);
    }
    let exit_code = step
        .get("exit-code")
        .and_then(toml::Value::as_integer)
        .expect("an exit code");
    played.run(u8::try_from(exit_code).expect("an exit code"));
    tally.judge(&simulator, &pipeline);
}

fn table(step: &toml::Table, name: &str) -> BTreeMap<String, String> {
    let table = step
        .get(name)
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten();
    table
        .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
        .collect()
}

/// All that can be said of a run.
fn everything_is_said(product: &str, tally: &mut Tally) {
    let pipeline = format!(
        "product = \"{product}\"\n[[pipeline]]\nid = 12\nname = \"App CI\"\n[[pipeline.run]]\n\
         [[pipeline.run.stage]]\nname = \"Build\"\n[[pipeline.run.stage]]\nname = \"Deploy\"\n"
    );
    let simulator = start(&pipeline);
    let mut step = Step::on(&simulator);
    step.input("azure-pipeline-variables", "who=world\nsystem.debug=true");
    step.input("source-branch", "refs/heads/topic");
    step.input("source-version", "2222222222222222222222222222222222222222");
    step.run(0);
    step.input("template-parameters", "{\"environment\":\"test\"}");
    // Template parameters are newer than some products, whose model would drop them without a word.
    let is_old = product == "server-2019";
    step.run(if is_old { 3 } else { 0 });
    step.input("secret-variables", "password=hunter2");
    step.input(
        "resources",
        "{\"pipelines\":{\"base\":{\"version\":\"1\"}},\"repositories\":{\"self\":{\"token\":\"t\",\"tokenType\":\"Basic\"}}}",
    );
    step.input("stages-to-skip", "Deploy");
    step.run(if is_old { 3 } else { 0 });
    let mut step = Step::on(&simulator);
    step.input("demands", "docker\nAgent.OS -equals Linux");
    step.input("agent-queue", "Azure Pipelines");
    step.input("priority", "belowNormal");
    step.input("run-tags", "nightly");
    step.run(0);
    let runs = if is_old { 2 } else { 4 };
    assert_eq!(simulator.builds().len(), runs, "{product}");
    tally.judge(&simulator, &pipeline);
}

/// A name that is not there makes the action look for one that is.
fn a_wrong_name(tally: &mut Tally) {
    let pipeline = "[[pipeline]]\nid = 12\nname = \"App CI\"\n";
    let simulator = start(pipeline);
    let mut step = Step::on(&simulator);
    step.input("azure-pipeline-name", "team/App C1");
    step.run(3);
    tally.judge(&simulator, pipeline);
}

fn a_cancellation(tally: &mut Tally) {
    let pipeline = "clock = { real = 10.0 }\n[[pipeline]]\nid = 12\nname = \"App CI\"\n[[pipeline.run]]\n\
        queue-for = \"0s\"\n[[pipeline.run.task]]\nname = \"Soak\"\nduration = \"forever\"\n";
    let simulator = start(pipeline);
    let mut step = Step::on(&simulator);
    step.input("poll-interval", "20ms");
    let is_running = |snapshot: &Snapshot| {
        snapshot
            .builds
            .iter()
            .any(|build| build.status == "inProgress")
    };
    step.run_until(130, || {
        assert!(simulator.wait_until(is_running, Duration::from_secs(30)));
    });
    assert!(
        simulator
            .journal()
            .iter()
            .any(|exchange| exchange.method == "PATCH")
    );
    tally.judge(&simulator, pipeline);
}

fn start(pipeline: &str) -> Simulator {
    Simulator::start(
        Scenario::from_toml(pipeline).unwrap_or_else(|error| panic!("{error}\n{pipeline}")),
    )
}

impl Tally<'_> {
    fn judge(&mut self, simulator: &Simulator, pipeline: &str) {
        let scenario: toml::Table = toml::from_str(pipeline).expect("TOML");
        let text = |name: &str| scenario.get(name).and_then(toml::Value::as_str);
        let product = text("product").unwrap_or("services");
        let organization = text("organization").unwrap_or("fabrikam").to_owned();
        let mut all: BTreeMap<String, Shelf> = BTreeMap::new();
        for exchange in simulator.journal() {
            // GitHub's API and those who sign people in are other houses.
            let others = ["/api/v3/", "/idtoken/", "/metadata/"];
            let is_other = others.iter().any(|other| exchange.path.starts_with(other));
            if is_other || exchange.path.ends_with("/oauth2/v2.0/token") {
                continue;
            }
            let version = version(&exchange.path);
            let house = all
                .entry(version.clone())
                .or_insert_with(|| shelf(self.documents, product, &version));
            self.judge_one(house, &organization, &version, &exchange);
        }
    }

    fn judge_one(&mut self, house: &Shelf, organization: &str, version: &str, exchange: &Exchange) {
        let (method, path) = (exchange.method.as_str(), exchange.path.as_str());
        let request = Request {
            method,
            path,
            accept: exchange.header("accept").unwrap_or_default(),
            content_type: exchange.header("content-type"),
            body: Some(&exchange.body).filter(|body| !body.is_null()),
        };
        let judge = house.judge(organization, method, path);
        let judged = judge.and_then(|judge| {
            Some((
                judge.operation(method, path)?.name(),
                judge.request(&request)?,
            ))
        });
        let Some((operation, findings)) = judged else {
            let path = path.split('?').next().unwrap_or_default();
            self.found
                .insert(format!("{version}: {method} {path} is not in the document"));
            return;
        };
        self.requests += 1;
        self.found.extend(
            findings
                .iter()
                .map(|finding| format!("{version}: {operation}: {finding}")),
        );
        for (name, start) in HEADERS {
            if !exchange
                .header(name)
                .is_some_and(|value| value.starts_with(start))
            {
                self.found
                    .insert(format!("{operation}: the header {name} is missing"));
            }
        }
        if !matches!(exchange.authorization.as_deref(), Some("Basic" | "Bearer")) {
            self.found
                .insert(format!("{operation}: comes without credentials"));
        }
        self.operations.insert(operation);
    }
}

/// The api-version in the query, without preview.
fn version(path: &str) -> String {
    let asked = path
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("api-version="));
    let asked = asked.unwrap_or_else(|| panic!("{path} asks for no version"));
    asked.split('-').next().unwrap_or_default().to_owned()
}

/// The product's document of a version; of one that the product does not know, that of the service.
fn shelf(documents: &Documents, product: &str, version: &str) -> Shelf {
    let fits = |product: &str| {
        PLAYED
            .iter()
            .find(|played| played.product == product && played.version == version)
    };
    let played = fits(product).or_else(|| fits("services"));
    played
        .unwrap_or_else(|| {
            panic!("the action asks for api-version {version}, which has no document")
        })
        .shelf(documents)
}
