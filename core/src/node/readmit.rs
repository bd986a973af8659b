//! What waited or was mined before and waits again: read from disk at the start, or out
//! of blocks that a reorganisation took off.

use std::collections::BTreeMap;

use super::Node;
use super::own::{Coins, act_alone};
use super::pool::{CHEAPER, TOO_OLD};
use crate::keys::Address;
use crate::ledger::Account;
use crate::mempool::{Added, Origin, PoolError};
use crate::rules::CheckedTransaction;
use crate::store::{Durability, StoreError, Waits, Whose};
use crate::transaction::Action;
use crate::units::{Height, Millis};

/// Turns in which what came back is looked through: each takes in what needs what the
/// one before took in.
const MAX_TURNS: usize = 16;

/// What became of transactions that were mined once, or waited before.
#[derive(Debug, Default)]
pub(super) struct Readmitted {
    /// They wait again.
    pub(super) ready: Vec<CheckedTransaction>,
    /// They do not, and why.
    pub(super) refused: Vec<(CheckedTransaction, String)>,
    /// Others that left for them.
    pub(super) evicted: Vec<CheckedTransaction>,
}

impl Node {
    /// Waiting posts of before: those that the rules still allow. The others were
    /// replaced by a block or a better one while this node was away, or grew old.
    pub(super) fn load_pending(&mut self) -> Result<(), StoreError> {
        self.mempool.set_own(self.me());
        let mut waiting = Vec::new();
        let mut refused = Vec::new();
        for (transaction, waits) in self.chain.read()?.waiting()? {
            let id = transaction.id();
            let Ok(checked) = self.check(transaction) else {
                refused.push(id);
                continue;
            };
            // A block taken off in the moment before the node was killed: it waits
            // from now on. A clock that was set back makes nothing wait longer.
            let waits = waits.unwrap_or(Waits {
                since: self.now.timestamp(),
                whose: Whose::Strangers,
            });
            if waits.whose == Whose::Own {
                self.mempool.set_own(checked.author());
            }
            waiting.push((checked, Millis::from(waits.since).min(self.now)));
        }
        waiting.sort_by_key(|(checked, _)| checked.get().seq);
        let lifetime = self.mempool.lifetime_ms();
        let (old, waiting) = waiting
            .into_iter()
            .partition::<Vec<_>, _>(|(_, since)| self.now.since(*since) >= lifetime);
        if !refused.is_empty() && !self.store_failed() {
            self.chain.store().write(Durability::Deferred, |tables| {
                refused.iter().try_for_each(|id| tables.remove_pending(*id))
            })?;
        }
        self.forget(old.into_iter().map(|(old, _)| old).collect(), TOO_OLD)?;
        let readmitted = self.readmit(waiting)?;
        for (checked, reason) in readmitted.refused {
            self.forget(vec![checked], &reason)?;
        }
        self.forget(readmitted.evicted, CHEAPER)
    }

    // Take back what was here before, each at its turn and what the ledger takes; what
    // needs another of them comes after it. What is left stands apart if there is room.
    pub(super) fn readmit(
        &mut self,
        returning: Vec<(CheckedTransaction, Millis)>,
    ) -> Result<Readmitted, StoreError> {
        let views = self.chain.read()?;
        let height = self.chain.tip().height.next();
        let mut done = Readmitted::default();
        // Each author's account after what of it waits in turn: looked through once, not
        // again for each of the thousands that a deep reorganisation brings back.
        let mut accounts: BTreeMap<Address, Account> = BTreeMap::new();
        let (mut kept, mut left) = (Vec::new(), returning);
        for _ in 0..MAX_TURNS {
            let before = left.len();
            for (checked, since) in std::mem::take(&mut left) {
                let author = checked.author();
                let mut account = match accounts.remove(&author) {
                    Some(account) => account,
                    None => self.account_with(&views, author, Coins::WithIncoming)?,
                };
                self.advance(author, height, &mut account);
                let next = views.next_seq(author)?;
                let stands = checked.get().seq <= account.next_seq
                    && act_alone(author, &mut account.clone(), height, checked.get()).is_ok();
                accounts.insert(author, account);
                if !stands {
                    left.push((checked, since));
                    continue;
                }
                match (self.mempool).add(checked.clone(), next, Origin::Reorg, since) {
                    Ok(Added::Ready(evicted)) => {
                        if let Action::Transfer(transfer) = &checked.get().action
                            && transfer.to != author
                            && let Some(payee) = accounts.get_mut(&transfer.to)
                        {
                            payee.balance = payee.balance.saturating_add(transfer.amount);
                        }
                        done.evicted.extend(evicted);
                        kept.push((checked.clone(), since));
                        done.ready.push(checked);
                    }
                    Ok(Added::Apart) | Err(PoolError::Known(_)) => {}
                    Err(error) => done.refused.push((checked, error.to_string())),
                }
            }
            if left.len() == before {
                break;
            }
        }
        let mut lost = Vec::new();
        for (checked, since) in left {
            let author = checked.author();
            let missing = self.mempool.free_number(author, views.next_seq(author)?);
            let stands = self.would_stand(&views, checked.get(), Coins::WithIncoming)?;
            match self.mempool.set_apart(checked.clone(), missing, since) {
                Ok(()) if self.mempool.is_own(author) => kept.push((checked, since)),
                Ok(()) => lost.push(checked.id()),
                Err(error) => {
                    let reason = stands
                        .err()
                        .map_or(error.to_string(), |rule| rule.to_string());
                    done.refused.push((checked, reason));
                }
            }
        }
        drop(views);
        if !self.store_failed() {
            self.keep_waiting(&kept, Durability::Deferred)?;
        }
        self.remove_rows(&lost)?;
        Ok(done)
    }

    // The account after what of its owner waits in turn.
    pub(super) fn advance(&self, author: Address, height: Height, account: &mut Account) {
        let waiting = self.mempool.from_number(author, account.next_seq);
        for transaction in waiting.map(CheckedTransaction::get) {
            if transaction.seq != account.next_seq
                || act_alone(author, account, height, transaction).is_err()
            {
                return;
            }
        }
    }
}
