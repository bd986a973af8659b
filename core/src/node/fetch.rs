//! Fetching bodies: from several peers at once, with a window each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Fault, Misbehaviour, Node};
use crate::block::Block;
use crate::hash::{BlockHash, PeerId};
use crate::rules::{CheckedBlock, RuleError};
use crate::store::StoreError;
use crate::units::{Height, Millis};
use crate::wire::{MAX_BLOCKS, Message};

/// Blocks asked of one peer at a time.
pub const MAX_PER_PEER: usize = 16;
/// Blocks asked of all peers at a time.
pub const MAX_IN_FLIGHT: usize = 64;
/// Bodies that wait for their parents, at most: 128 of 128 KiB are 16 MiB.
pub const MAX_BODIES: usize = 128;
/// Bodies that are kept in one store transaction, so that a durable commit
/// (about 4 ms in a browser) is not paid for each.
const BATCH: usize = 32;
/// A body waits for company no longer than this, ms.
const BATCH_TIME: u64 = 100;
/// A fetch without progress for so long does not hold up mining, ms.
const PATIENCE: u64 = 30_000;

#[derive(Debug)]
pub(super) struct Fetch {
    /// The leaf that the queue leads to.
    target: Option<BlockHash>,
    queue: VecDeque<BlockHash>,
    in_flight: BTreeSet<BlockHash>,
    bodies: BTreeMap<(Height, BlockHash), CheckedBlock>,
    /// When the first body of the batch came.
    batch_since: Option<Millis>,
    progress: Millis,
}

impl Fetch {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            target: None,
            queue: VecDeque::new(),
            in_flight: BTreeSet::new(),
            bodies: BTreeMap::new(),
            batch_since: None,
            progress: now,
        }
    }

    /// Requests that will not be answered go back to the head of the queue.
    pub(super) fn release(&mut self, hashes: impl Iterator<Item = BlockHash>) {
        for hash in hashes {
            if self.in_flight.remove(&hash) {
                self.queue.push_front(hash);
            }
        }
    }

    pub(super) fn due(&self) -> Option<Millis> {
        self.batch_since.map(|since| since.plus(BATCH_TIME))
    }
}

impl Node {
    /// Whether a heavier chain is being fetched and comes.
    pub(super) fn is_syncing(&self) -> bool {
        let heaviest = self.chain.tree().heaviest();
        let asked = self
            .peers
            .values()
            .any(|peer| peer.headers_asked.is_some() && self.claims_more(peer));
        let behind = !heaviest.held && heaviest.work > self.chain.tip().work;
        (behind || asked) && self.now.since(self.fetch.progress) < PATIENCE
    }

    fn claims_more(&self, peer: &super::peer::Peer) -> bool {
        peer.claim
            .is_some_and(|claim| claim.work > self.chain.tip().work)
    }

    pub(super) fn ask_for_blocks(&mut self) {
        self.refill_queue();
        let mut asks: BTreeMap<PeerId, Vec<BlockHash>> = BTreeMap::new();
        while self.fetch.in_flight.len() < MAX_IN_FLIGHT
            && self.fetch.in_flight.len() + self.fetch.bodies.len() < MAX_BODIES
        {
            let Some(hash) = self.fetch.queue.front().copied() else {
                break;
            };
            // Held or removed meanwhile.
            let Some(entry) = self.chain.tree().get(hash).filter(|entry| !entry.held) else {
                self.fetch.queue.pop_front();
                continue;
            };
            let (work, height) = (entry.work, entry.height);
            if self.fetch.bodies.contains_key(&(height, hash))
                || self.fetch.in_flight.contains(&hash)
            {
                self.fetch.queue.pop_front();
                continue;
            }
            let able = self
                .peers
                .values_mut()
                .filter(|peer| peer.claim.is_some_and(|claim| claim.work >= work))
                .filter(|peer| peer.blocks_asked.len() < MAX_PER_PEER)
                .min_by_key(|peer| (peer.blocks_asked.len(), peer.stalls, peer.round_trip));
            let Some(peer) = able else {
                break;
            };
            peer.blocks_asked.insert(hash, self.now);
            asks.entry(peer.id).or_default().push(hash);
            self.fetch.in_flight.insert(hash);
            self.fetch.queue.pop_front();
        }
        for (id, hashes) in asks {
            for part in hashes.chunks(MAX_BLOCKS) {
                self.send(id, &Message::GetBlocks(part.to_vec()));
            }
        }
    }

