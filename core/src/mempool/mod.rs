//! Transactions that wait for a block: bounded, ranked by stamp work per byte.
//!
//! A stamp is what a transaction costs. What could be mined now, without a gap from
//! its author's number on the chain and taken by the ledger, competes for the pool's
//! room by what it cost ([`package`]) and gives miners the best. What could not
//! stands [`apart`]. Everything expires. What this node's own people wrote has room
//! of its own: no stranger's stamp, however large, puts it out.

mod age;
mod apart;
mod coins;
mod error;
mod package;
mod price;
mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

pub use age::{LIFETIME_MS, LIFETIME_SPACINGS, MAX_AGE_LIFETIMES};
pub use apart::{APART_LIFETIME_MS, MAX_APART, MAX_APART_PER_AUTHOR};
pub use error::PoolError;

use crate::block::MAX_BLOCK;
use crate::hash::TxId;
use crate::keys::Address;
use crate::rules::CheckedTransaction;
use crate::units::Millis;
use apart::Apart;
use coins::CoinsOnTheirWay;
use package::{Package, Rank, Waiting};

/// Bytes of strangers' transactions held, at most: 8 MiB are 64 full blocks, a
/// quarter of an hour of the default network at its fullest.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Transactions of one author that wait, at most, so that one key cannot fill
/// the pool. What a reorganisation brings back is taken beyond it: it was mined once.
pub const MAX_PER_AUTHOR: usize = 64;

/// Bytes of a block that are not transactions, rounded up.
const BLOCK_OVERHEAD_BYTES: usize = 256;

/// Bytes of transactions that a block has room for; and that one author may have
/// waiting, so that each chunk fits into a block.
pub const BLOCK_ROOM_BYTES: usize = MAX_BLOCK - BLOCK_OVERHEAD_BYTES;

/// Bytes of a transaction, at least: network and author 32 each, stamp 8,
/// signature 64, a byte each for number, time and action.
const SMALLEST_BYTES: usize = 32 + 32 + 8 + 64 + 3;

/// Whether the bounds of an author hold for a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// New: from a person or a peer.
    Fresh,
    /// From a block that a reorganisation took off, or from disk.
    Reorg,
}

/// Where a newcomer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It could be mined now. These had to leave for it.
    Ready(Vec<CheckedTransaction>),
    /// It waits for what is missing before it.
    Apart,
}

/// Where telling what waits goes on: after an author's number.
pub type Cursor = (Address, u32);

/// The pool.
#[derive(Debug, Clone)]
pub struct Mempool {
    packages: BTreeMap<Address, Package>,
    ids: BTreeMap<TxId, Cursor>,
    apart: Apart,
    /// Authors of this node. Only its person adds one.
    own: BTreeSet<Address>,
    coins: CoinsOnTheirWay,
    /// All chunks, the cheapest first.
    ranked: BTreeSet<Rank>,
    /// What began to wait first is first.
    ages: BTreeSet<(Millis, Cursor)>,
    /// Of strangers' packages.
    bytes: usize,
    arrivals: u64,
    limit: usize,
    lifetime_ms: u64,
}

impl Mempool {
    /// An empty pool for a network with this spacing, seconds.
    pub fn new(spacing: u32) -> Self {
        Self {
            packages: BTreeMap::new(),
            ids: BTreeMap::new(),
            apart: Apart::default(),
            own: BTreeSet::new(),
            coins: CoinsOnTheirWay::default(),
            ranked: BTreeSet::new(),
            ages: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            limit: MAX_BYTES,
            lifetime_ms: age::lifetime_ms(spacing),
        }
    }

