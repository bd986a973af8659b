//! Transactions that wait for a block: bounded, ranked by stamp work per byte.
//!
//! A stamp is what a transaction costs. The pool keeps what cost most per byte
//! and gives miners the best that still come in each author's order.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::hash::TxId;
use crate::keys::Address;
use crate::rules::CheckedTransaction;
use crate::transaction::Action;
use crate::units::Amount;

/// Bytes of transactions held, at most: 8 MiB are 64 full blocks, a quarter of
/// an hour of the default network at its fullest.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Transactions of one author that wait, at most, so that one key cannot fill
/// the pool. What a reorganisation loosens is taken beyond it: it was mined once.
pub const MAX_PER_AUTHOR: usize = 64;

/// Bytes of a transaction, at least: network and author 32 each, stamp 8,
/// signature 64, a byte each for number, time and action.
const SMALLEST: usize = 32 + 32 + 8 + 64 + 3;

/// Why a transaction does not enter the pool. Not a rule of consensus: another
/// node may take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// It waits already.
    #[error("transaction {0} waits already")]
    Known(TxId),
    /// Its number was used on the chain.
    #[error("transaction {id} has number {received}, its author's next is {next}")]
    Used {
        /// The id.
        id: TxId,
        /// Author's next number.
        next: u32,
        /// In the transaction.
        received: u32,
    },
    /// Another waiting transaction of the author has the number.
    #[error("transaction {id} has number {number}, which {other} of the same author has already")]
    Taken {
        /// The id.
        id: TxId,
        /// The number.
        number: u32,
        /// Who has it.
        other: TxId,
    },
    /// Too far ahead of the chain or too many of one author.
    #[error(
        "transaction {id} has number {received}, at most {limit} of one author may wait from {next} on"
    )]
    TooMany {
        /// The id.
        id: TxId,
        /// Author's next number.
        next: u32,
        /// [`MAX_PER_AUTHOR`].
        limit: usize,
        /// In the transaction.
        received: u32,
    },
    /// The pool is full of transactions that cost more per byte.
    #[error(
        "the pool is full ({limit} bytes) and transaction {id} ({stamp_bits} bits on {size} bytes) cost no more per byte than the cheapest in it"
    )]
    Full {
        /// The id.
        id: TxId,
        /// [`MAX_BYTES`].
        limit: usize,
        /// Bits of its stamp.
        stamp_bits: u32,
        /// Its bytes.
        size: u32,
    },
}

impl PoolError {
    /// A stable name of the rule, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Known(_) => "pool_known",
            Self::Used { .. } => "pool_used",
            Self::Taken { .. } => "pool_taken",
            Self::TooMany { .. } => "pool_too_many",
            Self::Full { .. } => "pool_full",
        }
    }
}

/// Work per byte: 2^40 x expected hashes / bytes, in integers.
type Score = u128;

/// Whether the per-author bound holds for a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// New: from a person or a peer.
    Fresh,
    /// From a block that a reorganisation took off.
    Loosened,
}

#[derive(Debug, Clone)]
struct Waiting {
    transaction: CheckedTransaction,
    score: Score,
    arrival: u64,
}

/// The pool.
#[derive(Debug, Clone, Default)]
pub struct Mempool {
    waiting: BTreeMap<TxId, Waiting>,
    authors: BTreeMap<Address, BTreeMap<u32, TxId>>,
    /// Coins that waiting transfers take from, and bring to, each account.
    outgoing: BTreeMap<Address, Amount>,
    incoming: BTreeMap<Address, Amount>,
    /// Cheapest first; of equals the latest first.
    ranked: BTreeSet<(Score, Reverse<u64>, TxId)>,
    bytes: usize,
    arrivals: u64,
    limit: Option<usize>,
}

impl Mempool {
    /// A pool with another bound than [`MAX_BYTES`], for tests.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(MAX_BYTES)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A waiting transaction.
    pub fn get(&self, id: TxId) -> Option<&CheckedTransaction> {
        self.waiting.get(&id).map(|waiting| &waiting.transaction)
    }

