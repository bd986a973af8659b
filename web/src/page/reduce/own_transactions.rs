//! The wallet's own business: joins, transfers and secrets, from sending to
//! the block, and what of it is worth a word.

use std::rc::Rc;

use tablon_core::hash::TxId;
use tablon_core::units::Height;
use tablon_core::view::{Kind, TransactionView};

use super::super::state::{
    NEWS_KEPT, News, OWN_KEPT, OwnTransactionEvent, OwnTransactions, Standing,
};

impl OwnTransactions {
    pub(super) fn arrived(&mut self, transaction: TransactionView, loosened: bool) {
        let known = self.held.by_id.contains_key(&transaction.id);
        // A secret can be read while it waits; coins are not there before the block.
        if !known && !loosened && !transaction.own && transaction.kind == Kind::Secret {
            self.tell(transaction.clone(), OwnTransactionEvent::Came);
        }
        self.held.pend(transaction, loosened);
        self.changed();
    }

    /// It is in a block. `recent` when the block was found just now, not while
    /// an old chain is fetched.
    pub(super) fn pinned(
        &mut self,
        transaction: TransactionView,
        height: Height,
        place: u32,
        recent: bool,
    ) {
        let before = self
            .held
            .by_id
            .get(&transaction.id)
            .map(|held| &held.standing);
        let waited = matches!(
            before,
            Some(Standing::Pending { .. } | Standing::Dropped { .. })
        );
        let new = before.is_none() && recent;
        match transaction.kind {
            Kind::Secret if new && !transaction.own => {
                self.tell(transaction.clone(), OwnTransactionEvent::Came);
            }
            Kind::Secret if !transaction.own => {}
            _ if waited || (new && !transaction.own) => {
                self.tell(transaction.clone(), OwnTransactionEvent::Confirmed(height));
            }
            _ => {}
        }
        self.held
            .put(transaction, Standing::Pinned { height, place });
        self.changed();
    }

    /// What a reorganisation has taken off and not put on again.
    pub(super) fn loosened(&mut self, ids: &[TxId]) {
        for id in self.held.still_loose(ids) {
            if let Some(held) = self.held.by_id.get(&id)
                && held.post.own
            {
                self.tell(held.post.clone(), OwnTransactionEvent::Reorg);
            }
        }
    }

    pub(super) fn dropped(&mut self, id: TxId, reason: String) {
        if let Some(held) = self.held.by_id.get(&id)
            && held.post.own
        {
            self.tell(
                held.post.clone(),
                OwnTransactionEvent::Dropped(reason.clone()),
            );
        }
        self.held.dropped(id, reason);
        self.changed();
    }

    pub(super) fn waiting(&mut self, transactions: Vec<TransactionView>) {
        self.held.waiting(transactions);
        self.changed();
    }

    pub(super) fn forget(&mut self, id: TxId) {
        if self.held.by_id.remove(&id).is_some() {
            self.changed();
        }
    }

    fn changed(&mut self) {
        self.held.trim(OWN_KEPT);
        self.changes += 1;
    }

    fn tell(&mut self, transaction: TransactionView, what: OwnTransactionEvent) {
        // One line about each: the latest.
        self.news
            .retain(|news| news.transaction.id != transaction.id);
        self.news.push_front(Rc::new(News {
            number: self.next_news,
            transaction,
            what,
        }));
        self.next_news += 1;
        self.news.truncate(NEWS_KEPT);
    }
}
