//! The relay: it introduces tabs to each other and serves the page, and that is
//! all. It sees no block and no post, keeps nothing on disk, and is not trusted:
//! signals are signed by the tabs, so it can drop one but neither change it nor
//! speak for anybody. Between two tabs that no direct link connects it carries
//! what they have sealed. When it dies, tabs with other links go on.
//!
//! What it guards against is strangers: every collection that one can grow has
//! its bound in [`limits`], and every rule that one can break is a variant in
//! `refusal`. Where data enters:
//!
//! ```text
//! TCP -> http (limiter: how many) -> page -> files
//!                              -> socket over its line -> rooms  -> outbox of another socket
//!                                                      -> tunnel -> rooms
//! ```
//!
//! It never logs an address, an id or anything that a tab sent.

mod asset;
mod bucket;
pub mod cli;
mod coding;
mod connections;
mod files;
mod framed_socket;
mod headers;
mod http;
pub mod limits;
mod offers;
mod outbox;
mod page;
mod refusal;
mod rooms;
mod socket;
mod stats;
mod tunnel;
mod turn;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tablon_core::relay::IceServer;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use crate::files::Page;
pub use crate::limits::Limits;

pub use crate::refusal::code;
pub use crate::turn::Turn;

/// What a host decides.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where the page's files are.
    pub page: Page,
    /// Given to every tab. With none, tabs reach each other on one machine or
    /// one local network only.
    pub ice: Vec<IceServer>,
    /// Through what tabs reach each other that no direct link connects.
    pub turn: Option<Turn>,
    /// Believe the last `X-Forwarded-For` entry. Only behind a proxy that sets
    /// it: anybody else could claim any address and pass the bounds by address.
    pub behind_proxy: bool,
    /// The bounds.
    pub limits: Limits,
}

/// What all connections share.
#[derive(Debug)]
struct Relay {
    limits: Limits,
    ice: Vec<IceServer>,
    turn: Option<Turn>,
    behind_proxy: bool,
    /// What goes through the tunnel, of all tabs.
    tunnel: Mutex<bucket::Bucket>,
    tunnel_of_address: tunnel::AddressMeters,
    limiter: Arc<connections::ConnectionLimiter>,
    rooms: Arc<rooms::Rooms>,
    files: Arc<files::Files>,
    stats: stats::Stats,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Relay {
    /// For a tab that comes now.
    fn ice_servers(&self) -> Vec<IceServer> {
        let mut servers = self.ice.clone();
        if let Some(turn) = &self.turn {
            servers.push(turn.server(self.limits.turn_for, SystemTime::now()));
        }
        servers
    }

    /// A tab is welcomed anew every so often, while its TURN credentials are good.
    fn renewal(&self) -> Duration {
        match self.turn {
            Some(_) => self.limits.turn_for * 3 / 4,
            // Longer than any tab stays: a year.
            None => Duration::from_secs(365 * 86_400),
        }
    }
}

/// Serve until `stop` resolves, then close every socket with
/// [`code::RESTART`] and return within [`limits::STOP_WITHIN`].
pub async fn serve(config: Config, listener: TcpListener, stop: impl Future<Output = ()>) {
    let total = config.limits.tunnel_total;
    let relay = Arc::new(Relay {
        tunnel: Mutex::new(bucket::Bucket::new(total, total, Instant::now())),
        tunnel_of_address: tunnel::AddressMeters::new(&config.limits),
        limiter: Arc::new(connections::ConnectionLimiter::new(config.limits.clone())),
        rooms: Arc::new(rooms::Rooms::new(config.limits.clone())),
        files: Arc::new(files::Files::new(config.page)),
        stats: stats::Stats::new(),
        stopping: CancellationToken::new(),
        tasks: TaskTracker::new(),
        limits: config.limits,
        ice: config.ice,
        turn: config.turn,
        behind_proxy: config.behind_proxy,
    });
    let router = http::router(Arc::clone(&relay));
    tokio::select! {
        () = http::accept(listener, Arc::clone(&relay), router) => {}
        () = stop => {}
    }
    relay.stopping.cancel();
    relay.tasks.close();
    if timeout(limits::STOP_WITHIN, relay.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(left = relay.tasks.len(), "connections were cut");
    }
}
