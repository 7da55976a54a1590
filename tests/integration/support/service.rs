//! The simulated service as most tests start it, and what they wait for there.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator, Snapshot};

/// A pipeline whose run succeeds.
pub(crate) const COMPILES: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
lines = ["compiled"]
"#;

/// A pipeline whose run goes on until it is canceled. In real time, so that it stays where it is while
/// nobody asks.
pub(crate) const SOAKS: &str = r#"
clock = { real = 10.0 }
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "0s"
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
lines = ["soaking"]
"#;

/// A pipeline that declares a variable and a parameter.
pub(crate) const DECLARES: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
variables = ["who"]
parameters = ["environment"]
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
"#;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the service of a scenario.
#[track_caller]
pub(crate) fn start(scenario: &str) -> Simulator {
    let read = Scenario::from_toml(scenario);
    Simulator::start(read.unwrap_or_else(|error| panic!("{error}\n{scenario}")))
}

/// Every request of a kind goes wrong in this way.
pub(crate) fn always(on: &str, fault: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\nevery = true\n{fault}\n")
}

/// The first request of a kind goes wrong in this way.
pub(crate) fn once(on: &str, fault: &str) -> String {
    at(&[1], on, fault)
}

/// These requests of a kind, counted from 1, go wrong in this way.
pub(crate) fn at(places: &[u8], on: &str, fault: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\nat = {places:?}\n{fault}\n")
}

/// Where the service listens.
pub(crate) fn host(simulator: &Simulator) -> String {
    simulator.url().trim_start_matches("http://").to_owned()
}

/// The same as an address.
pub(crate) fn address(simulator: &Simulator) -> SocketAddr {
    host(simulator).parse().expect("an address")
}

/// A text without the port at which this service listens.
pub(crate) fn without_port(simulator: &Simulator, text: &str) -> String {
    text.replace(&simulator.url(), "https://azure.test")
        .replace(&host(simulator), "azure.test")
}

/// A port of this machine at which nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// Waits until the service has come so far.
#[track_caller]
pub(crate) fn wait_until(simulator: &Simulator, condition: impl Fn(&Snapshot) -> bool) {
    let has_come = simulator.wait_until(condition, PATIENCE);
    assert!(has_come, "{}", simulator.journal_text());
}

/// A run has this status.
pub(crate) fn is(status: &str) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| snapshot.builds.iter().any(|build| build.status == status)
}

/// A request with these words was sent.
pub(crate) fn was_asked(words: &str) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| {
        let mut journal = snapshot.journal.iter();
        journal.any(|exchange| exchange.line().contains(words))
    }
}

/// The run is in progress, and its step knows it.
pub(crate) fn is_followed(snapshot: &Snapshot) -> bool {
    is("inProgress")(snapshot) && was_asked("timeline")(snapshot)
}
