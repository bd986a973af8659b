//! How the page's state follows the node: pure, no browser in it.

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::hash::{BlockHash, TxId};
use tablon_core::units::{Height, Millis};
use tablon_core::view::{BlockView, Delta, NoteView, PeerView, Status, TransactionView};
use yew::Reducible;

use super::state::{
    BLOCKS_KEPT, FORK_SHOWN, Fork, GONE_KEPT, Happening, NOTES_KEPT, NOTES_MOST, NOTICES_KEPT,
    Note, Notes, RATE_EVERY, RATES_KEPT, Standing, State, SyncTrack, What, oldest_first,
};
use crate::client::Event;
use crate::threads::Notice;

/// What can happen to the state.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// The node said so, in this order.
    Events {
        /// When the page read them.
        now: Millis,
        /// What it said.
        events: Vec<Event>,
    },
    /// Answer to a `Chain` for the newest blocks, oldest first.
    Chain(Vec<BlockView>),
    /// Answer to a `Notes` for the newest ones (or for those before the oldest held).
    Notes {
        /// Newest first.
        notes: Vec<NoteView>,
        /// As many as were asked for.
        limit: u32,
        /// Whether they were asked for by paging back.
        older: bool,
    },
    /// Answer to a `Pending`.
    Pending(Vec<TransactionView>),
    /// Answer to a `Peers`.
    Peers(Vec<PeerView>),
    /// The person has read the notice.
    Dismiss(u32),
    /// The person has read why the post was dropped.
    Forget(TxId),
    /// The person is back at the top: what paging brought may go.
    BackAtTop,
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        state.apply(action);
        Rc::new(state)
    }
}

impl State {
    /// Follow one action.
    pub(crate) fn apply(&mut self, action: Action) {
        match action {
            Action::Events { now, events } => {
                for event in events {
                    self.event(now, event);
                }
            }
            Action::Chain(blocks) => {
                let blocks = blocks.into_iter().rev().take(BLOCKS_KEPT).map(Rc::new);
                let blocks: VecDeque<_> = blocks.collect();
                if blocks.front().map(|b| b.index) >= self.blocks.front().map(|b| b.index) {
                    self.blocks = Rc::new(blocks);
                }
            }
            Action::Notes {
                notes,
                limit,
                older,
            } => {
                let held = Rc::make_mut(&mut self.notes);
                if (notes.len() as u64) < u64::from(limit) {
                    held.complete = true;
                }
                held.paged |= older;
                for note in notes {
                    let standing = Standing::Pinned {
                        height: note.height,
                        place: note.place,
                    };
                    held.put(note.post, standing);
                }
                held.trim();
            }
            Action::Pending(posts) => {
                let held = Rc::make_mut(&mut self.notes);
                held.forget_pending_except(&posts);
                // The node gives the best stamp first; by time they read better.
                let mut notes: Vec<_> = posts.into_iter().map(as_by_its_clock).collect();
                oldest_first(&mut notes);
                for note in notes {
                    held.pend(note.post.clone(), false);
                }
                held.trim();
            }
            Action::Peers(peers) => self.peers = Rc::new(peers),
            Action::Dismiss(number) => {
                Rc::make_mut(&mut self.notices).retain(|notice| notice.number != number);
            }
            Action::Forget(id) => {
                Rc::make_mut(&mut self.notes).by_id.remove(&id);
            }
            Action::BackAtTop => {
                if self.notes.paged {
                    let held = Rc::make_mut(&mut self.notes);
                    held.paged = false;
                    held.trim();
                }
            }
        }
    }

    fn event(&mut self, now: Millis, event: Event) {
        match event {
            Event::Started { status, .. } => {
                // A worker that was started again may hold another chain.
                self.notes = Rc::default();
                self.blocks = Rc::default();
                self.peers = Rc::default();
                self.fork = None;
                self.fatal = None;
                self.starts += 1;
                self.status(now, status);
            }
            Event::Show(delta) => self.show(now, delta),
            Event::Relay(relay) => self.relay = Some(relay),
            Event::Notice(notice) => self.happened(now, What::Node(notice)),
            Event::Fatal { reason, retry } => self.fatal = Some((reason, retry)),
            Event::Unsupported(missing) => self.unsupported = Rc::new(missing),
        }
    }

