//! Waiting transactions: sent whole along the tree of news and told by name
//! across it, fetched once, dropped when known.

use std::collections::{BTreeMap, BTreeSet};

use super::neighbours::MAX_NEIGHBOURS;
use super::peer::{BUCKET, Greeting, MAX_ANNOUNCED, Peer};
use super::{Fault, Misbehaviour, Node};
use crate::hash::{PeerId, TxId};
use crate::store::{Durability, StoreError};
use crate::transaction::Transaction;
use crate::units::Millis;
use crate::view::News;
use crate::wire::{MAX_IDS, MAX_TRANSACTIONS, Message, TRANSACTIONS_FILL};

/// Transactions asked of one peer and not here yet, at most. What it announces
/// beyond waits its turn, so that a peer that gives nothing holds up itself alone.
const MAX_ASKED: usize = MAX_TRANSACTIONS;
/// Transactions asked for and not here yet, at most.
pub const MAX_WANTED: usize = MAX_NEIGHBOURS * MAX_ASKED;
/// What a transaction that was not asked for costs its sender, units: it may take
/// a signature check.
const UNASKED: u32 = 8;
/// Other peers remembered to have one, at most.
const MAX_OTHERS: usize = 4;
/// An answer takes no longer than this, or another is asked, ms.
const ASK_ANOTHER_MS: u64 = 5_000;
/// Between two pieces of a greeting, ms: [`MAX_IDS`] a second are asked for as
/// fast as they are announced, and leave room for other messages.
const GREET_TIME: u64 = 1_000;
/// What comes by name from a neighbour that was asked for names is given so long
/// to come whole from another, ms: a few round trips.
pub(super) const LAZY: u64 = 300;
/// Neighbours that send news whole, at least. Measured at 100 nodes: with one the
/// median node has a post after 553 ms, with two after 286 ms, for 1.41 and 1.57
/// copies.
const KEPT_WHOLE: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Wanted(BTreeMap<TxId, Request>);

#[derive(Debug)]
struct Request {
    from: PeerId,
    since: Millis,
    others: Vec<PeerId>,
}

impl Wanted {
    // How many each peer is asked for.
    fn asked(&self) -> BTreeMap<PeerId, usize> {
        let mut asked = BTreeMap::new();
        for request in self.0.values() {
            *asked.entry(request.from).or_default() += 1;
        }
        asked
    }

    // When what a peer was asked for is late, and its place free, at the latest.
    fn late(&self, peer: PeerId) -> Option<Millis> {
        let asked = self.0.values().filter(|request| request.from == peer);
        asked
            .map(|request| request.since.plus(ASK_ANOTHER_MS))
            .min()
    }

    // A peer announced it: whether it is to be asked of that peer now.
    fn wants(&mut self, tx: TxId, from: PeerId, now: Millis) -> bool {
        let Some(request) = self.0.get_mut(&tx) else {
            let request = Request {
                from,
                since: now,
                others: Vec::new(),
            };
            self.0.insert(tx, request);
            return true;
        };
        // Asked already, it says again that it has it: when the request came, it
        // stood in a block there that has been taken off since.
        if request.from == from {
            request.since = now;
            return true;
        }
        if !request.others.contains(&from) && request.others.len() < MAX_OTHERS {
            request.others.push(from);
        }
        false
    }
}

impl Node {
    /// Tell neighbours what waits here, those that are new and those that a
    /// reorganisation has left without it, a piece at a time.
    pub(super) fn greet(&mut self) {
        let now = self.now;
        let mut pieces = Vec::new();
        for peer in self.peers.values_mut() {
            let Greeting::From(after, at) = peer.greeting else {
                continue;
            };
            if now < at {
                continue;
            }
            let mut last = None;
            let mut piece = Vec::new();
            for (cursor, id) in self.mempool.after(after) {
                last = Some(cursor);
                if peer.learns(id) {
                    piece.push(id);
                }
                if piece.len() >= MAX_IDS {
                    break;
                }
            }
            peer.greeting = match last {
                Some(_) => Greeting::From(last, now.plus(GREET_TIME)),
                None if std::mem::take(&mut peer.greet_again) => {
                    Greeting::From(None, now.plus(GREET_TIME))
                }
                None => Greeting::Done,
            };
            if !piece.is_empty() {
                pieces.push((peer.id, Message::Inventory(piece)));
            }
        }
        for (id, piece) in pieces {
            self.send(id, &piece);
        }
    }

