//! The node: one state machine for the tab, the headless node and the simulator.
//!
//! [`Node::step`] is the only way in: it is told the time and what happened, and
//! says what the driver owes. It draws no randomness and reads no clock, so the
//! log of its inputs replays it.

mod commands;
mod config;
mod drafts;
mod fetch;
mod gossip;
mod headers;
mod io;
mod mining;
mod misbehaviour;
mod neighbours;
mod own;
mod peer;
mod presync;
mod preview;
mod progress;
mod queries;
mod receive;
mod show;
mod signals;
#[cfg(test)]
mod tests;
mod time;
mod topology;

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use redb::StorageBackend;

pub use config::{Config, OpenError, Wallet};
pub use drafts::MAX_DRAFTS;
pub use fetch::{MAX_BODIES, MAX_IN_FLIGHT, MAX_PER_PEER};
pub use gossip::MAX_WANTED;
pub use headers::MAX_EARLY;
pub use io::{Input, Introducer, JobId, MiningJob, Output, RequestId};
pub use mining::MAX_THREADS;
pub use misbehaviour::Misbehaviour;
pub use neighbours::{AIM, MAX_COOLING, MAX_INTRODUCED, MAX_NAMED, MAX_NEIGHBOURS};
pub use signals::MAX_ROUTES;
pub use time::MAX_CORRECTION;
pub use topology::MAX_REMEMBERED;

use crate::chain::{Chain, Change};
use crate::hash::{BlockHash, PeerId};
use crate::keys::SecretKey;
use crate::mempool::{Mempool, Origin};
use crate::rules::{CheckedBlock, CheckedTransaction, check_transaction};
use crate::store::{Keep, StoreError};
use crate::transaction::Transaction;
use crate::units::Millis;
use crate::view::Status;
use crate::wire::Message;

/// Time between two ticks at the latest, ms.
const TICK: u64 = 1_000;
/// A peer is pinged this often, ms.
const PING: u64 = 10_000;
/// A ping, a hello or a request unanswered for so long counts as silence, ms.
const SILENCE: u64 = 15_000;
/// Silences after which a peer is dropped.
const SILENCES: u32 = 3;

/// A full node.
#[derive(Debug)]
pub struct Node {
    config: Config,
    chain: Chain,
    mempool: Mempool,
    own: own::Own,
    /// What timers go by: the time that has passed, whatever the clock was set to.
    now: Millis,
    /// The driver's clock: what headers, posts and hellos carry.
    clock: Millis,
    /// What the neighbours' clocks add to it, seconds.
    correction: i32,
    /// When that was last another.
    corrected: Option<Millis>,
    rng: ChaCha8Rng,
    peers: BTreeMap<PeerId, peer::Peer>,
    neighbours: neighbours::Neighbours,
    early: headers::Early,
    fetch: fetch::Fetch,
    wanted: gossip::Wanted,
    drafts: drafts::Drafts,
    mining: mining::Miner,
    show: show::Show,
    preview: preview::Preview,
    progress: progress::Progress,
    signals: signals::Routes,
    topology: topology::Topology,
    out: Vec<Output>,
    stopped: bool,
}

// What ends the handling of one message.
enum Fault {
    Misbehaved(Misbehaviour),
    Store(StoreError),
}

