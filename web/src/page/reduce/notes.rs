//! Posts as they come, are pinned, come loose and are dropped.

use std::rc::Rc;

use tablon_core::hash::TxId;
use tablon_core::keys::Address;
use tablon_core::units::{Amount, Height};
use tablon_core::view::{NoteView, TransactionView};

use super::super::state::{Held, NOTES_KEPT, NOTES_MOST, Note, Notes, Standing, oldest_first};

impl Held {
    pub(super) fn put(&mut self, post: TransactionView, standing: Standing) {
        let id = post.id;
        let same = |held: &Rc<Note>| held.standing == standing && held.post == post;
        if !self.by_id.get(&id).is_some_and(same) {
            self.by_id.insert(id, Rc::new(Note { post, standing }));
        }
    }

    pub(super) fn pend(&mut self, post: TransactionView, loosened: bool) {
        let arrival = match self.by_id.get(&post.id).map(|held| &held.standing) {
            Some(Standing::Pending { arrival, .. } | Standing::Dropped { arrival, .. }) => *arrival,
            _ => {
                self.arrivals += 1;
                self.arrivals
            }
        };
        let loosened = loosened
            || matches!(
                self.by_id.get(&post.id).map(|held| &held.standing),
                Some(Standing::Pending { loosened: true, .. })
            );
        self.put(post, Standing::Pending { arrival, loosened });
    }

    /// Whether anything is pinned above `height`.
    pub(super) fn reaches_above(&self, height: Height) -> bool {
        let standings = self.by_id.values().map(|held| &held.standing);
        let mut pinned = standings.filter_map(|standing| match standing {
            Standing::Pinned { height, .. } => Some(*height),
            _ => None,
        });
        pinned.any(|pinned| pinned > height)
    }

    /// What was pinned above `fork` waits again; its ids.
    pub(super) fn loosen_above(&mut self, fork: Height) -> Vec<TxId> {
        let mut above: Vec<_> = self
            .by_id
            .values()
            .filter(
                |note| matches!(note.standing, Standing::Pinned { height, .. } if height > fork),
            )
            .cloned()
            .collect();
        oldest_first(&mut above);
        for note in &above {
            let mut post = note.post.clone();
            // Whatever tipped it stood above it.
            post.tips = Amount::ZERO;
            self.pend(post, true);
        }
        above.iter().map(|note| note.post.id).collect()
    }

    /// Whether anything is shown unverified.
    pub(super) fn has_unverified(&self) -> bool {
        let mut held = self.by_id.values();
        held.any(|held| matches!(held.standing, Standing::Unverified { .. }))
    }

    fn forget_unverified(&mut self, but: &[TxId]) {
        self.by_id.retain(|id, held| {
            !matches!(held.standing, Standing::Unverified { .. }) || but.contains(id)
        });
    }

    /// Which of `ids` wait.
    pub(super) fn still_loose(&self, ids: &[TxId]) -> Vec<TxId> {
        let is_loose = |id: &&TxId| {
            let held = self.by_id.get(*id);
            held.is_some_and(|held| matches!(held.standing, Standing::Pending { .. }))
        };
        ids.iter().filter(is_loose).copied().collect()
    }

    /// A waiting one came to nothing: its author should know, nobody else.
    pub(super) fn dropped(&mut self, id: TxId, reason: String) {
        let Some(note) = self.by_id.get(&id) else {
            return;
        };
        let Standing::Pending { arrival, .. } = note.standing else {
            return;
        };
        if note.post.own {
            let post = note.post.clone();
            self.put(post, Standing::Dropped { arrival, reason });
        } else {
            self.by_id.remove(&id);
        }
    }

    /// Everything that waits, as the node lists it; what it does not list is gone.
    pub(super) fn waiting(&mut self, posts: Vec<TransactionView>) {
        self.by_id.retain(|id, note| {
            !matches!(note.standing, Standing::Pending { .. })
                || posts.iter().any(|post| post.id == *id)
        });
        // The node gives the best stamp first; by time they read better.
        let mut notes: Vec<_> = posts.into_iter().map(as_by_its_clock).collect();
        oldest_first(&mut notes);
        for note in notes {
            self.pend(note.post.clone(), false);
        }
    }

