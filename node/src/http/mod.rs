//! HTTP: routes, and connections from accept to end.
//!
//! The accept loop is our own rather than `axum::serve`, which bounds neither
//! connections nor the time that a request's head may take.

mod answer;
mod api;
mod chain;
mod client;
mod events;
mod getwork;
mod guard;
mod page;
mod tutorial;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::driver::Door;
use crate::links::{Linker, MAX_MESSAGE, READ_BUFFER};
use crate::{Config, Node};

/// TCP connections at once, links included: twice a thousand clients. What they
/// hold is a head ([`MAX_HEAD`]) and a body ([`answer::MAX_BODY`]) each, 160 MiB at
/// worst.
pub(crate) const MAX_CONNECTIONS: usize = 2_048;

/// Bytes of a request's head; hyper wants 8 KiB or more.
const MAX_HEAD: usize = 16 * 1024;

/// Header lines of a request.
const MAX_HEADERS: usize = 64;

/// For the head of a request, and between two requests on one connection.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// For all connections to end when the node stops.
pub(crate) const STOP_WITHIN: Duration = Duration::from_millis(1_500);

/// `accept` fails when the process has no file descriptor left: without a pause
/// the loop would spin until one is.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Served {
    door: Door,
    linker: Arc<Linker>,
    token: Option<Zeroizing<String>>,
    hosts: Vec<String>,
    address: SocketAddr,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    pub(crate) fn new(node: &Node, config: &Config, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            door: node.door(),
            linker: node.linker(),
            token: config.token.clone(),
            hosts: config.hosts.clone(),
            address,
            stopping: node.stopping(),
            tasks: node.tasks(),
        })
    }
}

/// Who is at the other end of a connection.
#[derive(Debug)]
struct Caller {
    address: SocketAddr,
    /// Held until the request, and the link that came of it, are over.
    _place: OwnedSemaphorePermit,
}

fn router(served: Arc<Served>) -> Router {
    Router::new()
        .route("/", get(page::serve).post(getwork::serve))
        .nest("/api/v1", api::router())
        .route("/new_transaction", post(tutorial::new_transaction))
        .route("/pending_tx", get(tutorial::pending_tx))
        .route("/chain", get(tutorial::chain))
        .route("/mine", get(tutorial::mine))
        .route("/register_node", post(tutorial::register_node))
        .route("/register_with", post(tutorial::register_with))
        .route("/add_block", post(tutorial::add_block))
        .route("/peer", any(peer))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::no_such_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&served),
            guard::check,
        ))
        .with_state(served)
}

/// Accept until the node stops.
pub(crate) async fn serve(listener: TcpListener, served: Arc<Served>) {
    let router = router(Arc::clone(&served));
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = served.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, address)) => {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    // Closed without a word: an answer would cost what the bound
                    // saves.
                    continue;
                };
                let caller = Arc::new(Caller {
                    address,
                    _place: place,
                });
                let stopping = served.stopping.clone();
                let serving = connection(stream, caller, stopping, router.clone());
                served.tasks.spawn(serving);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    caller: Arc<Caller>,
    stopping: CancellationToken,
    router: Router,
) {
    if stream.set_nodelay(true).is_err() {
        return; // it broke at once
    }
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&caller));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        // Served, broken or upgraded; broken ones are nobody's concern.
        _ = &mut serving => return,
        () = stopping.cancelled() => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = timeout(STOP_WITHIN, serving).await;
}

/// Where other nodes link to this one.
///
/// Any origin may: who the other is it proves by its key, and the board is public.
async fn peer(
    upgrade: WebSocketUpgrade,
    State(served): State<Arc<Served>>,
    axum::Extension(caller): axum::Extension<Arc<Caller>>,
) -> Response {
    // The defaults would hold 256 KiB a socket. Nothing is buffered for writing,
    // so that a send ends when the kernel has it.
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_MESSAGE)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE);
    let counted = served.tasks.token();
    upgrade.on_upgrade(async move |socket| {
        let _held = counted;
        served.linker.take(socket, caller.address.ip()).await;
    })
}
