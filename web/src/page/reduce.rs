//! How the page's state follows the node: pure, no browser in it.

mod chain;
mod notes;
mod own_transactions;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::hash::TxId;
use tablon_core::units::Millis;
use tablon_core::view::{AccountView, BlockView, Delta, NoteView, PeerView, Status};
use tablon_core::view::{Kind, TransactionView};
use yew::Reducible;

use super::state::{
    BLOCKS_KEPT, GONE_KEPT, Happening, NOTICES_KEPT, PEOPLE_KEPT, RATE_EVERY, RATES_KEPT, State,
    SyncTrack, What, concerns, own_address,
};
use crate::client::Event;
use crate::threads::Notice;

/// What can happen to the state.
#[allow(
    clippy::large_enum_variant,
    reason = "each is reduced as soon as it is made"
)]
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
    /// These notes are being asked for again.
    Asked(Vec<TxId>),
    /// The answer: a note as it is now.
    Fresh(NoteView),
    /// Answer to a `Pending`.
    Pending(Vec<TransactionView>),
    /// Answer to `Participants`, all pages of it.
    People(Vec<AccountView>),
    /// Answer to a `Peers`.
    Peers(Vec<PeerView>),
    /// The person has read the notice.
    Dismiss(u32),
    /// The person has read the news, or it has stood for long enough.
    Told(u32),
    /// The person has read why the transaction was dropped.
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
            } => Rc::make_mut(&mut self.notes).loaded(notes, limit, older),
            Action::Asked(ids) => {
                let tipped = Rc::make_mut(&mut self.tipped);
                for id in ids {
                    tipped.remove(&id);
                }
            }
            Action::Fresh(note) => Rc::make_mut(&mut self.notes).refreshed(note),
            Action::Pending(waiting) => {
                let me = own_address(self.status.as_ref());
                let (posts, others): (Vec<_>, Vec<_>) = waiting
                    .into_iter()
                    .partition(|transaction| transaction.kind == Kind::Post);
                Rc::make_mut(&mut self.notes).waiting(posts);
                let others = others.into_iter().filter(|other| concerns(me, other));
                Rc::make_mut(&mut self.own_transactions).waiting(others.collect());
            }
            Action::People(mut people) => {
                people.truncate(PEOPLE_KEPT);
                if *self.people != people {
                    self.people = Rc::new(people);
                }
            }
            Action::Peers(peers) => self.peers = Rc::new(peers),
            Action::Dismiss(number) => {
                Rc::make_mut(&mut self.notices).retain(|notice| notice.number != number);
            }
            Action::Told(number) => {
                let own_transactions = Rc::make_mut(&mut self.own_transactions);
                own_transactions.news.retain(|news| news.number != number);
            }
            Action::Forget(id) => {
                Rc::make_mut(&mut self.notes).held.by_id.remove(&id);
                let own_transactions = Rc::make_mut(&mut self.own_transactions);
                own_transactions.forget(id);
                own_transactions
                    .news
                    .retain(|news| news.transaction.id != id);
            }
            Action::BackAtTop => {
                if self.notes.paged {
                    Rc::make_mut(&mut self.notes).back_at_top();
                }
            }
        }
    }

    fn event(&mut self, now: Millis, event: Event) {
        match event {
            Event::Started { status, .. } => {
                // A worker that was started again may hold another chain.
                self.forget_the_chain();
                self.peers = Rc::default();
                self.fatal = None;
                self.starts += 1;
                self.status(now, status);
            }
            Event::Show(delta) => self.show(now, delta),
            Event::Wallet(wallet) => self.wallet = Some(wallet),
            Event::Relay(relay) => self.relay = Some(relay),
            Event::Notice(notice) => self.happened(now, What::Node(notice)),
            Event::Fatal { reason, retry } => self.fatal = Some((reason, retry)),
            Event::OverBudget(over) => self.over_budget = over,
            Event::Unsupported(missing) => self.unsupported = Rc::new(missing),
        }
    }

    fn forget_the_chain(&mut self) {
        self.notes = Rc::default();
        self.own_transactions = Rc::default();
        self.people = Rc::default();
        self.tipped = Rc::default();
        self.loosened = Rc::default();
        self.blocks = Rc::default();
        self.fork = None;
        self.people_due += 1;
        self.branches_due += 1;
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
            Delta::Post { post, loosened } => self.arrived(post, loosened),
            Delta::Dropped { id, reason } => {
                if self.own_transactions.held.by_id.contains_key(&id) {
                    Rc::make_mut(&mut self.own_transactions).dropped(id, reason);
                } else if self.notes.held.by_id.contains_key(&id) {
                    Rc::make_mut(&mut self.notes).held.dropped(id, reason);
                }
            }
            Delta::Branch { .. } => self.branches_due += 1,
            Delta::Unverified { posts } => {
                let ask = Rc::make_mut(&mut self.notes).unverified(posts);
                self.missed += u32::from(ask);
            }
            Delta::Passed { what, from, to } => {
                Rc::make_mut(&mut self.passed).note(what, from, to);
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

    /// A transaction that waits: posts are for the board, the rest only for
    /// those whom it concerns.
    fn arrived(&mut self, transaction: TransactionView, loosened: bool) {
        if loosened {
            Rc::make_mut(&mut self.loosened).push(transaction.id);
        }
        if transaction.kind == Kind::Post {
            Rc::make_mut(&mut self.notes).arrived(transaction, loosened);
        } else if concerns(own_address(self.status.as_ref()), &transaction) {
            Rc::make_mut(&mut self.own_transactions).arrived(transaction, loosened);
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
        if own_address(self.status.as_ref()).is_some_and(|before| before != status.address) {
            // Another identity: what was "own" no longer is.
            self.forget_the_chain();
            self.missed += 1;
        }
        self.status = Some(Rc::new(*status));
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
