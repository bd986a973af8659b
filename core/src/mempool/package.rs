//! What one author has waiting: a chain of numbers, cut into chunks.
//!
//! A transaction cannot be mined before those of its author with lower numbers, so
//! what ranks is not the transaction but the chunk: the longest run whose work per
//! byte rises when it is taken together. Work per byte then falls from chunk to
//! chunk, and the lowest chunk of a package is its last. So a cheap ancestor is
//! not carried in ahead of others by what comes after it, unless that pays for
//! both; and what is evicted leaves no child behind. (The idea is Bitcoin Core's
//! cluster mempool, where packages are graphs; here they are lines.)

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::keys::Address;
use crate::rules::CheckedTransaction;
use crate::units::Millis;

/// Work per byte: 2^40 x expected hashes / bytes, in integers.
pub(super) type Score = u128;

/// Work of a stamp, hashes. Ids have up to 256 zero bits; more than 64 count
/// as 64, so that the work of 2^24 transactions and the score fit 128 bits.
pub(super) fn work(stamp_bits: u32) -> u128 {
    1 << stamp_bits.min(64)
}

pub(super) fn score(work: u128, bytes: u64) -> Score {
    (work << 40) / u128::from(bytes.max(1))
}

/// A transaction that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) transaction: CheckedTransaction,
    /// Counts up: of equals the earlier ranks higher.
    pub(super) arrival: u64,
    /// When it began to wait.
    pub(super) since: Millis,
}

impl Waiting {
    /// Of the transaction by itself.
    pub(super) fn score(&self) -> Score {
        let bits = self.transaction.stamp_bits();
        score(work(bits), self.transaction.size().into())
    }
}

/// Where a chunk stands among all, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) score: Score,
    arrival: Reverse<u64>,
    first: Reverse<u32>,
    pub(super) author: Address,
}

impl Rank {
    /// Number of the chunk's first transaction.
    pub(super) fn first(&self) -> u32 {
        self.first.0
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    first: u32,
    pub(super) work: u128,
    pub(super) bytes: u64,
    /// The latest arrival up to its end: of equal chunks the later one ranks lower,
    /// also when a reorganisation has brought back what stands before it.
    arrival: u64,
}

impl Chunk {
    pub(super) fn score(&self) -> Score {
        score(self.work, self.bytes)
    }

    fn rank(&self, author: Address) -> Rank {
        Rank {
            score: self.score(),
            arrival: Reverse(self.arrival),
            first: Reverse(self.first),
            author,
        }
    }
}

/// An author's transactions by number, and their chunks.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    waiting: BTreeMap<u32, Waiting>,
    /// In the order of the numbers, each with no more work per byte than the one before.
    chunks: Vec<Chunk>,
    bytes: usize,
}

impl Package {
    pub(super) fn waiting(&self) -> &BTreeMap<u32, Waiting> {
        &self.waiting
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The chunks, best first.
    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The transactions of the chunk that begins with a number, and their bytes.
    pub(super) fn chunk(&self, first: u32) -> (impl Iterator<Item = &Waiting>, u64) {
        let at = self.chunks.partition_point(|chunk| chunk.first < first);
        let bytes = self.chunks.get(at).map_or(0, |chunk| chunk.bytes);
        let end = self.chunks.get(at + 1).map_or(u32::MAX, |next| next.first);
        let within = self.waiting.range(first..);
        let within = within.take_while(move |(number, _)| **number < end || end == u32::MAX);
        (within.map(|(_, waiting)| waiting), bytes)
    }

    pub(super) fn insert(&mut self, waiting: Waiting, ranked: &mut BTreeSet<Rank>) {
        let (author, number) = (waiting.transaction.author(), waiting.transaction.get().seq);
        self.bytes += waiting.transaction.size() as usize;
        self.waiting.insert(number, waiting);
        self.cut(author, number, ranked);
    }

    /// Take out what has a number from here on.
    pub(super) fn take_from(
        &mut self,
        author: Address,
        number: u32,
        ranked: &mut BTreeSet<Rank>,
    ) -> Vec<Waiting> {
        let gone = self.waiting.split_off(&number);
        self.took(author, number, gone, ranked)
    }

    /// Take out what has a lower number.
    pub(super) fn take_below(
        &mut self,
        author: Address,
        number: u32,
        ranked: &mut BTreeSet<Rank>,
    ) -> Vec<Waiting> {
        if self
            .waiting
            .first_key_value()
            .is_none_or(|(first, _)| *first >= number)
        {
            return Vec::new();
        }
        let rest = self.waiting.split_off(&number);
        let gone = std::mem::replace(&mut self.waiting, rest);
        self.took(author, 0, gone, ranked)
    }

    fn took(
        &mut self,
        author: Address,
        from: u32,
        gone: BTreeMap<u32, Waiting>,
        ranked: &mut BTreeSet<Rank>,
    ) -> Vec<Waiting> {
        let gone: Vec<_> = gone.into_values().collect();
        let sizes = gone.iter().map(|gone| gone.transaction.size() as usize);
        self.bytes -= sizes.sum::<usize>();
        self.cut(author, from, ranked);
        gone
    }

    // Cut into chunks anew from the one on that a number stands in or follows.
    fn cut(&mut self, author: Address, from: u32, ranked: &mut BTreeSet<Rank>) {
        let kept = self.chunks.partition_point(|chunk| chunk.first < from);
        let kept = kept.saturating_sub(1);
        let from = self
            .chunks
            .get(kept)
            .map_or(from, |chunk| chunk.first.min(from));
        for chunk in self.chunks.drain(kept..) {
            ranked.remove(&chunk.rank(author));
        }
        for (number, waiting) in self.waiting.range(from..) {
            let before = self.chunks.last().map_or(0, |chunk| chunk.arrival);
            let mut chunk = Chunk {
                first: *number,
                work: work(waiting.transaction.stamp_bits()),
                bytes: waiting.transaction.size().into(),
                arrival: waiting.arrival.max(before),
            };
            while let Some(last) = self.chunks.last()
                && chunk.score() > last.score()
            {
                chunk.first = last.first;
                chunk.work += last.work;
                chunk.bytes += last.bytes;
                ranked.remove(&last.rank(author));
                self.chunks.pop();
            }
            ranked.insert(chunk.rank(author));
            self.chunks.push(chunk);
        }
    }
}
