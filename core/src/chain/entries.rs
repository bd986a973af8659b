//! Where the entries of the tree lie: in chunks that never move, each under a number,
//! found by hash as well. A hundred thousand of them are most of what a node keeps in
//! memory, and wasm gives none back: a vector that doubles would cost three times its
//! size, a map from hashes to boxes half as much again.

use std::collections::BTreeSet;

use super::Entry;
use crate::hash::BlockHash;

/// An entry's place, its own for as long as it is in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(u32);

impl Number {
    /// Genesis', which came first and is never removed.
    pub(super) const GENESIS: Self = Self(0);
}

/// Entries that are asked for at once: 128 of 184 bytes are 23 KiB.
const CHUNK: usize = 128;

#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    chunks: Vec<Vec<Entry>>,
    /// Places of removed entries, taken again before there are more: never more of
    /// them than there were entries at once.
    free: Vec<Number>,
    /// The first 64 bits of each hash, so that they stay in order, and the number.
    /// Hashes that begin alike (2^32 of them are tried to make two, and their last
    /// bits are the proof of work) stand side by side and are compared whole.
    by_hash: BTreeSet<(u32, u32, Number)>,
}

impl Entries {
    pub(super) fn find(&self, hash: BlockHash) -> Option<Number> {
        let (high, low) = prefix(hash);
        let alike = (high, low, Number(0))..=(high, low, Number(u32::MAX));
        let mut alike = self.by_hash.range(alike).map(|(_, _, number)| *number);
        alike.find(|number| self.at(*number).hash == hash)
    }

    pub(super) fn at(&self, number: Number) -> &Entry {
        let number = number.0 as usize;
        &self.chunks[number / CHUNK][number % CHUNK]
    }

    pub(super) fn at_mut(&mut self, number: Number) -> &mut Entry {
        let number = number.0 as usize;
        &mut self.chunks[number / CHUNK][number % CHUNK]
    }

    /// All of them, in the order of their hashes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        let numbers = self.by_hash.iter().map(|(_, _, number)| *number);
        numbers.map(|number| self.at(number))
    }

    /// Put in an entry whose hash is not there yet.
    pub(super) fn insert(&mut self, entry: Entry) -> Number {
        let (high, low) = prefix(entry.hash);
        let number = match self.free.pop() {
            Some(number) => {
                *self.at_mut(number) = entry;
                number
            }
            None => self.append(entry),
        };
        self.by_hash.insert((high, low, number));
        number
    }

    fn append(&mut self, entry: Entry) -> Number {
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let number = (self.chunks.len() - 1) * CHUNK;
        let last = self
            .chunks
            .last_mut()
            .expect("one with room, seen to above");
        let number = number + last.len();
        last.push(entry);
        Number(u32::try_from(number).expect("2^32 entries would take 790 GB"))
    }

    /// Forget an entry; what was in its place is overwritten by the next that comes.
    pub(super) fn remove(&mut self, number: Number) {
        let (high, low) = prefix(self.at(number).hash);
        if self.by_hash.remove(&(high, low, number)) {
            self.free.push(number);
        }
    }
}

// Not one number of 64 bits, for which a row would begin at multiples of eight bytes
// and take sixteen instead of twelve.
fn prefix(hash: BlockHash) -> (u32, u32) {
    let part = |from: usize| {
        let bytes = hash.0[from..from + 4].try_into();
        u32::from_be_bytes(bytes.expect("four bytes"))
    };
    (part(0), part(4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Tree;
    use crate::testing::easy_network;

    // Entries that differ in their hashes alone.
    fn entry(hash: BlockHash) -> Entry {
        let tree = Tree::new(easy_network());
        let mut entry = tree.heaviest().clone();
        entry.hash = hash;
        entry
    }

    #[test]
    fn hashes_that_begin_alike_are_told_apart() {
        let alike = |last: u8| {
            let mut hash = [7; 32];
            hash[31] = last;
            BlockHash(hash)
        };
        let mut entries = Entries::default();
        let numbers: Vec<Number> = (0..5)
            .map(|last| entries.insert(entry(alike(last))))
            .collect();
        entries.remove(numbers[2]);
        for (last, number) in (0..).zip(numbers) {
            let found = entries.find(alike(last));
            assert_eq!(found, (last != 2).then_some(number));
        }
        assert_eq!(entries.find(alike(5)), None);
    }

    #[test]
    fn places_of_removed_entries_are_taken_again() {
        let mut entries = Entries::default();
        let hash = |number: u16| {
            let [high, low] = number.to_be_bytes();
            let mut hash = [0; 32];
            (hash[0], hash[1]) = (high, low);
            BlockHash(hash)
        };
        for round in 0..50 {
            let numbers: Vec<Number> = (0..300)
                .map(|number| entries.insert(entry(hash(300 * round + number))))
                .collect();
            let there: Vec<BlockHash> = entries.iter().map(|entry| entry.hash).collect();
            assert!(there.len() == 300 && there.is_sorted());
            numbers
                .into_iter()
                .for_each(|number| entries.remove(number));
        }
        assert_eq!(entries.iter().count(), 0);
        assert_eq!(entries.chunks.len(), 300_usize.div_ceil(CHUNK));
        assert_eq!(entries.free.len(), 300);
    }
}
