//! Stands before the simulator, and takes the time of each request.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use anyhow::Result;
use azure_pipelines_simulator::Simulator;

pub(crate) struct Relay {
    /// The project's address, by way of the relay.
    pub(crate) project_url: String,
    pub(crate) requests: Receiver<Arrival>,
    /// Bytes of all answers so far, with their headers, compressed where they were.
    pub(crate) bytes: Arc<AtomicU64>,
    /// Connections so far.
    pub(crate) connections: Arc<AtomicU64>,
}

/// A request that has come.
pub(crate) struct Arrival {
    pub(crate) method: String,
    pub(crate) arrival: Instant,
}

impl Relay {
    pub(crate) fn start(simulator: &Simulator) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let own = format!("http://{}", listener.local_addr()?);
        let service = simulator.url().trim_start_matches("http://").to_owned();
        let (sender, requests) = channel();
        let relay = Self {
            project_url: simulator.project_url().replace(&simulator.url(), &own),
            requests,
            bytes: Arc::default(),
            connections: Arc::default(),
        };
        let (bytes, connections) = (Arc::clone(&relay.bytes), Arc::clone(&relay.connections));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::Relaxed);
                let (service, sender, bytes) =
                    (service.clone(), sender.clone(), Arc::clone(&bytes));
                std::thread::spawn(move || pass_on(client, &service, &sender, bytes));
            }
        });
        Ok(relay)
    }
}

fn pass_on(
    mut client: TcpStream,
    service: &str,
    sender: &Sender<Arrival>,
    bytes: Arc<AtomicU64>,
) -> std::io::Result<()> {
    let mut service = TcpStream::connect(service)?;
    for stream in [&client, &service] {
        stream.set_nodelay(true)?;
    }
    let (answers, back) = (service.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        // Either side may end first.
        let _ = pass_back(answers, back, &bytes);
    });
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return service.shutdown(Shutdown::Write);
        }
        // Each request of the clients here is short enough for one piece, and waits for its answer.
        let start = String::from_utf8_lossy(&buffer[..count.min(8)]).into_owned();
        if let Some((method @ ("GET" | "POST" | "PATCH"), _)) = start.split_once(' ') {
            let _ = sender.send(Arrival {
                method: method.to_owned(),
                arrival: Instant::now(),
            });
        }
        service.write_all(&buffer[..count])?;
    }
}

fn pass_back(
    mut answers: TcpStream,
    mut back: TcpStream,
    bytes: &AtomicU64,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = answers.read(&mut buffer)?;
        if count == 0 {
            return back.shutdown(Shutdown::Write);
        }
        bytes.fetch_add(count as u64, Ordering::Relaxed);
        back.write_all(&buffer[..count])?;
    }
}
