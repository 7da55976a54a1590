//! A forward proxy: it makes every connection to one place, whatever the name that is asked for.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What it does with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Passes it on.
    Open,
    /// Passes it on if it comes with this `user:password`.
    Login(&'static str),
    /// Answers this and closes the connection.
    Answer(&'static str),
    /// Takes the connection and says nothing.
    Silent,
}

/// A proxy that runs until the test ends.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts one that leads to `target`.
    pub(crate) fn start(target: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                // A connection that breaks is the test's affair.
                thread::spawn(move || drop(serve(stream, target, manner, &log)));
            }
        });
        Self { address, seen }
    }

    /// Its host and port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The first line of each request that a connection began with.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("a lock").clone()
    }
}

fn serve(
    mut client: TcpStream,
    target: SocketAddr,
    manner: Manner,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let line = head.lines().next().unwrap_or_default().to_owned();
    log.lock().expect("a lock").push(line.clone());
    let login = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then(|| value.to_owned())
    });
    match manner {
        Manner::Open => {}
        Manner::Login(pair) if login == Some(format!("Basic {}", STANDARD.encode(pair))) => {}
        Manner::Login(_) => {
            return client.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\
                  Content-Length: 0\r\n\r\n",
            );
        }
        Manner::Answer(answer) => return client.write_all(answer.as_bytes()),
        Manner::Silent => loop {
            thread::park();
        },
    }
    let mut server = TcpStream::connect(target)?;
    if line.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        // Its own header goes no further.
        let kept = head.split_inclusive("\r\n").filter(|line| {
            !line
                .to_ascii_lowercase()
                .starts_with("proxy-authorization:")
        });
        server.write_all(kept.collect::<String>().as_bytes())?;
    }
    let (mut up_from, mut up_to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        drop(io::copy(&mut up_from, &mut up_to));
        drop(up_to.shutdown(Shutdown::Write));
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The head of the next request.
pub(crate) fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
