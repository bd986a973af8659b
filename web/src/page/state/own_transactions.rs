//! Transactions other than posts that concern the wallet: what it wrote, and
//! what is addressed to it. The ledger has the confirmed ones; here are those
//! that wait, those that came to nothing, and what is worth a word.

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::keys::Address;
use tablon_core::units::Height;
use tablon_core::view::{Kind, TransactionView};

use super::notes::{Held, Note, Standing};

/// Transactions kept: an author has 64 waiting at most, the rest are confirmed ones
/// that a reorganisation might loosen.
pub(crate) const OWN_KEPT: usize = 200;
/// News kept: more at once nobody reads.
pub(crate) const NEWS_KEPT: usize = 3;

/// Whether the page follows it for the owner of `address`.
pub(crate) fn concerns(address: Option<Address>, transaction: &TransactionView) -> bool {
    let is_reader = address.is_some() && transaction.to == address;
    transaction.kind != Kind::Post && (transaction.own || is_reader)
}

/// What concerns the wallet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct OwnTransactions {
    /// At most [`OWN_KEPT`].
    pub(crate) held: Held,
    /// Counts up whenever one of them changes.
    pub(crate) changes: u64,
    /// Newest first, at most [`NEWS_KEPT`].
    pub(crate) news: VecDeque<Rc<News>>,
    /// Number of the next of the news.
    pub(crate) next_news: u32,
}

impl OwnTransactions {
    /// Those of a kind that are in no block, newest first.
    pub(crate) fn unconfirmed(&self, kind: Kind) -> Vec<Rc<Note>> {
        let mut all = self.held.newest_first();
        all.retain(|held| {
            held.post.kind == kind && !matches!(held.standing, Standing::Pinned { .. })
        });
        all
    }
}

/// Something about an affair that is worth a word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct News {
    /// To dismiss it by.
    pub(crate) number: u32,
    /// About what.
    pub(crate) transaction: TransactionView,
    /// What happened.
    pub(crate) what: OwnTransactionEvent,
}

/// What happened to an affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnTransactionEvent {
    /// Somebody sent it.
    Came,
    /// It is in this block.
    Confirmed(Height),
    /// Its block lost to a heavier branch; it waits again.
    Reorg,
    /// It came to nothing, for this reason.
    Dropped(String),
}