    /// Ids in their order, from the first or from the one after `after`.
    pub fn ids_after(&self, after: Option<TxId>) -> impl Iterator<Item = TxId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let ids = self.waiting.range((from, Bound::Unbounded));
        ids.map(|(id, _)| *id)
    }

    /// Best stamp first.
    pub fn ranked(&self) -> impl Iterator<Item = &CheckedTransaction> {
        self.ranked
            .iter()
            .rev()
            .map(|(_, _, id)| &self.waiting[id].transaction)
    }

    /// The author's first free number from `next` on.
    pub fn free_number(&self, author: Address, next: u32) -> u32 {
        let mut free = next;
        if let Some(numbers) = self.authors.get(&author) {
            for number in numbers.range(next..).map(|(number, _)| *number) {
                if number != free {
                    break;
                }
                free = free.saturating_add(1);
            }
        }
        free
    }

    /// Take a transaction whose author's next number on the chain is `next`.
    /// Gives what had to leave for it.
    pub fn add(
        &mut self,
        transaction: CheckedTransaction,
        next: u32,
        origin: Origin,
    ) -> Result<Vec<CheckedTransaction>, PoolError> {
        self.may_enter(&transaction, next, origin)?;
        let id = transaction.id();
        let score = score(&transaction);
        let mut evicted = Vec::new();
        while self.bytes + transaction.size() as usize > self.limit() {
            let cheapest = self.ranked.first().copied();
            let Some((lowest, _, cheapest)) = cheapest.filter(|(lowest, ..)| *lowest < score)
            else {
                // What was evicted on the way goes back: nothing changes.
                for other in evicted {
                    self.insert(other);
                }
                return Err(PoolError::Full {
                    id,
                    limit: self.limit(),
                    stamp_bits: transaction.stamp_bits(),
                    size: transaction.size(),
                });
            };
            debug_assert!(lowest < score);
            // Later numbers of that author could not be mined without it: the
            // author's last goes.
            let author = self.waiting[&cheapest].transaction.author();
            let last = self.authors[&author]
                .last_key_value()
                .map(|(_, id)| *id)
                .expect("the cheapest is one of its author's");
            evicted.extend(self.remove(last));
        }
        self.insert(transaction);
        Ok(evicted)
    }

    fn may_enter(
        &self,
        transaction: &CheckedTransaction,
        next: u32,
        origin: Origin,
    ) -> Result<(), PoolError> {
        let id = transaction.id();
        let received = transaction.get().seq;
        if self.waiting.contains_key(&id) {
            return Err(PoolError::Known(id));
        }
        if received < next {
            return Err(PoolError::Used { id, next, received });
        }
        let numbers = self.authors.get(&transaction.author());
        if let Some(other) = numbers.and_then(|numbers| numbers.get(&received)) {
            return Err(PoolError::Taken {
                id,
                number: received,
                other: *other,
            });
        }
        let ahead = (received - next) as usize;
        if origin == Origin::Fresh && ahead >= MAX_PER_AUTHOR {
            return Err(PoolError::TooMany {
                id,
                next,
                limit: MAX_PER_AUTHOR,
                received,
            });
        }
        Ok(())
    }

    fn insert(&mut self, transaction: CheckedTransaction) {
        let (id, score) = (transaction.id(), score(&transaction));
        self.arrivals += 1;
        self.bytes += transaction.size() as usize;
        self.ranked.insert((score, Reverse(self.arrivals), id));
        self.authors
            .entry(transaction.author())
            .or_default()
            .insert(transaction.get().seq, id);
        self.promise(&transaction, Amount::saturating_add);
        self.waiting.insert(
            id,
            Waiting {
                transaction,
                score,
                arrival: self.arrivals,
            },
        );
    }

    /// Take a transaction out.
    pub fn remove(&mut self, id: TxId) -> Option<CheckedTransaction> {
        let waiting = self.waiting.remove(&id)?;
        let transaction = waiting.transaction;
        self.bytes -= transaction.size() as usize;
        self.ranked
            .remove(&(waiting.score, Reverse(waiting.arrival), id));
        let author = transaction.author();
        if let Some(numbers) = self.authors.get_mut(&author) {
            numbers.remove(&transaction.get().seq);
            if numbers.is_empty() {
                self.authors.remove(&author);
            }
        }
        self.promise(&transaction, Amount::saturating_sub);
        Some(transaction)
    }

    // A transfer came or went.
    fn promise(&mut self, of: &CheckedTransaction, change: fn(Amount, Amount) -> Amount) {
        let Action::Transfer(transfer) = &of.get().action else {
            return;
        };
        for (coins, who) in [
            (&mut self.outgoing, of.author()),
            (&mut self.incoming, transfer.to),
        ] {
            let amount = coins.remove(&who).unwrap_or_default();
            let amount = change(amount, transfer.amount);
            if amount > Amount::ZERO {
                coins.insert(who, amount);
            }
        }
    }

    /// Coins that waiting transfers take from an account.
    pub fn outgoing(&self, of: Address) -> Amount {
        self.outgoing.get(&of).copied().unwrap_or_default()
    }

    /// Coins that waiting transfers bring to an account.
    pub fn incoming(&self, of: Address) -> Amount {
        self.incoming.get(&of).copied().unwrap_or_default()
    }

    /// The author's waiting transactions below a number, in order.
    pub fn below(&self, author: Address, number: u32) -> impl Iterator<Item = &CheckedTransaction> {
        let numbers = self.authors.get(&author).into_iter();
        let ids = numbers.flat_map(move |numbers| numbers.range(..number));
        ids.map(|(_, id)| &self.waiting[id].transaction)
    }

    /// Take out the author's transactions whose numbers the chain has used.
    pub fn remove_used(&mut self, author: Address, next: u32) -> Vec<CheckedTransaction> {
        let used: Vec<TxId> = self
            .authors
            .get(&author)
            .map(|numbers| numbers.range(..next).map(|(_, id)| *id).collect())
            .unwrap_or_default();
        used.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// The best transactions for a block of at most `room` bytes, each author's
    /// in order without a gap from the number that `next` gives, and only those
    /// that `fits` lets in: the ledger after those chosen before. Looks at no
    /// more of the pool than it takes to fill the block.
    pub fn select<E>(
        &self,
        room: usize,
        mut next: impl FnMut(Address) -> Result<u32, E>,
        mut fits: impl FnMut(&CheckedTransaction) -> Result<bool, E>,
    ) -> Result<Vec<&CheckedTransaction>, E> {
        let (mut chosen, mut bytes) = (Vec::new(), 0);
        // The number that comes next of each author met; none when it did not fit.
        let mut turns: BTreeMap<Address, Option<u32>> = BTreeMap::new();
        for (score, arrival, id) in self.ranked.iter().rev() {
            if room.saturating_sub(bytes) < SMALLEST {
                break;
            }
            let met = &self.waiting[id].transaction;
            let turn = match turns.entry(met.author()) {
                Entry::Occupied(turn) => turn.into_mut(),
                Entry::Vacant(place) => place.insert(Some(next(met.author())?)),
            };
            if *turn != Some(met.get().seq) {
                continue;
            }
            // With it come those of its author that ranked higher and had to wait.
            while let Some(number) = *turn
                && let Some(id) = self.authors[&met.author()].get(&number)
                && let waiting = &self.waiting[id]
                && (waiting.score, Reverse(waiting.arrival)) >= (*score, *arrival)
            {
                let size = waiting.transaction.size() as usize;
                if bytes + size > room || !fits(&waiting.transaction)? {
                    *turn = None;
                    break;
                }
                bytes += size;
                chosen.push(&waiting.transaction);
                *turn = number.checked_add(1);
            }
        }
        Ok(chosen)
    }
}

