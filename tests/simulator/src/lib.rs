//! A simulator of the Azure DevOps Build REST API, for tests and for trying things out by hand.
//!
//! It holds the state of an organization, not canned answers: a [`Scenario`] says which pipelines there are
//! and how their runs go; requests queue, poll, cancel, retry, approve and tag; every answer follows from the state and
//! from simulated time. Shapes and sentences come from the published specification and from recorded
//! answers of the real service, never from the client under test, so that one mistake cannot hide in both.
//!
//! | module | what it knows |
//! |---|---|
//! | `script` | a scenario as data, read from TOML |
//! | `clock` | simulated time: by polls, or with the wall clock |
//! | `schedule` | the course of one run, worked out in advance |
//! | `log_text` | the bytes of a log |
//! | `world` | the state: pipelines, builds, tags; no HTTP |
//! | `ids` | names turned into ids |
//! | `refusal` | the service's errors |
//! | `wire`, `headers` | the bodies of good answers; the headers of all |
//! | `routes`, `call`, `reply` | the HTTP skin: one small function per endpoint |
//! | `auth`, `version`, `enumeration` | credentials, api-versions, words and numbers |
//! | `faults` | what goes wrong on purpose |
//! | `journal`, `snapshot` | what was asked, and what the state is, for tests |
//! | `github` | GitHub's side: pull requests, commit statuses, check runs, comments |
//! | `sign_in` | tokens: GitHub's OIDC service, Entra, the metadata service of a machine |
//! | `service`, `request`, `percent` | from request to answer |
//! | `server`, `body` | the sockets; bodies on the wire |
//! | `page` | the runs as a page for people |
//!
//! ```
//! use azure_pipelines_simulator::{Scenario, Simulator};
//!
//! let scenario = Scenario::from_toml("[[pipeline]]\nid = 12\nname = 'App CI'\n")?;
//! let simulator = Simulator::start(scenario);
//! assert!(simulator.project_url().ends_with("/fabrikam/Fabrikam"));
//! # Ok::<(), azure_pipelines_simulator::ScenarioError>(())
//! ```

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

mod auth;
mod body;
mod call;
mod clock;
mod enumeration;
mod faults;
mod github;
mod headers;
mod ids;
mod journal;
mod log_text;
mod page;
mod percent;
mod refusal;
mod reply;
mod request;
mod routes;
mod schedule;
mod script;
mod server;
mod service;
mod sign_in;
mod snapshot;
mod version;
mod wire;
mod world;

pub use github::GitHubSnapshot;
pub use journal::Exchange;
pub use script::{Scenario, ScenarioError, TEST_REQUEST_TOKEN, TEST_TOKEN};
pub use snapshot::{BuildSnapshot, LineAppearance, Snapshot, TaskLog};

use server::{Server, Shared};
use service::Service;

/// How long a waiting test sleeps before it looks again: with a real clock things change without requests.
const GLANCE: Duration = Duration::from_millis(10);

/// A running simulator; it stops when it is dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    project_path: String,
    _server: Server,
}

impl Simulator {
    /// Serves the scenario on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// Panics when the system gives no port or no thread: a test cannot go on then.
    #[must_use]
    pub fn start(scenario: Scenario) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::start_at(scenario, address).expect("a port of 127.0.0.1 and a thread")
    }

    /// Serves the scenario at an address.
    pub fn start_at(scenario: Scenario, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let project_path = format!(
            "/{}/{}",
            encoded_path(&scenario.organization),
            percent::encode(&scenario.project)
        );
        let shared = Shared::new(Service::new(scenario, address));
        let server = Server::start(listener, Arc::clone(&shared))?;
        Ok(Self {
            shared,
            address,
            project_path,
            _server: server,
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the project, names percent-encoded: `http://127.0.0.1:PORT/fabrikam/Fabrikam`.
    #[must_use]
    pub fn project_url(&self) -> String {
        format!("{}{}", self.url(), self.project_path)
    }

    /// Where a job asks GitHub for a token of its own, as in `ACTIONS_ID_TOKEN_REQUEST_URL`.
    #[must_use]
    pub fn oidc_request_url(&self) -> String {
        format!("{}{}", self.url(), sign_in::OIDC_PATH)
    }

    /// Every token that was given so far, to jobs and for Azure DevOps.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.shared.lock().tokens()
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn journal(&self) -> Vec<Exchange> {
        self.shared.lock().journal().to_vec()
    }

    /// The journal for snapshots: a line for each request, equal neighbours folded.
    #[must_use]
    pub fn journal_text(&self) -> String {
        journal::text(self.shared.lock().journal())
    }

    /// All builds as they are now.
    #[must_use]
    pub fn builds(&self) -> Vec<BuildSnapshot> {
        self.shared.lock().world.snapshots()
    }

    /// What GitHub knows by now.
    #[must_use]
    pub fn github(&self) -> GitHubSnapshot {
        self.shared.lock().github()
    }

    /// The whole texts of a build's tasks, in the order in which the service numbers them.
    #[must_use]
    pub fn task_logs(&self, build_id: u32) -> Vec<TaskLog> {
        self.shared.lock().world.task_logs(build_id)
    }

    /// When each line of a build's tasks could first be read; only with a clock that runs by itself.
    #[must_use]
    pub fn line_appearances(&self, build_id: u32) -> Vec<LineAppearance> {
        self.shared.lock().world.line_appearances(build_id)
    }

    /// Waits until the condition holds; answers false when it did not in time.
    #[must_use]
    pub fn wait_until(&self, condition: impl Fn(&Snapshot) -> bool, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut service = self.shared.lock();
        loop {
            if condition(&service.snapshot()) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            service = self.shared.wait(service, left.min(GLANCE));
        }
    }

    /// Routes that do not exist and were asked for, and scripted faults that were never reached.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.shared.lock().problems()
    }
}

fn encoded_path(path: &str) -> String {
    path.split('/')
        .map(percent::encode)
        .collect::<Vec<_>>()
        .join("/")
}
