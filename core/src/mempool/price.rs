//! What a stamp must be to be mined next, as a fee would be estimated: by what
//! waits. While all of it fits into a block, the rule's least stamp does.

use super::package::{Package, Score, score, work};
use super::{BLOCK_ROOM_BYTES, Mempool};
use crate::keys::Address;

/// Bits of the largest stamp that counts ([`work`]).
const MOST_BITS: u32 = 64;

impl Mempool {
    /// The least stamp, from `least` bits on, with which a newcomer of `size` bytes
    /// enters the pool now.
    pub fn bits_to_enter(&self, size: usize, least: u32) -> u32 {
        let mut free = self.limit().saturating_sub(self.bytes);
        let mut level = None;
        let strangers = self.ranked.iter().filter(|rank| !self.is_own(rank.author));
        for rank in strangers {
            if free >= size {
                break;
            }
            let package = &self.packages[&rank.author];
            free += package.chunk(rank.first()).1 as usize; // at most the pool's bytes
            level = Some(rank.score);
        }
        bits_above(level, 0, 0, size, least)
    }

    /// The least stamp, from `least` bits on, with which the next transaction of an
    /// author is in the next block, if no more come: it also pays for those of its
    /// author that it must wait for.
    pub fn bits_for_next_block(&self, author: Address, size: usize, least: u32) -> u32 {
        let Some(level) = self.level_of_next_block(size) else {
            return least;
        };
        let before = self.packages.get(&author);
        let chunks = before.map_or(&[][..], |package| package.chunks());
        let late = chunks
            .iter()
            .rev()
            .take_while(|chunk| chunk.score() <= level);
        let (work, bytes) = late.fold((0, 0), |(work, bytes), chunk| {
            (work + chunk.work, bytes + chunk.bytes)
        });
        bits_above(Some(level), work, bytes, size, least)
    }

    // The lowest work per byte with which something of `size` bytes is still in the
    // next block; none when there is room for all.
    fn level_of_next_block(&self, size: usize) -> Option<Score> {
        let own = self.own.iter().filter_map(|own| self.packages.get(own));
        let own: usize = own.map(Package::bytes).sum();
        let fits = |bytes: usize| bytes + size <= BLOCK_ROOM_BYTES;
        if fits(self.bytes + own) {
            return None;
        }
        let mut bytes = 0;
        for rank in self.ranked.iter().rev() {
            let chunk = self.packages[&rank.author].chunk(rank.first()).1;
            bytes += chunk as usize; // at most the pool's bytes
            if !fits(bytes) {
                return Some(rank.score);
            }
        }
        None
    }
}

// The least stamp whose work, with `before` on `bytes`, is above a level.
fn bits_above(level: Option<Score>, before: u128, bytes: u64, size: usize, least: u32) -> u32 {
    let Some(level) = level else { return least };
    let bytes = bytes + size as u64; // a transaction's bytes
    let is_enough = |bits: &u32| score(before + work(*bits), bytes) > level;
    (least..MOST_BITS).find(is_enough).unwrap_or(MOST_BITS)
}
