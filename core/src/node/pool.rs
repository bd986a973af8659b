//! The pool's way through the life of a node: what enters, what follows the chain and
//! what grows too old.

use std::collections::BTreeSet;

use super::own::Coins;
use super::{Node, StoreError};
use crate::chain::Change;
use crate::hash::{PeerId, TxId};
use crate::keys::Address;
use crate::mempool::{Added, Origin, PoolError};
use crate::rules::{CheckedTransaction, RuleError};
use crate::store::{Durability, Waits, Whose};
use crate::transaction::Action;
use crate::units::Millis;
use crate::view::StampView;
use crate::wire::Message;

/// Size for which the status tells the stamp, bytes: the largest that needs no more
/// than the network's least bits.
const TYPICAL_BYTES: usize = 256;
/// Own transactions that have waited so long are announced to the neighbours again, and so
/// often, ms: a full pool has put them out there, or a neighbour was not there yet.
const REMIND_MS: u64 = 60_000;

impl Node {
    /// Take a transaction into the pool, keep it, show it, spread it.
    pub(super) fn admit(
        &mut self,
        transaction: CheckedTransaction,
        keep: Durability,
        from: Option<PeerId>,
    ) -> Result<Result<(), NotAdmitted>, StoreError> {
        let views = self.chain.read()?;
        let author = transaction.author();
        let next = views.next_seq(author)?;
        if !self.mempool.is_own(author) {
            let now = self.network_time();
            if let Err(error) = self.mempool.check_time(&transaction, now) {
                return Ok(Err(error.into()));
            }
        }
        if let Err(rule) = self.would_stand(&views, transaction.get(), Coins::OnChain)? {
            return Ok(Err(rule.into()));
        }
        drop(views);
        let added = (self.mempool).add(transaction.clone(), next, Origin::Fresh, self.now);
        match added {
            Err(error) => return Ok(Err(error.into())),
            Ok(Added::Apart) => {
                // A stranger's is not kept on disk: it comes again or does not matter.
                if self.mempool.is_own(author) {
                    self.keep_waiting(&[(transaction, self.now)], keep)?;
                }
                return Ok(Ok(()));
            }
            Ok(Added::Ready(evicted)) => {
                self.entered((transaction, self.now), keep, from, evicted)?;
            }
        }
        self.promote(author, from)?;
        Ok(Ok(()))
    }

    fn entered(
        &mut self,
        (transaction, since): (CheckedTransaction, Millis),
        keep: Durability,
        from: Option<PeerId>,
        evicted: Vec<CheckedTransaction>,
    ) -> Result<(), StoreError> {
        if let Err(error) = self.keep_waiting(&[(transaction.clone(), since)], keep) {
            // Its writer is told that it was not kept.
            self.mempool
                .remove_from(transaction.author(), transaction.get().seq);
            return Err(error);
        }
        self.forget(evicted, CHEAPER)?;
        self.show_post(&transaction, false)?;
        self.spread(transaction.get(), from);
        self.mining.new_content(self.now);
        Ok(())
    }

    // What waited apart for a number, or for coins, that has come.
    fn promote(&mut self, author: Address, from: Option<PeerId>) -> Result<(), StoreError> {
        loop {
            let views = self.chain.read()?;
            let next = views.next_seq(author)?;
            let number = self.mempool.free_number(author, next);
            let Some((transaction, since)) = self.mempool.take_apart(author, number) else {
                return Ok(());
            };
            let stands = self.would_stand(&views, transaction.get(), Coins::WithIncoming)?;
            drop(views);
            if stands.is_err() {
                // For its coins it waits on where there was room a moment ago.
                let _ = self.mempool.set_apart(transaction, number, since);
                return Ok(());
            }
            match (self.mempool).add(transaction.clone(), next, Origin::Reorg, since) {
                Ok(Added::Ready(evicted)) => {
                    self.entered((transaction, since), Durability::Deferred, from, evicted)?;
                }
                Ok(Added::Apart) => return Ok(()),
                Err(error) => return self.forget(vec![transaction], &error.to_string()),
            }
        }
    }

