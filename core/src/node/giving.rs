//! Giving bodies that peers ask for, at a rate that links and this node can bear.

use super::peer::{BUCKET, MAX_TO_GIVE, Peer};
use super::{Misbehaviour, Node};
use crate::chain::Entry;
use crate::hash::{BlockHash, PeerId};
use crate::store::{StoreError, Views};
use crate::units::{Height, Millis};
use crate::wire::{MAX_BLOCKS, Message, TooMany};

/// Units of work (see `cost` in `node::receive`) that a wanted block costs which is not
/// held.
const ABSENT: u32 = 2;
/// Blocks that wait to be given are looked at this often, ms.
const GIVE_TIME: u64 = 50;
/// Bytes of a message with a block that are not the stored body: tag and header.
const HEAD_BYTES: usize = 1 + 80;

// Genesis has no body that travels.
fn is_given(entry: &Entry) -> bool {
    entry.held && entry.height > Height(0)
}

// What came of giving a peer one block.
enum Given {
    Block(BlockHash),
    Absent(BlockHash),
    /// Its link, its payer or this node has given enough for now.
    Later,
    Nothing,
}

impl Node {
    /// A peer asks for bodies: they are given at a rate that its link can bear.
    pub(super) fn on_get_blocks(
        &mut self,
        id: PeerId,
        hashes: Vec<BlockHash>,
    ) -> Result<(), Misbehaviour> {
        // What is held is given as slowly as its bytes want, and waits until then: who
        // synchronises fast does not ask too fast for it. What is not held is answered
        // at once.
        let tree = self.chain.tree();
        let there = |hash: &&BlockHash| tree.get(**hash).is_some_and(is_given);
        let lacking = hashes.len() - hashes.iter().filter(there).count();
        let now = self.now;
        let peer = self.peer(id);
        if !peer.spend(ABSENT * lacking as u32, now) {
            return Err(Misbehaviour::TooFast { limit: BUCKET });
        }
        let to_give = &mut peer.to_give;
        to_give.extend(hashes);
        if to_give.len() > MAX_TO_GIVE {
            return Err(TooMany {
                what: "blocks wanted at once",
                limit: MAX_TO_GIVE,
                received: to_give.len(),
            }
            .into());
        }
        Ok(())
    }

    /// Give what was asked for, a block to each neighbour in turn, as much as may be
    /// given now.
    pub(super) fn give_blocks(&mut self) -> Result<(), StoreError> {
        let asking = |peer: &&Peer| !peer.to_give.is_empty();
        let mut asking: Vec<PeerId> = (self.peers.values().filter(asking))
            .map(|peer| peer.id)
            .collect();
        if asking.is_empty() {
            return Ok(());
        }
        // Who shares a bucket with others does not always come first.
        let after = asking.partition_point(|id| Some(*id) <= self.last_given);
        asking.rotate_left(after);
        let views = self.chain.read()?;
        let mut absent: Vec<(PeerId, Vec<BlockHash>)> = Vec::new();
        while !asking.is_empty() {
            let mut still = Vec::new();
            for id in asking {
                match self.give_one(id, &views)? {
                    Given::Block(hash) => {
                        // It will soon hold what it was given.
                        self.raise_claim(id, hash);
                        self.last_given = Some(id);
                        still.push(id);
                    }
                    Given::Absent(hash) => {
                        match absent.iter_mut().find(|(of, _)| *of == id) {
                            Some((_, hashes)) => hashes.push(hash),
                            None => absent.push((id, vec![hash])),
                        }
                        still.push(id);
                    }
                    Given::Later | Given::Nothing => {}
                }
            }
            asking = still;
        }
        for (id, hashes) in absent {
            for part in hashes.chunks(MAX_BLOCKS) {
                self.send(id, &Message::Absent(part.to_vec()));
            }
        }
        Ok(())
    }

    // The buckets are asked by the stored size, once a block: a body that may not be given
    // yet is neither read nor encoded to learn that.
    fn give_one(&mut self, id: PeerId, views: &Views) -> Result<Given, StoreError> {
        let Some(hash) = self.peer(id).to_give.front().copied() else {
            return Ok(Given::Nothing);
        };
        let entry = self.chain.tree().get(hash);
        let Some(entry) = entry.filter(|entry| is_given(entry)) else {
            self.peer(id).to_give.pop_front();
            return Ok(Given::Absent(hash));
        };
        let (height, header) = (entry.height, entry.header);
        if !self.may_give(id, 0) {
            return Ok(Given::Later);
        }
        let known = self.peer(id).next_size;
        let size = match known.filter(|(of, _)| *of == hash) {
            Some((_, size)) => size,
            None => HEAD_BYTES + views.body_size(height, hash)?,
        };
        self.peer(id).next_size = Some((hash, size));
        if !self.may_give(id, size) {
            return Ok(Given::Later);
        }
        let frame = Message::Block(Box::new(views.body(height, header)?)).to_frame();
        self.peer(id).to_give.pop_front();
        self.spend_given(id, frame.len());
        self.send_frame(id, frame);
        Ok(Given::Block(hash))
    }

    /// Whether so many bytes may be given to a peer now.
    pub(super) fn may_give(&mut self, id: PeerId, bytes: usize) -> bool {
        let (now, kib) = (self.now, kib(bytes));
        let Some(peer) = self.peers.get_mut(&id) else {
            return false;
        };
        peer.may_take(kib, now) && self.budgets.has_given(peer.payer, kib, now)
    }

    /// They are given.
    pub(super) fn spend_given(&mut self, id: PeerId, bytes: usize) {
        let (now, kib) = (self.now, kib(bytes));
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.takes(kib, now);
            self.budgets.spend_given(peer.payer, kib, now);
        }
    }

    /// When giving goes on.
    pub(super) fn giving_due(&self) -> Option<Millis> {
        let waits = self.peers.values().any(|peer| !peer.to_give.is_empty());
        waits.then(|| self.now.plus(GIVE_TIME))
    }
}

fn kib(bytes: usize) -> u32 {
    1 + bytes as u32 / 1024 // a frame's bytes
}
