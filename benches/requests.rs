//! What following a long run with many jobs asks of the service. Hours pass in minutes: the simulator's clock and the
//! follower's go equally fast, many times faster than the wall's.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use run_azure_pipeline::azure::{Authorization, Client, Credential, ProjectAddress, RunRequest};
use run_azure_pipeline::build::{BuildEvent, Report, ShownLogs};
use run_azure_pipeline::follow::{Clock, End, FollowOptions, Follower, Limits, Pace};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;
use run_azure_pipeline::shutdown;

use crate::figures::{Row, ratio};
use crate::product::Product;
use crate::relay::Relay;

/// Eight hours in four minutes.
const FACTOR: f64 = 120.0;
const STAGES: u32 = 40;
/// Jobs of a stage run side by side, and a stage takes twelve minutes.
const JOBS: u32 = 5;
const TASK_MINUTES: [u32; 3] = [1, 8, 3];
const LINES: u32 = 1000;
/// The window of the service's own limit.
const WINDOW: Duration = Duration::from_mins(5);

pub(crate) fn measure(_: &Product) -> Result<Vec<Row>> {
    let simulator = Simulator::start(Scenario::from_toml(&scenario())?);
    let relay = Relay::start(&simulator)?;
    let mut shown = Shown::default();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(follow(&relay.project_url, &mut shown))?;
    let arrivals: Vec<Duration> = times(&relay);
    let minutes = arrivals.last().map_or(1, |last| last.as_secs() / 60).max(1);
    let bytes = relay.bytes.load(Ordering::Relaxed);
    let count = arrivals.len() as u64;
    Ok(vec![
        Row::new(
            format!(
                "requests for a run of 8 hours with {} jobs, {JOBS} at a time",
                STAGES * JOBS
            ),
            format!(
                "{count} over {} connection(s); {:.1} a minute ({} log lines shown)",
                relay.connections.load(Ordering::Relaxed),
                ratio(count, minutes),
                shown.0,
            ),
            "",
        ),
        Row::new(
            "requests in its busiest 5 minutes (the service slows callers down from 200 units on; what a request costs is \
             not published)",
            busiest(&arrivals).to_string(),
            "",
        ),
        Row::new(
            "bytes on the wire for it",
            format!("{:.1} MiB", ratio(bytes, 1024 * 1024)),
            "",
        ),
    ])
}

async fn follow(project_url: &str, shown: &mut Shown) -> Result<()> {
    let client = Client::new(
        Network::new(&Settings::default(), Duration::from_mins(1))?,
        ProjectAddress::parse(project_url)?,
        Authorization::given(&Credential::from_token(&Secret::new(TEST_TOKEN)))?,
    );
    let run = RunRequest {
        pipeline: 12,
        ..RunRequest::default()
    };
    let (build, _tags) = client.queue(&run).await?;
    let options = FollowOptions {
        pace: Pace::auto(),
        logs: ShownLogs::All,
        live: true,
        clock: Clock::scaled(FACTOR),
        limits: Limits::default(),
        cancel_on_interrupt: false,
    };
    let (_sender, mut shutdown) = shutdown::channel();
    let end = Follower::new(&client, build, options)
        .follow(&mut shutdown, shown)
        .await;
    ensure!(matches!(end, End::Completed), "following ended: {end:?}");
    Ok(())
}

/// When each request came, in simulated time after the first.
fn times(relay: &Relay) -> Vec<Duration> {
    let arrivals: Vec<_> = relay.requests.try_iter().map(|one| one.arrival).collect();
    let first = arrivals.first().copied();
    let since = |arrival: Instant| Some((arrival - first?).mul_f64(FACTOR));
    arrivals.into_iter().filter_map(since).collect()
}

fn busiest(arrivals: &[Duration]) -> usize {
    let ends = arrivals
        .iter()
        .map(|start| arrivals.partition_point(|one| *one < *start + WINDOW));
    let counts = ends.enumerate().map(|(start, end)| end - start);
    counts.max().unwrap_or(0)
}

/// Counts the lines that are shown.
#[derive(Default)]
struct Shown(u64);

impl Report for Shown {
    fn event(&mut self, event: &BuildEvent<'_>) {
        self.0 += u64::from(matches!(event, BuildEvent::LogLine(_)));
    }

    fn flush(&mut self) {}
}

fn scenario() -> String {
    let mut text = format!(
        "clock = {{ real = {FACTOR:.1} }}\n[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run]]\n"
    );
    for stage in 1..=STAGES {
        let _ = writeln!(text, "[[pipeline.run.stage]]\nname = 'Stage {stage}'");
        for job in 1..=JOBS {
            let _ = writeln!(text, "[[pipeline.run.stage.job]]\nname = 'Job {job}'");
            for (task, minutes) in TASK_MINUTES.iter().enumerate() {
                let _ = writeln!(
                    text,
                    "[[pipeline.run.stage.job.task]]\nname = 'Step {task}'\nduration = '{minutes}m'\n\
                     spread = true\ngenerate = {{ lines = {LINES}, bytes = 70 }}"
                );
            }
        }
    }
    text
}
