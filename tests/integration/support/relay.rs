//! A service whose answers name another host wherever they name one.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use azure_pipelines_simulator::Simulator;

use super::service;

/// A listener before a simulator. To the simulator each request is for the other host, so that all
/// addresses that it answers lead there.
pub(crate) struct Relay {
    address: SocketAddr,
    other: SocketAddr,
    contacts: Arc<AtomicUsize>,
    names: Arc<AtomicUsize>,
}

impl Relay {
    pub(crate) fn before(simulator: &Simulator) -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (listener, other) = (listen(), listen());
        let address = |listener: &TcpListener| listener.local_addr().expect("an address");
        let relay = Self {
            address: address(&listener),
            other: address(&other),
            contacts: Arc::default(),
            names: Arc::default(),
        };
        let contacts = Arc::clone(&relay.contacts);
        thread::spawn(move || {
            while other.accept().is_ok() {
                contacts.fetch_add(1, Ordering::SeqCst);
            }
        });
        let service = service::address(simulator);
        let hosts = [relay.address, relay.other].map(|host| host.to_string().into_bytes());
        let names = Arc::clone(&relay.names);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let (hosts, names) = (hosts.clone(), Arc::clone(&names));
                let service = TcpStream::connect(service).expect("the simulator");
                pass(caller, service, hosts, names);
            }
        });
        relay
    }

    pub(crate) fn project_url(&self) -> String {
        format!("http://{}/fabrikam/Fabrikam", self.address)
    }

    /// The other host, as it stands in answers.
    pub(crate) fn other(&self) -> String {
        self.other.to_string()
    }

    /// How often anybody has called the other host.
    pub(crate) fn contacts(&self) -> usize {
        self.contacts.load(Ordering::SeqCst)
    }

    /// In how many pieces of answers the other host was named.
    pub(crate) fn names(&self) -> usize {
        self.names.load(Ordering::SeqCst)
    }
}

/// Passes a connection on, in both directions.
fn pass(caller: TcpStream, service: TcpStream, hosts: [Vec<u8>; 2], names: Arc<AtomicUsize>) {
    let both = |stream: &TcpStream| stream.try_clone().expect("a stream");
    let (mut from_caller, mut to_service) = (both(&caller), both(&service));
    let (mut from_service, mut to_caller) = (service, caller);
    let [own, other] = hosts.clone();
    thread::spawn(move || {
        while let Some(request) = next_request(&mut from_caller) {
            // Compressed answers would not show what they name.
            let request = replaced(&request, b"accept-encoding: gzip\r\n", b"");
            if to_service
                .write_all(&replaced(&request, &own, &other))
                .is_err()
            {
                break;
            }
        }
        let _ = to_service.shutdown(std::net::Shutdown::Write);
    });
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from_service.read(&mut buffer) {
            let [_, other] = &hosts;
            let answer = &buffer[..count];
            let is_named = answer.windows(other.len()).any(|bytes| bytes == other);
            names.fetch_add(usize::from(is_named), Ordering::SeqCst);
            if to_caller.write_all(answer).is_err() {
                break;
            }
        }
        let _ = to_caller.shutdown(std::net::Shutdown::Both);
    });
}

/// The next request with its whole head; what there is of its body comes with it or after it.
fn next_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&buffer[..count]);
        let is_head =
            request.starts_with(b"GET ") || request.starts_with(b"P") || request.starts_with(b"D");
        if !is_head || request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            return Some(request);
        }
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
