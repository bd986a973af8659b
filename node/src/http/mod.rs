//! HTTP: routes, and connections from accept to end.
//!
//! The accept loop is our own rather than `axum::serve`, which bounds neither
//! connections nor the time that a request's head may take.

mod answer;
mod api;
mod budget;
mod chain;
mod client;
mod connections;
mod events;
mod getwork;
mod guard;
mod held;
mod lists;
mod pace;
mod page;
mod reader;
mod tutorial;

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::middleware;
use axum::response::Response;
use axum::routing::{any, get, post};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::config::LocalWrites;
use crate::driver::Door;
use crate::links::{Linker, MAX_MESSAGE, READ_BUFFER};
use crate::origin::Origin;
use crate::turns::Turns;
use crate::{Config, Node};
use budget::Budget;
pub(crate) use connections::MAX_CONNECTIONS;
use connections::{Connections, Place};
use pace::{PACE, Paced};
use reader::Reader;

/// Bytes of a request's head; hyper wants 8 KiB or more.
const MAX_HEAD: usize = 16 * 1024;

/// Header lines of a request.
const MAX_HEADERS: usize = 64;

/// Unsent bytes that the kernel may hold for one connection. Its own rule lets a
/// reader who never reads pin up to 4 MiB.
const KERNEL_UNSENT_BYTES: u32 = 64 * 1024;

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
    reader: Reader,
    budget: Budget,
    /// Streams of events that are open.
    watchers: Arc<Semaphore>,
    token: Zeroizing<String>,
    local_writes: LocalWrites,
    /// Whether a program has written without the token.
    open_write: AtomicBool,
    behind_proxy: bool,
    hosts: Vec<String>,
    address: SocketAddr,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    pub(crate) fn new(
        node: &Node,
        config: &Config,
        address: SocketAddr,
        token: Zeroizing<String>,
    ) -> Arc<Self> {
        Arc::new(Self {
            reader: Reader::new(node.door()),
            budget: Budget::new(),
            watchers: Arc::new(Semaphore::new(events::MAX_WATCHERS)),
            door: node.door(),
            linker: node.linker(),
            token,
            local_writes: config.local_writes(),
            open_write: AtomicBool::new(false),
            behind_proxy: config.behind_proxy,
            hosts: config.hosts.clone(),
            address,
            stopping: node.stopping(),
            tasks: node.tasks(),
        })
    }

    /// Where a request comes from.
    fn address_of(&self, caller: &Caller, headers: &HeaderMap) -> IpAddr {
        let forwarded = self.behind_proxy.then(|| forwarded_for(headers));
        forwarded.flatten().unwrap_or(caller.address)
    }

    /// A program of this machine, or somebody through a proxy that says nothing, writes
    /// without the token: the host is told, once.
    fn note_open_write(&self) {
        if !self.open_write.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a program wrote from this machine without the token, as the tutorial does; \
                 if a proxy stands before this node, strangers can do the same: start it with \
                 --behind-proxy"
            );
        }
    }
}

/// The last entry is the one that the proxy in front added; those before it are
/// whatever the client claims.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?.trim();
    let with_port = || last.parse().map(|address: SocketAddr| address.ip());
    last.parse().or_else(|_| with_port()).ok()
}

/// Who is at the other end of a connection.
#[derive(Debug)]
struct Caller {
    address: IpAddr,
    /// Held until the request, and the link that came of it, are over.
    place: Arc<Place>,
}

/// Where a request comes from: what the proxy says, behind one.
#[derive(Debug, Clone, Copy)]
struct CallerAddress(IpAddr);

impl CallerAddress {
    fn origin(self) -> Origin {
        self.0.into()
    }
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
    let connections = Arc::new(Connections::default());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = served.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, address)) => {
                // Behind a proxy every connection has the proxy's address.
                let origin = match served.behind_proxy {
                    true => Origin::Here,
                    false => address.ip().into(),
                };
                let Some(place) = connections.open(origin) else {
                    // Closed without a word: an answer would cost what the bound
                    // saves.
                    continue;
                };
                let caller = Arc::new(Caller {
                    address: address.ip(),
                    place: Arc::new(place),
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
    if tune(&stream).is_err() {
        return; // it broke at once
    }
    let place = Arc::clone(&caller.place);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&caller));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(Paced::new(Turns::new(stream), PACE)), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        // Served, broken or upgraded; broken ones are nobody's concern.
        _ = &mut serving => return,
        () = place.gives_way() => return,
        () = stopping.cancelled() => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = timeout(STOP_WITHIN, serving).await;
}

fn tune(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(KERNEL_UNSENT_BYTES)?;
    Ok(())
}

/// Where other nodes link to this one.
///
/// Any origin may: who the other is it proves by its key, and the board is public.
async fn peer(
    upgrade: WebSocketUpgrade,
    State(served): State<Arc<Served>>,
    axum::Extension(caller): axum::Extension<Arc<Caller>>,
    axum::Extension(address): axum::Extension<CallerAddress>,
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
        let _held = (counted, caller.place.serve());
        served.linker.take(socket, address.0).await;
    })
}
