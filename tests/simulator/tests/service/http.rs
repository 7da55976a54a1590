//! The smallest HTTP client that can ask the simulator: one request per connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// One answer, or what arrived of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn type_key(&self) -> String {
        self.json()["typeKey"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn start(toml: &str) -> Simulator {
    Simulator::start(Scenario::from_toml(toml).unwrap())
}

pub(crate) fn credentials() -> String {
    format!(
        "Authorization: Basic {}",
        STANDARD.encode(format!(":{TEST_TOKEN}"))
    )
}

/// A signed-in request below the project.
pub(crate) fn ask(simulator: &Simulator, method: &str, path: &str, body: &str) -> Answer {
    let joint = if path.contains('?') { "&" } else { "?" };
    let target = format!("/fabrikam/Fabrikam/_apis/build/{path}{joint}api-version=7.1");
    let accept = if path.contains("/logs/") {
        "text/plain"
    } else {
        "application/json"
    };
    send(
        simulator,
        method,
        &target,
        &[credentials(), format!("Accept: {accept}")],
        body,
    )
    .unwrap()
}

pub(crate) fn get(simulator: &Simulator, path: &str) -> Answer {
    ask(simulator, "GET", path, "")
}

pub(crate) fn queue(simulator: &Simulator, body: &str) -> Answer {
    ask(simulator, "POST", "builds", body)
}

/// Starts a simulator and queues a run of its pipeline 1.
pub(crate) fn queued(toml: &str) -> Simulator {
    let simulator = start(toml);
    queue(&simulator, r#"{"definition": {"id": 1}}"#);
    simulator
}

pub(crate) fn cancel(simulator: &Simulator) -> Answer {
    ask(
        simulator,
        "PATCH",
        "builds/1",
        r#"{"status": "cancelling"}"#,
    )
}

/// A request anywhere with the token.
pub(crate) fn signed_in(simulator: &Simulator, method: &str, target: &str, body: &str) -> Answer {
    send(simulator, method, target, &[credentials()], body).unwrap()
}

/// `None`: the connection was closed without an answer.
pub(crate) fn send(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[String],
    body: &str,
) -> Option<Answer> {
    send_to(
        &simulator.url().replace("http://", ""),
        method,
        target,
        headers,
        body,
    )
}

pub(crate) fn send_to(
    host: &str,
    method: &str,
    target: &str,
    headers: &[String],
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(host).unwrap();
    let fixed = [
        format!("Host: {host}"),
        "Connection: close".to_owned(),
        format!("Content-Length: {}", body.len()),
    ];
    let head = [&fixed, headers].concat().join("\r\n");
    let request = format!("{method} {target} HTTP/1.1\r\n{head}\r\n\r\n{body}");
    // A body that stalls is read as far as it comes.
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A connection that is cut may end in an error; what came is still read.
    let _ = stream.read_to_end(&mut bytes);
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked {
        join_chunks(&bytes[end + 4..])
    } else {
        bytes[end + 4..].to_vec()
    };
    Some(Answer {
        status,
        headers,
        body,
    })
}

fn join_chunks(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let length =
            usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 4 + length..];
    }
    body
}

/// Polls the build until it is completed; answers its last form.
pub(crate) fn follow(simulator: &Simulator, id: u32) -> Value {
    for _ in 0..200 {
        let build = get(simulator, &format!("builds/{id}")).json();
        if build["status"] == "completed" {
            return build;
        }
    }
    panic!("the build does not end");
}

/// By the timeline's id, which does not move the time on.
pub(crate) fn records(simulator: &Simulator, id: u32) -> Vec<Value> {
    let builds = simulator.builds();
    let plan = builds.iter().find(|build| build.id == id);
    let plan = &plan.expect("the build").plan;
    let timeline = get(simulator, &format!("builds/{id}/timeline/{plan}")).json();
    timeline["records"].as_array().unwrap().clone()
}

pub(crate) fn record(simulator: &Simulator, id: u32, kind: &str, name: &str) -> Value {
    let all = records(simulator, id);
    let found = all
        .iter()
        .find(|record| record["type"] == kind && record["name"] == name);
    found
        .unwrap_or_else(|| panic!("no {kind} {name} in {all:#?}"))
        .clone()
}
