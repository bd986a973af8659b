//! What cannot be mined yet: a number before it is missing, or coins. It may be a
//! message that overtook another, and as well a flood that costs its author nothing
//! once it is made. So it stands apart from what competes, in little room and for a
//! short time; it is not kept on disk and not passed on.

use std::collections::{BTreeMap, BTreeSet};

use super::PoolError;
use super::package::Waiting;
use crate::hash::TxId;
use crate::keys::Address;
use crate::rules::CheckedTransaction;
use crate::units::Millis;

/// Strangers' transactions that wait for an earlier one, at most: some 450 KiB.
pub const MAX_APART: usize = 100;
/// Of these of one author, at most.
pub const MAX_APART_PER_AUTHOR: usize = 8;
/// How long they wait, ms: 20 minutes, in which what they miss comes or does not.
pub const APART_LIFETIME_MS: u64 = 20 * 60 * 1000;

type Key = (Address, u32);

#[derive(Debug, Clone, Default)]
pub(super) struct Apart {
    waiting: BTreeMap<Key, Waiting>,
    ids: BTreeMap<TxId, Key>,
}

impl Apart {
    pub(super) fn contains(&self, id: TxId) -> bool {
        self.ids.contains_key(&id)
    }

    pub(super) fn get(&self, author: Address, number: u32) -> Option<&CheckedTransaction> {
        let waiting = self.waiting.get(&(author, number))?;
        Some(&waiting.transaction)
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn take(&mut self, author: Address, number: u32) -> Option<Waiting> {
        let waiting = self.waiting.remove(&(author, number))?;
        self.ids.remove(&waiting.transaction.id());
        Some(waiting)
    }

    pub(super) fn take_below(&mut self, author: Address, number: u32) -> Vec<Waiting> {
        let below = self.waiting.range((author, 0)..(author, number));
        let below: Vec<u32> = below.map(|(key, _)| key.1).collect();
        let taken = below
            .into_iter()
            .filter_map(|number| self.take(author, number));
        taken.collect()
    }

    pub(super) fn insert(&mut self, waiting: Waiting) {
        let transaction = &waiting.transaction;
        let key = (transaction.author(), transaction.get().seq);
        self.ids.insert(transaction.id(), key);
        self.waiting.insert(key, waiting);
    }

    /// Take a stranger's, whose author's first missing number is `next`. Of one author
    /// the nearest numbers stay; of all those that cost most per byte.
    pub(super) fn insert_stranger(
        &mut self,
        waiting: Waiting,
        next: u32,
        own: &BTreeSet<Address>,
    ) -> Result<(), PoolError> {
        let (author, number) = (waiting.transaction.author(), waiting.transaction.get().seq);
        let refused = PoolError::Gapped {
            id: waiting.transaction.id(),
            next,
            received: number,
            limit: MAX_APART,
            per_author: MAX_APART_PER_AUTHOR,
        };
        let of_author = self.waiting.range((author, 0)..=(author, u32::MAX));
        if of_author.clone().count() >= MAX_APART_PER_AUTHOR {
            let last = of_author.map(|(key, _)| key.1).next_back();
            let Some(last) = last.filter(|last| *last > number) else {
                return Err(refused);
            };
            self.take(author, last);
        }
        let strangers = self.waiting.iter().filter(|(key, _)| !own.contains(&key.0));
        if strangers.clone().count() >= MAX_APART {
            let cheapest = strangers.map(|(key, other)| (other.score(), *key)).min();
            let Some((_, key)) = cheapest.filter(|(score, _)| *score < waiting.score()) else {
                return Err(refused);
            };
            self.take(key.0, key.1);
        }
        self.insert(waiting);
        Ok(())
    }

    /// Take out what has waited too long: strangers' sooner than own ones, which have
    /// the whole pool's time.
    pub(super) fn expire(
        &mut self,
        now: Millis,
        own: &BTreeSet<Address>,
        own_lifetime: u64,
    ) -> Vec<Waiting> {
        let old = self.waiting.iter().filter(|(key, waiting)| {
            let lifetime = match own.contains(&key.0) {
                true => own_lifetime,
                false => APART_LIFETIME_MS,
            };
            now.since(waiting.since) >= lifetime
        });
        let old: Vec<Key> = old.map(|(key, _)| *key).collect();
        let gone = old
            .into_iter()
            .filter_map(|(author, number)| self.take(author, number));
        gone.collect()
    }
}
