//! The chain: the tree of headers, the store, and the branch with most work.
//!
//! [`Chain::extend`] is the only way in: it keeps bodies, and when a branch with
//! more work is whole it undoes blocks down to the fork and applies the new
//! ones, all in one store transaction. Memory changes after the commit alone.

mod entries;
mod migrate;
mod open_error;
mod point;
mod reopen;
#[cfg(test)]
pub(crate) mod tests;
mod tree;

use std::collections::BTreeSet;

use redb::StorageBackend;

use entries::Number;
pub use open_error::OpenError;
pub use point::Point;
pub(crate) use reopen::Reopened;
pub use tree::{Entry, InsertError, MAX_INVALID, MAX_MISSING, Tree};

use crate::block::Block;
use crate::hash::{BlockHash, NetworkId, StateRoot};
use crate::header::Header;
use crate::keys::Address;
use crate::ledger::{LedgerError, Overlay, state};
use crate::params::Params;
use crate::rules::{
    CheckedBlock, CheckedTransaction, RuleError, WellFormedBlock, check_block, state_root,
    well_formed_block,
};
use crate::store::{Durability, Store, StoreError, Tables, Undo, Views};
use crate::target::Work;
use crate::units::Height;

/// Bodies of stale branches that are kept, at most: 1,000 of at most 128 KiB.
/// Above it the branch with the least work loses its leaf. Branches whose headers
/// show more work than the best chain are spared: they are being fetched, and
/// cost their makers more than that chain.
pub const MAX_STALE: usize = 1_000;

/// What is undone by a rival chain is a deep reorganisation when it is more than an
/// hour, and more blocks than these: by a few, honest miners part again and again.
const DEEP_BLOCKS: u32 = 20;
const DEEP_S: u32 = 3_600;

/// Whether a network's margin counts in a choice between branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Margin {
    Counts,
    Waived,
}

/// The chain of one network.
#[derive(Debug)]
pub struct Chain {
    params: Params,
    network: NetworkId,
    store: Store,
    tree: Tree,
    /// The best chain by height, genesis first.
    active: Vec<Number>,
    /// Held blocks that are not on it.
    stale: BTreeSet<BlockHash>,
}

/// How the best chain changed.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Height of the last block that stayed.
    pub fork: Height,
    /// Blocks taken off, newest first.
    pub disconnected: Vec<Block>,
    /// Blocks put on, oldest first.
    pub connected: Vec<CheckedBlock>,
    /// Blocks found invalid when the ledger saw them.
    pub invalid: Vec<(BlockHash, RuleError)>,
}

impl Change {
    /// Whether the best chain is another than before.
    pub fn moved(&self) -> bool {
        !self.connected.is_empty()
    }
}

// Why an attempt to extend came to nothing.
enum ExtendError {
    Store(StoreError),
    Invalid(BlockHash, RuleError),
}

impl From<StoreError> for ExtendError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Chain {
    /// Open the store and rebuild the tree from it.
    pub fn open(params: Params, backend: impl StorageBackend) -> Result<Self, OpenError> {
        let network = params.network_id();
        let mut store = Store::open(backend)?;
        reopen::prepare(&mut store, &params)?;
        let mut chain = Self {
            tree: Tree::new(params.clone()),
            active: vec![Number::GENESIS],
            stale: BTreeSet::new(),
            params,
            network,
            store,
        };
        chain.load()?;
        Ok(chain)
    }

    fn load(&mut self) -> Result<(), StoreError> {
        let views = self.store.read()?;
        for row in views.headers()? {
            let (height, stated, header) = row?;
            let damaged = |reason: String| StoreError::Damaged {
                what: "header",
                reason,
            };
            let entry = self
                .tree
                .insert(header)
                .map_err(|error| damaged(error.to_string()))?;
            let hash = entry.hash;
            if hash != stated || entry.height != height {
                return Err(damaged(format!("{hash} is filed as {stated}")));
            }
            self.tree.hold(hash);
        }
        for row in views.active()? {
            let (height, hash) = row?;
            let below = self.tip().hash;
            let entry = self.tree.number(hash);
            let entry = entry.filter(|number| self.tree.at(*number).header.previous == below);
            match entry {
                Some(number) if height.0 as usize == self.active.len() => self.active.push(number),
                _ => {
                    return Err(StoreError::Damaged {
                        what: "best chain",
                        reason: format!("block {hash} at height {height} does not follow {below}"),
                    });
                }
            }
        }
        let held = self.tree.from(Height(0));
        let beside = held.filter(|entry| !self.is_active(entry));
        self.stale = beside.map(|entry| entry.hash).collect();
        Ok(())
    }