    /// Begin anew to tell every neighbour what waits here.
    pub(super) fn greet_all(&mut self) {
        for peer in self.peers.values_mut().filter(|peer| peer.is_connected()) {
            peer.greeting = Greeting::From(None, self.now);
        }
    }

    /// Tell every neighbour that is not known to have it. What begins here goes
    /// whole to all: the tree was found by what others began.
    pub(super) fn spread(&mut self, transaction: &Transaction, from: Option<PeerId>) {
        let id = transaction.id();
        let whole = Message::Transactions(vec![transaction.clone()]);
        let name = Message::Inventory(vec![id]);
        let now = self.now;
        let mut to = Vec::new();
        for peer in self.peers.values_mut() {
            if !peer.is_connected() || peer.knows(id) {
                continue;
            }
            let (news, cost) = match peer.pushes || from.is_none() {
                true => (&whole, whole.price() + UNASKED),
                false => (&name, name.price()),
            };
            if peer.may_hear(cost, now) {
                to.push((peer.id, news));
            }
        }
        for (id_of_peer, news) in &to {
            self.peer(*id_of_peer).learns(id);
            self.send(*id_of_peer, news);
        }
        self.show_passed(News::Post, from, to.into_iter().map(|(id, _)| id).collect());
    }

    /// A peer gave whole what was here before: others give it sooner. A few go on
    /// all the same: one that is quickest for one author is not for another.
    pub(super) fn prune(&mut self, id: PeerId) {
        let whole = |peer: &&Peer| peer.is_connected() && !peer.pruned;
        if self.peers.values().filter(whole).count() <= KEPT_WHOLE {
            return;
        }
        let peer = self.peer(id);
        if !peer.pruned {
            peer.pruned = true;
            self.send(id, &Message::Prune);
        }
    }

    /// A peer told by name what nobody gave whole in time.
    pub(super) fn graft(&mut self, id: PeerId) {
        let peer = self.peer(id);
        if peer.pruned {
            peer.pruned = false;
            self.send(id, &Message::Graft);
        }
    }

    pub(super) fn inventory(&mut self, id: PeerId, ids: Vec<TxId>) {
        let now = self.now;
        let peer = self.peer(id);
        let due = if peer.pruned { now.plus(LAZY) } else { now };
        for tx in ids {
            peer.learns(tx);
            if peer.announced.len() < MAX_ANNOUNCED {
                peer.announced.push_back((tx, due));
            }
        }
    }

    /// When the next of what was told by name is asked for. What waits for a place wakes
    /// nobody before one frees: by what comes, or when it is late.
    pub(super) fn announced_due(&self) -> Option<Millis> {
        let announced = |peer: &&Peer| !peer.announced.is_empty();
        if !self.peers.values().any(|peer| announced(&peer)) {
            return None;
        }
        let asked = self.wanted.asked();
        let next = |peer: &Peer| {
            let (_, due) = peer.announced.front()?;
            match asked.get(&peer.id) {
                Some(asked) if *asked >= MAX_ASKED => self.wanted.late(peer.id),
                _ => Some(*due),
            }
        };
        self.peers.values().filter_map(next).min()
    }

