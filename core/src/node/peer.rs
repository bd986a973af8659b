//! What the node knows of one neighbour.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::hash::{BlockHash, PeerId, TxId};
use crate::target::Work;
use crate::units::{Height, Millis};
use crate::view::{LinkKind, PeerState, PeerView};

/// Transactions that a peer is remembered to know, at most: 64 KiB of ids.
/// Forgetting one only means telling it again.
const MAX_KNOWN: usize = 2_048;

/// Units in a full bucket of requests; see `cost` in `node::step`.
pub(super) const BUCKET: u32 = 20_000;
/// Units that come back each second.
const REFILL: u64 = 4_000;

/// A neighbour.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) id: PeerId,
    pub(super) link: LinkKind,
    pub(super) since: Millis,
    /// Set by its hello.
    pub(super) claim: Option<Claim>,
    /// When it was asked for headers, while it has not answered.
    pub(super) headers_asked: Option<Millis>,
    /// Requests for headers that it has not answered, late ones too: each
    /// allows one answer.
    pub(super) headers_owed: u32,
    /// It has more headers than fitted the bound.
    pub(super) more_headers: bool,
    /// Blocks asked of it and when.
    pub(super) blocks_asked: BTreeMap<BlockHash, Millis>,
    /// Blocks asked of it that it did not give in time and still may, at most
    /// what it is asked for at once, for each silence that is forgiven.
    pub(super) blocks_late: BTreeSet<BlockHash>,
    /// When its last block came.
    pub(super) last_block: Millis,
    /// Times that it did not answer.
    pub(super) stalls: u32,
    /// Number and time of the ping under way.
    pub(super) ping: Option<(u64, Millis)>,
    pub(super) last_ping: Millis,
    pub(super) round_trip: Option<u32>,
    pub(super) clock_offset: Option<i32>,
    known: BTreeSet<TxId>,
    known_order: VecDeque<TxId>,
    bucket: u32,
    bucket_at: Millis,
}

/// What a peer says of its chain; raised by the headers that it sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) height: Height,
    pub(super) tip: BlockHash,
    pub(super) work: Work,
}

impl Peer {
    pub(super) fn new(id: PeerId, link: LinkKind, now: Millis) -> Self {
        Self {
            id,
            link,
            since: now,
            claim: None,
            headers_asked: None,
            headers_owed: 0,
            more_headers: false,
            blocks_asked: BTreeMap::new(),
            blocks_late: BTreeSet::new(),
            last_block: now,
            stalls: 0,
            ping: None,
            last_ping: now,
            round_trip: None,
            clock_offset: None,
            known: BTreeSet::new(),
            known_order: VecDeque::new(),
            bucket: BUCKET,
            bucket_at: now,
        }
    }

    /// Whether its hello has come.
    pub(super) fn is_connected(&self) -> bool {
        self.claim.is_some()
    }

    /// Remember that it knows a transaction; false when it was known to.
    pub(super) fn learns(&mut self, id: TxId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.known_order.push_back(id);
        if self.known_order.len() > MAX_KNOWN
            && let Some(oldest) = self.known_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Take `units` from the bucket; false when there are not enough.
    pub(super) fn spend(&mut self, units: u32, now: Millis) -> bool {
        let back = now.since(self.bucket_at) * REFILL / 1000;
        if back > 0 {
            self.bucket = u32::try_from(u64::from(self.bucket) + back)
                .unwrap_or(BUCKET)
                .min(BUCKET);
            self.bucket_at = now;
        }
        match self.bucket.checked_sub(units) {
            Some(left) => {
                self.bucket = left;
                true
            }
            None => false,
        }
    }

    pub(super) fn view(&self) -> PeerView {
        PeerView {
            id: self.id,
            link: self.link,
            state: if self.is_connected() {
                PeerState::Connected
            } else {
                PeerState::Greeting
            },
            height: self.claim.map(|claim| claim.height),
            round_trip: self.round_trip,
            clock_offset: self.clock_offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_knows_and_asks_is_bounded() {
        let start = Millis(1_000_000);
        let mut peer = Peer::new(PeerId([1; 32]), LinkKind::Local, start);
        for number in 0..10_000u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_le_bytes());
            peer.learns(TxId(id));
        }
        assert_eq!(peer.known.len(), MAX_KNOWN);
        assert_eq!(peer.known_order.len(), MAX_KNOWN);

        assert!(peer.spend(BUCKET, start));
        assert!(!peer.spend(1, start));
        assert!(peer.spend(4, start.plus(1)));
        assert!(!peer.spend(BUCKET, start.plus(4_000)));
        assert!(peer.spend(BUCKET, start.plus(60_000)));
    }
}