impl From<Misbehaviour> for Fault {
    fn from(fault: Misbehaviour) -> Self {
        Self::Misbehaved(fault)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Node {
    /// Open the store, bring back chain and waiting posts, and begin.
    pub fn open(
        config: Config,
        backend: impl StorageBackend,
        now: Millis,
    ) -> Result<(Self, Vec<Output>), OpenError> {
        let chain = Chain::open(config.params.clone(), backend)?;
        let mut node = Self {
            rng: ChaCha8Rng::from_seed(config.seed),
            config,
            chain,
            mempool: Mempool::default(),
            own: own::Own::default(),
            now,
            clock: now,
            correction: 0,
            corrected: None,
            peers: BTreeMap::new(),
            neighbours: neighbours::Neighbours::default(),
            early: headers::Early::default(),
            fetch: fetch::Fetch::new(now),
            wanted: gossip::Wanted::default(),
            drafts: drafts::Drafts::default(),
            mining: mining::Miner::default(),
            show: show::Show::default(),
            preview: preview::Preview::default(),
            progress: progress::Progress::default(),
            signals: signals::Routes::default(),
            topology: topology::Topology::new(now),
            out: Vec::new(),
            stopped: false,
        };
        node.load_pending()?;
        node.look_at_own()?;
        node.recall()?;
        let outputs = node.step(now, Input::Tick);
        Ok((node, outputs))
    }

    /// The key that signs signals and the relay's challenge.
    pub fn key(&self) -> &SecretKey {
        &self.config.key
    }

    /// How the node is.
    pub fn status(&self, now: Millis) -> Status {
        self.status_at(now)
    }

    /// One step: what happened at `now`, and what the driver owes for it.
    pub fn step(&mut self, now: Millis, input: Input) -> Vec<Output> {
        // A clock set back neither turns timers back nor stops them.
        self.now = self.now.plus(now.since(self.clock));
        self.clock = now;
        if self.stopped {
            self.refuse_when_stopped(input);
        } else if let Err(error) = self.handle(input).and_then(|()| self.settle()) {
            self.stop(&error);
        }
        std::mem::take(&mut self.out)
    }

    fn handle(&mut self, input: Input) -> Result<(), StoreError> {
        match input {
            Input::PeerUp { peer, link } => self.peer_up(peer, link),
            Input::PeerDown { peer, reason } => self.peer_down(peer, &reason),
            Input::LinkIs { peer, link } => self.link_is(peer, link),
            Input::Introduced { by, peers } => self.introduced(by, peers),
            Input::Signal { to, session, step } => self.signal(to, session, step),
            Input::Signalled(signed) => self.signalled(*signed),
            Input::Unreachable { peer } => self.unreachable(peer),
            Input::DialFailed { peer } => self.neighbours.failed(peer, self.now),
            Input::Received { peer, frame } => return self.received(peer, &frame),
            Input::Command { id, command } => return self.command(id, command),
            Input::Wallet(wallet) => return self.set_wallet(wallet),
            Input::Solved { job, nonce, rolled } => return self.solved(job, nonce, rolled),
            Input::Hashed { hashes } => self.mining.hashed(self.now, hashes),
            Input::Stamped { job, stamp } => return self.stamped(job, stamp),
            Input::Tick => {}
        }
        Ok(())
    }

    // What follows from every input: whatever is due, in a fixed order.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.ping_and_time_out();
        self.correct_the_clock();
        self.take_early_headers();
        self.take_bodies()?;
        self.show_unverified()?;
        self.announce_tip()?;
        self.ask_for_headers();
        self.ask_for_blocks();
        self.give_blocks()?;
        self.greet();
        self.tell_neighbours();
        self.ask_for_transactions()?;
        self.mind_the_topology()?;
        self.next_draft()?;
        self.give_work()?;
        self.measure_progress();
        self.show_status();
        let wake = self.next_wake();
        self.out.push(Output::WakeAt(wake));
        Ok(())
    }

    fn next_wake(&self) -> Millis {
        let due = [
            self.show.due(),
            self.mining.due(),
            self.fetch.due(),
            self.giving_due(),
            self.announced_due(),
            self.fetch.lazy_due(),
        ];
        let wake = (due.into_iter().flatten()).fold(self.now.plus(TICK), Millis::min);
        self.clock.plus(wake.since(self.now).max(1))
    }

    fn stop(&mut self, error: &StoreError) {
        self.stopped = true;
        self.out.push(Output::Stop {
            reason: error.to_string(),
            corrupt: error.is_corrupt(),
        });
    }

    // Waiting posts of before: those that the rules still allow. The others were
    // replaced by a block or a better one while this node was away.
    fn load_pending(&mut self) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let mut pending = views.pending()?;
        pending.sort_by_key(|transaction| transaction.seq);
        let mut refused = Vec::new();
        for transaction in pending {
            let id = transaction.id();
            let taken = match self.check(transaction) {
                Ok(checked) => {
                    let next = views.next_seq(checked.author())?;
                    self.mempool.add(checked, next, Origin::Loosened).is_ok()
                }
                Err(_) => false,
            };
            if !taken {
                refused.push(id);
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        self.chain.store().write(Keep::WithNext, |tables| {
            refused.iter().try_for_each(|id| tables.remove_pending(*id))
        })
    }

    fn check(
        &self,
        transaction: Transaction,
    ) -> Result<CheckedTransaction, crate::rules::RuleError> {
        check_transaction(self.chain.params(), self.chain.network(), transaction)
    }

    /// Move to where `blocks` lead, and let mempool, peers and page follow.
    fn extend(&mut self, blocks: Vec<CheckedBlock>) -> Result<Change, StoreError> {
        let hashes: Vec<BlockHash> = blocks.iter().map(CheckedBlock::hash).collect();
        let change = self.chain.extend(blocks)?;
        self.show_branches(&hashes);
        if change.moved() {
            self.follow_in_mempool(&change)?;
            self.mining.new_tip();
            self.look_at_own()?;
            self.show_tip(&change)?;
        }
        Ok(change)
    }

    fn follow_in_mempool(&mut self, change: &Change) -> Result<(), StoreError> {
        for block in &change.connected {
            for transaction in block.transactions() {
                self.mempool.remove(transaction.id());
            }
        }
        self.loosen(change)?;
        self.drop_used(change)
    }

    // Posts of blocks taken off return, oldest first. The store has kept them
    // as pending within the reorganisation's own transaction.
    fn loosen(&mut self, change: &Change) -> Result<(), StoreError> {
        if change.disconnected.is_empty() {
            return Ok(());
        }
        let views = self.chain.read()?;
        let mut evicted = Vec::new();
        let mut refused = Vec::new();
        let mut loosened = BTreeSet::new();
        for block in change.disconnected.iter().rev() {
            for transaction in &block.transactions {
                let Ok(checked) = self.check(transaction.clone()) else {
                    continue;
                };
                if views.place(checked.id())?.is_some() {
                    continue;
                }
                let next = views.next_seq(checked.author())?;
                match self.mempool.add(checked.clone(), next, Origin::Loosened) {
                    Ok(out) => {
                        evicted.extend(out);
                        loosened.insert(checked.id());
                        self.show_post(&checked, true)?;
                    }
                    Err(error) => refused.push((checked, error)),
                }
            }
        }
        // The others' chain never had them: they learn of them as newcomers do,
        // also those who were told of them before.
        for peer in self.peers.values_mut() {
            peer.may_lack(&loosened);
        }
        self.greet_all();
        for (checked, error) in refused {
            self.forget(vec![checked], &error.to_string())?;
        }
        self.forget(evicted, "cheaper than others when the pool was full")
    }

    fn drop_used(&mut self, change: &Change) -> Result<(), StoreError> {
        // As in a first sync, where it would look at every transaction in vain.
        if self.mempool.is_empty() {
            return Ok(());
        }
        let views = self.chain.read()?;
        let mut used = Vec::new();
        for block in &change.connected {
            for transaction in block.transactions() {
                let author = transaction.author();
                let next = views.next_seq(author)?;
                used.extend(self.mempool.remove_used(author, next));
            }
        }
        self.forget(used, "its author's number was used by another transaction")
    }

    /// Transactions that left the pool without a block.
    fn forget(&mut self, gone: Vec<CheckedTransaction>, reason: &str) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.chain.store().write(Keep::WithNext, |tables| {
            gone.iter()
                .try_for_each(|transaction| tables.remove_pending(transaction.id()))
        })?;
        for transaction in gone {
            self.show_dropped(transaction.id(), reason);
        }
        Ok(())
    }

    fn send(&mut self, peer: PeerId, message: &Message) {
        self.send_frame(peer, message.to_frame());
    }

    fn send_frame(&mut self, id: PeerId, frame: Vec<u8>) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.sent += frame.len() as u64;
        }
        self.out.push(Output::Send { peer: id, frame });
    }

    fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }
}
