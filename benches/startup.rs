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
    let mut rows = vec![Row::new(
        "from the start of the process to the queue request at a server on the same machine, median of 40",
        format!(
            "{} (5th to 95th percentile {} to {})",
            time(median(&own)),
            time(quantile(&own, 0.05)),
            time(quantile(&own, 0.95)),
        ),
        "",
    )];
    let script = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benches/clients")
            .join(name)
    };
    for (what, interpreter, script, goal) in [
        (
            "the same with Python and `requests`",
            python(),
            script("start_run.py"),
            "≥ 50 times as long",
        ),
        (
            "the same with Node and `fetch`",
            node(),
            script("start_run.mjs"),
            "≥ 20 times as long",
        ),
    ] {
        rows.push(match interpreter {
            Ok(interpreter) => {
                let mut command = Command::new(interpreter);
                product.dress(&mut command, &relay.project_url);
                command.arg(script);
                let times = queue_times(&mut command, &relay, SCRIPT_ROUNDS)?;
                let times_as_long = median(&times).as_secs_f64() / median(&own).as_secs_f64();
                let measured =
                    format!("{}, {times_as_long:.0} times as long", time(median(&times)));
                Row::new(what, measured, goal)
            }
            Err(error) => Row::skipped(what, &error.to_string(), goal),
        });
    }
    Ok(rows)
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