    /// The network's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Genesis' hash.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Every header known.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The top of the best chain.
    pub fn tip(&self) -> &Entry {
        let tip = self.active.last().expect("genesis is always there");
        self.tree.at(*tip)
    }

    /// The block of the best chain at `height`.
    pub fn at(&self, height: Height) -> Option<&Entry> {
        let number = self.active.get(height.0 as usize)?;
        Some(self.tree.at(*number))
    }

    /// Whether `hash` is on the best chain.
    pub fn is_active(&self, entry: &Entry) -> bool {
        self.at(entry.height)
            .is_some_and(|at| at.hash == entry.hash)
    }

    /// Size of the store, bytes.
    pub fn store_bytes(&self) -> u64 {
        self.store.bytes()
    }

    /// The store, for the mempool and for views.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A consistent view of the store.
    pub fn read(&self) -> Result<Views, StoreError> {
        self.store.read()
    }

    /// The state root after a block of these on the tip, for whoever makes one.
    pub fn state_root_after(
        &self,
        miner: Address,
        transactions: &[CheckedTransaction],
    ) -> Result<StateRoot, LedgerError> {
        let views = self.read()?;
        let height = self.tip().height.next();
        let mut overlay = Overlay::new(&views);
        for transaction in transactions {
            overlay.apply(height, transaction)?;
        }
        overlay.reward(miner, self.params.reward())?;
        Ok(overlay.state_root(&views)?.0)
    }

    /// Check a header and put it into the tree.
    pub fn insert_header(&mut self, header: Header) -> Result<&Entry, InsertError> {
        self.tree.insert(header)
    }

    /// Check a body against its header and all rules but the ledger's.
    /// `None` when the header is not known.
    pub fn check_body(&self, block: Block) -> Option<Result<CheckedBlock, RuleError>> {
        let height = self.tree.get(block.header.hash())?.height;
        Some(check_block(&self.params, self.network, height, block))
    }

    /// The same without looking at the signatures, which [`rules::verify`] checks
    /// for many blocks at once.
    ///
    /// [`rules::verify`]: crate::rules::verify
    pub fn well_formed_body(&self, block: Block) -> Option<Result<WellFormedBlock, RuleError>> {
        let height = self.tree.get(block.header.hash())?.height;
        Some(well_formed_block(&self.params, self.network, height, block))
    }

    /// Condemn a block whose body, the header's own, breaks a rule.
    pub fn condemn(&mut self, hash: BlockHash) {
        self.tree.condemn(hash);
    }

    /// Keep bodies whose parents are held or stand earlier in the list, and
    /// move to the branch with most work, unless the margin holds it back.
    pub fn extend(&mut self, blocks: Vec<CheckedBlock>) -> Result<Change, StoreError> {
        self.extend_by(blocks, Margin::Counts)
    }

    /// Whether the margin holds back a whole branch with more work than the best
    /// chain. The node gives it a spacing to prove itself, and then calls
    /// [`Chain::give_way`]: a board that was apart for hours by mere chance of its
    /// links must not stay apart.
    pub fn holds_back(&self) -> bool {
        self.params.margin > 0 && self.heaviest_with(&[], Margin::Waived) != self.tip().hash
    }

    /// Move to the branch with most work, whatever the margin.
    pub fn give_way(&mut self) -> Result<Change, StoreError> {
        self.extend_by(Vec::new(), Margin::Waived)
    }

    fn extend_by(
        &mut self,
        mut blocks: Vec<CheckedBlock>,
        margin: Margin,
    ) -> Result<Change, StoreError> {
        // A second copy of what is held would make the best chain's blocks stale.
        blocks.retain(|block| {
            let entry = self.tree.get(block.hash());
            entry.is_some_and(|entry| !entry.held)
        });
        let mut invalid = Vec::new();
        loop {
            let target = self.heaviest_with(&blocks, margin);
            match self.attempt(&blocks, target) {
                Ok((fork, disconnected, connected)) => {
                    self.settle(&blocks, fork, &connected);
                    self.prune()?;
                    return Ok(Change {
                        fork,
                        disconnected,
                        connected,
                        invalid,
                    });
                }
                Err(ExtendError::Store(error)) => return Err(error),
                Err(ExtendError::Invalid(hash, rule)) => {
                    // Its descendants go with it; held ones are found invalid
                    // or pruned in their turn.
                    self.drop_condemned(hash)?;
                    blocks.retain(|block| self.tree.contains(block.hash()));
                    invalid.push((hash, rule));
                }
            }
        }
    }

