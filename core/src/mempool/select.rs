//! What of the pool goes into a block.

use std::collections::BTreeSet;

use super::{Mempool, SMALLEST_BYTES};
use crate::keys::Address;
use crate::rules::CheckedTransaction;

impl Mempool {
    /// The best transactions for a block of at most `room` bytes: chunk by chunk, and
    /// only those that `fits` lets in, the ledger after those chosen before. Looks at
    /// no more of the pool than it takes to fill the block.
    pub fn select<E>(
        &self,
        room: usize,
        mut fits: impl FnMut(&CheckedTransaction) -> Result<bool, E>,
    ) -> Result<Vec<&CheckedTransaction>, E> {
        let (mut chosen, mut bytes) = (Vec::new(), 0);
        // Of these nothing more is taken: what comes before it did not fit.
        let mut closed: BTreeSet<Address> = BTreeSet::new();
        for rank in self.ranked.iter().rev() {
            if room.saturating_sub(bytes) < SMALLEST_BYTES {
                break;
            }
            if closed.contains(&rank.author) {
                continue;
            }
            let (chunk, size) = self.packages[&rank.author].chunk(rank.first());
            // Half a chunk would carry in what is cheap in it. One that no block has
            // room for, as a reorganisation may leave, comes in parts.
            let size = size as usize; // at most the pool's bytes
            if size <= room && bytes + size > room {
                closed.insert(rank.author);
                continue;
            }
            for waiting in chunk {
                let size = waiting.transaction.size() as usize;
                if bytes + size > room || !fits(&waiting.transaction)? {
                    closed.insert(rank.author);
                    break;
                }
                bytes += size;
                chosen.push(&waiting.transaction);
            }
        }
        Ok(chosen)
    }
}
