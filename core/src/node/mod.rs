//! The node: one state machine for the tab, the headless node and the simulator.
//!
//! [`Node::step`] is the only way in: it is told the time and what happened, and
//! says what the driver owes. It draws no randomness and reads no clock, so the
//! log of its inputs replays it.

mod budget;
mod commands;
mod config;
mod drafts;
mod eviction;
mod fetch;
mod giving;
mod gossip;
mod headers;
mod io;
mod mining;
mod misbehaviour;
mod neighbours;
mod own;
mod peer;
mod pool;
mod presync;
mod preview;
mod progress;
mod queries;
mod readmit;
mod receive;
mod show;
mod signals;
mod snapshot;
mod store_failure;
mod syncing;
#[cfg(test)]
mod tests;
mod time;
mod topology;
mod ways;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use redb::StorageBackend;

pub use crate::chain::OpenError;
pub use config::{Config, Wallet};
pub use drafts::{MAX_DRAFTS, MAX_EXTRA_STAMP_BITS};
pub use fetch::{MAX_BODIES, MAX_IN_FLIGHT, MAX_PER_PEER};
pub use gossip::MAX_WANTED;
pub use headers::MAX_EARLY;
pub use io::{
    Input, Introducer, JobId, LinkEvent, LinkOrigin, MinerReport, MiningJob, Output, RequestId,
};
pub use mining::MAX_THREADS;
pub use misbehaviour::Misbehaviour;
pub use neighbours::{AIM, MAX_COOLING, MAX_INTRODUCED, MAX_NAMED, MAX_NEIGHBOURS};
pub use snapshot::Snapshot;
pub use time::MAX_CORRECTION;
pub use topology::MAX_REMEMBERED;
pub use ways::MAX_ROUTES;

use crate::chain::{Chain, Change};
use crate::hash::{BlockHash, PeerId};
use crate::keys::SecretKey;
use crate::mempool::Mempool;
use crate::rules::{CheckedBlock, CheckedTransaction, check_transaction};
use crate::store::StoreError;
use crate::transaction::Transaction;
use crate::units::Millis;
use crate::view::Status;
use crate::wire::Message;