    // The queue is made anew when it runs low, so that a long fetch does not
    // walk the whole branch for every batch of headers.
    fn refill_queue(&mut self) {
        let heaviest = self.chain.tree().heaviest();
        if heaviest.held || heaviest.work <= self.chain.tip().work {
            self.fetch.queue.clear();
            self.fetch.target = None;
            return;
        }
        let low = self.fetch.queue.len() < MAX_IN_FLIGHT;
        let done = self.fetch.queue.is_empty() && self.fetch.in_flight.is_empty();
        if low && (self.fetch.target != Some(heaviest.hash) || done) {
            if self.fetch.target.is_none() {
                self.fetch.progress = self.now;
            }
            self.fetch.target = Some(heaviest.hash);
            self.fetch.queue = self.chain.tree().missing_below(heaviest.hash).into();
        }
    }

    pub(super) fn give_blocks(
        &mut self,
        id: PeerId,
        hashes: &[BlockHash],
    ) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let mut absent = Vec::new();
        for hash in hashes {
            let entry = self.chain.tree().get(*hash);
            match entry.filter(|entry| entry.held && entry.height > Height(0)) {
                Some(entry) => {
                    let block = views.body(entry.header)?;
                    self.send(id, &Message::Block(Box::new(block)));
                    // It will soon hold what it was given.
                    self.raise_claim(id, *hash);
                }
                None => absent.push(*hash),
            }
        }
        if !absent.is_empty() {
            self.send(id, &Message::Absent(absent));
        }
        Ok(())
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
        // It moved to another branch since it told of these: ask what it has now.
        peer.stalls += 1;
        self.fetch.release(gone.into_iter());
        self.request_headers(id);
    }

    pub(super) fn block(&mut self, id: PeerId, block: Block) -> Result<(), Fault> {
        let hash = block.header.hash();
        let now = self.now;
        let peer = self.peer(id);
        let asked = peer.blocks_asked.remove(&hash).is_some();
        if !asked && !peer.blocks_late.remove(&hash) {
            return Err(Misbehaviour::UnaskedBlock(hash).into());
        }
        peer.last_block = now;
        peer.stalls = 0;
        self.fetch.in_flight.remove(&hash);
        let Some(entry) = self.chain.tree().get(hash) else {
            return Ok(());
        };
        let height = entry.height;
        match self.chain.check_body(block) {
            None => {}
            Some(Ok(checked)) => {
                self.fetch.progress = now;
                self.fetch.batch_since.get_or_insert(now);
                self.fetch.bodies.insert((height, hash), checked);
            }
            Some(Err(rule)) => {
                // A body that is not the header's own condemns the sender
                // alone; the header's own condemns the block as well.
                if matches!(rule, RuleError::MerkleRoot { .. }) {
                    self.fetch.queue.push_front(hash);
                } else {
                    self.chain.condemn(hash);
                }
                return Err(Misbehaviour::Block { hash, rule }.into());
            }
        }
        Ok(())
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
            let batch = self.ready_bodies();
            if batch.is_empty() {
                // What is left waits for parents that are still to come.
                self.fetch.batch_since = None;
                self.drop_orphaned_bodies();
                return Ok(());
            }
            let change = self.extend(batch)?;
            for (hash, _) in &change.invalid {
                self.punish_claimants(*hash);
            }
            if self.fetch.bodies.is_empty() {
                self.fetch.batch_since = None;
            }
        }
    }

    // Parents first: a body is ready when its parent is held or in the batch.
    fn ready_bodies(&mut self) -> Vec<CheckedBlock> {
        let mut batch: Vec<CheckedBlock> = Vec::new();
        let mut names = BTreeSet::new();
        let tree = self.chain.tree();
        for ((_, hash), body) in &self.fetch.bodies {
            let parent = body.header().previous;
            let held = tree.get(parent).is_some_and(|parent| parent.held);
            if tree.contains(*hash) && (held || names.contains(&parent)) {
                names.insert(*hash);
                batch.push(body.clone());
            }
            if batch.len() >= BATCH {
                break;
            }
        }
        self.fetch
            .bodies
            .retain(|(_, hash), _| !names.contains(hash));
        batch
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
        let believers: Vec<PeerId> = self
            .peers
            .values()
            .filter(|peer| peer.claim.is_some_and(|claim| claim.tip == hash))
            .map(|peer| peer.id)
            .collect();
        for id in believers {
            self.punish(id, &Misbehaviour::InvalidBranch(hash));
        }
    }
}
