//! What the node knows of one neighbour.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::SILENCE;
use super::budget::{Bucket, GIVEN_KIB, Payer};
use super::fetch::MAX_PER_PEER;
use super::presync::Presync;
use crate::chain::{Entry, Tree};
use crate::hash::{BlockHash, PeerId, TxId};
use crate::mempool::Cursor;
use crate::target::Work;
use crate::units::{Height, Millis};
use crate::view::{LinkKind, PeerState, PeerView};

/// Transactions that a peer is remembered to know, at most: 64 KiB of ids.
/// Forgetting one only means telling it again.
const MAX_KNOWN: usize = 2_048;

/// Units in a full bucket of requests; see `cost` in `node::receive`.
pub(super) const BUCKET: u32 = 20_000;
/// Units that come back each second.
pub(super) const REFILL: u32 = 4_000;

/// Units of a peer's bucket that telling it of new posts takes at once and each
/// second: half of what it lets through, so that no flood of posts makes two
/// honest nodes too fast for each other.
const TOLD: u32 = REFILL / 2;

/// Signals of others carried to a peer at once; a tenth of that comes back each
/// second. With what they cost ([`crate::wire::Message::price`]) they leave it room for
/// all else, whoever floods it through this node. Opening a link takes some ten.
const CARRIED: u32 = 150;

/// What the first block of a peer is expected to take, ms.
const FIRST_RESPONSE: u64 = 1_000;
/// No peer is given up on sooner, ms: a garbage collection, a tab that starts.
const LEAST_PATIENCE: u64 = 2_000;

/// The same through the relay's tunnel, which carries 64 KiB a second: an eighth of
/// this, so that half is left for news.
const TUNNELLED: u32 = 256;

/// Blocks that it asked for and has not been given, at most: four full requests.
pub(super) const MAX_TO_GIVE: usize = 64;

/// Transactions that it announced and that it has not been asked for, at most:
/// 64 KiB of ids. What is announced beyond is left to others.
pub(super) const MAX_ANNOUNCED: usize = 2_048;

/// Blocks asked of it, not given in time and still taken, at most; beyond it a
/// slow peer counts as a silent one.
pub(super) const MAX_LATE: usize = 4 * MAX_PER_PEER;

/// Who wanted the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The host named the peer's address: it is never turned away nor evicted.
    Kept,
    /// This node dialled it.
    Outbound,
    /// It came by itself.
    Inbound,
}

/// A neighbour.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) id: PeerId,
    pub(super) link: LinkKind,
    pub(super) since: Millis,
    pub(super) direction: Direction,
    /// Who pays for what is given to it.
    pub(super) payer: Payer,
    /// None before its hello, which alone sets it; what is learnt later changes it.
    pub(super) claim: Option<Claim>,
    /// The heaviest block that its headers have shown it to have.
    pub(super) proven: Option<BlockHash>,
    /// The last tip of this node that it was told of.
    pub(super) told: BlockHash,
    /// When it was asked for headers, while it has not answered.
    pub(super) headers_asked: Option<Millis>,
    /// Requests for headers that it has not answered, late ones too: each
    /// allows one answer.
    pub(super) headers_owed: u32,
    /// A chain of its that may be too light to keep.
    pub(super) presync: Option<Presync>,
    /// It has more headers than fitted the bound.
    pub(super) more_headers: bool,
    /// Blocks asked of it and when.
    pub(super) blocks_asked: BTreeMap<BlockHash, Millis>,
    /// Blocks asked of it that it did not give in time and still may, as often as it was
    /// asked: a tab that was frozen answers every request.
    blocks_late: BTreeMap<BlockHash, u32>,
    /// Blocks that it may be asked for at a time: one after it was late, one
    /// more with each that it gives.
    window: usize,
    /// Blocks that it asked for, oldest first.
    pub(super) to_give: VecDeque<BlockHash>,
    /// Bytes of the message with the first of these, once looked up.
    pub(super) next_size: Option<(BlockHash, usize)>,
    /// Time from asking for a block to its coming, ms; most of it the last few's.
    response: Option<u64>,
    /// When its last block came.
    pub(super) last_block: Millis,
    /// When it last gave a block that was not here yet.
    pub(super) gave_news: Option<Millis>,
    /// Times that it did not answer.
    pub(super) stalls: u32,
    /// It was dropped for that before, and has given no block since: who comes back
    /// and back does not begin each time as somebody to rely on.
    pub(super) previously_timed_out: bool,
    /// Number and time of the ping under way.
    pub(super) ping: Option<(u64, Millis)>,
    pub(super) last_ping: Millis,
    pub(super) round_trip: Option<u32>,
    pub(super) clock_offset: Option<i32>,
    /// Bytes of messages sent and received.
    pub(super) sent: u64,
    pub(super) received: u64,
    /// Whom it says that it is linked to.
    pub(super) linked: Vec<PeerId>,
    /// Whom it was told that this node is linked to, and when.
    pub(super) told_linked: Vec<PeerId>,
    pub(super) told_linked_at: Millis,
    /// Transactions that it announced, oldest first, and when to ask for them.
    pub(super) announced: VecDeque<(TxId, Millis)>,
    /// News go to it whole.
    pub(super) pushes: bool,
    /// It was asked to send news by name.
    pub(super) pruned: bool,
    /// How far it was told of what waits here.
    pub(super) greeting: Greeting,
    /// Something came meanwhile: once more from the beginning.
    pub(super) greet_again: bool,
    known: BTreeSet<TxId>,
    known_order: VecDeque<TxId>,
    asks: Bucket,
    given: Bucket,
    tells: Bucket,
    carried: Bucket,
}

