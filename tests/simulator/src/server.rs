//! The sockets: a thread with its own runtime, connections, and answers on the wire.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::body;
use crate::faults::FaultScript;
use crate::reply::Reply;
use crate::request::Request;
use crate::service::{Delivery, Service};

/// A request body may be this long.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How long a request that waits for others sleeps before it looks again.
const GATHERING: Duration = Duration::from_millis(5);

/// The service, shared by the connections and the test.
#[derive(Debug)]
pub(crate) struct Shared {
    service: Mutex<Service>,
    changed: Condvar,
}

impl Shared {
    pub(crate) fn new(service: Service) -> Arc<Self> {
        Arc::new(Self {
            service: Mutex::new(service),
            changed: Condvar::new(),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request has been answered, or for a short while.
    pub(crate) fn wait<'a>(
        &self,
        guard: MutexGuard<'a, Service>,
        at_most: Duration,
    ) -> MutexGuard<'a, Service> {
        self.changed
            .wait_timeout(guard, at_most)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    fn deliver(&self, request: &Request) -> Delivery {
        let delivery = self.lock().deliver(request);
        self.changed.notify_all();
        delivery
    }
}

/// The thread that serves; dropping it ends it and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name("azure-simulator".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::select! {
                        () = accept(listener, shared) => {}
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let serve = service_fn(move |request| answer(Arc::clone(&shared), request));
            // A broken connection is the caller's affair, or a fault that was asked for.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), serve)
                .await;
        });
    }
}

/// An error closes the connection without an answer.
async fn answer(shared: Arc<Shared>, request: HttpRequest<Incoming>) -> io::Result<Response<Body>> {
    let request = read(request).await?;
    let delivery = shared.deliver(&request);
    if let Some(delay) = delivery.fault.as_ref().and_then(|fault| fault.delay) {
        body::wait(delay.to_duration()).await;
    }
    if let Some((fault, count)) = delivery.gather {
        while shared.lock().struck(fault) < count {
            body::wait(GATHERING).await;
        }
    }
    let reply = delivery
        .reply
        .ok_or_else(|| io::Error::other("closed as scripted"))?;
    Ok(response(
        &reply,
        delivery.fault.as_ref(),
        request.takes_gzip(),
    ))
}

async fn read(request: HttpRequest<Incoming>) -> io::Result<Request> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(Body::new(body), BODY_LIMIT)
        .await
        .map_err(io::Error::other)?;
    let headers = parts.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    })
}

fn response(reply: &Reply, fault: Option<&FaultScript>, takes_gzip: bool) -> Response<Body> {
    let sent = body::send(reply, fault, takes_gzip);
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    for (name, value) in sent.headers {
        builder = builder.header(name, value);
    }
    // A scripted header may be malformed; then the caller gets a plain 500.
    builder.body(sent.body).unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
