//! Templates for the miners, and what they find.

use std::collections::{BTreeMap, VecDeque};

use super::{JobId, MiningJob, Node, Output};
use crate::block::{Block, Coinbase, merkle_root};
use crate::difficulty::{earliest_time, required_bits};
use crate::hash::StateRoot;
use crate::header::Header;
use crate::ledger::{LedgerError, Overlay};
use crate::mempool::BLOCK_ROOM_BYTES;
use crate::params::HEADER_VERSION;
use crate::rules::{CheckedTransaction, time_not_ahead};
use crate::store::StoreError;
use crate::transaction::Transaction;
use crate::units::{Millis, Timestamp};
use crate::view::{Mining, MiningState};

/// Miner threads, at most.
pub const MAX_THREADS: u32 = 64;
/// A template is made anew this often, ms: its time moves on, and with it the
/// easing; a thread does not run out of nonces in a second.
const RENEW: u64 = 1_000;
/// New posts wait for company so long before the template changes, ms.
const GATHER: u64 = 100;
/// Templates whose solutions are still taken.
const MAX_TEMPLATES: usize = 8;
/// Time over which the hash rate is measured, ms.
const RATE_TIME: u64 = 5_000;

#[derive(Debug)]
pub(super) struct Miner {
    threads: u32,
    empty_blocks: bool,
    templates: BTreeMap<JobId, Block>,
    /// What the next template holds, until tip, pool or wallet change.
    content: Option<Content>,
    jobs: u32,
    /// When the current template was given out; `None` when miners rest.
    given: Option<Millis>,
    /// Something that should be in the template came at this time.
    dirty: Option<Millis>,
    stale: bool,
    /// What waits cannot be mined yet: the ledger takes none of it.
    nothing_mineable: bool,
    hashed: VecDeque<(Millis, u64)>,
    found: u32,
}

// Transactions and the ledger's root after them: choosing them touches every
// account that they touch, which a new time alone is no reason for.
#[derive(Debug, Clone)]
struct Content {
    transactions: Vec<Transaction>,
    state_root: StateRoot,
}

impl Default for Miner {
    fn default() -> Self {
        Self {
            threads: 0,
            empty_blocks: true,
            templates: BTreeMap::new(),
            content: None,
            jobs: 0,
            given: None,
            dirty: None,
            stale: false,
            nothing_mineable: false,
            hashed: VecDeque::new(),
            found: 0,
        }
    }
}

impl Miner {
    pub(super) fn set_threads(&mut self, threads: u32) {
        self.stale = true;
        self.threads = threads;
    }

    pub(super) fn set_empty_blocks(&mut self, allowed: bool) {
        self.stale = true;
        self.empty_blocks = allowed;
    }

    pub(super) fn hashed(&mut self, now: Millis, hashes: u64) {
        self.hashed.push_back((now, hashes));
        self.forget_old(now);
    }

    fn forget_old(&mut self, now: Millis) {
        while let Some((at, _)) = self.hashed.front()
            && now.since(*at) > RATE_TIME
        {
            self.hashed.pop_front();
        }
    }

    // Each report tells what came before it: the oldest opens the window.
    fn rate(&self, now: Millis) -> u64 {
        let recent = || {
            self.hashed
                .iter()
                .filter(|(at, _)| now.since(*at) <= RATE_TIME)
        };
        let Some((first, opening)) = recent().next() else {
            return 0;
        };
        let hashes = recent().fold(0_u64, |sum, (_, hashes)| sum.saturating_add(*hashes));
        let time = now.since(*first);
        if time == 0 {
            return 0;
        }
        hashes.saturating_sub(*opening).saturating_mul(1_000) / time
    }

    /// The tip is another: every template is void.
    pub(super) fn new_tip(&mut self) {
        self.templates.clear();
        self.content = None;
        self.stale = true;
        self.nothing_mineable = false;
    }

    /// A transaction waits that the template lacks, or another account mines.
    pub(super) fn new_content(&mut self, now: Millis) {
        self.content = None;
        self.dirty.get_or_insert(now);
        self.nothing_mineable = false;
    }

    pub(super) fn due(&self) -> Option<Millis> {
        let renew = self.given.map(|given| given.plus(RENEW));
        let gather = self.dirty.map(|since| since.plus(GATHER));
        [renew, gather].into_iter().flatten().min()
    }
}

impl Node {
    pub(super) fn mining_view(&self) -> Mining {
        Mining {
            threads: self.mining.threads,
            hashrate: self.mining.rate(self.now),
            state: self.mining_state(),
            empty_blocks: self.mining.empty_blocks,
            found: self.mining.found,
        }
    }

    fn mining_state(&self) -> MiningState {
        if self.mining.threads == 0 {
            MiningState::Off
        } else if self.store_failed() {
            MiningState::StoreFailed
        } else if self.is_syncing() {
            MiningState::Syncing
        } else if !self.mining.empty_blocks
            && (self.mempool.is_empty() || self.mining.nothing_mineable)
        {
            MiningState::NothingToMine
        } else {
            MiningState::On
        }
    }

