//! Fetching bodies: from several peers at once, with a window each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::gossip::LAZY;
use super::preview::{LONG, PREVIEWED};
use super::syncing::Advance;
use super::{Fault, Misbehaviour, Node};
use crate::block::Block;
use crate::chain::{Change, Entry};
use crate::encode::encode;
use crate::hash::{BlockHash, PeerId};
use crate::header::Header;
use crate::rules::{CheckedBlock, RuleError, Unsound, WellFormedBlock, verify};
use crate::store::StoreError;
use crate::units::{Height, Millis};
use crate::wire::{MAX_BLOCKS, Message, SMALL_BLOCK};

/// Blocks asked of one peer at a time.
pub const MAX_PER_PEER: usize = 16;
/// Blocks asked of all peers at a time.
pub const MAX_IN_FLIGHT: usize = 64;
/// Bodies that wait for their parents, at most: 192 of 128 KiB are 24 MiB.
pub const MAX_BODIES: usize = 192;
/// Bodies whose signatures are verified together and that are kept in one store
/// transaction, so that a durable commit (about 8 ms in a browser) is not paid for
/// each. As many may be under way meanwhile.
const BATCH: usize = 96;
/// A body waits for company no longer than this, ms.
const BATCH_TIME: u64 = 100;
/// Blocks that join the chain together and may all be news.
const NEWS_BLOCKS: usize = 2;
/// Blocks told by name that may come whole, at most; those beyond are asked for.
const MAX_LAZY: usize = 16;

#[derive(Debug)]
pub(super) struct Fetch {
    /// The block that the queue leads to.
    target: Option<BlockHash>,
    /// What is to be asked for, oldest first.
    queue: VecDeque<BlockHash>,
    /// Something left the queue that will not come: make it anew.
    needs_refill: bool,
    in_flight: BTreeSet<BlockHash>,
    bodies: BTreeMap<(Height, BlockHash), Body>,
    /// When the first body of the batch came.
    batch_since: Option<Millis>,
    pub(super) advance: Advance,
    /// Blocks told by name that may come whole, and when to ask for them.
    lazy: VecDeque<(BlockHash, Millis)>,
    /// The last blocks that came, and from whom.
    givers: VecDeque<(BlockHash, PeerId)>,
}

/// A body that waits for its parents.
#[derive(Debug)]
enum Body {
    Checked(CheckedBlock),
    /// Its signatures are verified together with those of the blocks beside it.
    WellFormed {
        block: WellFormedBlock,
        giver: PeerId,
    },
}

impl Body {
    fn header(&self) -> &Header {
        match self {
            Self::Checked(block) => block.header(),
            Self::WellFormed { block, .. } => block.header(),
        }
    }
}

impl Fetch {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            target: None,
            queue: VecDeque::new(),
            needs_refill: false,
            in_flight: BTreeSet::new(),
            bodies: BTreeMap::new(),
            batch_since: None,
            advance: Advance::new(now),
            lazy: VecDeque::new(),
            givers: VecDeque::new(),
        }
    }

    /// Give a block that was told by name time to come whole.
    pub(super) fn wait_for(&mut self, hash: BlockHash, now: Millis) {
        if self.lazy.iter().any(|(waits, _)| *waits == hash) {
            return;
        }
        self.lazy.push_back((hash, now.plus(LAZY)));
        if self.lazy.len() > MAX_LAZY {
            self.lazy.pop_front();
        }
    }

    /// When the first of those is asked for.
    pub(super) fn lazy_due(&self) -> Option<Millis> {
        self.lazy.front().map(|(_, due)| *due)
    }

    fn gave(&mut self, hash: BlockHash, id: PeerId) {
        self.givers.push_back((hash, id));
        if self.givers.len() > MAX_IN_FLIGHT {
            self.givers.pop_front();
        }
    }

    /// Who gave a block, of the last ones.
    pub(super) fn giver_of(&self, hash: BlockHash) -> Option<PeerId> {
        let givers = self.givers.iter().rev();
        let found = givers.into_iter().find(|(given, _)| *given == hash);
        found.map(|(_, id)| *id)
    }

    /// Requests that will not be answered are to be made again.
    pub(super) fn release(&mut self, hashes: impl Iterator<Item = BlockHash>) {
        for hash in hashes {
            self.needs_refill |= self.in_flight.remove(&hash);
        }
    }

    /// A body that waits for its parents and whose signatures hold.
    pub(super) fn body(&self, hash: BlockHash) -> Option<(Height, &CheckedBlock)> {
        let mut bodies = self.bodies.iter().rev();
        match bodies.find(|((_, name), _)| *name == hash)? {
            ((height, _), Body::Checked(body)) => Some((*height, body)),
            (_, Body::WellFormed { .. }) => None,
        }
    }

    /// Bodies that wait, from a height on, highest first.
    pub(super) fn bodies_from(&self, height: Height) -> Vec<BlockHash> {
        let bodies = self.bodies.range((height, BlockHash::default())..).rev();
        bodies.map(|((_, hash), _)| *hash).collect()
    }

    pub(super) fn due(&self) -> Option<Millis> {
        self.batch_since.map(|since| since.plus(BATCH_TIME))
    }
}

