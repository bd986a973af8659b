//! Posts: where each stands, and how they make threads.

use std::collections::HashMap;
use std::rc::Rc;

use tablon_core::hash::TxId;
use tablon_core::units::Height;
use tablon_core::view::TransactionView;

/// Notes kept while one reads at the top; older ones come by paging.
pub(crate) const NOTES_KEPT: usize = 500;
/// Notes kept at the very most, however far one pages back (4 KiB each: 8 MiB).
pub(crate) const NOTES_MOST: usize = 2_000;

/// A post, or another transaction, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    /// The transaction.
    pub(crate) post: TransactionView,
    /// Pending, pinned or dropped.
    pub(crate) standing: Standing,
}

/// Where a transaction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Waits for a block. `arrival` orders what has no place yet.
    Pending {
        /// Counts up with every transaction that arrives.
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
    /// In a block of a chain that is still being fetched: sound in itself, not
    /// yet checked against the ledger.
    Unverified {
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
            Self::Pinned { height, place } | Self::Unverified { height, place } => {
                (0, height.0.into(), place)
            }
        }
    }
}

/// Sort by place: pinned ones first, then those that wait, as they arrived.
// One function for all lists: each instance of a sort is 10 KB of download.
pub(crate) fn oldest_first(notes: &mut [Rc<Note>]) {
    notes.sort_by_key(|note| note.standing.order());
}

/// Transactions by id. Whoever holds it names the bound.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Held {
    /// Each with where it stands.
    pub(crate) by_id: HashMap<TxId, Rc<Note>>,
    /// Number of the next arrival.
    pub(crate) arrivals: u64,
}

impl Held {
    /// All of them, newest first.
    pub(crate) fn newest_first(&self) -> Vec<Rc<Note>> {
        let mut all: Vec<_> = self.by_id.values().cloned().collect();
        oldest_first(&mut all);
        all.reverse();
        all
    }
}

/// The posts that the page holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Notes {
    /// At most [`NOTES_KEPT`], or [`NOTES_MOST`] after paging back.
    pub(crate) held: Held,
    /// Whether everything down to genesis is held.
    pub(crate) complete: bool,
    /// Whether one has paged back further than [`NOTES_KEPT`].
    pub(crate) paged: bool,
    /// Posts by others that arrived while the page was open: for the live region.
    pub(crate) heard: u64,
    /// The ledger has reached the unverified ones: those that are none of the
    /// notes asked for next go.
    pub(crate) reached: bool,
}

impl Notes {
    /// Place of the oldest confirmed post held: where paging goes on.
    pub(crate) fn oldest(&self) -> Option<(Height, u32)> {
        self.held
            .by_id
            .values()
            .filter_map(|note| match note.standing {
                Standing::Pinned { height, place } => Some((height, place)),
                _ => None,
            })
            .min()
    }
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
    for note in notes.held.by_id.values() {
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
        match root.post.reply_to.and_then(|id| notes.held.by_id.get(&id)) {
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
        .held
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
