//! Which posts of others came while their network was not shown.

use std::cell::RefCell;
use std::collections::BTreeSet;

use tablon_core::command::{Command, MAX_PAGE, Reply};
use tablon_core::hash::TxId;
use tablon_core::units::Height;
use tablon_core::view::{BlockView, Kind, Status, TransactionView};

use crate::client::Client;

/// Posts counted, at most: 32 KB a network, and more is no news to anybody.
pub(super) const MOST: usize = 999;

/// What is unread of one network.
#[derive(Debug, Default)]
pub(super) struct Unread {
    shown: bool,
    /// Height up to which the chain has been seen.
    seen: Height,
    /// At most [`MOST`].
    new: BTreeSet<TxId>,
    /// Posts that waited for a block when another network came to be shown, at
    /// most [`MAX_PAGE`].
    read: BTreeSet<TxId>,
    /// Blocks came of which not all were shown: the node must be asked.
    gap: bool,
    syncing: bool,
    counting: bool,
}

impl Unread {
    /// Not shown, and seen up to this height.
    pub(super) fn above(seen: u32) -> Self {
        Self {
            seen: Height(seen),
            gap: true,
            // Until its node says otherwise.
            syncing: true,
            ..Self::default()
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.new.len() as u32
    }

    /// It is shown: nothing is unread.
    pub(super) fn show(&mut self) {
        self.shown = true;
        self.gap = false;
        self.new.clear();
        self.read.clear();
    }

    /// It is shown no longer.
    pub(super) fn hide(&mut self) {
        self.shown = false;
    }

    /// The chain ends at this height; gives whether that is seen for the first time.
    pub(super) fn saw(&mut self, height: u32) -> bool {
        let news = self.shown && self.seen != Height(height);
        if news {
            self.seen = Height(height);
        }
        news
    }

    /// These waited for a block while it was shown.
    pub(super) fn read(&mut self, waiting: Vec<TransactionView>) {
        if !self.shown {
            let ids = waiting.into_iter().map(|post| post.id);
            self.read = ids.take(MAX_PAGE as usize).collect();
        }
    }

    pub(super) fn status(&mut self, status: &Status) {
        self.syncing = status.sync.syncing;
    }

    /// A post came to wait for a block. One that a reorganisation loosened was
    /// there before.
    pub(super) fn posted(&mut self, post: &TransactionView, loosened: bool) {
        if !loosened {
            self.add(post);
        }
    }

    pub(super) fn dropped(&mut self, id: &TxId) {
        self.new.remove(id);
    }

    /// The chain goes on above `fork`, by these blocks and perhaps by earlier
    /// ones that are not shown.
    pub(super) fn connected(&mut self, fork: Height, blocks: &[BlockView]) {
        self.gap |= !self.shown
            && blocks
                .first()
                .is_some_and(|block| block.index != fork.next());
        let seen = self.seen;
        for block in blocks.iter().filter(|block| block.index > seen) {
            block.transactions.iter().for_each(|post| self.add(post));
        }
    }

    fn add(&mut self, post: &TransactionView) {
        let news = !self.shown && !post.own && post.kind == Kind::Post;
        if news && self.new.len() < MOST && !self.read.contains(&post.id) {
            self.new.insert(post.id);
        }
    }

    /// Whether it is time for [`count`]; says so once.
    pub(super) fn wants_a_count(&mut self) -> bool {
        let wants = self.gap && !self.shown && !self.syncing && !self.counting;
        if wants {
            self.gap = false;
            self.counting = true;
        }
        wants
    }
}

/// Ask the node for the posts above the last height seen, newest first.
pub(super) async fn count(client: &Client, unread: &RefCell<Unread>) {
    let mut before = None;
    loop {
        let limit = MAX_PAGE;
        let notes = match client.call(Command::Notes { before, limit }).await {
            Ok(Reply::Notes(notes)) => notes,
            // The node died; it is asked again when it has started again.
            _ => {
                unread.borrow_mut().gap = true;
                break;
            }
        };
        let mut unread = unread.borrow_mut();
        let seen = unread.seen;
        for note in notes.iter().filter(|note| note.height > seen) {
            unread.add(&note.post);
        }
        let more = notes.len() == limit as usize && unread.new.len() < MOST && !unread.shown;
        before = notes.last().map(|note| (note.height, note.place));
        if !more || before.is_none_or(|(height, _)| height <= seen) {
            break;
        }
    }
    unread.borrow_mut().counting = false;
}
