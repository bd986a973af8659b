//! The tree of headers: every branch known, its work, and the heaviest leaf.
//!
//! Headers are checked before they enter; a body comes later, parents first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::difficulty::{self, Parent};
use crate::hash::BlockHash;
use crate::header::Header;
use crate::params::Params;
use crate::rules::{RuleError, check_header};
use crate::target::{CompactTarget, Work};
use crate::units::Height;

/// Headers without a body, at most: 20,000 of some 250 bytes are 5 MB. Above it
/// the branch with the least work loses its leaf, so that cheap headers from
/// near genesis push out each other and never the chain being fetched.
pub const MAX_MISSING: usize = 20_000;

/// Names of blocks found invalid that are remembered, at most. Each cost its
/// maker a proof of work; forgetting one only means checking it again.
pub const MAX_INVALID: usize = 1_000;

/// A header in its place.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The header.
    pub header: Header,
    /// Its hash.
    pub hash: BlockHash,
    /// Its height.
    pub height: Height,
    /// Work of the chain up to and with it.
    pub work: Work,
    /// Work of this block alone.
    pub own_work: Work,
    /// Whether its body and all bodies below it are in the store.
    pub held: bool,
    /// Target before easing.
    base: CompactTarget,
    solve_time: i64,
    seen: u64,
    children: Vec<BlockHash>,
}

impl Entry {
    /// What a child's difficulty follows from.
    pub fn as_parent(&self) -> Parent {
        Parent {
            time: self.header.time,
            base: self.base,
            solve_time: self.solve_time,
            is_genesis: self.height == Height(0),
        }
    }
}

/// Why a header does not enter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// It is there already.
    #[error("header {0} is known")]
    Known(BlockHash),
    /// Its parent is not known.
    #[error("the parent {previous} of header {hash} is not known")]
    Orphan {
        /// The header.
        hash: BlockHash,
        /// Its parent.
        previous: BlockHash,
    },
    /// It, or its parent, was found invalid before.
    #[error("block {0} is invalid or stands on an invalid one")]
    Invalid(BlockHash),
    /// It breaks a rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// Every header known.
#[derive(Debug, Clone)]
pub struct Tree {
    params: Params,
    entries: BTreeMap<BlockHash, Entry>,
    /// By work, the first seen of equals last: the end of the set is the best.
    leaves: BTreeSet<(Work, Reverse<u64>, BlockHash)>,
    missing: usize,
    seen: u64,
    invalid: BTreeSet<BlockHash>,
}

impl Tree {
    /// A tree of genesis alone.
    pub fn new(params: Params) -> Self {
        let header = params.genesis();
        let hash = header.hash();
        let genesis = Entry {
            header,
            hash,
            height: Height(0),
            work: Work::ZERO,
            own_work: Work::ZERO,
            held: true,
            base: params.initial,
            solve_time: i64::from(params.spacing),
            seen: 0,
            children: Vec::new(),
        };
        Self {
            params,
            leaves: BTreeSet::from([(Work::ZERO, Reverse(0), hash)]),
            entries: BTreeMap::from([(hash, genesis)]),
            missing: 0,
            seen: 0,
            invalid: BTreeSet::new(),
        }
    }

    /// The header's entry.
    pub fn get(&self, hash: BlockHash) -> Option<&Entry> {
        self.entries.get(&hash)
    }

    /// Whether the header is known.
    pub fn contains(&self, hash: BlockHash) -> bool {
        self.entries.contains_key(&hash)
    }

    /// Whether the block was found invalid.
    pub fn is_invalid(&self, hash: BlockHash) -> bool {
        self.invalid.contains(&hash)
    }

    /// Headers without a body.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The leaf with most work, first seen of equals, with or without bodies.
    pub fn heaviest(&self) -> &Entry {
        let (_, _, hash) = self.leaves.last().expect("genesis is never removed");
        &self.entries[hash]
    }

    /// Check a header and put it in its place.
    pub fn insert(&mut self, header: Header) -> Result<&Entry, InsertError> {
        let hash = header.hash();
        if self.contains(hash) {
            return Err(InsertError::Known(hash));
        }
        if self.is_invalid(hash) || self.is_invalid(header.previous) {
            return Err(InsertError::Invalid(hash));
        }
        let Some(parent) = self.get(header.previous) else {
            return Err(InsertError::Orphan {
                hash,
                previous: header.previous,
            });
        };
        let above = parent.as_parent();
        check_header(&self.params, &above, &header, hash)?;
        let base = difficulty::next_base(&self.params, &above);
        let solve_time = if above.is_genesis {
            i64::from(self.params.spacing)
        } else {
            i64::from(header.time.0) - i64::from(above.time.0)
        };
        let target = header
            .bits
            .target()
            .expect("the bits equal those required, which name a target");
        let own_work = self.params.engine.work(target);
        let seen = self.seen + 1;
        let entry = Entry {
            header,
            hash,
            height: parent.height.next(),
            work: parent.work.plus(own_work),
            own_work,
            held: false,
            base,
            solve_time,
            seen,
            children: Vec::new(),
        };
        self.seen = seen;
        self.leaves.insert((entry.work, Reverse(entry.seen), hash));
        self.missing += 1;
        self.entries.insert(hash, entry);
        let parent = self
            .entries
            .get_mut(&header.previous)
            .expect("the parent was found above");
        parent.children.push(hash);
        self.leaves
            .remove(&(parent.work, Reverse(parent.seen), parent.hash));
        self.keep_bound(hash);
        Ok(&self.entries[&hash])
    }

