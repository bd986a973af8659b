//! What the page knows: one value that `reduce` alone changes. Lists are shared
//! (`Rc`), so that a copy is cheap and a component can see that nothing changed.

mod notes;
mod own_transactions;
mod passed;

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use tablon_core::hash::{PeerId, TxId};
use tablon_core::keys::Address;
use tablon_core::units::{Height, Millis};
use tablon_core::view::{AccountView, BlockView, PeerView, Status, SyncProgress};

pub(crate) use notes::{
    Held, NOTES_KEPT, NOTES_MOST, Note, Notes, Standing, Thread, oldest_first, threads, topics,
};
pub(crate) use own_transactions::{
    NEWS_KEPT, News, OWN_KEPT, OwnTransactionEvent, OwnTransactions, concerns,
};

pub(crate) use passed::{Passed, Passing};

use crate::threads::{Notice, OverBudget, RelayState, WalletState};

/// Blocks of the best chain kept for the strip.
pub(crate) const BLOCKS_KEPT: usize = 64;
/// Notices kept.
pub(crate) const NOTICES_KEPT: usize = 20;
/// Departed peers remembered with their reason.
pub(crate) const GONE_KEPT: usize = 5;
/// Samples of the hash rate: two minutes at one every two seconds.
pub(crate) const RATES_KEPT: usize = 60;
/// Milliseconds between two samples of the hash rate.
pub(crate) const RATE_EVERY: u64 = 2_000;
/// Participants known by name: more than any room has (200 bytes each: 400 KB).
pub(crate) const PEOPLE_KEPT: usize = 2_000;
/// Notes asked for again one by one; with more, the newest are all asked for.
pub(crate) const TIPPED_KEPT: usize = 32;
/// A branch that lost is shown until the chain is this much above the fork.
pub(crate) const FORK_SHOWN: u32 = 8;

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    /// The node as it last said, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// The wallet, once the node has said how it is.
    pub(crate) wallet: Option<WalletState>,
    /// Posts, pending and confirmed.
    pub(crate) notes: Rc<Notes>,
    /// Transactions other than posts that concern the wallet.
    pub(crate) own_transactions: Rc<OwnTransactions>,
    /// Participants, in the order of their addresses, at most [`PEOPLE_KEPT`].
    pub(crate) people: Rc<Vec<AccountView>>,
    /// Counts up whenever participants came, left or took another name.
    pub(crate) people_due: u32,
    /// Notes whose tips have changed and which should be asked for again, at
    /// most [`TIPPED_KEPT`].
    pub(crate) tipped: Rc<BTreeSet<TxId>>,
    /// Transactions that came loose by the reorganisation whose tip is told next.
    pub(crate) loosened: Rc<Vec<TxId>>,
    /// Newest blocks of the best chain, newest first, without gaps.
    pub(crate) blocks: Rc<VecDeque<Rc<BlockView>>>,
    /// The last branch that lost, while it is worth showing.
    pub(crate) fork: Option<Rc<Fork>>,
    /// Neighbours, in the order in which they came.
    pub(crate) peers: Rc<Vec<PeerView>>,
    /// Blocks and posts that came and went on.
    pub(crate) passed: Rc<Passed>,
    /// Counts up whenever the tree of branches may have changed.
    pub(crate) branches_due: u32,
    /// Neighbours that went, newest first, and why.
    pub(crate) gone: Rc<VecDeque<(PeerId, String)>>,
    /// The relay; unknown until the node has tried it.
    pub(crate) relay: Option<RelayState>,
    /// What happened to the node, newest first.
    pub(crate) notices: Rc<VecDeque<Happening>>,
    /// Why the node cannot run, and whether it is being started again.
    pub(crate) fatal: Option<(String, bool)>,
    /// The store has reached its budget of disk, and the person is asked.
    pub(crate) over_budget: Option<OverBudget>,
    /// Features that this browser lacks.
    pub(crate) unsupported: Rc<Vec<String>>,
    /// Own hash rate, oldest first.
    pub(crate) rates: Rc<Rates>,
    /// How the fetching goes, while it does.
    pub(crate) sync: Option<SyncTrack>,
    /// Counts up whenever notes may have been missed and should be asked for.
    pub(crate) missed: u32,
    /// Counts up whenever the node (re)starts and everything should be asked for.
    pub(crate) starts: u32,
    /// Number of the next notice.
    pub(crate) next_notice: u32,
}

/// A lag that is caught up within this time is not worth a word, milliseconds.
const SYNC_WORTH_A_WORD: u64 = 2_000;
/// Nor is one of so few blocks, however long a slow peer takes.
const SYNC_FEW: u32 = 3;
/// One of so many is, at once.
pub(crate) const SYNC_MANY: u32 = 64;

impl SyncTrack {
    fn is_worth_a_word(&self, want: Height) -> bool {
        let blocks = want.above(self.from);
        let long = self.seen.since(self.since) >= SYNC_WORTH_A_WORD;
        blocks > SYNC_MANY || (blocks > SYNC_FEW && long)
    }
}

impl State {
    /// The fetching, while it is worth a word.
    pub(crate) fn fetching(&self) -> Option<SyncProgress> {
        let sync = self.status.as_ref()?.sync;
        self.sync?.is_worth_a_word(sync.want).then_some(sync)
    }

    /// Height of the tip as far as the page has seen it.
    pub(crate) fn height(&self) -> Height {
        let seen = self.blocks.front().map_or(Height(0), |block| block.index);
        let said = self
            .status
            .as_ref()
            .map_or(Height(0), |status| status.height);
        seen.max(said)
    }
}

/// A branch that lost to a heavier one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fork {
    /// The last block that both branches share.
    pub(crate) at: Height,
    /// The losing blocks that the page had, newest first.
    pub(crate) blocks: Vec<Rc<BlockView>>,
}

/// Something that the person should know, until dismissed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    /// To dismiss it by.
    pub(crate) number: u32,
    /// When the page heard of it.
    pub(crate) at: Millis,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// To the node itself.
    Node(Notice),
    /// The chain was reorganised.
    Reorganised {
        /// Blocks taken off.
        blocks: u32,
        /// Notes that came loose and wait again.
        loosened: u32,
    },
}

/// The node's hash rate over the last two minutes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rates {
    /// At most [`RATES_KEPT`], oldest first.
    pub(crate) samples: VecDeque<u64>,
    /// When the last was taken.
    pub(crate) last: Millis,
}

/// Where the fetching began, to tell whether it is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyncTrack {
    /// When it was first seen.
    pub(crate) since: Millis,
    /// Blocks held then.
    pub(crate) from: Height,
    /// When it was last seen.
    pub(crate) seen: Millis,
}

/// The wallet's own address, once the node has started.
pub(crate) fn own_address(status: Option<&Rc<Status>>) -> Option<Address> {
    status.map(|status| status.address)
}