    fn show(&mut self, now: Millis, delta: Delta) {
        match delta {
            Delta::Status(status) => self.status(now, status),
            Delta::Tip {
                fork,
                disconnected,
                connected,
                ..
            } => self.tip(now, fork, &disconnected, connected),
            Delta::Post { post, loosened } => {
                let held = Rc::make_mut(&mut self.notes);
                if !post.own && !loosened && !held.by_id.contains_key(&post.id) {
                    held.heard += 1;
                }
                held.pend(post, loosened);
                held.trim();
            }
            Delta::Dropped { id, reason } => {
                Rc::make_mut(&mut self.notes).dropped(id, reason);
            }
            Delta::Peer(peer) => {
                let peers = Rc::make_mut(&mut self.peers);
                match peers.iter_mut().find(|held| held.id == peer.id) {
                    Some(held) => *held = peer,
                    None => peers.push(peer),
                }
            }
            Delta::PeerGone { id, reason } => {
                Rc::make_mut(&mut self.peers).retain(|peer| peer.id != id);
                let gone = Rc::make_mut(&mut self.gone);
                gone.retain(|(held, _)| *held != id);
                gone.push_front((id, reason));
                gone.truncate(GONE_KEPT);
            }
        }
    }

    fn status(&mut self, now: Millis, status: Box<Status>) {
        self.sync = status.sync.syncing.then(|| {
            let mut track = self.sync.unwrap_or(SyncTrack {
                since: now,
                from: status.sync.have,
                seen: now,
            });
            track.seen = now;
            track
        });
        if now.since(self.rates.last) >= RATE_EVERY {
            let rates = Rc::make_mut(&mut self.rates);
            rates.last = now;
            rates.samples.push_back(status.mining.hashrate);
            while rates.samples.len() > RATES_KEPT {
                rates.samples.pop_front();
            }
        }
        self.status = Some(Rc::new(*status));
    }

    fn tip(
        &mut self,
        now: Millis,
        fork: Height,
        disconnected: &[BlockHash],
        connected: Vec<BlockView>,
    ) {
        let blocks = Rc::make_mut(&mut self.blocks);
        let lost: Vec<_> = blocks
            .iter()
            .filter(|block| block.index > fork)
            .cloned()
            .collect();
        blocks.retain(|block| block.index <= fork);

        let notes = Rc::make_mut(&mut self.notes);
        let loosened = notes.loosen_above(fork);
        let mut heard = 0;
        for block in &connected {
            for (place, post) in block.transactions.iter().enumerate() {
                heard += u64::from(!post.own && !notes.by_id.contains_key(&post.id));
                let standing = Standing::Pinned {
                    height: block.index,
                    place: place as u32,
                };
                notes.put(post.clone(), standing);
            }
        }
        let still_loose = loosened
            .iter()
            .filter(|id| {
                matches!(
                    notes.by_id.get(id).map(|n| &n.standing),
                    Some(Standing::Pending { .. })
                )
            })
            .count() as u32;
        notes.heard += heard;
        notes.trim();

        let first = connected.first().map(|block| block.index);
        if let Some(first) = first
            && blocks.front().is_some_and(|tip| tip.index.next() != first)
        {
            // More came at once than one message shows.
            blocks.clear();
            self.missed += 1;
        }
        for block in connected {
            blocks.push_front(Rc::new(block));
        }
        blocks.truncate(BLOCKS_KEPT);
        let height = blocks.front().map_or(fork, |block| block.index);

        if !disconnected.is_empty() {
            self.fork = (!lost.is_empty()).then(|| {
                Rc::new(Fork {
                    at: fork,
                    blocks: lost,
                })
            });
            self.happened(
                now,
                What::Reorganised {
                    blocks: disconnected.len() as u32,
                    loosened: still_loose,
                },
            );
        } else if let Some(held) = &self.fork
            && height.above(held.at) > FORK_SHOWN + held.blocks.len() as u32
        {
            self.fork = None;
        }
    }

    fn happened(&mut self, at: Millis, what: What) {
        let notices = Rc::make_mut(&mut self.notices);
        // A worker that dies again and again is one notice, not twenty.
        let same_kind = |held: &Happening| match (&held.what, &what) {
            (What::Node(a), What::Node(b)) => {
                std::mem::discriminant::<Notice>(a) == std::mem::discriminant(b)
            }
            _ => false,
        };
        notices.retain(|held| !same_kind(held));
        notices.push_front(Happening {
            number: self.next_notice,
            at,
            what,
        });
        self.next_notice += 1;
        notices.truncate(NOTICES_KEPT);
    }
}