impl Node {
    /// The heaviest block above the best chain whose body some neighbour has;
    /// neighbours that have not disappointed come first. A header that nobody
    /// backs, however heavy, keeps nobody from going on with another chain.
    pub(super) fn target(&self) -> Option<&Entry> {
        let tip = self.chain.tip().work;
        let tips = self.peers.values().flat_map(|peer| {
            let told = peer.tips().filter_map(|hash| self.chain.tree().get(hash));
            told.map(|entry| (peer.doubts() == 0, entry))
        });
        tips.filter(|(_, entry)| !entry.held && entry.work > tip)
            .max_by_key(|(willing, entry)| (*willing, entry.work, Reverse(entry.seen())))
            .map(|(_, entry)| entry)
    }

    pub(super) fn ask_for_blocks(&mut self) {
        if self.store_failed() {
            return;
        }
        self.refill_queue();
        self.note_stalled();
        let now = self.now;
        let tree = self.chain.tree();
        let mut late = BTreeSet::new();
        self.fetch.lazy.retain(|(hash, due)| {
            let lacking = tree.get(*hash).is_some_and(|entry| !entry.held);
            if lacking && *due <= now {
                late.insert(*hash);
            }
            lacking && *due > now
        });
        let mut to_graft = BTreeSet::new();
        let mut asks: BTreeMap<PeerId, Vec<BlockHash>> = BTreeMap::new();
        let free = self.peers.values().filter(|peer| peer.is_half_free());
        let free: BTreeSet<PeerId> = free.map(|peer| peer.id).collect();
        while self.fetch.in_flight.len() < MAX_IN_FLIGHT
            && self.fetch.in_flight.len() + self.fetch.bodies.len() < MAX_BODIES
        {
            let Some(hash) = self.fetch.queue.front().copied() else {
                break;
            };
            // Held, removed, here or under way meanwhile.
            let wanted = tree.get(hash).is_some_and(|entry| {
                !entry.held
                    && !self.fetch.bodies.contains_key(&(entry.height, hash))
                    && !self.fetch.in_flight.contains(&hash)
            });
            if !wanted {
                self.fetch.queue.pop_front();
                continue;
            }
            if self.fetch.lazy.iter().any(|(waits, _)| *waits == hash) {
                break;
            }
            let able = self
                .peers
                .values_mut()
                .filter(|peer| free.contains(&peer.id) && peer.may_give(tree, hash))
                .min_by_key(|peer| (peer.doubts(), peer.blocks_asked.len(), peer.round_trip));
            let Some(peer) = able else {
                break;
            };
            peer.blocks_asked.insert(hash, now);
            if late.contains(&hash) {
                to_graft.insert(peer.id);
            }
            asks.entry(peer.id).or_default().push(hash);
            self.fetch.in_flight.insert(hash);
            self.fetch.queue.pop_front();
        }
        for id in to_graft {
            self.graft(id);
        }
        for (id, hashes) in asks {
            for part in hashes.chunks(MAX_BLOCKS) {
                self.send(id, &Message::GetBlocks(part.to_vec()));
            }
        }
    }

    // The queue is made anew when it runs low, so that a long fetch does not
    // walk the whole branch for every batch of headers, and when it no longer
    // leads where the fetch should go.
    fn refill_queue(&mut self) {
        let target = self.target().map(|entry| entry.hash);
        let Some(target) = target else {
            self.fetch.queue.clear();
            self.fetch.target = None;
            return;
        };
        let tree = self.chain.tree();
        let other = self.fetch.target != Some(target);
        let low = self.fetch.queue.len() < MAX_IN_FLIGHT;
        let done = self.fetch.queue.is_empty() && self.fetch.in_flight.is_empty();
        let leads_there = self
            .fetch
            .target
            .is_some_and(|before| tree.stands_on(target, before));
        if done || self.fetch.needs_refill || !leads_there || (low && other) {
            if self.fetch.target.is_none() {
                self.fetch.advance.begin(tree, target, self.now);
            }
            // Bodies of a branch that is given up would wait for ever, in the
            // place of those that are wanted.
            let bodies = &mut self.fetch.bodies;
            bodies.retain(|(_, hash), _| tree.stands_on(target, *hash));
            self.fetch.needs_refill = false;
            self.fetch.target = Some(target);
            self.fetch.queue = tree.missing_below(target).into();
            // Newest posts first; the others in order.
            if self.fetch.queue.len() > LONG {
                self.fetch.queue.rotate_right(PREVIEWED);
                self.fetch.queue.make_contiguous()[..PREVIEWED].reverse();
            }
        }
    }