    // The block to stand on once `blocks` are held.
    fn heaviest_with(&self, blocks: &[CheckedBlock], margin: Margin) -> BlockHash {
        let tip = self.tip();
        let mut best = tip;
        let fresh = blocks.iter().map(CheckedBlock::hash);
        for hash in fresh.chain(self.stale.iter().copied()) {
            let Some(rival) = self.tree.get(hash) else {
                continue;
            };
            let wins = rival.work > best.work;
            if wins && (margin == Margin::Waived || self.is_past_margin(rival, tip)) {
                best = rival;
            }
        }
        best.hash
    }

    // A rival that would undo much must lead by more than the margin's blocks.
    fn is_past_margin(&self, rival: &Entry, tip: &Entry) -> bool {
        let margin = u32::from(self.params.margin);
        let lead = self.tree.own_work(tip).times(margin);
        margin == 0
            || rival.work > tip.work.plus(lead)
            || !self.is_deep(self.tree.fork(rival.hash, tip.hash))
    }

    // Whether a reorganisation down to this block is a deep one.
    fn is_deep(&self, fork: BlockHash) -> bool {
        let tip = self.tip();
        let hour = DEEP_S.div_ceil(self.params.spacing);
        let shallow = hour.max(DEEP_BLOCKS).max(self.params.margin.into());
        let fork = self.tree.get(fork).expect("a fork of two known chains");
        tip.height.above(fork.height) > shallow
    }

    // Everything in one transaction.
    fn attempt(
        &self,
        blocks: &[CheckedBlock],
        target: BlockHash,
    ) -> Result<(Height, Vec<Block>, Vec<CheckedBlock>), ExtendError> {
        let tip = self.tip();
        let fork = self.tree.get(self.tree.fork(tip.hash, target));
        let fork = fork.expect("two chains of one tree share genesis");
        self.store.write(Durability::Immediate, |tables| {
            for block in blocks {
                let entry = self.tree.get(block.hash());
                let height = entry.expect("bodies of known headers are taken").height;
                tables.put_block(height, block)?;
            }
            let mut disconnected = Vec::new();
            for number in self.active[fork.height.0 as usize + 1..].iter().rev() {
                let entry = self.tree.at(*number);
                let block = disconnect(tables, entry)?;
                // What the new branch lacks waits again, and that is kept
                // together with the reorganisation itself.
                for transaction in &block.transactions {
                    tables.put_pending(transaction.id(), transaction)?;
                }
                disconnected.push(block);
            }
            let mut connected = Vec::new();
            for hash in self.tree.path(fork.hash, target) {
                let entry = self.tree.get(hash).expect("a path leads through the tree");
                let fresh = blocks.iter().find(|block| block.hash() == hash);
                let block = match fresh {
                    Some(block) => block.clone(),
                    None => self.checked_from_store(tables, entry)?,
                };
                connect(tables, &self.params, entry.height, &block)?;
                connected.push(block);
            }
            Ok((fork.height, disconnected, connected))
        })
    }

    fn checked_from_store(
        &self,
        tables: &Tables<'_>,
        entry: &Entry,
    ) -> Result<CheckedBlock, ExtendError> {
        let block = tables.body(entry.height, entry.header)?;
        let block = well_formed_block(&self.params, self.network, entry.height, block);
        // It was checked whole before it was kept, and the Merkle root, just seen to
        // be right, covers the signatures: they are those that were verified.
        block.map(WellFormedBlock::verified).map_err(|rule| {
            ExtendError::Store(StoreError::Damaged {
                what: "block body",
                reason: rule.to_string(),
            })
        })
    }

    // The commit is done: memory follows.
    fn settle(&mut self, blocks: &[CheckedBlock], fork: Height, connected: &[CheckedBlock]) {
        for block in blocks {
            self.tree.hold(block.hash());
            self.stale.insert(block.hash());
        }
        if connected.is_empty() {
            return;
        }
        let off = self.active.split_off(fork.0 as usize + 1);
        let off = off.into_iter().map(|number| self.tree.at(number).hash);
        self.stale.extend(off);
        for block in connected {
            self.stale.remove(&block.hash());
            let number = self.tree.number(block.hash());
            self.active
                .push(number.expect("what is connected is in the tree"));
        }
    }