/// Telling what waits goes author by author, each one's in order, a piece at a time:
/// in any other order most would come to a newcomer before what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    /// The next piece begins after this one.
    From(Option<Cursor>, Millis),
    Done,
}

/// What a peer says of its chain; raised by the headers that it sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) height: Height,
    pub(super) tip: BlockHash,
    pub(super) work: Work,
}

impl Claim {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            height: entry.height,
            tip: entry.hash,
            work: entry.work,
        }
    }
}

impl Peer {
    pub(super) fn new(id: PeerId, link: LinkKind, told: BlockHash, now: Millis) -> Self {
        Self {
            id,
            link,
            since: now,
            direction: Direction::Inbound,
            payer: Payer::Unknown,
            claim: None,
            proven: None,
            told,
            headers_asked: None,
            headers_owed: 0,
            presync: None,
            more_headers: false,
            blocks_asked: BTreeMap::new(),
            blocks_late: BTreeMap::new(),
            window: MAX_PER_PEER,
            to_give: VecDeque::new(),
            next_size: None,
            response: None,
            last_block: now,
            gave_news: None,
            stalls: 0,
            previously_timed_out: false,
            ping: None,
            last_ping: now,
            round_trip: None,
            clock_offset: None,
            sent: 0,
            received: 0,
            linked: Vec::new(),
            told_linked: Vec::new(),
            told_linked_at: Millis(0),
            announced: VecDeque::new(),
            pushes: true,
            pruned: false,
            greeting: Greeting::Done,
            greet_again: false,
            known: BTreeSet::new(),
            known_order: VecDeque::new(),
            asks: Bucket::full(BUCKET, REFILL, now),
            given: match link {
                LinkKind::Tunnel => Bucket::full(TUNNELLED, TUNNELLED / 8, now),
                LinkKind::Broadcast
                | LinkKind::Local
                | LinkKind::Turn
                | LinkKind::Webrtc
                | LinkKind::Websocket => Bucket::full(GIVEN_KIB, GIVEN_KIB, now),
            },
            tells: Bucket::full(TOLD, TOLD, now),
            carried: Bucket::full(CARRIED, CARRIED / 10, now),
        }
    }

    /// Whether its hello has come.
    pub(super) fn is_connected(&self) -> bool {
        self.claim.is_some()
    }

    /// It has not given this block in time.
    pub(super) fn is_late_with(&mut self, hash: BlockHash) {
        *self.blocks_late.entry(hash).or_default() += 1;
    }

    /// Requests for blocks that it has not answered in time.
    pub(super) fn late_requests(&self) -> usize {
        self.blocks_late.values().map(|times| *times as usize).sum()
    }

