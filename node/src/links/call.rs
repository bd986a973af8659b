//! Addresses that a peer itself has named, called once: the first that leads to that
//! very peer is the link. Addresses to stay linked to are [`super::dial`]'s.

use std::sync::Arc;
use std::time::Duration;

use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::node::LinkOrigin;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::dial::open;
use super::socket::{self, End, Socket, Wanted};
use super::{Linker, MAX_CALLS};
use crate::PeerAddress;
use crate::driver::Event;
use crate::reach::Reach;

/// For one address, from the connection to the proof.
const EACH_WITHIN: Duration = Duration::from_secs(4);

/// A peer, and where it says that it is.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) peer: PeerId,
    /// At most [`tablon_core::relay::MAX_ADDRESSES`].
    pub(crate) addresses: Vec<PeerAddress>,
}

/// The driver's end, and the one that [`serve`] takes.
pub(crate) fn channel() -> (mpsc::Sender<Call>, mpsc::Receiver<Call>) {
    mpsc::channel(MAX_CALLS)
}

/// Call as the driver says, until the node stops. The driver has at most
/// [`MAX_CALLS`] dials under way.
pub(crate) async fn serve(linker: Arc<Linker>, mut calls: mpsc::Receiver<Call>) {
    let stopping = linker.stopping.clone();
    while let Some(Some(call)) = stopping.run_until_cancelled(calls.recv()).await {
        let caller = Arc::clone(&linker);
        linker.tasks.spawn(async move { caller.call(call).await });
    }
}

impl Linker {
    async fn call(&self, Call { peer, addresses }: Call) {
        for address in &addresses {
            let reached = timeout(EACH_WITHIN, self.reach(address, peer)).await;
            match reached.unwrap_or_else(|_| Err("it did not answer in time".into())) {
                Ok(socket) => {
                    tracing::info!(%address, %peer, "linked");
                    let end = socket::serve_proven(
                        socket,
                        peer,
                        Wanted::called(LinkOrigin::Outbound),
                        self,
                    )
                    .await;
                    tracing::debug!(%peer, reason = %end, "a link that was called ended");
                    return;
                }
                Err(reason) => tracing::debug!(%address, %peer, reason, "not reached"),
            }
        }
        self.door.tell(Event::CallFailed { peer }).await;
    }

    async fn reach(&self, address: &PeerAddress, required: PeerId) -> Result<Socket, String> {
        let mut socket = open(address, Reach::Anywhere, &self.trust).await?;
        let end = match socket.greet(Role::Caller, self).await {
            Ok(received) if received == required => return Ok(socket),
            Ok(received) => End::Stranger { required, received },
            Err(end) => end,
        };
        socket.farewell(&end).await;
        Err(end.to_string())
    }
}
