//! Bodies on the wire: whole, compressed, cut, dripped or stalled.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::time::Duration;

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, StreamExt as _};

use crate::clock::Span;
use crate::faults::FaultScript;
use crate::reply::{self, Reply};

/// How long the start of a body that is cut gets to leave.
const FLUSH: Duration = Duration::from_millis(10);
/// Longer bodies leave as they are: compressing takes long in a debug build.
const COMPRESSED_AT_MOST: u64 = 1024 * 1024;

/// A body, and the headers that say how it is sent.
pub(crate) struct Sent {
    pub(crate) body: Body,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// Faults count the bytes of the plain body unless they ask for the compressed one, so what they touch is not
/// compressed as a rule.
pub(crate) fn send(reply: &Reply, fault: Option<&FaultScript>, takes_gzip: bool) -> Sent {
    let fault = fault.filter(|fault| fault.touches_body());
    let packs = takes_gzip && is_compressible(reply);
    match fault {
        Some(fault) if fault.packed && packs => {
            let mut sent = broken(&packed(&reply.body.bytes()), fault);
            sent.headers.push(gzip());
            sent
        }
        Some(fault) => broken(&reply.body.bytes(), fault),
        None if packs => Sent {
            body: Body::from(packed(&reply.body.bytes())),
            headers: vec![gzip()],
        },
        None => whole(&reply.body),
    }
}

fn whole(body: &reply::Body) -> Sent {
    let body = match body {
        reply::Body::Bytes(bytes) => Body::from(bytes.clone()),
        reply::Body::Log(text, range) => {
            let pieces = text.clone().chunks(range.clone());
            Body::from_stream(stream::iter(
                pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))),
            ))
        }
    };
    Sent {
        body,
        headers: Vec::new(),
    }
}

/// The service compresses JSON and text.
fn is_compressible(reply: &Reply) -> bool {
    let kind = reply.header("content-type");
    let length = reply.body.length();
    (kind.starts_with("application/json") || kind.starts_with("text/"))
        && reply.header("content-encoding").is_empty()
        && (1..=COMPRESSED_AT_MOST).contains(&length)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.unwrap_or_default()
}

fn gzip() -> (&'static str, String) {
    ("content-encoding", "gzip".to_owned())
}

/// The promised length is that of the whole, however little of it arrives.
fn broken(bytes: &[u8], fault: &FaultScript) -> Sent {
    let end = fault.cut.or(fault.stall).unwrap_or(bytes.len());
    let start = &bytes[..end.min(bytes.len())];
    let pause = fault.drip.map(Span::to_duration);
    let size = pause.map_or(start.len(), |_| fault.drip_bytes.max(1));
    let pieces: Vec<Bytes> = start
        .chunks(size.max(1))
        .map(Bytes::copy_from_slice)
        .collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        if let Some(pause) = pause {
            wait(pause).await;
        }
        Ok::<_, io::Error>(piece)
    });
    let body = if fault.cut.is_some() {
        Body::from_stream(pieces.chain(stream::once(break_off())))
    } else if fault.stall.is_some() {
        Body::from_stream(pieces.chain(stream::pending()))
    } else {
        Body::from_stream(pieces)
    };
    Sent {
        body,
        headers: vec![("content-length", bytes.len().to_string())],
    }
}

async fn break_off() -> io::Result<Bytes> {
    // Without a pause the start would never leave hyper's buffer.
    wait(FLUSH).await;
    Err(io::Error::other("cut as scripted"))
}

#[expect(clippy::disallowed_methods, reason = "scripted faults take real time")]
pub(crate) async fn wait(duration: Duration) {
    tokio::time::sleep(duration).await;
}
