//! One scenario, played: the follower against the simulator, in this process.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use azure_pipelines_simulator::{Exchange, Scenario, Simulator, TEST_TOKEN, TaskLog};
use run_azure_pipeline::azure::{Authorization, Client, Credential, ProjectAddress, RunRequest};
use run_azure_pipeline::build::ShownLogs;
use run_azure_pipeline::follow::{Clock, End, FollowOptions, Follower, Limits, Pace};
use run_azure_pipeline::network::Network;
use run_azure_pipeline::report::Reports;
use run_azure_pipeline::secret::Secret;
use run_azure_pipeline::shutdown;

use crate::plan::{Act, Plan};
use crate::requests;

/// A scenario takes a second or so; one that takes this long hangs.
const LONGEST: Duration = Duration::from_mins(2);
/// How often those look who wait for something to happen in the simulator.
const GLANCE: Duration = Duration::from_millis(2);

/// What came of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) output: Vec<u8>,
    pub(crate) ending: Ending,
    /// Every log of a task that the service had when the follower looked last.
    pub(crate) truth: Vec<TaskLog>,
    pub(crate) journal: Vec<Exchange>,
    pub(crate) problems: Vec<String>,
}

/// Whether the follower could see that somebody else had retried a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// There was none, or only after the follower's last look.
    Unseen,
    Seen,
    /// It came between the last look at the run and the last look at its records.
    Unclear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    Lost,
    Other,
    /// It did not end.
    Hung,
}

impl From<End> for Ending {
    fn from(end: End) -> Self {
        match end {
            End::Completed => Self::Completed,
            End::Lost(_) => Self::Lost,
            End::Interrupted | End::TimedOut(_) => Self::Other,
        }
    }
}

/// Plays the scenario to its end.
pub(crate) async fn play(plan: &Plan, network: &Network) -> Played {
    play_text(plan, &plan.toml(), network).await
}

/// Plays a scenario that was written by hand; the plan says the rest.
pub(crate) async fn play_text(plan: &Plan, text: &str, network: &Network) -> Played {
    let scenario = Scenario::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let simulator = Simulator::start(scenario);
    let client = client(&simulator, network);
    let request = RunRequest {
        pipeline: 12,
        ..RunRequest::default()
    };
    let (build, _) = client.queue(&request).await.expect("a run");
    let mut output = Vec::new();
    let mut reports = Reports::new(&mut output, &[]);
    let mut follower = Follower::new(&client, build, options(plan));
    let (_sender, mut shutdown) = shutdown::channel();
    let service = Service {
        plan,
        simulator: &simulator,
        network,
        is_asking: Cell::new(false),
    };
    let meanwhile = {
        let follow = follower.follow(&mut shutdown, &mut reports);
        tokio::time::timeout(LONGEST, service.beside(follow)).await
    };
    let Ok((end, before_retry)) = meanwhile else {
        drop(follower);
        drop(reports);
        return Played::of(plan, &simulator, output, Ending::Hung, None);
    };
    let mut ending = Ending::from(end);
    if ending == Ending::Completed && service.retries_in_place().await {
        follower.retried();
        let follow = follower.follow(&mut shutdown, &mut reports);
        ending = match tokio::time::timeout(LONGEST, follow).await {
            Ok(end) => end.into(),
            Err(_) => Ending::Hung,
        };
    }
    drop(follower);
    reports.finish().expect("memory takes everything");
    Played::of(plan, &simulator, output, ending, before_retry)
}

fn client(simulator: &Simulator, network: &Network) -> Client {
    let address = ProjectAddress::parse(&simulator.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new(TEST_TOKEN));
    let authorization = Authorization::given(&credential).expect("a header");
    Client::new(network.clone(), address, authorization)
}

fn options(plan: &Plan) -> FollowOptions {
    let interval = plan.interval.map(Duration::from_millis);
    FollowOptions {
        pace: interval.map_or_else(Pace::auto, Pace::fixed),
        clock: Clock::scaled(plan.speed),
        limits: Limits::default(),
        logs: ShownLogs::All,
        live: plan.is_live,
        cancel_on_interrupt: true,
    }
}