    /// This block comes late: whether it was asked for and not given since.
    pub(super) fn gave_late(&mut self, hash: BlockHash) -> bool {
        let Some(times) = self.blocks_late.get_mut(&hash) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            self.blocks_late.remove(&hash);
        }
        true
    }

    /// Whether it gives nothing just now that it was asked for.
    pub(super) fn is_idle(&self) -> bool {
        self.blocks_asked.is_empty() && self.headers_asked.is_none()
    }

    /// Its bucket of requests begins with so many units.
    pub(super) fn open_with(&mut self, units: u32, now: Millis) {
        self.asks = Bucket::holding(units, BUCKET, REFILL, now);
    }

    /// It wants news by name.
    pub(super) fn prune(&mut self) {
        self.pushes = false;
    }

    /// It wants news whole.
    pub(super) fn graft(&mut self) {
        self.pushes = true;
    }

    /// Whether it is known to know a transaction.
    pub(super) fn knows(&self, id: TxId) -> bool {
        self.known.contains(&id)
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

    /// It may not have these after all: told of them, it could have asked for them
    /// while they stood in a block that has been taken off since.
    pub(super) fn may_lack(&mut self, ids: &BTreeSet<TxId>) {
        self.known_order.retain(|id| !ids.contains(id));
        self.known.retain(|id| !ids.contains(id));
    }

    /// Tips of chains that it is known to have.
    pub(super) fn tips(&self) -> impl Iterator<Item = BlockHash> {
        let claimed = self.claim.map(|claim| claim.tip);
        claimed.into_iter().chain(self.proven)
    }

    /// Whether it may be asked for this block: it has it, and room for a request.
    pub(super) fn may_give(&self, tree: &Tree, block: BlockHash) -> bool {
        self.blocks_asked.len() < self.window
            && !self.blocks_asked.contains_key(&block)
            && self.tips().any(|tip| tree.stands_on(tip, block))
    }

    /// Whether half of its window is free. It is asked again not before: several blocks
    /// in one message cost both sides a fraction of a message for each.
    pub(super) fn is_half_free(&self) -> bool {
        2 * self.blocks_asked.len() <= self.window
    }

    /// How little it is relied on for blocks: 0 for those that never disappointed.
    pub(super) fn doubts(&self) -> u32 {
        self.stalls + u32::from(self.previously_timed_out)
    }

    /// It gave a block that it was asked for at a time, unless too late.
    pub(super) fn gave(&mut self, asked: Option<Millis>, now: Millis) {
        if let Some(asked) = asked {
            let took = now.since(asked);
            let before = self.response.unwrap_or(took);
            self.response = Some((before * 3 + took) / 4);
        }
        self.last_block = now;
        self.stalls = 0;
        self.previously_timed_out = false;
        self.window = (self.window + 1).min(MAX_PER_PEER);
    }

    /// How long it may take for a block before another is asked, ms: by what it
    /// took for the last ones, so that a slow peer is waited for as it deserves and
    /// a fast one that falls silent is not.
    pub(super) fn patience(&self) -> u64 {
        let usual = self.response.unwrap_or(FIRST_RESPONSE);
        (usual * 4).clamp(LEAST_PATIENCE, SILENCE)
    }

    /// It did not give in time what it has, or says that it lacks it.
    pub(super) fn slow_down(&mut self) {
        self.window = 1;
    }

    /// Pay for a message with so many units; false when the bucket has fewer.
    pub(super) fn spend(&mut self, units: u32, now: Millis) -> bool {
        self.asks.spend(units, now)
    }

    /// Whether it may be told of a new transaction now; else it is told in turn.
    pub(super) fn may_hear(&mut self, cost: u32, now: Millis) -> bool {
        let may = self.tells.spend(cost, now);
        if !may {
            match self.greeting {
                Greeting::Done => self.greeting = Greeting::From(None, now.plus(1_000)),
                // The piece that it belongs to may have been told already.
                Greeting::From(..) => self.greet_again = true,
            }
        }
        may
    }

    /// Whether another's signal may be carried to it now.
    pub(super) fn may_carry(&mut self, now: Millis) -> bool {
        self.carried.spend(1, now)
    }

    /// Whether its link bears so many KiB now.
    pub(super) fn may_take(&mut self, kib: u32, now: Millis) -> bool {
        self.given.has(kib, now)
    }

    /// It is given so many KiB.
    pub(super) fn takes(&mut self, kib: u32, now: Millis) {
        self.given.spend(kib, now);
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
            sent: self.sent,
            received: self.received,
            neighbours: self.linked.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_knows_and_asks_is_bounded() {
        let start = Millis(1_000_000);
        let mut peer = Peer::new(
            PeerId([1; 32]),
            LinkKind::Local,
            BlockHash::default(),
            start,
        );
        for number in 0..10_000u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_le_bytes());
            peer.learns(TxId(id));
        }
        assert_eq!(peer.known.len(), 2_048);
        assert_eq!(peer.known_order.len(), 2_048);

        assert!(peer.spend(20_000, start));
        assert!(!peer.spend(1, start));
        assert!(peer.spend(4, start.plus(1)));
        peer.open_with(500, start);
        assert!(peer.spend(500, start));
        assert!(!peer.spend(1, start));
    }
}