    /// Keep to the bound: the oldest go. Whether any did.
    pub(super) fn trim(&mut self, most: usize) -> bool {
        if self.by_id.len() <= most {
            return false;
        }
        let mut notes: Vec<_> = self.by_id.values().cloned().collect();
        oldest_first(&mut notes);
        for note in &notes[..notes.len() - most] {
            self.by_id.remove(&note.post.id);
        }
        true
    }
}

impl Notes {
    pub(super) fn loaded(&mut self, notes: Vec<NoteView>, limit: u32, older: bool) {
        if (notes.len() as u64) < u64::from(limit) {
            self.complete = true;
        }
        self.paged |= older;
        let settled = self.reached && !older;
        for note in notes {
            let standing = Standing::Pinned {
                height: note.height,
                place: note.place,
            };
            self.held.put(note.post, standing);
        }
        if settled {
            self.reached = false;
            self.held.forget_unverified(&[]);
        }
        self.trim();
    }

    /// The newest posts of a chain that is being fetched, in place of those shown
    /// so before. None means that the ledger has reached them: they stay until
    /// the confirmed ones are there, so that nothing flickers. Whether to ask
    /// for those.
    pub(super) fn unverified(&mut self, posts: Vec<NoteView>) -> bool {
        if posts.is_empty() {
            self.reached = self.held.has_unverified();
            return self.reached;
        }
        self.reached = false;
        let ids: Vec<_> = posts.iter().map(|note| note.post.id).collect();
        self.held.forget_unverified(&ids);
        for note in posts {
            let known = self.held.by_id.get(&note.post.id);
            let own_place = known.is_some_and(|held| {
                matches!(
                    held.standing,
                    Standing::Pinned { .. } | Standing::Pending { .. }
                )
            });
            if !own_place {
                let standing = Standing::Unverified {
                    height: note.height,
                    place: note.place,
                };
                self.held.put(note.post, standing);
            }
        }
        self.trim();
        false
    }

    pub(super) fn refreshed(&mut self, note: NoteView) {
        let standing = Standing::Pinned {
            height: note.height,
            place: note.place,
        };
        let held = self.held.by_id.get(&note.post.id);
        // In the meantime it may have come loose.
        if held.is_some_and(|held| held.standing == standing) {
            self.held.put(note.post, standing);
        }
    }

    pub(super) fn arrived(&mut self, post: TransactionView, loosened: bool) {
        if !post.own && !loosened && !self.held.by_id.contains_key(&post.id) {
            self.heard += 1;
        }
        self.held.pend(post, loosened);
        self.trim();
    }

    pub(super) fn pinned(&mut self, post: TransactionView, height: Height, place: u32) {
        self.heard += u64::from(!post.own && !self.held.by_id.contains_key(&post.id));
        self.held.put(post, Standing::Pinned { height, place });
    }

    pub(super) fn waiting(&mut self, posts: Vec<TransactionView>) {
        self.held.waiting(posts);
        self.trim();
    }

    /// From now on `author` is a participant under `name`, or under none.
    pub(super) fn named(&mut self, author: Address, name: Option<&str>) {
        let stale: Vec<_> = self
            .held
            .by_id
            .values()
            .filter(|note| {
                let post = &note.post;
                let joined = !post.name.is_empty() && name == Some(&post.name);
                post.author == author && post.joined != joined
            })
            .cloned()
            .collect();
        for note in stale {
            let mut post = note.post.clone();
            post.joined = !post.joined;
            self.held.put(post, note.standing.clone());
        }
    }

    pub(super) fn back_at_top(&mut self) {
        self.paged = false;
        self.trim();
    }

    /// Keep to the bound; paging brings back what goes.
    pub(super) fn trim(&mut self) {
        let most = if self.paged { NOTES_MOST } else { NOTES_KEPT };
        if self.held.trim(most) {
            self.complete = false;
        }
    }
}

/// A waiting post in the order that its author's clock gives it.
fn as_by_its_clock(post: TransactionView) -> Rc<Note> {
    let standing = Standing::Pending {
        arrival: post.timestamp.0.into(),
        loosened: false,
    };
    Rc::new(Note { post, standing })
}