    pub(super) fn absent(&mut self, id: PeerId, hashes: &[BlockHash]) {
        let peer = self.peer(id);
        let gone: Vec<BlockHash> = hashes
            .iter()
            .copied()
            .filter(|hash| peer.blocks_asked.remove(hash).is_some())
            .collect();
        if gone.is_empty() {
            return;
        }
        // It moved to another branch since it told of these, or it lies: others
        // are asked first, and it may tell what it has now.
        peer.stalls += 1;
        peer.slow_down();
        self.fetch.release(gone.into_iter());
        self.request_headers(id);
    }

    pub(super) fn on_block(&mut self, id: PeerId, block: Block) -> Result<(), Fault> {
        let hash = block.header.hash();
        let now = self.now;
        let peer = self.peer(id);
        let asked = peer.blocks_asked.remove(&hash);
        if asked.is_none() && !peer.gave_late(hash) {
            return Err(Misbehaviour::UnaskedBlock(hash).into());
        }
        peer.gave(asked, now);
        if asked.is_some() {
            self.fetch.in_flight.remove(&hash);
        }
        self.take_body(id, block)
    }

    /// A small block, whole and unasked.
    pub(super) fn on_new_block(&mut self, id: PeerId, block: Block) -> Result<(), Fault> {
        let size = encode(&block).len();
        if size > SMALL_BLOCK {
            return Err(Misbehaviour::LargeNews {
                limit: SMALL_BLOCK,
                received: size,
            }
            .into());
        }
        let hash = block.header.hash();
        let here = |node: &Self| {
            let entry = node.chain.tree().get(hash);
            entry.is_some_and(|entry| {
                entry.held || node.fetch.bodies.contains_key(&(entry.height, hash))
            })
        };
        if here(self) {
            self.raise_claim(id, hash);
            self.prune(id);
            return Ok(());
        }
        self.on_tip(id, vec![block.header])?;
        let tree = self.chain.tree();
        // Not due yet, too light, or of a chain that is still being fetched.
        let parent = tree.get(block.header.previous);
        let follows = parent.is_some_and(|parent| parent.held);
        let tip = self.chain.tip().work;
        let wanted = tree.get(hash).is_some_and(|entry| entry.work >= tip);
        if !follows || !wanted || self.fetch.bodies.len() >= MAX_BODIES {
            return Ok(());
        }
        self.take_body(id, block)
    }

    fn take_body(&mut self, id: PeerId, block: Block) -> Result<(), Fault> {
        if self.store_failed() {
            return Ok(());
        }
        let hash = block.header.hash();
        // A second copy, after another peer was asked, is as good as none.
        let entry = self.chain.tree().get(hash).filter(|entry| !entry.held);
        let Some(height) = entry.map(|entry| entry.height) else {
            return Ok(());
        };
        let checked = match self.chain.well_formed_body(block) {
            None => return Ok(()),
            Some(Err(rule)) => Err(rule),
            Some(Ok(block)) if self.has_company(height) => {
                Ok(Body::WellFormed { block, giver: id })
            }
            Some(Ok(block)) => {
                let verdict = verify(&self.config.seed, vec![block]).pop();
                let verdict = verdict.expect("one verdict a block");
                verdict.map(Body::Checked).map_err(|unsound| unsound.rule)
            }
        };
        match checked {
            Ok(body) => {
                let (now, tree) = (self.now, self.chain.tree());
                (self.fetch.advance).on_body(tree, self.fetch.target, hash, now);
                if let Some(peer) = self.peers.get_mut(&id) {
                    peer.gave_news = Some(now);
                }
                self.fetch.batch_since.get_or_insert(now);
                self.fetch.gave(hash, id);
                self.fetch.bodies.insert((height, hash), body);
                // Told by name before it came whole: it need not be asked for.
                if self.fetch.queue.front() == Some(&hash) {
                    self.fetch.queue.pop_front();
                }
                Ok(())
            }
            Err(rule) => Err(self.refuse_body(hash, rule).into()),
        }
    }