    /// The best chain is another: what is on it waits no longer, what was taken off
    /// waits again, and what the ledger no longer takes stands apart.
    pub(super) fn follow_in_mempool(&mut self, change: &Change) -> Result<(), StoreError> {
        // As in a first sync, where it would look at every transaction for nothing.
        if self.mempool.is_empty() && change.disconnected.is_empty() {
            return Ok(());
        }
        self.remove_mined(change)?;
        self.loosen(change)?;
        for author in touched(change) {
            self.settle_author(author)?;
        }
        Ok(())
    }

    fn remove_mined(&mut self, change: &Change) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let (mut mined, mut authors) = (BTreeSet::new(), BTreeSet::new());
        for block in &change.connected {
            for transaction in block.transactions() {
                mined.insert(transaction.id());
                authors.insert(transaction.author());
            }
        }
        let mut used = Vec::new();
        for author in authors {
            let next = views.next_seq(author)?;
            used.extend(self.mempool.remove_used(author, next));
        }
        drop(views);
        used.retain(|transaction| !mined.contains(&transaction.id()));
        self.forget(used, "its author's number was used by another transaction")
    }

    // Posts of blocks taken off return, oldest first. The store has kept them
    // as pending within the reorganisation's own transaction.
    fn loosen(&mut self, change: &Change) -> Result<(), StoreError> {
        if change.disconnected.is_empty() {
            return Ok(());
        }
        let views = self.chain.read()?;
        let mut returning = Vec::new();
        let mut refused = Vec::new();
        for block in change.disconnected.iter().rev() {
            for transaction in &block.transactions {
                let Ok(checked) = self.check(transaction.clone()) else {
                    continue;
                };
                if views.place(checked.id())?.is_some() {
                    continue;
                }
                let (next, received) = (views.next_seq(checked.author())?, checked.get().seq);
                if received < next {
                    let id = checked.id();
                    let error = PoolError::Used { id, next, received };
                    refused.push((checked, error.to_string()));
                } else {
                    returning.push((checked, self.now));
                }
            }
        }
        drop(views);
        let readmitted = self.readmit(returning)?;
        let mut loosened = BTreeSet::new();
        for checked in &readmitted.ready {
            loosened.insert(checked.id());
            self.show_post(checked, true)?;
        }
        // The others' chain never had them: they learn of them as newcomers do,
        // also those who were told of them before.
        for peer in self.peers.values_mut() {
            peer.may_lack(&loosened);
        }
        self.greet_all();
        for (checked, reason) in refused.into_iter().chain(readmitted.refused) {
            self.forget(vec![checked], &reason)?;
        }
        self.forget(readmitted.evicted, CHEAPER)
    }

    // An account has changed: whether what waits of it still stands, or stands now.
    fn settle_author(&mut self, author: Address) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let height = self.chain.tip().height.next();
        let mut account = self.account_with(&views, author, Coins::WithIncoming)?;
        self.advance(author, height, &mut account);
        let missing = account.next_seq;
        let later = self.mempool.from_number(author, missing).next();
        let falls = later.map(|later| later.get().seq);
        drop(views);
        if let Some(number) = falls {
            let mut lost = Vec::new();
            for (fallen, since) in self.mempool.remove_from(author, number) {
                match self.mempool.set_apart(fallen.clone(), missing, since) {
                    Ok(()) if self.mempool.is_own(author) => {}
                    Ok(()) => lost.push(fallen.id()),
                    Err(error) => self.forget(vec![fallen], &error.to_string())?,
                }
            }
            self.remove_rows(&lost)?;
        }
        self.promote(author, None)
    }

    /// Drops what has waited too long; the page shows an own one as dropped.
    pub(super) fn expire_waiting(&mut self) -> Result<(), StoreError> {
        if self.store_failed() {
            return Ok(());
        }
        let gone = self.mempool.expire(self.now);
        if !gone.is_empty() {
            self.mining.new_content(self.now);
        }
        self.forget(gone, TOO_OLD)
    }

    /// Name to the neighbours again what waits here of this node's own: it keeps its
    /// place here, but a full pool elsewhere may have put it out.
    pub(super) fn remind_of_own(&mut self) {
        let now = self.now;
        if now.since(self.reminded) < REMIND_MS {
            return;
        }
        self.reminded = now;
        let long = (self.mempool.own()).filter(|(_, since)| now.since(*since) >= REMIND_MS);
        let ids: Vec<TxId> = long.map(|(own, _)| own.id()).take(MAX_REMINDED).collect();
        if ids.is_empty() {
            return;
        }
        let connected = self.peers.values().filter(|peer| peer.is_connected());
        for peer in connected.map(|peer| peer.id).collect::<Vec<_>>() {
            self.send(peer, &Message::Inventory(ids.clone()));
        }
    }

    /// What a stamp must be now.
    pub(super) fn stamp_view(&self) -> StampView {
        let required = self.chain.params().required_stamp_bits(TYPICAL_BYTES);
        StampView {
            required_bits: required,
            enter_bits: self.mempool.bits_to_enter(TYPICAL_BYTES, required),
            next_block_bits: (self.mempool).bits_for_next_block(self.me(), TYPICAL_BYTES, required),
        }
    }

    pub(super) fn keep_waiting(
        &self,
        waiting: &[(CheckedTransaction, Millis)],
        keep: Durability,
    ) -> Result<(), StoreError> {
        if waiting.is_empty() {
            return Ok(());
        }
        self.chain.store().write(keep, |tables| {
            waiting.iter().try_for_each(|(checked, since)| {
                let waits = self.waits(checked, *since);
                tables.put_waiting(checked.id(), checked.get(), waits)
            })
        })
    }

    fn waits(&self, checked: &CheckedTransaction, since: Millis) -> Waits {
        let whose = match self.mempool.is_own(checked.author()) {
            true => Whose::Own,
            false => Whose::Strangers,
        };
        let since = since.timestamp();
        Waits { since, whose }
    }

    /// Keep exactly what waits here now: the store may have missed some of it, and have
    /// kept what its writer was told that it was not.
    pub(super) fn store_pending(&mut self) -> Result<(), StoreError> {
        let stored = self.chain.read()?.pending()?;
        self.chain.store().write(Durability::Immediate, |tables| {
            (stored.iter()).try_for_each(|stored| tables.remove_pending(stored.id()))?;
            self.mempool.kept().try_for_each(|(checked, since)| {
                let waits = self.waits(checked, since);
                tables.put_waiting(checked.id(), checked.get(), waits)
            })
        })
    }

    pub(super) fn remove_rows(&self, ids: &[TxId]) -> Result<(), StoreError> {
        // A store that cannot be written gets what waits then, and no more, once it can.
        if ids.is_empty() || self.store_failed() {
            return Ok(());
        }
        self.chain.store().write(Durability::Deferred, |tables| {
            ids.iter().try_for_each(|id| tables.remove_pending(*id))
        })
    }

    /// Transactions that left the pool without a block.
    pub(super) fn forget(
        &mut self,
        gone: Vec<CheckedTransaction>,
        reason: &str,
    ) -> Result<(), StoreError> {
        let ids: Vec<TxId> = gone.iter().map(CheckedTransaction::id).collect();
        self.remove_rows(&ids)?;
        for id in ids {
            self.show_dropped(id, reason);
        }
        Ok(())
    }
}