impl Played {
    fn of(
        plan: &Plan,
        simulator: &Simulator,
        output: Vec<u8>,
        ending: Ending,
        retried: Option<Vec<TaskLog>>,
    ) -> Self {
        let journal = simulator.journal();
        let retry = retried
            .as_ref()
            .map_or(Retry::Unseen, |_| seen(&requests::unbroken(plan, &journal)));
        let truth = match retried {
            // What was retried behind the follower's back is not its affair.
            Some(before) if retry == Retry::Unseen => before,
            _ => simulator.task_logs(1),
        };
        let problems = simulator.problems();
        Self {
            output,
            ending,
            truth,
            journal,
            problems: problems
                .into_iter()
                .filter(|problem| problem.starts_with("no such route"))
                .collect(),
        }
    }
}

fn seen(journal: &[Exchange]) -> Retry {
    let last = |end: &str| {
        journal.iter().rposition(|exchange| {
            let path = exchange.path.split('?').next().unwrap_or_default();
            path.ends_with(end) && exchange.status == Some(200)
        })
    };
    let retry = journal
        .iter()
        .rposition(|exchange| exchange.path.contains("/stages/"));
    if retry < last("/builds/1") {
        Retry::Seen
    } else if retry < last("/builds/1/timeline") {
        Retry::Unclear
    } else {
        Retry::Unseen
    }
}

/// The service as others use it while the run is followed.
struct Service<'a> {
    plan: &'a Plan,
    simulator: &'a Simulator,
    network: &'a Network,
    /// Whether somebody has begun to retry a stage.
    is_asking: Cell<bool>,
}

impl Service<'_> {
    /// Does what others do until the follower is done. Answers also the logs there were before somebody
    /// retried a stage, if somebody did.
    async fn beside(&self, follow: impl Future<Output = End>) -> (End, Option<Vec<TaskLog>>) {
        let mut follow = pin!(follow);
        let mut act = pin!(self.act());
        let before = tokio::select! {
            biased;
            end = &mut follow => {
                // A request that is on its way is carried out.
                let before = if self.is_asking.get() { act.await } else { None };
                return (end, before);
            }
            before = &mut act => before,
        };
        (follow.await, before)
    }

    async fn act(&self) -> Option<Vec<TaskLog>> {
        match self.plan.act {
            Some(Act::Cancel { after }) => {
                self.wait(after).await;
                self.patch("", r#"{"status": "cancelling"}"#).await;
                None
            }
            Some(Act::Retry { stage, all, after }) => {
                while !self.is_over() {
                    pause(GLANCE).await;
                }
                self.wait(after).await;
                let before = self.simulator.task_logs(1);
                self.is_asking.set(true);
                self.retry(stage, all).await.then_some(before)
            }
            _ => None,
        }
    }

    async fn retries_in_place(&self) -> bool {
        let Some(Act::RetryInPlace { stage, all }) = self.plan.act else {
            return false;
        };
        self.retry(stage, all).await
    }

    fn is_over(&self) -> bool {
        self.simulator.builds()[0].status == "completed"
    }

    /// Says whether anything runs again.
    async fn retry(&self, stage: usize, all: bool) -> bool {
        let before = self.simulator.task_logs(1).len();
        let stage = &self.plan.stages[stage % self.plan.stages.len()];
        let name = stage.name.as_deref().unwrap_or("__default");
        let body = format!(r#"{{"state": "retry", "forceRetryAllJobs": {all}}}"#);
        self.patch(&format!("/stages/{name}"), &body).await;
        self.simulator.task_logs(1).len() > before || !self.is_over()
    }

    /// A refusal is an answer, too: there was nothing to cancel or to retry.
    async fn patch(&self, what: &str, body: &str) {
        let project = self.simulator.project_url();
        let url = format!("{project}/_apis/build/builds/1{what}?api-version=7.1");
        let request = self
            .network
            .client()
            .patch(url)
            .basic_auth("", Some(TEST_TOKEN));
        let request = request.header("content-type", "application/json");
        let sent = request.body(body.to_owned()).send().await;
        sent.expect("an answer of the simulator");
    }

    /// Simulated milliseconds.
    async fn wait(&self, milliseconds: u64) {
        pause(Duration::from_millis(milliseconds).div_f64(self.plan.speed)).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "others do things when it suits them"
)]
async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}