    // A body that is not the header's own condemns the sender alone; the header's
    // own condemns the block as well.
    fn refuse_body(&mut self, hash: BlockHash, rule: RuleError) -> Misbehaviour {
        self.fetch.needs_refill = true;
        if !matches!(rule, RuleError::MerkleRoot { .. }) {
            self.chain.condemn(hash);
            self.drop_orphaned_bodies();
        }
        Misbehaviour::Block { hash, rule }
    }

    // Whether a body's signatures may wait for those of the blocks beside it: in a
    // long fetch, below the blocks whose posts are shown before the ledger is there.
    fn has_company(&self, height: Height) -> bool {
        let tip = self.chain.tip().height;
        self.target().is_some_and(|target| {
            target.height.above(tip) > LONG as u32
                && target.height.above(height) >= PREVIEWED as u32
        })
    }

    /// Keep bodies whose parents are held, many in one transaction.
    pub(super) fn take_bodies(&mut self) -> Result<(), StoreError> {
        loop {
            let Some(since) = self.fetch.batch_since else {
                return Ok(());
            };
            let waited = self.now.since(since) >= BATCH_TIME;
            let full = self.fetch.bodies.len() >= BATCH;
            let last = self.fetch.in_flight.is_empty() && self.fetch.queue.is_empty();
            if !(waited || full || last) {
                return Ok(());
            }
            let ready = self.ready_bodies();
            if ready.is_empty() {
                // What is left waits for parents that are still to come.
                self.fetch.batch_since = None;
                self.drop_orphaned_bodies();
                return Ok(());
            }
            let batch = self.verify_together(ready);
            let change = self.extend(batch)?;
            self.note_stamps(&change);
            for (hash, _) in &change.invalid {
                self.punish_claimants(*hash);
            }
            if self.fetch.bodies.is_empty() {
                self.fetch.batch_since = None;
            }
        }
    }

    // Of news alone: what is fetched from before tells nothing of the time now.
    fn note_stamps(&mut self, change: &Change) {
        if change.connected.len() <= NEWS_BLOCKS && change.disconnected.is_empty() {
            for block in &change.connected {
                self.note_stamp(block.header());
            }
        }
    }

    // Parents first: a body is ready when its parent is held or in the batch.
    fn ready_bodies(&mut self) -> Vec<Body> {
        let mut ready = Vec::new();
        let mut names = BTreeSet::new();
        let tree = self.chain.tree();
        for ((height, hash), body) in &self.fetch.bodies {
            let parent = body.header().previous;
            let held = tree.get(parent).is_some_and(|parent| parent.held);
            if tree.contains(*hash) && (held || names.contains(&parent)) {
                names.insert(*hash);
                ready.push((*height, *hash));
            }
            if ready.len() >= BATCH {
                break;
            }
        }
        let bodies = ready.iter().filter_map(|key| self.fetch.bodies.remove(key));
        bodies.collect()
    }

    // The bodies whose signatures hold, parents first, none above one that was
    // refused. Whoever gave that one answers for it.
    fn verify_together(&mut self, bodies: Vec<Body>) -> Vec<CheckedBlock> {
        let (mut checked, mut unverified, mut givers) = (Vec::new(), Vec::new(), BTreeMap::new());
        for body in bodies {
            match body {
                Body::Checked(block) => checked.push(block),
                Body::WellFormed { block, giver } => {
                    givers.insert(block.hash(), giver);
                    unverified.push(block);
                }
            }
        }
        for verdict in verify(&self.config.seed, unverified) {
            match verdict {
                Ok(block) => checked.push(block),
                Err(Unsound { hash, rule }) => {
                    let fault = self.refuse_body(hash, rule);
                    if let Some(giver) = givers.remove(&hash) {
                        self.punish(giver, &fault);
                    }
                }
            }
        }
        let tree = self.chain.tree();
        let height = |block: &CheckedBlock| tree.get(block.hash()).map(|entry| entry.height);
        checked.retain(|block| height(block).is_some());
        checked.sort_by_key(height);
        checked
    }

    fn drop_orphaned_bodies(&mut self) {
        let tree = self.chain.tree();
        self.fetch
            .bodies
            .retain(|(_, hash), _| tree.contains(*hash));
    }

    // The ledger found a block invalid whose headers were sound: whoever stands
    // on it believes in another ledger.
    fn punish_claimants(&mut self, hash: BlockHash) {
        let peers_on_branch: Vec<PeerId> = self
            .peers
            .values()
            .filter(|peer| peer.claim.is_some_and(|claim| claim.tip == hash))
            .map(|peer| peer.id)
            .collect();
        for id in peers_on_branch {
            self.punish(id, &Misbehaviour::InvalidBranch(hash));
        }
    }
}
