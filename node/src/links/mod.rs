//! WebSocket links to other nodes: dialled ([`dial`]), called once ([`call`]) and taken
//! ([`Linker::take`]), the same from the handshake on ([`socket`]), through a bounded
//! [`outbox`] each.

pub(crate) mod call;
mod dial;
mod outbox;
mod places;
mod socket;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::WebSocket;
use tablon_core::handshake::Role;
use tablon_core::hash::NetworkId;
use tablon_core::keys::SecretKey;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::PeerAddress;
use crate::driver::Door;
use crate::tls::Trust;

pub(crate) use call::Call;
pub(crate) use dial::{Asker, Dial, DialState, Kept, keep};
pub(crate) use outbox::{Mail, Outbox, Queued};
use places::Places;
use socket::{End, Wanted};
pub(crate) use socket::{MAX_MESSAGE, READ_BUFFER};

/// Addresses that are dialled, at most: eight times the neighbours of a node.
const MAX_DIALS: usize = 64;

/// Peers that are called at the addresses that they named, at most: twice the
/// neighbours of a node.
pub(crate) const MAX_CALLS: usize = 16;

/// Tells one connection to a peer from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkId(u64);

impl LinkId {
    /// One that no other connection has.
    pub(crate) fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// What all links of one node share.
#[derive(Debug)]
pub(crate) struct Linker {
    key: SecretKey,
    network: NetworkId,
    door: Door,
    trust: Arc<Trust>,
    stopping: CancellationToken,
    tasks: TaskTracker,
    dials: Mutex<Vec<Dial>>,
    places: Arc<Places>,
}

impl Linker {
    pub(crate) fn new(
        key: SecretKey,
        network: NetworkId,
        door: Door,
        trust: Arc<Trust>,
        stopping: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            key,
            network,
            door,
            trust,
            stopping,
            tasks,
            dials: Mutex::default(),
            places: Arc::default(),
        }
    }

    /// Addresses that are dialled.
    pub(crate) fn addresses(&self) -> Vec<PeerAddress> {
        self.dials()
            .iter()
            .map(|dial| dial.address.clone())
            .collect()
    }

    /// Whom it trusts to name other machines.
    pub(crate) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Serve a link that somebody else opened, to its end.
    pub(crate) async fn take(&self, socket: WebSocket, from: IpAddr) {
        let mut unproven = self.places.open(from);
        let mut socket = socket::of_axum(socket);
        let greeted = tokio::select! {
            greeted = socket.greet(Role::Callee, self) => greeted,
            () = unproven.gives_way() => Err(End::Dismissed(
                "newer links came before this one proved its key".into(),
            )),
            () = self.stopping.cancelled() => Err(End::Stopping),
        };
        let proven = greeted.and_then(|peer| {
            let place = unproven.prove().map_err(End::Dismissed)?;
            Ok((peer, place))
        });
        let ended = match proven {
            Ok((peer, _place)) => {
                socket::serve_proven(socket, peer, Wanted::taken(from), self).await
            }
            Err(end) => {
                socket.farewell(&end).await;
                end
            }
        };
        tracing::debug!(reason = %ended, "a link that was taken ended");
    }

    fn dials(&self) -> MutexGuard<'_, Vec<Dial>> {
        self.dials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
