//! From the start of the process to the queue request, against scripts that send the same requests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use azure_pipelines_simulator::{Scenario, Simulator};

use crate::figures::{Row, median, quantile, time};
use crate::product::Product;
use crate::relay::Relay;

const WARM_UP: usize = 3;
const ROUNDS: usize = 40;
/// An interpreter takes a hundred times as long, so that fewer rounds say as much.
const SCRIPT_ROUNDS: usize = 15;
/// Longer than any client needs.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure(product: &Product) -> Result<Vec<Row>> {
    let simulator = Simulator::start(Scenario::from_toml(
        "[[pipeline]]\nid = 12\nname = 'App CI'\n",
    )?);
    let relay = Relay::start(&simulator)?;
    let mut own = product.command(&relay.project_url);
    own.env("INPUT_WAIT", "false");
    let own = queue_times(&mut own, &relay, ROUNDS)?;
    let own_row = Row::new(
        "from the start of the process to the queue request at a server on the same machine, median of 40",
        format!(
            "{} (5th to 95th percentile {} to {})",
            time(median(&own)),
            time(quantile(&own, 0.05)),
            time(quantile(&own, 0.95)),
        ),
        "",
    );
    let own = median(&own);
    let scripts = SCRIPTS.iter();
    let rows = scripts.map(|script| script.measure(product, &relay, own));
    std::iter::once(Ok(own_row)).chain(rows).collect()
}

/// A script that sends the same requests.
struct Script {
    what: &'static str,
    interpreter: fn() -> Result<PathBuf>,
    file: &'static str,
    goal: &'static str,
}

const SCRIPTS: [Script; 2] = [
    Script {
        what: "the same with Python and `requests`",
        interpreter: python,
        file: "benches/clients/start_run.py",
        goal: "≥ 50 times as long",
    },
    Script {
        what: "the same with Node and `fetch`",
        interpreter: node,
        file: "benches/clients/start_run.mjs",
        goal: "≥ 20 times as long",
    },
];

impl Script {
    /// How long it takes, beside the product's own time.
    fn measure(&self, product: &Product, relay: &Relay, own: Duration) -> Result<Row> {
        let interpreter = match (self.interpreter)() {
            Ok(interpreter) => interpreter,
            Err(error) => return Ok(Row::skipped(self.what, &error.to_string(), self.goal)),
        };
        let mut command = Command::new(interpreter);
        product.dress(&mut command, &relay.project_url);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(self.file));
        let its = median(&queue_times(&mut command, relay, SCRIPT_ROUNDS)?);
        let times_as_long = its.as_secs_f64() / own.as_secs_f64();
        let measured = format!("{}, {times_as_long:.0} times as long", time(its));
        Ok(Row::new(self.what, measured, self.goal))
    }
}

/// Starts a client again and again; each time until its queue request arrives.
fn queue_times(command: &mut Command, relay: &Relay, rounds: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 0..WARM_UP + rounds {
        let begin = Instant::now();
        let mut child = command.stdout(Stdio::null()).spawn()?;
        let arrival = loop {
            let request = relay.requests.recv_timeout(PATIENCE);
            let request = request.context("no queue request came")?;
            if request.method == "POST" {
                break request.arrival;
            }
        };
        ensure!(child.wait()?.success(), "the client failed");
        // Other requests follow the one that queues the run.
        while relay.requests.try_recv().is_ok() {}
        if round >= WARM_UP {
            times.push(arrival - begin);
        }
    }
    Ok(times)
}

/// The interpreter itself, in an environment of its own that has `requests`.
fn python() -> Result<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = directory.join("bin/python3");
    let has_requests = || succeeds(Command::new(&python).args(["-c", "import requests"]));
    if !has_requests() {
        let made = succeeds(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&directory),
        ) && succeeds(
            Command::new(&python).args(["-m", "pip", "install", "--quiet", "requests"]),
        );
        ensure!(
            made && has_requests(),
            "no python3 with venv and `requests`"
        );
    }
    Ok(python)
}

/// By its path: a step has no `PATH`.
fn node() -> Result<PathBuf> {
    let output = Command::new("node")
        .args(["-p", "process.execPath"])
        .output();
    let output = output.ok().filter(|output| output.status.success());
    let path = String::from_utf8(output.context("no node")?.stdout)?;
    Ok(path.trim_end().into())
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