    fn drop_condemned(&mut self, hash: BlockHash) -> Result<(), StoreError> {
        let to_prune: Vec<_> = self
            .stale
            .iter()
            .filter_map(|held| self.tree.get(*held))
            .filter(|held| self.tree.stands_on(held.hash, hash))
            .map(|held| (held.height, held.hash))
            .collect();
        self.forget_held(&to_prune)?;
        self.tree.condemn(hash);
        Ok(())
    }

    fn forget_held(&mut self, blocks: &[(Height, BlockHash)]) -> Result<(), StoreError> {
        if blocks.is_empty() {
            return Ok(());
        }
        self.store.write(Durability::Deferred, |tables| {
            blocks
                .iter()
                .try_for_each(|(height, hash)| tables.remove_block(*height, *hash))
        })?;
        for (_, hash) in blocks {
            self.stale.remove(hash);
        }
        Ok(())
    }

    fn prune(&mut self) -> Result<(), StoreError> {
        let to_prune = self.too_many_stale();
        self.forget_held(&to_prune)?;
        for (_, hash) in to_prune {
            self.tree.remove(hash);
        }
        Ok(())
    }

    // The lightest leaves of held branches, as many as are too many.
    fn too_many_stale(&self) -> Vec<(Height, BlockHash)> {
        let mut to_prune = Vec::new();
        if self.stale.len() <= MAX_STALE {
            return to_prune;
        }
        let fetched: Vec<BlockHash> = self.tree.heavier_than(self.tip().work).collect();
        let mut gone = BTreeSet::new();
        let is_leaf = |entry: &Entry, gone: &BTreeSet<BlockHash>| {
            self.stale.contains(&entry.hash)
                && !(self.tree.children(entry))
                    .any(|child| child.held && !gone.contains(&child.hash))
                && !(fetched.iter()).any(|leaf| self.tree.stands_on(*leaf, entry.hash))
        };
        let mut leaves: BTreeSet<(Work, BlockHash)> = self
            .stale
            .iter()
            .filter_map(|hash| self.tree.get(*hash))
            .filter(|entry| is_leaf(entry, &gone))
            .map(|entry| (entry.work, entry.hash))
            .collect();
        while self.stale.len() - to_prune.len() > MAX_STALE
            && let Some((_, hash)) = leaves.pop_first()
            && let Some(entry) = self.tree.get(hash)
        {
            to_prune.push((entry.height, hash));
            gone.insert(hash);
            let parent = self.tree.get(entry.header.previous);
            if let Some(parent) = parent.filter(|parent| is_leaf(parent, &gone)) {
                leaves.insert((parent.work, parent.hash));
            }
        }
        to_prune
    }
}

fn connect(
    tables: &mut Tables<'_>,
    params: &Params,
    height: Height,
    block: &CheckedBlock,
) -> Result<(), ExtendError> {
    let refused = |error| match error {
        LedgerError::Rule(rule) => ExtendError::Invalid(block.hash(), rule),
        LedgerError::Store(error) => ExtendError::Store(error),
    };
    let mut overlay = Overlay::new(&*tables);
    overlay
        .apply_block(params.reward(), block)
        .map_err(refused)?;
    let (root, nodes) = overlay.state_root(&*tables)?;
    state_root(root, block).map_err(|rule| ExtendError::Invalid(block.hash(), rule))?;
    let changes = overlay.into_changes();
    tables.set_nodes(nodes)?;
    let mut undo = Undo::new();
    for (address, change) in changes {
        tables.set_account(address, change.after)?;
        undo.push((address, change.before));
    }
    let mut transactions = Vec::new();
    for transaction in block.transactions() {
        tables.remove_pending(transaction.id())?;
        transactions.push((transaction.id(), transaction.get()));
    }
    tables.activate(height, block.hash(), &transactions, &undo)?;
    Ok(())
}

fn disconnect(tables: &mut Tables<'_>, entry: &Entry) -> Result<Block, ExtendError> {
    let block = tables.body(entry.height, entry.header)?;
    let transactions: Vec<_> = (block.transactions.iter())
        .map(|transaction| (transaction.id(), transaction))
        .collect();
    let undo = tables.deactivate(entry.height, &transactions)?;
    let leaves = undo
        .iter()
        .map(|(address, before)| state::leaf(*address, before));
    let (_, nodes) = state::update(&*tables, &leaves.collect())?;
    tables.set_nodes(nodes)?;
    for (address, before) in undo {
        tables.set_account(address, before)?;
    }
    Ok(block)
}
