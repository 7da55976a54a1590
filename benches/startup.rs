//! From the start of the process to the queue request, against scripts that send the same requests.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use azure_pipelines_simulator::{Scenario, Simulator};

use crate::figures::{Row, median, quantile, time};
use crate::product::Product;

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
            script("queue.py"),
            "≥ 50 times as long",
        ),
        (
            "the same with Node and `fetch`",
            node(),
            script("queue.mjs"),
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
        let arrival = relay
            .posts
            .recv_timeout(PATIENCE)
            .context("no queue request came")?;
        ensure!(child.wait()?.success(), "the client failed");
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

fn node() -> Result<PathBuf> {
    ensure!(succeeds(Command::new("node").arg("--version")), "no node");
    Ok("node".into())
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Stands before the simulator and takes the time when a request that queues a run arrives.
struct Relay {
    project_url: String,
    posts: Receiver<Instant>,
}

impl Relay {
    fn start(simulator: &Simulator) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let own = format!("http://{}", listener.local_addr()?);
        let service = simulator.url().trim_start_matches("http://").to_owned();
        let (sender, posts) = channel();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (service, sender) = (service.clone(), sender.clone());
                std::thread::spawn(move || pass_on(client, &service, &sender));
            }
        });
        Ok(Self {
            project_url: simulator.project_url().replace(&simulator.url(), &own),
            posts,
        })
    }
}

fn pass_on(mut client: TcpStream, service: &str, posts: &Sender<Instant>) -> std::io::Result<()> {
    let mut service = TcpStream::connect(service)?;
    for stream in [&client, &service] {
        stream.set_nodelay(true)?;
    }
    let (mut answers, mut back) = (service.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        // Either side may end first.
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return service.shutdown(Shutdown::Write);
        }
        if buffer[..count].starts_with(b"POST ") {
            let _ = posts.send(Instant::now());
        }
        service.write_all(&buffer[..count])?;
    }
}