fn score(transaction: &CheckedTransaction) -> Score {
    // Ids have up to 256 zero bits; more than 64 are not told apart.
    (1u128 << (40 + transaction.stamp_bits().min(64))) / u128::from(transaction.size())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::params::Params;
    use crate::testing::{author, post_with_number};

    fn checked(who: u8, number: u32, body: &str) -> CheckedTransaction {
        let params = Params {
            stamp_bits: 0,
            ..Params::default_network()
        };
        post_with_number(&params, &author(who), number, body)
    }

    #[test]
    fn a_full_pool_keeps_what_cost_most_per_byte_and_says_why_it_refuses() {
        let one = checked(1, 0, "hola");
        let mut pool = Mempool::with_limit(one.size() as usize * 4);
        let mut refused = 0;
        for who in 0..60 {
            match pool.add(checked(who, 0, "hola"), 0, Origin::Fresh) {
                Ok(_) => {}
                Err(error) => {
                    assert!(error.to_string().contains("the pool is full"), "{error}");
                    refused += 1;
                }
            }
            assert!(pool.bytes() <= pool.limit());
        }
        assert_eq!(pool.len(), 4);
        assert!(refused > 0);
        let kept: Vec<u32> = pool.ranked().map(CheckedTransaction::stamp_bits).collect();
        assert!(kept.windows(2).all(|pair| pair[0] >= pair[1]), "{kept:?}");
        assert!(kept[3] >= 2, "the four best of sixty stamps: {kept:?}");
    }

    #[test]
    fn one_author_cannot_fill_the_pool() {
        let mut pool = Mempool::default();
        for number in 0..MAX_PER_AUTHOR as u32 {
            pool.add(checked(1, number, "hola"), 0, Origin::Fresh)
                .unwrap();
        }
        let one_more = checked(1, MAX_PER_AUTHOR as u32, "hola");
        let error = pool.add(one_more.clone(), 0, Origin::Fresh).unwrap_err();
        assert!(error.to_string().contains("at most 64"), "{error}");
        pool.add(one_more, 0, Origin::Loosened).unwrap();
        pool.add(checked(2, 0, "hola"), 0, Origin::Fresh).unwrap();
    }

    #[test]
    fn a_block_takes_each_authors_posts_in_order_and_none_after_a_gap() {
        let mut pool = Mempool::default();
        for number in [3, 1, 0, 4] {
            pool.add(checked(1, number, "a"), 0, Origin::Fresh).unwrap();
        }
        pool.add(checked(2, 7, "b"), 7, Origin::Fresh).unwrap();
        let second = author(2).public().address();
        let next = |author| Ok(if author == second { 7 } else { 0 });
        let chosen = pool.select::<Infallible>(usize::MAX, next, |_| Ok(true));
        let chosen = chosen.unwrap();
        let mut of_first = chosen
            .iter()
            .filter(|t| t.get().author == author(1).public())
            .map(|t| t.get().seq);
        assert_eq!(of_first.next(), Some(0));
        assert_eq!(of_first.next(), Some(1));
        assert_eq!(of_first.next(), None);
        assert_eq!(chosen.len(), 3);
        assert_eq!(pool.free_number(author(1).public().address(), 0), 2);
    }

    #[test]
    fn a_number_used_or_taken_is_refused_with_its_values() {
        let mut pool = Mempool::default();
        let error = pool.add(checked(1, 2, "a"), 3, Origin::Fresh).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("has number 2, its author's next is 3")
        );
        pool.add(checked(1, 3, "a"), 3, Origin::Fresh).unwrap();
        let error = pool.add(checked(1, 3, "a"), 3, Origin::Fresh).unwrap_err();
        assert_eq!(error.code(), "pool_known");
        let error = pool.add(checked(1, 3, "b"), 3, Origin::Fresh).unwrap_err();
        assert_eq!(error.code(), "pool_taken");
        assert_eq!(pool.remove_used(author(1).public().address(), 4).len(), 1);
        assert!(pool.is_empty());
        assert_eq!(pool.bytes(), 0);
    }

    // What `select` must give, by going through everything again and again.
    fn select_slowly(pool: &Mempool, room: usize, next: u32) -> Vec<TxId> {
        let mut turns: BTreeMap<Address, u32> = BTreeMap::new();
        let mut full: BTreeSet<Address> = BTreeSet::new();
        let (mut chosen, mut bytes) = (Vec::new(), 0);
        loop {
            let ready = pool.ranked().find(|waiting| {
                let author = waiting.author();
                let turn = turns.get(&author).copied().unwrap_or(next);
                !full.contains(&author) && waiting.get().seq == turn
            });
            let Some(ready) = ready else { return chosen };
            let author = ready.author();
            if bytes + ready.size() as usize > room {
                full.insert(author);
                continue;
            }
            bytes += ready.size() as usize;
            chosen.push(ready.id());
            turns.insert(author, ready.get().seq + 1);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

        #[test]
        fn the_chosen_are_the_best_that_come_in_order(
            posts in proptest::collection::vec((1u8..6, 0u32..8, 1usize..400), 1..40),
            room in 200usize..6_000,
            next in 0u32..3,
        ) {
            let mut pool = Mempool::default();
            for (who, number, length) in posts {
                let _ = pool.add(checked(who, number, &"x".repeat(length)), 0, Origin::Fresh);
            }
            let chosen = pool.select::<Infallible>(room, |_| Ok(next), |_| Ok(true)).unwrap();
            let chosen: Vec<TxId> = chosen.iter().map(|t| t.id()).collect();
            let slowly = select_slowly(&pool, room, next);
            // The last bytes may be left unused when no transaction is that small.
            proptest::prop_assert_eq!(chosen, slowly);
        }
    }
}
