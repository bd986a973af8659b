//! What the page knows: one value that `reduce` alone changes. Lists are shared
//! (`Rc`), so that a copy is cheap and a component can see that nothing changed.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use tablon_core::hash::{PeerId, TxId};
use tablon_core::keys::Address;
use tablon_core::units::{Height, Millis};
use tablon_core::view::{BlockView, PeerView, Status, TransactionView};

use crate::threads::{Notice, RelayState};

/// Notes kept while one reads at the top; older ones come by paging.
pub(crate) const NOTES_KEPT: usize = 500;
/// Notes kept at the very most, however far one pages back (4 KiB each: 8 MiB).
pub(crate) const NOTES_MOST: usize = 2_000;
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
/// A branch that lost is shown until the chain is this much above the fork.
pub(crate) const FORK_SHOWN: u32 = 8;

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    /// The node as it last said, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// Posts, pending and confirmed.
    pub(crate) notes: Rc<Notes>,
    /// Newest blocks of the best chain, newest first, without gaps.
    pub(crate) blocks: Rc<VecDeque<Rc<BlockView>>>,
    /// The last branch that lost, while it is worth showing.
    pub(crate) fork: Option<Rc<Fork>>,
    /// Neighbours, in the order in which they came.
    pub(crate) peers: Rc<Vec<PeerView>>,
    /// Neighbours that went, newest first, and why.
    pub(crate) gone: Rc<VecDeque<(PeerId, String)>>,
    /// The relay; unknown until the node has tried it.
    pub(crate) relay: Option<RelayState>,
    /// What happened to the node, newest first.
    pub(crate) notices: Rc<VecDeque<Happening>>,
    /// Why the node cannot run, and whether it is being started again.
    pub(crate) fatal: Option<(String, bool)>,
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

impl SyncTrack {
    /// Whether the fetching should be shown.
    pub(crate) fn is_worth_a_word(&self, want: Height) -> bool {
        want.above(self.from) > SYNC_FEW && self.seen.since(self.since) >= SYNC_WORTH_A_WORD
    }
}

impl State {
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

/// A post and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    /// The post.
    pub(crate) post: TransactionView,
    /// Pending, pinned or dropped.
    pub(crate) standing: Standing,
}

/// Where a post stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Waits for a block. `arrival` orders what has no place yet.
    Pending {
        /// Counts up with every post that arrives.
        arrival: u64,
        /// Whether it was in a block that a heavier branch replaced.
        loosened: bool,
    },
    /// In a block of the best chain.
    Pinned {
        /// Of its block.
        height: Height,
        /// In its block.
        place: u32,
    },
    /// Left the mempool without a block; kept for its author only.
    Dropped {
        /// When it arrived.
        arrival: u64,
        /// Why, for people.
        reason: String,
    },
}

impl Standing {
    /// Newest is greatest: what has no place yet, then by place in the chain.
    pub(crate) fn order(&self) -> (u8, u64, u32) {
        match *self {
            Self::Pending { arrival, .. } | Self::Dropped { arrival, .. } => (1, arrival, 0),
            Self::Pinned { height, place } => (0, height.0.into(), place),
        }
    }
}

/// Sort by place: pinned ones first, then those that wait, as they arrived.
// One function for all lists: each instance of a sort is 10 KB of download.
pub(crate) fn oldest_first(notes: &mut [Rc<Note>]) {
    notes.sort_by_key(|note| note.standing.order());
}

/// The posts that the page holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Notes {
    /// At most [`NOTES_KEPT`], or [`NOTES_MOST`] after paging back.
    pub(crate) by_id: HashMap<TxId, Rc<Note>>,
    /// Whether everything down to genesis is held.
    pub(crate) complete: bool,
    /// Whether one has paged back further than [`NOTES_KEPT`].
    pub(crate) paged: bool,
    /// Number of the next arrival.
    pub(crate) arrivals: u64,
    /// Posts by others that arrived while the page was open: for the live region.
    pub(crate) heard: u64,
}

impl Notes {
    /// Place of the oldest confirmed post held: where paging goes on.
    pub(crate) fn oldest(&self) -> Option<(Height, u32)> {
        self.by_id
            .values()
            .filter_map(|note| match note.standing {
                Standing::Pinned { height, place } => Some((height, place)),
                _ => None,
            })
            .min()
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

/// Where the fetching began, to tell its speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyncTrack {
    /// When it was first seen.
    pub(crate) since: Millis,
    /// Blocks held then.
    pub(crate) from: Height,
    /// When it was last seen.
    pub(crate) seen: Millis,
}

/// A thread: a note and all answers to it and to each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thread {
    /// The note that began it, or the oldest one held.
    pub(crate) root: Rc<Note>,
    /// Answers, oldest first.
    pub(crate) replies: Vec<Rc<Note>>,
}

impl Thread {
    fn newest(&self) -> (u8, u64, u32) {
        let replies = self.replies.iter().map(|note| note.standing.order());
        replies.fold(self.root.standing.order(), Ord::max)
    }
}

/// Answers upon answers are followed up to here; ids are hashes, so there are no
/// cycles, and a longer chain merely starts a thread of its own.
const DEEPEST: usize = 200;

/// The notes as threads, the one with the newest note first.
pub(crate) fn threads(notes: &Notes) -> Vec<Thread> {
    let mut by_root: HashMap<TxId, Thread> = HashMap::new();
    for note in notes.by_id.values() {
        let root = root_of(notes, note);
        let thread = by_root.entry(root.post.id).or_insert_with(|| Thread {
            root: root.clone(),
            replies: Vec::new(),
        });
        if note.post.id != root.post.id {
            thread.replies.push(note.clone());
        }
    }
    let mut threads: Vec<_> = by_root.into_values().collect();
    for thread in &mut threads {
        oldest_first(&mut thread.replies);
    }
    threads.sort_by_cached_key(|thread| std::cmp::Reverse((thread.newest(), thread.root.post.id)));
    threads
}

fn root_of<'a>(notes: &'a Notes, note: &'a Rc<Note>) -> &'a Rc<Note> {
    let mut root = note;
    for _ in 0..DEEPEST {
        match root.post.reply_to.and_then(|id| notes.by_id.get(&id)) {
            Some(parent) => root = parent,
            None => break,
        }
    }
    root
}

/// Topics of the notes held with their counts, most used first.
pub(crate) fn topics(notes: &Notes) -> Vec<(String, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for note in notes
        .by_id
        .values()
        .filter(|note| !note.post.topic.is_empty())
    {
        *counts.entry(&note.post.topic).or_default() += 1;
    }
    let mut topics: Vec<_> = counts
        .into_iter()
        .map(|(topic, n)| (topic.to_owned(), n))
        .collect();
    topics.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    topics
}

/// The wallet's own address, once the node has started.
pub(crate) fn own_address(status: Option<&Rc<Status>>) -> Option<Address> {
    status.map(|status| status.address)
}
