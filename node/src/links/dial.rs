//! Addresses that a node stays linked to: dialled, and dialled again.

use std::sync::Arc;
use std::time::Duration;

use tablon_core::command::{Command, Reply};
use tablon_core::handshake::HandshakeError;
use tablon_core::hash::PeerId;
use tablon_core::node::LinkOrigin;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::socket::{self, End, MAX_MESSAGE, READ_BUFFER, Socket, Wanted};
use super::{Linker, MAX_DIALS};
use crate::PeerAddress;
use crate::backoff::Backoff;
use crate::reach::Reach;
use crate::tls::Trust;

/// A link that lived so long starts the waits anew.
const PROVEN: Duration = Duration::from_secs(60);

/// For the connection and its upgrade.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// While the peer is linked another way it is looked after this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// By whose wish an address is dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The host's own: the peer is never turned away.
    Host,
    /// Anybody's who reaches the tutorial's operations: the peer has a place of those
    /// that come by themselves.
    Http,
}

impl Asker {
    fn origin(self) -> LinkOrigin {
        match self {
            Self::Host => LinkOrigin::Host,
            Self::Http => LinkOrigin::Inbound(None),
        }
    }
}

/// One address.
#[derive(Debug)]
pub(crate) struct Dial {
    pub(super) address: PeerAddress,
    reach: Reach,
    state: watch::Sender<DialState>,
    hurry: Arc<Notify>,
}

/// How it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DialState {
    /// The first attempt, or one that was asked for, is under way.
    Trying,
    /// The node has this neighbour.
    Linked(PeerId),
    /// Nothing now; why, for people.
    Failed(String),
}

/// What came of [`Linker::keep`].
#[derive(Debug)]
pub(crate) struct Kept {
    /// Nobody had asked for this address before.
    pub(crate) is_new: bool,
    pub(crate) state: watch::Receiver<DialState>,
}

/// Dial an address from now on by the host's wish, unless there are [`MAX_DIALS`]
/// already.
pub(crate) fn keep(linker: &Arc<Linker>, address: PeerAddress) -> bool {
    linker.keep(address, Asker::Host, Reach::Anywhere).is_some()
}

impl Linker {
    /// Dial an address from now on, at once if it is known already; none when there
    /// are [`MAX_DIALS`].
    pub(crate) fn keep(
        self: &Arc<Self>,
        address: PeerAddress,
        asker: Asker,
        reach: Reach,
    ) -> Option<Kept> {
        let mut dials = self.dials();
        if let Some(known) = dials.iter_mut().find(|dial| dial.address == address) {
            if reach == Reach::Anywhere {
                known.reach = reach;
            }
            let failed = |state: &mut DialState| {
                let failed = matches!(state, DialState::Failed(_));
                if failed {
                    *state = DialState::Trying;
                }
                failed
            };
            if known.state.send_if_modified(failed) {
                known.hurry.notify_one();
            }
            return Some(Kept {
                is_new: false,
                state: known.state.subscribe(),
            });
        }
        if dials.len() >= MAX_DIALS {
            return None;
        }
        let (sender, state) = watch::channel(DialState::Trying);
        let hurry = Arc::new(Notify::new());
        dials.push(Dial {
            address: address.clone(),
            reach,
            state: sender.clone(),
            hurry: Arc::clone(&hurry),
        });
        let linker = Arc::clone(self);
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = linker.stay_linked(&address, asker, &sender, &hurry) => linker.forget(&address),
                () = stopping.cancelled() => {}
            }
        });
        Some(Kept {
            is_new: true,
            state,
        })
    }

    /// Dial an address no longer; a link that is open stays.
    pub(crate) fn forget(&self, address: &PeerAddress) {
        self.dials().retain(|dial| dial.address != *address);
    }

    fn is_kept(&self, address: &PeerAddress) -> bool {
        self.reach_of(address).is_some()
    }

    // None when it is not dialled any more.
    fn reach_of(&self, address: &PeerAddress) -> Option<Reach> {
        let dials = self.dials();
        let dial = dials.iter().find(|dial| dial.address == *address);
        dial.map(|dial| dial.reach)
    }

    async fn stay_linked(
        &self,
        address: &PeerAddress,
        asker: Asker,
        state: &watch::Sender<DialState>,
        hurry: &Notify,
    ) {
        let mut backoff = Backoff::default();
        while let Some(reach) = self.reach_of(address) {
            let began = Instant::now();
            let mut peer = None;
            let end = match open(address, reach, &self.trust).await {
                Ok(socket) => {
                    let linked = |who| {
                        tracing::info!(%address, peer = %who, "linked");
                        state.send_replace(DialState::Linked(who));
                        peer = Some(who);
                    };
                    socket::serve(socket, Wanted::called(asker.origin()), self, linked).await
                }
                Err(reason) => End::Lost(reason),
            };
            // One's own address never gets better, the others may.
            if matches!(end, End::Refused(HandshakeError::Oneself)) {
                tracing::warn!(%address, "{end}");
                state.send_replace(DialState::Failed(end.to_string()));
                return;
            }
            if let Some(peer) = peer
                && self.is_linked(peer).await
            {
                while self.is_kept(address) && self.is_linked(peer).await {
                    sleep(LOOK_AGAIN).await;
                }
                continue;
            }
            if peer.is_some() || *state.borrow() == DialState::Trying {
                tracing::info!(%address, reason = %end, "not linked");
            }
            state.send_replace(DialState::Failed(end.to_string()));
            if began.elapsed() > PROVEN {
                backoff.reset();
            }
            tokio::select! {
                () = sleep(backoff.next()) => {}
                () = hurry.notified() => {}
            }
        }
    }

    async fn is_linked(&self, peer: PeerId) -> bool {
        match self.door.ask(Command::Peers).await {
            Ok(Reply::Peers(peers)) => peers.iter().any(|known| known.id == peer),
            _ => false,
        }
    }
}

/// Connect and upgrade, in time.
pub(super) async fn open(
    address: &PeerAddress,
    reach: Reach,
    trust: &Trust,
) -> Result<Socket, String> {
    let opening = async {
        let stream = trust.connect(address.place(), reach).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * MAX_MESSAGE)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let upgraded = client_async_with_config(address.to_string(), stream, Some(config)).await;
        let (socket, _) = upgraded.map_err(|error| format!("{address} takes no links: {error}"))?;
        Ok(socket::of_tungstenite(socket))
    };
    let late = |_| {
        format!(
            "{address} did not answer within {} s",
            OPEN_WITHIN.as_secs()
        )
    };
    timeout(OPEN_WITHIN, opening).await.map_err(late)?
}
