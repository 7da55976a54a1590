//! A server that gives one recorded answer, whatever it is asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use documents::recording::Interaction;

/// Serves until it is dropped.
pub(crate) struct Replay {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Replay {
    pub(crate) fn of(interaction: &Interaction) -> Self {
        let answer = answer(interaction);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                // A client that goes away is judged by the test.
                let _ = stream.and_then(|stream| serve(&stream, &answer));
            }
        });
        Self {
            address,
            is_over,
            thread: Some(thread),
        }
    }

    pub(crate) fn project_url(&self) -> String {
        format!("http://{}/fabrikam/Fabrikam", self.address)
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes it up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(stream: &TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
    let mut stream = stream;
    stream.write_all(answer)?;
    stream.flush()
}

/// The answer's bytes. What belongs to the connection is this server's own affair.
fn answer(interaction: &Interaction) -> Vec<u8> {
    let body = interaction.body_bytes();
    let mut head = format!(
        "HTTP/1.1 {} Recorded\r\nconnection: close\r\n",
        interaction.status
    );
    for (name, value) in &interaction.headers {
        if !matches!(
            name.as_str(),
            "content-length" | "connection" | "transfer-encoding"
        ) {
            head = format!("{head}{name}: {value}\r\n");
        }
    }
    if interaction.status != 204 {
        head = format!("{head}content-length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    [head.into_bytes(), body].concat()
}
