//! A new tip: blocks come and, when a heavier branch wins, others go.

use std::rc::Rc;

use tablon_core::hash::BlockHash;
use tablon_core::units::{Height, Millis};
use tablon_core::view::{BlockView, Kind, TransactionView};

use super::super::state::{
    BLOCKS_KEPT, FORK_SHOWN, Fork, SYNC_MANY, State, TIPPED_KEPT, What, concerns, own_address,
};

/// A block that is older than this when it comes is no news, seconds.
const RECENT: u32 = 600;

impl State {
    pub(super) fn tip(
        &mut self,
        now: Millis,
        fork: Height,
        disconnected: &[BlockHash],
        connected: Vec<BlockView>,
    ) {
        self.branches_due += 1;
        let leap = self.leaps(fork, &connected);
        let blocks = Rc::make_mut(&mut self.blocks);
        let lost: Vec<_> = blocks
            .iter()
            .filter(|block| block.index > fork)
            .cloned()
            .collect();
        blocks.retain(|block| block.index <= fork);

        let still_loose = self.transactions(now, fork, &lost, &connected, leap);
        if lost.len() < disconnected.len() {
            // Blocks went that the page never had: so may tips and names have.
            self.missed += 1;
            self.people_due += 1;
        }

        let blocks = Rc::make_mut(&mut self.blocks);
        let first = connected.first().map(|block| block.index);
        let apart =
            (first.zip(blocks.front())).is_some_and(|(first, tip)| tip.index.next() != first);
        if apart {
            blocks.clear();
        }
        if leap || apart {
            Rc::make_mut(&mut self.notes).complete = false;
            self.missed += 1;
            self.people_due += 1;
        }
        for block in connected {
            blocks.push_front(Rc::new(block));
        }
        blocks.truncate(BLOCKS_KEPT);
        let height = blocks.front().map_or(fork, |block| block.index);

        if !disconnected.is_empty() {
            self.fork = (!lost.is_empty()).then(|| {
                Rc::new(Fork {
                    at: fork,
                    blocks: lost,
                })
            });
            self.happened(
                now,
                What::Reorganised {
                    blocks: disconnected.len() as u32,
                    loosened: still_loose,
                },
            );
        } else if let Some(held) = &self.fork
            && height.above(held.at) > FORK_SHOWN + held.blocks.len() as u32
        {
            self.fork = None;
        }
    }

    /// Whether more blocks came than the message shows, or many more are to come:
    /// then their posts are asked for in the end. To draw thousands that are gone
    /// from the board a moment later would leave the page no time for anything else.
    fn leaps(&self, fork: Height, connected: &[BlockView]) -> bool {
        let first = connected.first().map(|block| block.index);
        let last = connected.last().map_or(fork, |block| block.index);
        let to_come = (self.fetching()).map_or(0, |sync| sync.want.above(last));
        first.is_some_and(|first| first != fork.next()) || to_come > SYNC_MANY
    }

    /// Loosen what was above the fork and pin what is connected; how many notes
    /// are loose after that.
    fn transactions(
        &mut self,
        now: Millis,
        fork: Height,
        lost: &[Rc<BlockView>],
        connected: &[BlockView],
        leap: bool,
    ) -> u32 {
        let me = own_address(self.status.as_ref());
        let now = now.timestamp().0;
        // The node tells what came loose before it tells the tip; what the new
        // branch has too it does not tell.
        let mut loose = (*std::mem::take(&mut self.loosened)).clone();
        let notes = Rc::make_mut(&mut self.notes);
        loose.extend(notes.held.loosen_above(fork));
        if self.own_transactions.held.reaches_above(fork) {
            loose.extend(
                Rc::make_mut(&mut self.own_transactions)
                    .held
                    .loosen_above(fork),
            );
        }
        for block in connected {
            let recent = now.saturating_sub(block.timestamp.0) < RECENT;
            for (place, transaction) in (0..).zip(&block.transactions) {
                if transaction.kind == Kind::Post {
                    if leap && !notes.held.by_id.contains_key(&transaction.id) {
                        continue;
                    }
                    notes.pinned(transaction.clone(), block.index, place);
                } else if concerns(me, transaction) {
                    let own_transactions = Rc::make_mut(&mut self.own_transactions);
                    own_transactions.pinned(transaction.clone(), block.index, place, recent);
                }
                match transaction.kind {
                    Kind::Join => notes.named(transaction.author, Some(&transaction.name)),
                    Kind::Leave => notes.named(transaction.author, None),
                    _ => {}
                }
            }
        }
        let still_loose = notes.held.still_loose(&loose).len() as u32;
        notes.trim();
        if !self.own_transactions.held.still_loose(&loose).is_empty() {
            Rc::make_mut(&mut self.own_transactions).loosened(&loose);
        }

        let gone = lost.iter().flat_map(|block| &block.transactions);
        let come = connected.iter().flat_map(|block| &block.transactions);
        let names =
            |transaction: &TransactionView| matches!(transaction.kind, Kind::Join | Kind::Leave);
        if gone.clone().any(names) {
            // Under which name its author was known before, the node knows.
            self.missed += 1;
        }
        if gone.clone().chain(come.clone()).any(names) {
            self.people_due += 1;
        }
        for tip in gone.chain(come).filter_map(|transaction| transaction.tip) {
            if self.notes.held.by_id.contains_key(&tip) {
                Rc::make_mut(&mut self.tipped).insert(tip);
            }
        }
        if self.tipped.len() > TIPPED_KEPT {
            self.tipped = Rc::default();
            self.missed += 1;
        }
        still_loose
    }
}
