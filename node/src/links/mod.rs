//! WebSocket links to other nodes: dialled ([`dial`]) and taken ([`Linker::take`]),
//! the same from the handshake on ([`socket`]), through a bounded [`outbox`] each.

mod dial;
mod outbox;
mod socket;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::WebSocket;
use tablon_core::handshake::Role;
use tablon_core::hash::NetworkId;
use tablon_core::keys::SecretKey;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::PeerAddress;
use crate::driver::Door;

pub(crate) use dial::{Dial, DialState, keep};
pub(crate) use outbox::Outbox;
pub(crate) use socket::{MAX_MESSAGE, READ_BUFFER};

/// Addresses that are dialled, at most: eight times the neighbours of a node.
const MAX_DIALS: usize = 64;

/// Links that others opened, at most, whether they have proved their key or not:
/// node's neighbours, and as many newcomers as one address may bring.
const MAX_TAKEN: usize = 64;

/// Tells one connection to a peer from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkId(u64);

/// What all links of one node share.
#[derive(Debug)]
pub(crate) struct Linker {
    key: SecretKey,
    network: NetworkId,
    door: Door,
    stopping: CancellationToken,
    tasks: TaskTracker,
    dials: Mutex<Vec<Dial>>,
    taken: Arc<Semaphore>,
    links: AtomicU64,
}

impl Linker {
    pub(crate) fn new(
        key: SecretKey,
        network: NetworkId,
        door: Door,
        stopping: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            key,
            network,
            door,
            stopping,
            tasks,
            dials: Mutex::default(),
            taken: Arc::new(Semaphore::new(MAX_TAKEN)),
            links: AtomicU64::new(0),
        }
    }

    /// Addresses that are dialled.
    pub(crate) fn addresses(&self) -> Vec<PeerAddress> {
        self.dials()
            .iter()
            .map(|dial| dial.address.clone())
            .collect()
    }

    /// Serve a link that somebody else opened, to its end.
    pub(crate) async fn take(&self, socket: WebSocket) {
        let Ok(_place) = Arc::clone(&self.taken).try_acquire_owned() else {
            return socket::turn_away(socket, format!("{MAX_TAKEN} links are open already")).await;
        };
        let ended = socket::serve(socket::of_axum(socket), Role::Callee, self, |_| {}).await;
        tracing::debug!(reason = %ended, "a link that was taken ended");
    }

    fn next_link(&self) -> LinkId {
        LinkId(self.links.fetch_add(1, Ordering::Relaxed))
    }

    fn dials(&self) -> MutexGuard<'_, Vec<Dial>> {
        self.dials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
