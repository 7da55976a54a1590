//! The simulator in a process of its own, which is this program once more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The argument that makes this program serve the scenario of the file behind it.
pub(crate) const SERVE: &str = "serve";

/// Serves until stdin is closed, so that it never outlives whoever started it.
pub(crate) fn serve(path: &str) -> Result<()> {
    let simulator = Simulator::start(Scenario::from_toml(&std::fs::read_to_string(path)?)?);
    println!("{}", simulator.project_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A simulator that runs beside this process.
pub(crate) struct Loopback {
    child: Child,
    pub(crate) project_url: String,
    _scenario: tempfile::NamedTempFile,
}

impl Loopback {
    pub(crate) fn start(scenario: &str) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), scenario)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .arg(file.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut project_url = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut project_url)?;
        Ok(Self {
            child,
            project_url: project_url.trim_end().to_owned(),
            _scenario: file,
        })
    }

    /// How many bytes the bodies of all answers so far have.
    pub(crate) fn bytes(&self) -> Result<u64> {
        let journal = self.get("/_simulator/journal")?;
        let journal = journal.as_array().context("a list")?;
        let bytes = journal
            .iter()
            .filter_map(|exchange| exchange["responseBytes"].as_u64());
        Ok(bytes.sum())
    }

    /// The numbers of the logs of a run's tasks.
    pub(crate) fn task_logs(&self, build: usize) -> Result<Vec<u64>> {
        let (_, project) = split_url(&self.project_url)?;
        let path = format!("{project}/_apis/build/builds/{build}/timeline?api-version=7.1");
        let timeline = self.get(&path)?;
        let records = timeline["records"].as_array().context("records")?;
        let tasks = records.iter().filter(|record| record["type"] == "Task");
        Ok(tasks
            .filter_map(|task| task["log"]["id"].as_u64())
            .collect())
    }

    fn get(&self, path: &str) -> Result<serde_json::Value> {
        let (host, _) = split_url(&self.project_url)?;
        let credential = STANDARD.encode(format!(":{TEST_TOKEN}"));
        let mut stream = TcpStream::connect(&host)?;
        // The older version keeps the answer in one piece and ends the connection.
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Basic {credential}\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("a body")?;
        Ok(serde_json::from_str(body)?)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Host and path of an address.
fn split_url(url: &str) -> Result<(String, String)> {
    let rest = url.strip_prefix("http://").context("a plain address")?;
    let (host, path) = rest.split_once('/').context("a path")?;
    Ok((host.to_owned(), format!("/{path}")))
}