/// A branch that the network's margin holds back is taken after so many spacings, if it
/// is the heaviest still: an honest board must come together again no later than without
/// a margin and two spacings, of which one is left for forks of that moment.
const MARGIN_SPACINGS: u64 = 1;

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
    /// When what waits here of its own was last announced again.
    reminded: Millis,
    own: own::Own,
    /// What timers go by: the time that has passed, whatever the clock was set to.
    now: Millis,
    /// The driver's clock: what headers, posts and hellos carry.
    clock: Millis,
    time: time::Clock,
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
    ways: ways::Ways,
    topology: topology::Topology,
    /// Since when the network's margin has held back a heavier branch.
    held_back: Option<Millis>,
    budgets: budget::Budgets,
    /// The last peer that was given a block.
    last_given: Option<PeerId>,
    out: Vec<Output>,
    writing: store_failure::Writing,
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
        let mempool = Mempool::new(config.params.spacing);
        let mut node = Self {
            rng: ChaCha8Rng::from_seed(config.seed),
            config,
            chain,
            mempool,
            reminded: now,
            own: own::Own::default(),
            now,
            clock: now,
            time: time::Clock::new(now),
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
            ways: ways::Ways::default(),
            topology: topology::Topology::new(now),
            held_back: None,
            budgets: budget::Budgets::new(now),
            last_given: None,
            out: Vec::new(),
            writing: store_failure::Writing::new(),
            stopped: false,
        };
        node.look_at_the_store();
        node.bring_back_or_fall_back()?;
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
        self.note_leap(now);
        // A clock set back neither turns timers back nor stops them.
        self.now = self.now.plus(now.since(self.clock));
        self.clock = now;
        if self.stopped {
            self.refuse_when_stopped(input);
            return std::mem::take(&mut self.out);
        }
        let request = match &input {
            Input::Command { id, .. } => Some(*id),
            _ => None,
        };
        if let Err(error) = self.handle(input) {
            self.on_store_error(&error, request);
        }
        if let Err(error) = self.settle() {
            self.on_store_error(&error, None);
        }
        if !self.stopped {
            self.show_status();
            let wake = self.next_wake();
            self.out.push(Output::WakeAt(wake));
        }
        std::mem::take(&mut self.out)
    }

    fn handle(&mut self, input: Input) -> Result<(), StoreError> {
        match input {
            Input::Link(event) => return self.on_link(event),
            Input::Miner(report) => return self.on_miner(report),
            Input::Introduced { by, peers } => self.introduced(by, peers),
            Input::Signal { to, session, step } => self.signal(to, session, step),
            Input::Signalled(signed) => self.signalled(*signed),
            Input::Unreachable { peer } => self.unreachable(peer),
            Input::Command { id, command } => return self.command(id, command),
            Input::Wallet(wallet) => return self.set_wallet(wallet),
            Input::Tick => {}
        }
        Ok(())
    }

    fn on_link(&mut self, event: LinkEvent) -> Result<(), StoreError> {
        match event {
            LinkEvent::Up { peer, link, origin } => self.peer_up(peer, link, origin),
            LinkEvent::Is { peer, link } => self.link_is(peer, link),
            LinkEvent::Down { peer, reason } => self.peer_down(peer, &reason),
            LinkEvent::DialFailed { peer } => self.dial_failed(peer),
            LinkEvent::Received { peer, frame } => return self.received(peer, &frame),
        }
        Ok(())
    }

    fn on_miner(&mut self, report: MinerReport) -> Result<(), StoreError> {
        match report {
            MinerReport::Solved { job, nonce, rolled } => self.solved(job, nonce, rolled),
            MinerReport::Hashed { hashes } => {
                self.mining.hashed(self.now, hashes);
                Ok(())
            }
            MinerReport::Stamped { job, stamp } => self.stamped(job, stamp),
        }
    }

    // What follows from every input: whatever is due, in a fixed order.
    fn settle(&mut self) -> Result<(), StoreError> {
        if !self.stopped {
            self.retry_the_store();
        }
        if self.stopped {
            return Ok(());
        }
        self.ping_and_time_out();
        self.correct_the_clock();
        self.take_early_headers();
        self.take_bodies()?;
        self.give_way()?;
        self.show_unverified()?;
        self.announce_tip()?;
        self.ask_for_headers();
        self.ask_for_blocks();
        self.give_blocks()?;
        self.greet();
        self.tell_neighbours();
        self.expire_waiting()?;
        self.remind_of_own();
        self.ask_for_transactions()?;
        self.maintain_topology()?;
        self.next_draft()?;
        self.give_work()?;
        self.measure_progress();
        Ok(())
    }

    fn next_wake(&self) -> Millis {
        let reads = [self.show.due(), self.giving_due(), self.retry_due()];
        let writes = [
            self.mining.due(),
            self.fetch.due(),
            self.announced_due(),
            self.fetch.lazy_due(),
            self.giving_way_due(),
        ];
        // What nothing comes of while nothing can be stored is no reason to wake.
        let writes = writes.into_iter().filter(|_| !self.store_failed());
        let due = reads.into_iter().chain(writes).flatten();
        let wake = due.fold(self.now.plus(TICK), Millis::min);
        self.clock.plus(wake.since(self.now).max(1))
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
        self.on_change(&change)?;
        self.held_back = match self.chain.holds_back() {
            true => Some(self.held_back.unwrap_or(self.now)),
            false => None,
        };
        Ok(change)
    }

    fn on_change(&mut self, change: &Change) -> Result<(), StoreError> {
        if change.moved() {
            self.follow_in_mempool(change)?;
            self.mining.new_tip();
            self.look_at_own()?;
            self.show_tip(change)?;
        }
        Ok(())
    }

    // When the margin has held back a heavier branch for long enough.
    fn giving_way_due(&self) -> Option<Millis> {
        let spacing_ms = u64::from(self.chain.params().spacing) * 1_000;
        self.held_back
            .map(|since| since.plus(MARGIN_SPACINGS * spacing_ms))
    }

    fn give_way(&mut self) -> Result<(), StoreError> {
        let due = self.giving_way_due().is_some_and(|due| due <= self.now);
        if due && !self.store_failed() {
            self.held_back = None;
            let change = self.chain.give_way()?;
            self.on_change(&change)?;
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