    /// Ask for what was announced, and another for what one did not give.
    pub(super) fn ask_for_transactions(&mut self) -> Result<(), StoreError> {
        if self.store_failed() {
            return Ok(());
        }
        let mut asks = self.retry_wanted();
        let mut late = BTreeSet::new();
        let now = self.now;
        let is_due = |peer: &Peer| peer.announced.front().is_some_and(|(_, due)| *due <= now);
        if self.peers.values().any(is_due) {
            let views = self.chain.read()?;
            let mut asked = self.wanted.asked();
            for peer in self.peers.values_mut() {
                let asked = asked.entry(peer.id).or_default();
                while *asked < MAX_ASKED && is_due(peer) {
                    let Some((tx, _)) = peer.announced.pop_front() else {
                        break;
                    };
                    if self.mempool.contains(tx) || views.place(tx)?.is_some() {
                        continue;
                    }
                    if self.wanted.wants(tx, peer.id, now) {
                        *asked += 1;
                        asks.entry(peer.id).or_default().push(tx);
                        late.insert(peer.id);
                    }
                }
            }
        }
        for id in late {
            self.graft(id);
        }
        for (id, ids) in asks {
            for part in ids.chunks(MAX_IDS) {
                self.send(id, &Message::GetTransactions(part.to_vec()));
            }
        }
        Ok(())
    }

    fn retry_wanted(&mut self) -> BTreeMap<PeerId, Vec<TxId>> {
        let now = self.now;
        let mut asks: BTreeMap<PeerId, Vec<TxId>> = BTreeMap::new();
        let mut asked = self.wanted.asked();
        let peers = &self.peers;
        self.wanted.0.retain(|tx, request| {
            let gone = !peers.contains_key(&request.from);
            if !gone && now.since(request.since) < ASK_ANOTHER_MS {
                return true;
            }
            while let Some(other) = request.others.pop() {
                let asked = asked.entry(other).or_default();
                if peers.contains_key(&other) && *asked < MAX_ASKED {
                    *asked += 1;
                    request.from = other;
                    request.since = now;
                    asks.entry(other).or_default().push(*tx);
                    return true;
                }
            }
            false
        });
        asks
    }

    pub(super) fn give_transactions(&mut self, id: PeerId, ids: &[TxId]) {
        let mut part = Vec::new();
        let mut bytes = 0;
        let mut parts = Vec::new();
        for tx in ids {
            let Some(waiting) = self.mempool.get(*tx) else {
                continue;
            };
            let size = waiting.size() as usize;
            // What is left out it asks of another, or of this node later.
            if !self.may_give(id, size) {
                break;
            }
            self.spend_given(id, size);
            part.extend(self.mempool.get(*tx).map(|waiting| waiting.get().clone()));
            bytes += size;
            if bytes >= TRANSACTIONS_FILL || part.len() >= MAX_TRANSACTIONS {
                parts.push(std::mem::take(&mut part));
                bytes = 0;
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
        for part in parts {
            self.send(id, &Message::Transactions(part));
        }
    }

    pub(super) fn transactions(
        &mut self,
        id: PeerId,
        transactions: Vec<Transaction>,
    ) -> Result<(), Fault> {
        let views = self.chain.read()?;
        for transaction in transactions {
            let tx = transaction.id();
            let asked = self.wanted.0.remove(&tx);
            self.peer(id).learns(tx);
            let now = self.now;
            let news = asked.is_none_or(|request| request.from != id);
            if news && !self.peer(id).spend(UNASKED, now) {
                return Err(Misbehaviour::TooFast { limit: BUCKET }.into());
            }
            // Known ones are not checked again: a repeated signature check
            // costs this node more than it costs the sender.
            if self.mempool.contains(tx) || views.place(tx)?.is_some() {
                if news {
                    self.prune(id);
                }
                continue;
            }
            if self.store_failed() {
                continue;
            }
            // One that was not asked for (any more) is as good, and checked all
            // the same.
            let checked = self.check(transaction).map_err(Misbehaviour::Transaction)?;
            // The pool's own limits are no fault of the peer.
            let _ = self.admit(checked, Durability::Deferred, Some(id))?;
        }
        Ok(())
    }
}