impl Notes {
    fn put(&mut self, post: TransactionView, standing: Standing) {
        let id = post.id;
        let same = |held: &Rc<Note>| held.standing == standing && held.post == post;
        if !self.by_id.get(&id).is_some_and(same) {
            self.by_id.insert(id, Rc::new(Note { post, standing }));
        }
    }

    fn pend(&mut self, post: TransactionView, loosened: bool) {
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

    /// What was pinned above `fork` waits again; its ids.
    fn loosen_above(&mut self, fork: Height) -> Vec<TxId> {
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
            self.pend(note.post.clone(), true);
        }
        above.iter().map(|note| note.post.id).collect()
    }

    fn dropped(&mut self, id: TxId, reason: String) {
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

    fn forget_pending_except(&mut self, posts: &[TransactionView]) {
        self.by_id.retain(|id, note| {
            !matches!(note.standing, Standing::Pending { .. })
                || posts.iter().any(|post| post.id == *id)
        });
    }

    /// Keep to the bound; the oldest go, and paging brings them back.
    fn trim(&mut self) {
        let most = if self.paged { NOTES_MOST } else { NOTES_KEPT };
        if self.by_id.len() <= most {
            return;
        }
        let mut notes: Vec<_> = self.by_id.values().cloned().collect();
        oldest_first(&mut notes);
        for note in &notes[..notes.len() - most] {
            self.by_id.remove(&note.post.id);
        }
        self.complete = false;
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

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::hash::MerkleRoot;
    use tablon_core::keys::{Address, PublicKey};
    use tablon_core::units::Timestamp;

    use super::super::state::threads;
    use super::*;

    fn post(number: u32, reply_to: Option<u32>) -> TransactionView {
        let id = |number: u32| {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_le_bytes());
            TxId(id)
        };
        TransactionView {
            id: id(number),
            author: Address([1; 20]),
            key: PublicKey([2; 32]),
            name: String::new(),
            topic: String::new(),
            content: format!("note {number}"),
            reply_to: reply_to.map(id),
            timestamp: Timestamp(number),
            seq: 0,
            stamp_bits: 16,
            own: number == 0,
        }
    }

    fn block(height: u32, branch: u8, posts: &[u32]) -> BlockView {
        let mut hash = [branch; 32];
        hash[..4].copy_from_slice(&height.to_le_bytes());
        BlockView {
            index: Height(height),
            hash: BlockHash(hash),
            previous_hash: BlockHash([0; 32]),
            merkle_root: MerkleRoot([0; 32]),
            version: 1,
            timestamp: Timestamp(height * 15),
            bits: 0x1f00_8000,
            nonce: 0,
            difficulty_bits: 17,
            zero_bits: 17,
            header: String::new(),
            miner: None,
            on_best_chain: true,
            size: 100,
            transactions: posts.iter().map(|n| post(*n, None)).collect(),
        }
    }

    fn tip(fork: u32, disconnected: &[BlockView], connected: Vec<BlockView>) -> Event {
        let last = connected.last().unwrap();
        Event::Show(Delta::Tip {
            fork: Height(fork),
            disconnected: disconnected.iter().map(|block| block.hash).collect(),
            height: last.index,
            hash: last.hash,
            connected,
        })
    }

    fn pending(number: u32) -> Event {
        Event::Show(Delta::Post {
            post: post(number, None),
            loosened: false,
        })
    }

    fn after(events: Vec<Event>) -> State {
        let mut state = State::default();
        state.apply(Action::Events {
            now: Millis(0),
            events,
        });
        state
    }

    fn standing(state: &State, number: u32) -> &Standing {
        &state.notes.by_id[&post(number, None).id].standing
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_note_is_pinned_comes_loose_and_is_pinned_again() {
        let losing = block(1, 1, &[7]);
        let mut state = after(vec![pending(7), tip(0, &[], vec![losing.clone()])]);
        let pinned = |height| Standing::Pinned {
            height: Height(height),
            place: 0,
        };
        assert_eq!(*standing(&state, 7), pinned(1));

        state.apply(Action::Events {
            now: Millis(1),
            events: vec![tip(0, &[losing], vec![block(1, 2, &[]), block(2, 2, &[])])],
        });
        assert!(matches!(
            standing(&state, 7),
            Standing::Pending { loosened: true, .. }
        ));
        assert_eq!(state.fork.as_ref().unwrap().blocks.len(), 1);
        assert!(matches!(
            state.notices[0].what,
            What::Reorganised {
                blocks: 1,
                loosened: 1
            }
        ));

        state.apply(Action::Events {
            now: Millis(2),
            events: vec![tip(2, &[], vec![block(3, 2, &[7])])],
        });
        assert_eq!(*standing(&state, 7), pinned(3));
        assert_eq!(state.height(), Height(3));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_losing_branch_is_shown_until_it_is_buried() {
        let losing = block(1, 1, &[]);
        let mut state = after(vec![
            tip(0, &[], vec![losing.clone()]),
            tip(0, &[losing], vec![block(1, 2, &[]), block(2, 2, &[])]),
        ]);
        for height in 3..=9 {
            assert!(state.fork.is_some());
            let events = vec![tip(height - 1, &[], vec![block(height, 2, &[])])];
            state.apply(Action::Events {
                now: Millis(0),
                events,
            });
        }
        assert!(state.fork.is_some());
        state.apply(Action::Events {
            now: Millis(0),
            events: vec![tip(9, &[], vec![block(10, 2, &[])])],
        });
        assert!(state.fork.is_none());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_leap_of_the_chain_asks_for_what_was_missed() {
        let state = after(vec![
            tip(0, &[], vec![block(1, 1, &[])]),
            tip(1, &[], vec![block(100, 1, &[]), block(101, 1, &[])]),
        ]);
        assert_eq!(state.missed, 1);
        let heights: Vec<_> = state.blocks.iter().map(|block| block.index.0).collect();
        assert_eq!(heights, [101, 100]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn lists_keep_to_their_bounds() {
        let mut state = after((1..=700).map(pending).collect());
        assert_eq!(state.notes.by_id.len(), NOTES_KEPT);
        assert!(matches!(standing(&state, 700), Standing::Pending { .. }));
        for height in 1..200 {
            let events = vec![tip(height - 1, &[], vec![block(height, 1, &[])])];
            state.apply(Action::Events {
                now: Millis(0),
                events,
            });
        }
        assert_eq!(state.blocks.len(), BLOCKS_KEPT);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn paging_back_holds_more_until_one_is_back_at_the_top() {
        let note = |number: u32| NoteView {
            height: Height(number),
            place: 0,
            post: post(number, None),
        };
        let mut state = State::default();
        for (page, older) in [(3, false), (2, true), (1, true)] {
            state.apply(Action::Notes {
                notes: (0..400).map(|n| note(page * 1_000 - n)).collect(),
                limit: 400,
                older,
            });
        }
        assert_eq!(state.notes.by_id.len(), 1_200);
        assert!(!state.notes.complete);
        state.apply(Action::BackAtTop);
        assert_eq!(state.notes.by_id.len(), NOTES_KEPT);
        assert_eq!(state.notes.oldest(), Some((Height(1_901), 0)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_dropped_post_stays_for_its_author_alone() {
        let mut state = after(vec![pending(0), pending(1)]);
        let dropped = |number| {
            Event::Show(Delta::Dropped {
                id: post(number, None).id,
                reason: "too old".to_owned(),
            })
        };
        state.apply(Action::Events {
            now: Millis(0),
            events: vec![dropped(0), dropped(1)],
        });
        assert!(matches!(standing(&state, 0), Standing::Dropped { .. }));
        assert_eq!(state.notes.by_id.len(), 1);
        state.apply(Action::Forget(post(0, None).id));
        assert!(state.notes.by_id.is_empty());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn answers_fold_under_their_first_note_and_lift_it() {
        let mut state = after(vec![pending(1), pending(2)]);
        let answer = |number, to| {
            Event::Show(Delta::Post {
                post: post(number, Some(to)),
                loosened: false,
            })
        };
        state.apply(Action::Events {
            now: Millis(0),
            events: vec![answer(3, 1), answer(4, 3), answer(5, 99)],
        });
        let shape: Vec<Vec<u32>> = threads(&state.notes)
            .iter()
            .map(|thread| {
                std::iter::once(&thread.root)
                    .chain(&thread.replies)
                    .map(|note| note.post.timestamp.0)
                    .collect()
            })
            .collect();
        assert_eq!(shape, [vec![5], vec![1, 3, 4], vec![2]]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_worker_that_dies_twice_is_one_notice() {
        let died = || {
            Event::Notice(Notice::NodeRestarted {
                reason: "unreachable".to_owned(),
            })
        };
        let state = after(vec![died(), died()]);
        assert_eq!(state.notices.len(), 1);
    }
}