    /// The body of `hash` is in the store, and so are all below it.
    pub fn hold(&mut self, hash: BlockHash) {
        let entry = self
            .entries
            .get_mut(&hash)
            .expect("only known headers are held");
        if !entry.held {
            entry.held = true;
            self.missing -= 1;
        }
    }

    /// Remove a block found invalid and all that stand on it.
    pub fn condemn(&mut self, hash: BlockHash) {
        if self.invalid.len() >= MAX_INVALID {
            self.invalid.pop_first();
        }
        self.invalid.insert(hash);
        self.remove(hash);
    }

    /// Remove a header and all that stand on it; gives what was removed.
    pub fn remove(&mut self, hash: BlockHash) -> Vec<BlockHash> {
        let mut removed = Vec::new();
        let mut stack = vec![hash];
        while let Some(hash) = stack.pop() {
            let Some(entry) = self.entries.remove(&hash) else {
                continue;
            };
            self.leaves.remove(&(entry.work, Reverse(entry.seen), hash));
            self.missing -= usize::from(!entry.held);
            stack.extend(entry.children);
            removed.push(hash);
            if let Some(parent) = self.entries.get_mut(&entry.header.previous) {
                parent.children.retain(|child| *child != hash);
                if parent.children.is_empty() {
                    self.leaves
                        .insert((parent.work, Reverse(parent.seen), parent.hash));
                }
            }
        }
        removed
    }

    // Drop the lightest leaf without a body, though not the newcomer itself:
    // its caller is about to look at it.
    fn keep_bound(&mut self, newcomer: BlockHash) {
        while self.missing > MAX_MISSING {
            let lightest = self
                .leaves
                .iter()
                .map(|(_, _, hash)| *hash)
                .find(|hash| !self.entries[hash].held && *hash != newcomer);
            match lightest {
                Some(hash) => self.remove(hash),
                None => return,
            };
        }
    }

    /// The last block that both chains share.
    pub fn fork(&self, a: BlockHash, b: BlockHash) -> BlockHash {
        let (mut a, mut b) = (&self.entries[&a], &self.entries[&b]);
        while a.hash != b.hash {
            if a.height >= b.height {
                a = &self.entries[&a.header.previous];
            } else {
                b = &self.entries[&b.header.previous];
            }
        }
        a.hash
    }

    /// Hashes above `from` up to `to`, oldest first; `from` is an ancestor of `to`.
    pub fn path(&self, from: BlockHash, to: BlockHash) -> Vec<BlockHash> {
        let mut path = Vec::new();
        let mut at = to;
        while at != from {
            path.push(at);
            at = self.entries[&at].header.previous;
        }
        path.reverse();
        path
    }

    /// Hashes without bodies from the last held ancestor up to `to`, oldest first.
    pub fn missing_below(&self, to: BlockHash) -> Vec<BlockHash> {
        let mut path = Vec::new();
        let mut entry = &self.entries[&to];
        while !entry.held {
            path.push(entry.hash);
            entry = &self.entries[&entry.header.previous];
        }
        path.reverse();
        path
    }

    /// A locator: hashes from `from` back to genesis, dense first, then with
    /// doubling gaps, as Bitcoin's `getheaders` has it. At most 10 + 32 + 1.
    pub fn locator(&self, from: BlockHash) -> Vec<BlockHash> {
        let mut locator = Vec::new();
        let mut entry = &self.entries[&from];
        let mut gap = 1u32;
        loop {
            locator.push(entry.hash);
            if entry.height == Height(0) {
                return locator;
            }
            if locator.len() >= 10 {
                gap = gap.saturating_mul(2);
            }
            for _ in 0..gap {
                if entry.height == Height(0) {
                    break;
                }
                entry = &self.entries[&entry.header.previous];
            }
        }
    }

    /// What stands on an entry.
    pub fn children<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Entry> {
        entry.children.iter().map(|child| &self.entries[child])
    }
}