    /// A pool with another bound than [`MAX_BYTES`], for tests.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            ..Self::new(15)
        }
    }

    fn limit(&self) -> usize {
        self.limit
    }

    /// How many wait that could be mined now.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing waits, not even apart.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.apart.len() == 0
    }

    /// How many wait apart.
    pub fn apart(&self) -> usize {
        self.apart.len()
    }

    /// Bytes held of strangers.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// From now on an author's transactions have room of their own.
    pub fn set_own(&mut self, author: Address) {
        if self.own.insert(author)
            && let Some(package) = self.packages.get(&author)
        {
            self.bytes -= package.bytes();
        }
    }

    /// Whether an author is this node's.
    pub fn is_own(&self, author: Address) -> bool {
        self.own.contains(&author)
    }

    /// What this node's people have waiting, in each author's order.
    pub fn own(&self) -> impl Iterator<Item = (&CheckedTransaction, Millis)> {
        let packages = self.own.iter().filter_map(|own| self.packages.get(own));
        let waiting = packages.flat_map(|package| package.waiting().values());
        waiting.map(|waiting| (&waiting.transaction, waiting.since))
    }

    /// What a store keeps: all that could be mined now, and what of this node's own
    /// stands apart. With each when it began to wait.
    pub fn kept(&self) -> impl Iterator<Item = (&CheckedTransaction, Millis)> {
        let ready = self.packages.values();
        let ready = ready.flat_map(|package| package.waiting().values());
        let apart = self.apart.waiting();
        let own = apart.filter(|waiting| self.is_own(waiting.transaction.author()));
        (ready.chain(own)).map(|waiting| (&waiting.transaction, waiting.since))
    }

    /// A transaction that waits and could be mined now.
    pub fn get(&self, id: TxId) -> Option<&CheckedTransaction> {
        let (author, number) = self.ids.get(&id)?;
        let waiting = self.packages.get(author)?.waiting().get(number)?;
        Some(&waiting.transaction)
    }

    /// Whether a transaction waits, in the pool or apart.
    pub fn contains(&self, id: TxId) -> bool {
        self.ids.contains_key(&id) || self.apart.contains(id)
    }

    /// What could be mined now, author by author and each author's in order: a peer
    /// to which it is announced so never has one before what it needs.
    pub fn after(&self, cursor: Option<Cursor>) -> impl Iterator<Item = (Cursor, TxId)> {
        let first = cursor.map_or(Address([0; 20]), |(author, _)| author);
        let packages = self.packages.range(first..);
        packages.flat_map(move |(author, package)| {
            let from = match cursor {
                Some((last, number)) if last == *author => Bound::Excluded(number),
                _ => Bound::Unbounded,
            };
            let rest = package.waiting().range((from, Bound::Unbounded));
            rest.map(|(number, waiting)| ((*author, *number), waiting.transaction.id()))
        })
    }

    /// Best chunk first, each in its author's order.
    pub fn ranked(&self) -> impl Iterator<Item = &CheckedTransaction> {
        let chunks = self.ranked.iter().rev();
        chunks.flat_map(|rank| {
            let (chunk, _) = self.packages[&rank.author].chunk(rank.first());
            chunk.map(|waiting| &waiting.transaction)
        })
    }

    /// The author's first free number from `next` on.
    pub fn free_number(&self, author: Address, next: u32) -> u32 {
        let mut free = next;
        if let Some(package) = self.packages.get(&author) {
            for number in package.waiting().range(next..).map(|(number, _)| *number) {
                if number != free {
                    break;
                }
                free = free.saturating_add(1);
            }
        }
        free
    }

    /// Take a transaction whose author's next number on the chain is `next`, and which
    /// the ledger takes when its turn comes. It waits since `since`.
    pub fn add(
        &mut self,
        transaction: CheckedTransaction,
        next: u32,
        origin: Origin,
        since: Millis,
    ) -> Result<Added, PoolError> {
        self.may_enter(&transaction, next, origin)?;
        let turn = (transaction.author(), transaction.get().seq);
        let package = self.packages.get(&turn.0);
        let follows =
            || package.is_some_and(|package| package.waiting().contains_key(&(turn.1 - 1)));
        if turn.1 != next && !follows() {
            let missing = self.free_number(turn.0, next);
            self.set_apart(transaction, missing, since)?;
            return Ok(Added::Apart);
        }
        let (id, stamp_bits, size) = (
            transaction.id(),
            transaction.stamp_bits(),
            transaction.size(),
        );
        let waiting = self.arrived(transaction, since);
        self.insert(waiting);
        self.make_room(turn)
            .map(Added::Ready)
            .ok_or(PoolError::Full {
                id,
                limit: self.limit,
                stamp_bits,
                size,
            })
    }

    /// Keep what cannot be mined yet, whose author's first missing number is `next`.
    pub fn set_apart(
        &mut self,
        transaction: CheckedTransaction,
        next: u32,
        since: Millis,
    ) -> Result<(), PoolError> {
        let waiting = self.arrived(transaction, since);
        if self.is_own(waiting.transaction.author()) {
            self.apart.insert(waiting);
            return Ok(());
        }
        self.apart.insert_stranger(waiting, next, &self.own)
    }

    /// Take one out that waits apart, with since when.
    pub fn take_apart(
        &mut self,
        author: Address,
        number: u32,
    ) -> Option<(CheckedTransaction, Millis)> {
        let waiting = self.apart.take(author, number)?;
        Some((waiting.transaction, waiting.since))
    }

    fn arrived(&mut self, transaction: CheckedTransaction, since: Millis) -> Waiting {
        self.arrivals += 1;
        Waiting {
            transaction,
            arrival: self.arrivals,
            since,
        }
    }

    fn may_enter(
        &self,
        transaction: &CheckedTransaction,
        next: u32,
        origin: Origin,
    ) -> Result<(), PoolError> {
        let (id, author) = (transaction.id(), transaction.author());
        let received = transaction.get().seq;
        if self.contains(id) {
            return Err(PoolError::Known(id));
        }
        if received < next {
            return Err(PoolError::Used { id, next, received });
        }
        let package = self.packages.get(&author);
        let ready = package.and_then(|package| package.waiting().get(&received));
        let ready = ready.map(|waiting| &waiting.transaction);
        if let Some(other) = ready.or_else(|| self.apart.get(author, received)) {
            return Err(PoolError::Taken {
                id,
                number: received,
                other: other.id(),
            });
        }
        if origin == Origin::Reorg {
            return Ok(());
        }
        if (received - next) as usize >= MAX_PER_AUTHOR {
            return Err(PoolError::TooMany {
                id,
                next,
                limit: MAX_PER_AUTHOR,
                received,
            });
        }
        let bytes = package.map_or(0, Package::bytes) + transaction.size() as usize;
        if bytes > BLOCK_ROOM_BYTES {
            return Err(PoolError::TooLarge {
                id,
                limit: BLOCK_ROOM_BYTES,
                received: bytes,
            });
        }
        Ok(())
    }

    // Evict the cheapest chunks of strangers while there are too many bytes. When the
    // newcomer's is one of them nothing has changed, and there is no room.
    fn make_room(&mut self, (author, number): Cursor) -> Option<Vec<CheckedTransaction>> {
        let mut evicted = Vec::new();
        while self.bytes > self.limit {
            let mut strangers = (self.ranked.iter()).filter(|rank| !self.is_own(rank.author));
            let cheapest = *strangers.next().expect("what has bytes has chunks");
            let first = cheapest.first();
            if cheapest.author == author && number >= first {
                self.take_from(author, number)
                    .into_iter()
                    .skip(1)
                    .for_each(|later| {
                        self.insert(later);
                    });
                for other in evicted {
                    self.insert(other);
                }
                return None;
            }
            evicted.extend(self.take_from(cheapest.author, first));
        }
        let evicted = evicted.into_iter().map(|gone| gone.transaction);
        Some(evicted.collect())
    }

    fn insert(&mut self, waiting: Waiting) {
        let transaction = &waiting.transaction;
        let turn = (transaction.author(), transaction.get().seq);
        if !self.is_own(turn.0) {
            self.bytes += transaction.size() as usize;
        }
        self.ids.insert(transaction.id(), turn);
        self.ages.insert((waiting.since, turn));
        self.coins.came(transaction);
        let package = self.packages.entry(turn.0).or_default();
        package.insert(waiting, &mut self.ranked);
    }

    fn take_from(&mut self, author: Address, number: u32) -> Vec<Waiting> {
        let Some(package) = self.packages.get_mut(&author) else {
            return Vec::new();
        };
        let gone = package.take_from(author, number, &mut self.ranked);
        self.gone(author, gone)
    }

    // They are out of their package: everything else follows.
    fn gone(&mut self, author: Address, gone: Vec<Waiting>) -> Vec<Waiting> {
        for waiting in &gone {
            let transaction = &waiting.transaction;
            if !self.is_own(author) {
                self.bytes -= transaction.size() as usize;
            }
            self.ids.remove(&transaction.id());
            self.ages
                .remove(&(waiting.since, (author, transaction.get().seq)));
            self.coins.went(transaction);
        }
        if self.packages.get(&author).is_some_and(Package::is_empty) {
            self.packages.remove(&author);
        }
        gone
    }

    /// Take out an author's transactions from a number on: they cannot be mined
    /// (any more). With each when it began to wait.
    pub fn remove_from(
        &mut self,
        author: Address,
        number: u32,
    ) -> Vec<(CheckedTransaction, Millis)> {
        let gone = self.take_from(author, number).into_iter();
        gone.map(|waiting| (waiting.transaction, waiting.since))
            .collect()
    }

    /// Take out the author's transactions whose numbers the chain has used.
    pub fn remove_used(&mut self, author: Address, next: u32) -> Vec<CheckedTransaction> {
        let mut used = self.apart.take_below(author, next);
        if let Some(package) = self.packages.get_mut(&author) {
            let gone = package.take_below(author, next, &mut self.ranked);
            used.extend(self.gone(author, gone));
        }
        used.into_iter()
            .map(|waiting| waiting.transaction)
            .collect()
    }

    /// The author's waiting transactions below a number, in order.
    pub fn below(&self, author: Address, number: u32) -> impl Iterator<Item = &CheckedTransaction> {
        let package = self.packages.get(&author).into_iter();
        let waiting = package.flat_map(move |package| package.waiting().range(..number));
        waiting.map(|(_, waiting)| &waiting.transaction)
    }

    /// The author's waiting transactions from a number on, in order.
    pub fn from_number(
        &self,
        author: Address,
        number: u32,
    ) -> impl Iterator<Item = &CheckedTransaction> {
        let package = self.packages.get(&author).into_iter();
        let waiting = package.flat_map(move |package| package.waiting().range(number..));
        waiting.map(|(_, waiting)| &waiting.transaction)
    }
}
