//! The tunnel: pieces between two tabs that no direct link connects, sealed by
//! them, and both of which have signalled here that they want one. A lost piece ends a
//! tunnel, so one that comes too fast is not dropped: it is held, and its sender's socket
//! is not read until it has gone.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::extract::ws::Message;
use bytes::Bytes;
use tablon_core::hash::PeerId;
use tokio::time::{sleep, timeout};

use crate::Relay;
use crate::bucket::Bucket;
use crate::connections::{Origin, Source};
use crate::limits::{Limits, TUNNEL_FRAME_COST};
use crate::outbox::{Full, Outbox};
use crate::refusal::Refusal;
use crate::rooms::{Agreement, Membership};

/// Bytes of the peer id before a piece.
const ID: usize = 32;

/// What one tab sends through the tunnel.
#[derive(Debug)]
pub(crate) struct Meter {
    own: Bucket,
    address: Source,
}

/// What each address sends through the tunnel. A bucket outlives the sockets that
/// emptied it, or a new socket would fill it.
#[derive(Debug)]
pub(crate) struct AddressMeters {
    rate: u32,
    /// Only those that are not full, for those are as new ones: at most as many as
    /// frames pass in the second that fills them, 16,384 x 64 bytes = 1 MiB.
    buckets: Mutex<HashMap<Source, Bucket>>,
}

/// Addresses after which those with a full bucket are looked for.
const ADDRESSES: usize = 1_024;

impl AddressMeters {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            rate: limits.tunnel_per_address,
            buckets: Mutex::default(),
        }
    }

    fn borrow(
        &self,
        address: Source,
        cost: usize,
        within: Duration,
        now: Instant,
    ) -> Result<Duration, Duration> {
        let mut buckets = self
            .buckets
            .lock()
            .expect("nothing under this lock panics, so it is never poisoned");
        if buckets.len() >= ADDRESSES {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let full = || Bucket::new(self.rate, self.rate, now);
        let bucket = buckets.entry(address).or_insert_with(full);
        bucket.borrow(cost, within, now)
    }
}

/// A piece on its way, and what it waits for.
#[derive(Debug)]
pub(crate) struct Piece {
    frame: Bytes,
    cost: usize,
    outbox: Outbox,
    wait: Duration,
}

/// Why a piece goes no further.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The addressee is not in the room, or has no tunnel with the sender.
    Absent(PeerId),
    Refused(Refusal),
}

impl Meter {
    pub(crate) fn new(limits: &Limits, origin: Origin) -> Self {
        let rate = limits.tunnel_rate;
        Self {
            own: Bucket::new(rate, rate, Instant::now()),
            address: origin.widest(),
        }
    }

    /// Take a frame of the tab in `seat`: it counts for the tab, for its address, for
    /// its addressee and for the relay.
    pub(crate) fn take(
        &mut self,
        relay: &Relay,
        membership: &Membership,
        frame: &[u8],
    ) -> Result<Piece, Stopped> {
        let limits = &relay.limits;
        if limits.tunnel_rate == 0 {
            return Err(Stopped::Refused(Refusal::NoTunnel));
        }
        let received = frame.len();
        let Some((to, piece)) = frame
            .split_first_chunk::<ID>()
            .filter(|(_, piece)| !piece.is_empty())
        else {
            let refusal = Refusal::NoPiece { id: ID, received };
            return Err(Stopped::Refused(refusal));
        };
        let (to, cost) = (PeerId(*to), received.max(TUNNEL_FRAME_COST));
        let (within, now) = (limits.tunnel_within, Instant::now());
        let busy = |whom, per_second| {
            move |wait| {
                Stopped::Refused(Refusal::TunnelBusy {
                    whom,
                    per_second,
                    wait,
                    limit: within,
                })
            }
        };
        // First whether it may go at all: what is refused is not paid for.
        match membership.tunnel_agreement(to) {
            Agreement::Both => {}
            // Whoever has loaded its page anew knows nothing of a tunnel that the other
            // still holds: to that one it is gone, which is no fault.
            Agreement::Missing | Agreement::Absent => return Err(Stopped::Absent(to)),
        }
        let own = (self.own.borrow(cost, within, now))
            .map_err(busy("a tab that sends", limits.tunnel_rate))?;
        let address = (relay.tunnel_of_address)
            .borrow(self.address, cost, within, now)
            .map_err(busy("one address", limits.tunnel_per_address))?;
        let (outbox, theirs) = (membership.tunnel(to, cost, within, now))
            .ok_or(Stopped::Absent(to))?
            .map_err(busy("each tunnel of a tab", limits.tunnel_rate))?;
        let all = relay
            .tunnel
            .lock()
            .expect("nothing under this lock panics, so it is never poisoned")
            .borrow(cost, within, now)
            .map_err(busy("all tabs together", limits.tunnel_total))?;
        Ok(Piece {
            frame: [&membership.peer.0, piece].concat().into(),
            cost,
            outbox,
            wait: own.max(address).max(theirs).max(all),
        })
    }
}

impl Piece {
    /// Wait as long as it must, then queue it for its addressee.
    pub(crate) async fn carry(self, relay: &Relay) -> Result<(), Refusal> {
        let limits = &relay.limits;
        sleep(self.wait).await;
        let limit = limits.tunnel_within;
        let share = timeout(limit, self.outbox.share(self.cost))
            .await
            .map_err(|_| Refusal::TunnelFull {
                bytes: limits.queue_tunnel,
                limit,
            })?;
        let bytes = self.frame.len();
        self.outbox
            .push(Message::Binary(self.frame), Some(share))
            .map_err(|full| too_full(limits, full))?;
        relay.stats.tunnelled(bytes);
        Ok(())
    }
}

/// Why a frame found no place in an outbox.
pub(crate) fn too_full(limits: &Limits, full: Full) -> Refusal {
    match full {
        Full::Peer => Refusal::Crowded {
            frames: limits.queue_frames,
            bytes: limits.queue_bytes,
        },
        Full::Relay => Refusal::Busy {
            limit: limits.queue_bytes_of_all,
        },
    }
}