    /// Give miners their work when it changed or grew old.
    pub(super) fn give_work(&mut self) -> Result<(), StoreError> {
        if self.mining_state() != MiningState::On {
            self.rest();
            return Ok(());
        }
        let now = self.now;
        let old = |since: Option<Millis>, age| since.is_some_and(|at| now.since(at) >= age);
        let due = self.mining.given.is_none()
            || self.mining.stale
            || old(self.mining.given, RENEW)
            || old(self.mining.dirty, GATHER);
        if !due {
            return Ok(());
        }
        let time = self.next_time();
        // When this clock is far behind its parent's, mining would make a block
        // that others hold back: the next tick looks again.
        let ahead = time_not_ahead(self.chain.params(), self.network_clock(), time).is_err();
        if ahead || self.clock_rests_miners(time) {
            self.rest();
            return Ok(());
        }
        let template = self.template(time)?;
        if template.transactions.is_empty() && !self.mining.empty_blocks {
            self.mining.nothing_mineable = true;
            self.rest();
            return Ok(());
        }
        self.give_template(template);
        Ok(())
    }

    fn rest(&mut self) {
        if self.mining.given.take().is_some() {
            self.out.push(Output::Mine { job: None });
            self.mining.hashed.clear();
        }
        self.mining.dirty = None;
        self.mining.stale = false;
    }

    // A miner whose clock is behind, or who follows close on others, stamps the
    // earliest time that the rules take.
    pub(super) fn next_time(&self) -> Timestamp {
        let params = self.chain.params();
        let earliest = earliest_time(params, &self.chain.tip().as_parent());
        self.network_time().max(earliest).max(params.born)
    }

    fn give_template(&mut self, template: Block) {
        self.mining.jobs = self.mining.jobs.wrapping_add(1);
        let job = JobId(self.mining.jobs);
        let target = template
            .header
            .bits
            .target()
            .expect("required bits name a target");
        self.out.push(Output::Mine {
            job: Some(MiningJob {
                job,
                header: template.header.to_bytes()[..76].to_vec(),
                target: target.to_le_bytes(),
                threads: self.mining.threads,
            }),
        });
        self.mining.templates.insert(job, template);
        while self.mining.templates.len() > MAX_TEMPLATES {
            self.mining.templates.pop_first();
        }
        self.mining.given = Some(self.now);
        self.mining.dirty = None;
        self.mining.stale = false;
    }

    pub(super) fn template(&mut self, time: Timestamp) -> Result<Block, StoreError> {
        let extra_nonce = self.random();
        let content = match self.mining.content.take() {
            Some(content) => content,
            None => self.choose()?,
        };
        self.mining.content = Some(content.clone());
        let Content {
            transactions,
            state_root,
        } = content;
        let tip = self.chain.tip();
        let parent = tip.as_parent();
        let coinbase = Coinbase {
            height: tip.height.next(),
            miner: self.me(),
            state_root,
            extra_nonce,
        };
        let header = Header {
            version: HEADER_VERSION,
            previous: tip.hash,
            merkle_root: merkle_root(&coinbase, &transactions),
            time,
            bits: required_bits(self.chain.params(), &parent, time),
            nonce: 0,
        };
        Ok(Block {
            header,
            coinbase,
            transactions,
        })
    }

    // The best of the pool that the ledger takes, and its root after them.
    fn choose(&self) -> Result<Content, StoreError> {
        let views = self.chain.read()?;
        let height = self.chain.tip().height.next();
        let mut ledger = Overlay::new(&views);
        let fits = |checked: &CheckedTransaction| match ledger.apply(height, checked) {
            Ok(()) => Ok(true),
            // What waits for coins that have not come yet waits on.
            Err(LedgerError::Rule(_)) => Ok(false),
            Err(LedgerError::Store(error)) => Err(error),
        };
        let chosen = self.mempool.select(BLOCK_ROOM_BYTES, fits)?;
        let transactions = chosen.into_iter().map(|checked| checked.get().clone());
        let transactions = transactions.collect();
        ledger.reward(self.me(), self.chain.params().reward())?;
        let (state_root, _) = ledger.state_root(&views)?;
        Ok(Content {
            transactions,
            state_root,
        })
    }

    /// A miner found a nonce. Its block goes the way that a peer's goes.
    pub(super) fn solved(&mut self, job: JobId, nonce: u32, rolled: u32) -> Result<(), StoreError> {
        let Some(template) = self.mining.templates.get(&job) else {
            return Ok(());
        };
        if self.store_failed() {
            return Ok(());
        }
        let mut block = template.clone();
        block.header.nonce = nonce;
        // Bits that are not free to roll make a header that the rules refuse.
        block.header.version ^= rolled;
        if self.chain.insert_header(block.header).is_err() {
            // Known already, or a miner that miscounts.
            return Ok(());
        }
        if let Some(Ok(checked)) = self.chain.check_body(block) {
            let change = self.extend(vec![checked])?;
            if change.moved() {
                self.mining.found += 1;
            }
        }
        Ok(())
    }
}
