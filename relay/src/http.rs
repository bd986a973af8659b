//! Routes, and connections from accept to upgrade.
//!
//! The accept loop is our own rather than `axum::serve`, which bounds neither
//! connections nor the time that a request's head may take.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router, middleware};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::Relay;
use crate::connections::{Origin, Permit};
use crate::limits::{MAX_HEAD, MAX_HEADERS, MAX_MESSAGE};
use crate::{headers, page, socket};

/// `accept` fails when the process has no file descriptor left: without a pause
/// the loop would spin until one is.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who is at the other end of a connection.
#[derive(Debug)]
struct Caller {
    address: IpAddr,
    /// Held until the request, and the socket that came of it, are over.
    _permit: Permit,
}

pub(crate) fn router(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/signal", any(signal))
        .route("/healthz", get(async || "ok"))
        .route("/stats.json", get(stats))
        .fallback(page::serve)
        .layer(middleware::from_fn(headers::secure))
        .with_state(relay)
}

/// Accept until the relay stops.
pub(crate) async fn accept(listener: TcpListener, relay: Arc<Relay>, router: Router) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = relay.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, from)) => admit(stream, from, &relay, &router),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn admit(stream: TcpStream, from: SocketAddr, relay: &Arc<Relay>, router: &Router) {
    let origin = (!relay.behind_proxy).then(|| from.ip().into());
    let Some(permit) = relay.limiter.connection(origin) else {
        // Closed without a word: an answer would cost what the bound saves.
        relay.stats.refused("connections_full");
        return;
    };
    if let Err(error) = tune(&stream, relay.limits.kernel_unsent) {
        tracing::debug!(%error, "a connection broke at once");
        return;
    }
    let caller = Arc::new(Caller {
        address: from.ip(),
        _permit: permit,
    });
    let serving = connection(stream, caller, Arc::clone(relay), router.clone());
    relay.tasks.spawn(serving);
}

fn tune(stream: &TcpStream, unsent: u32) -> io::Result<()> {
    // Signals are small and somebody waits for each.
    stream.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(unsent)?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = unsent;
    Ok(())
}

async fn connection(stream: TcpStream, caller: Arc<Caller>, relay: Arc<Relay>, router: Router) {
    let limits = &relay.limits;
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&caller));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        // Served, broken or upgraded; broken ones are nobody's concern.
        _ = &mut serving => return,
        () = relay.stopping.cancelled() => {}
        () = sleep(limits.page_within) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = timeout(limits.close_within, serving).await;
}

/// The WebSocket.
///
/// Any origin may connect. A check of `Origin` guards what a browser adds by
/// itself to another site's request, cookies above all. The relay has none: who
/// a tab is, it proves by signing a challenge with a key that no other site can
/// read, and the board is public. So a page hosted elsewhere may use this relay.
async fn signal(
    upgrade: WebSocketUpgrade,
    State(relay): State<Arc<Relay>>,
    Extension(caller): Extension<Arc<Caller>>,
    headers: HeaderMap,
) -> Response {
    // The defaults would hold 256 KiB a socket. Nothing is buffered for writing,
    // so that a send ends when the kernel has it.
    let upgrade = upgrade
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_MESSAGE)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE);
    let address = if relay.behind_proxy {
        forwarded_for(&headers).unwrap_or(caller.address)
    } else {
        caller.address
    };
    let origin = Origin::from(address);
    let permit = relay.limiter.socket(origin);
    let counted = relay.tasks.token();
    upgrade.on_upgrade(async move |socket| {
        let _held = (caller, counted);
        match permit {
            Ok(_permit) => {
                relay.stats.opened();
                socket::serve(socket, origin, relay).await;
            }
            Err(refusal) => socket::turn_away(socket, relay, refusal).await,
        }
    })
}

/// The last entry is the one that the proxy in front added; those before it are
/// whatever the client claims.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?.trim();
    let with_port = || last.parse().map(|address: SocketAddr| address.ip());
    last.parse().or_else(|_| with_port()).ok()
}

async fn stats(State(relay): State<Arc<Relay>>, _: Request) -> Response {
    let report = relay.stats.report(&relay);
    let text = serde_json::to_string(&report).expect("numbers and words always have a JSON form");
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_proxy_only_its_own_entry_is_believed() {
        let check = |lines: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(forwarded_for(&headers), expected, "{lines:?}");
        };
        check(&[], None);
        check(&["10.0.0.1"], Some("10.0.0.1"));
        check(&["6.6.6.6, 10.0.0.1"], Some("10.0.0.1"));
        check(&["6.6.6.6", "7.7.7.7,10.0.0.1"], Some("10.0.0.1"));
        check(&["10.0.0.1:4321"], Some("10.0.0.1"));
        check(&["2001:db8::1"], Some("2001:db8::1"));
        check(&["nobody"], None);
    }
}