/// Own transactions named to a neighbour at a time, at most: those of one author.
const MAX_REMINDED: usize = 64;

pub(super) const CHEAPER: &str = "cheaper than others when the pool was full";
pub(super) const TOO_OLD: &str =
    "it, or what its author wrote before it, waited too long for a block";

// Whose accounts the blocks that came and went have changed.
fn touched(change: &Change) -> BTreeSet<Address> {
    let mut touched = BTreeSet::new();
    let mut note = |author: Address, action: &Action| {
        touched.insert(author);
        if let Action::Transfer(transfer) = action {
            touched.insert(transfer.to);
        }
    };
    for block in &change.connected {
        let transactions = block.transactions().iter();
        transactions.for_each(|checked| note(checked.author(), &checked.get().action));
    }
    for block in &change.disconnected {
        let transactions = block.transactions.iter();
        transactions.for_each(|gone| note(gone.author.address(), &gone.action));
    }
    touched.extend(change.connected.iter().map(|block| block.coinbase().miner));
    touched.extend(change.disconnected.iter().map(|block| block.coinbase.miner));
    touched
}

/// Why a transaction does not wait here. No fault of the peer that sent it: its
/// pool or its chain may be another.
#[derive(Debug)]
pub(super) enum NotAdmitted {
    Pool(PoolError),
    Ledger(RuleError),
}

impl From<PoolError> for NotAdmitted {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}

impl From<RuleError> for NotAdmitted {
    fn from(rule: RuleError) -> Self {
        Self::Ledger(rule)
    }
}
