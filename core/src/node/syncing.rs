//! Whether a chain is being fetched that a miner should rest for. A claim costs nothing
//! and rests nobody: what does are headers in the tree that outweigh the tip, and their
//! work was checked before they came there.

use std::collections::VecDeque;

use super::Node;
use super::peer::Peer;
use crate::chain::Tree;
use crate::hash::BlockHash;
use crate::units::{Height, Millis};

/// A chain of which no body has come for so long does not rest a miner any more, ms,
/// however many names bring its headers again.
const PATIENCE_MS: u64 = 30_000;
/// A chain no more than so many blocks ahead does not rest a miner: a block or two are
/// taken in passing.
const NEAR_BLOCKS: u32 = 2;
/// For so long after its start a node that has been told of a heavier chain waits for
/// the first headers, ms: what it would mine is stale.
const GRACE_MS: u64 = 10_000;
/// A claim without headers for so long is no claim, ms.
const CLAIM_MS: u64 = 2_000;
/// Chains remembered that stalled, at most: each took more work than the tip's.
const MAX_STALLED: usize = 16;

/// How the fetch goes on.
#[derive(Debug)]
pub(super) struct Advance {
    started: Millis,
    /// When the last body of the chain being fetched came, or it was begun.
    at: Millis,
    /// The last chain that was begun.
    target: Option<BlockHash>,
    /// Tips of chains whose bodies did not come.
    stalled: VecDeque<BlockHash>,
}

impl Advance {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            started: now,
            at: now,
            target: None,
            stalled: VecDeque::new(),
        }
    }

    /// A chain is fetched. One whose headers were brought before, by whatever name, does
    /// not begin anew.
    pub(super) fn begin(&mut self, tree: &Tree, target: BlockHash, now: Millis) {
        let again = |before| before == target || tree.stands_on(target, before);
        if !self.target.is_some_and(again) {
            self.at = now;
        }
        self.target = Some(target);
    }

    /// A body came. It counts when it is one of the chain's that is fetched.
    pub(super) fn on_body(
        &mut self,
        tree: &Tree,
        target: Option<BlockHash>,
        body: BlockHash,
        now: Millis,
    ) {
        if target.is_none_or(|target| tree.stands_on(target, body)) {
            self.at = now;
        }
        self.stalled.retain(|tip| !tree.stands_on(*tip, body));
    }

    // Whether it is on a chain whose bodies did not come.
    fn is_stalled(&self, tree: &Tree, target: BlockHash) -> bool {
        let mut stalled = self.stalled.iter();
        stalled.any(|tip| *tip == target || tree.stands_on(target, *tip))
    }

    fn is_late(&self, now: Millis) -> bool {
        now.since(self.at) >= PATIENCE_MS
    }
}

impl Node {
    /// Whether a chain that is well ahead is being fetched and comes.
    pub(super) fn is_syncing(&self) -> bool {
        let behind = self.leading_target().is_some_and(|target| {
            let stalled = (self.fetch.advance).is_stalled(self.chain.tree(), target);
            !stalled && !self.fetch.advance.is_late(self.now)
        });
        behind || self.awaits_first_headers()
    }

    /// Remember a chain whose bodies do not come.
    pub(super) fn note_stalled(&mut self) {
        let Some(target) = self.leading_target() else {
            return;
        };
        let advance = &mut self.fetch.advance;
        if advance.is_late(self.now) && !advance.is_stalled(self.chain.tree(), target) {
            advance.stalled.push_back(target);
            if advance.stalled.len() > MAX_STALLED {
                advance.stalled.pop_front();
            }
        }
    }

    fn leading_target(&self) -> Option<BlockHash> {
        let target = self.target().filter(|target| self.is_ahead(target.height));
        target.map(|target| target.hash)
    }

    fn is_ahead(&self, height: Height) -> bool {
        height.above(self.chain.tip().height) > NEAR_BLOCKS
    }

    fn awaits_first_headers(&self) -> bool {
        let awaits = |peer: &Peer| {
            let asked = peer.headers_asked;
            asked.is_some_and(|asked| self.now.since(asked) < CLAIM_MS)
                && peer.claim.is_some_and(|claim| self.is_ahead(claim.height))
        };
        self.now.since(self.fetch.advance.started) < GRACE_MS && self.peers.values().any(awaits)
    }
}
