//! What is wanted of miners: what a person ordered, a block now for whoever waits
//! for one, and templates for foreign miners.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use tablon_core::command::{Command, Reply};
use tablon_core::header::Header;
use tablon_core::node::{JobId, MAX_THREADS, MiningJob};
use tokio::time::Instant;

/// A foreign miner that has not asked for so long is gone. cpuminer asks every
/// five seconds.
const FOREIGN: Duration = Duration::from_secs(60);

/// Jobs whose solutions are taken: as many as core keeps.
const MAX_JOBS: usize = 8;

/// The orders.
#[derive(Debug)]
pub(super) struct Orders {
    threads: u32,
    empty: bool,
    /// Requests that wait for a block.
    hurries: Arc<AtomicU32>,
    foreign_until: Option<Instant>,
    told: Wish,
    jobs: VecDeque<MiningJob>,
    resting: bool,
}

/// What core is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    threads: u32,
    empty: bool,
}

impl Wish {
    // Of a core that was just opened.
    const NONE: Self = Self {
        threads: 0,
        empty: true,
    };
}

impl Orders {
    pub(super) fn new(threads: u32, hurries: Arc<AtomicU32>) -> Self {
        Self {
            threads,
            empty: true,
            hurries,
            foreign_until: None,
            told: Wish::NONE,
            jobs: VecDeque::new(),
            resting: true,
        }
    }

    /// Take an order; none when it is something else, or core's to refuse.
    pub(super) fn take(&mut self, command: &Command) -> Option<Reply> {
        match command {
            Command::Mine { threads } if *threads <= MAX_THREADS => self.threads = *threads,
            Command::MineEmpty { allowed } => self.empty = *allowed,
            _ => return None,
        }
        Some(Reply::Done(()))
    }

    /// A foreign miner asked.
    pub(super) fn expect_foreign_miners(&mut self) {
        self.foreign_until = Some(Instant::now() + FOREIGN);
    }

    /// Threads of this machine that mine.
    pub(super) fn threads(&self) -> usize {
        let hurry = match self.hurries.load(Ordering::Relaxed) {
            0 => 0,
            _ => available_parallelism().map_or(1, usize::from),
        };
        hurry.max(self.threads as usize).min(MAX_THREADS as usize)
    }

    /// What core must be told now.
    pub(super) fn changes(&mut self) -> Vec<Command> {
        let foreign = self
            .foreign_until
            .is_some_and(|until| Instant::now() < until);
        let ordered = self.threads > 0 || foreign;
        let wish = Wish {
            threads: (self.threads() as u32).max(foreign.into()), // at most MAX_THREADS
            // Who waits for a block waits for posts: an empty one helps nobody.
            empty: self.empty && (ordered || self.hurries.load(Ordering::Relaxed) == 0),
        };
        let mut changes = Vec::new();
        if wish.empty != self.told.empty {
            changes.push(Command::MineEmpty {
                allowed: wish.empty,
            });
        }
        if wish.threads != self.told.threads {
            changes.push(Command::Mine {
                threads: wish.threads,
            });
        }
        self.told = wish;
        changes
    }

    /// Core gives work, or none.
    pub(super) fn note(&mut self, job: Option<&MiningJob>) {
        self.resting = job.is_none();
        let Some(job) = job else { return };
        self.jobs.push_back(job.clone());
        if self.jobs.len() > MAX_JOBS {
            self.jobs.pop_front();
        }
    }

    /// The newest work, unless miners rest.
    pub(super) fn current(&self) -> Option<MiningJob> {
        self.jobs.back().filter(|_| !self.resting).cloned()
    }

    /// The job that the header solves, or claims to.
    pub(super) fn job_of(&self, header: &Header) -> Option<JobId> {
        let bytes = header.to_bytes();
        let of = |job: &&MiningJob| job.header == bytes[..76];
        Some(self.jobs.iter().rev().find(of)?.job)
    }

    /// Core is another one now.
    pub(super) fn forget(&mut self) {
        self.told = Wish::NONE;
        self.jobs.clear();
        self.resting = true;
    }
}
