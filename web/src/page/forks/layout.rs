//! Where each block of the tree is drawn: heights are columns, the newest at the
//! left as in the strip; the best chain is the first row, and every branch has a
//! row below it that is free for as long as it lasts.

use std::collections::{BTreeMap, BTreeSet};

use tablon_core::hash::BlockHash;
use tablon_core::units::Height;
use tablon_core::view::{BranchView, Standing};

/// Heights drawn, the tip's included.
pub(super) const HEIGHTS: u32 = 30;
/// Of these, ahead of the tip: blocks that are being fetched.
const AHEAD: u32 = 5;

/// Branches drawn, the newest: headers cost their sender little, and a liar's many
/// would be all that one sees.
const BRANCHES: usize = 8;

/// A block of the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) block: BranchView,
    /// Columns from the left.
    pub(super) column: u32,
    /// 0 for the best chain and what goes on from its tip.
    pub(super) row: u32,
    /// Where the block before is drawn, if it is.
    pub(super) before: Option<(u32, u32)>,
}

/// A branch that is not the best chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Branch {
    /// The last block that it shares with the best chain, if that is drawn.
    pub(super) from: Option<Height>,
    /// Its own blocks, oldest first.
    pub(super) blocks: Vec<BranchView>,
    /// Its row.
    pub(super) row: u32,
}

/// The tree as it is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tree {
    pub(super) placed: Vec<Placed>,
    /// Those with less work, in the order of their rows.
    pub(super) lost: Vec<Branch>,
    /// Branches that are not drawn.
    pub(super) more: u32,
    pub(super) columns: u32,
    pub(super) rows: u32,
}

/// First height to ask for.
pub(super) fn first_height(tip: u32) -> Height {
    Height(tip.saturating_sub(HEIGHTS - 1))
}

/// Lay out what is known from [`first_height`] on.
pub(super) fn tree(tip: u32, known: &[BranchView]) -> Tree {
    let first = first_height(tip).0;
    let highest = known
        .iter()
        .map(|block| block.height.0)
        .max()
        .unwrap_or(tip);
    let last = highest.clamp(tip, tip + AHEAD);
    let drawn: BTreeMap<BlockHash, BranchView> = known
        .iter()
        .filter(|block| (first..=last).contains(&block.height.0))
        .map(|block| (block.hash, *block))
        .collect();
    let tips = tips(&drawn);
    let mut rows: BTreeMap<BlockHash, u32> = BTreeMap::new();
    // The best chain, and what goes on from its tip, take the first row.
    let best = drawn
        .values()
        .filter(|block| block.standing == Standing::Best);
    rows.extend(best.map(|block| (block.hash, 0)));
    let mut lost = Vec::new();
    let mut more = 0;
    // For each row but the first, the heights that are taken.
    let mut taken: Vec<BTreeSet<u32>> = Vec::new();
    for tip_of_branch in tips {
        let blocks = own_blocks(&drawn, &rows, tip_of_branch);
        let Some(oldest) = blocks.first() else {
            continue;
        };
        let from = drawn.get(&oldest.previous_hash);
        let goes_on = oldest.height.0 == tip + 1 && from.is_none_or(|from| rows[&from.hash] == 0);
        let heights: BTreeSet<u32> = blocks.iter().map(|block| block.height.0).collect();
        let all_new = |row: &BTreeSet<u32>| row.is_disjoint(&heights);
        let first_row_free = !rows.iter().any(|(hash, row)| {
            *row == 0 && drawn.get(hash).is_some_and(|block| block.height.0 > tip)
        });
        let row = if goes_on && first_row_free {
            0
        } else if lost.len() == BRANCHES {
            more += 1;
            continue;
        } else if let Some(row) = taken.iter().position(all_new) {
            row + 1
        } else {
            taken.push(BTreeSet::new());
            taken.len()
        };
        if let Some(taken) = row.checked_sub(1).and_then(|at| taken.get_mut(at)) {
            // Its line to the block before needs room too.
            taken.extend(heights);
            taken.insert(oldest.height.0.saturating_sub(1));
        }
        let row = row as u32; // at most one a block
        rows.extend(blocks.iter().map(|block| (block.hash, row)));
        if row > 0 {
            let from = from.map(|block| block.height);
            lost.push(Branch { from, blocks, row });
        }
    }
    let at = |block: &BranchView| Some((last - block.height.0, *rows.get(&block.hash)?));
    let mut placed: Vec<_> = drawn
        .values()
        .filter_map(|block| {
            let (column, row) = at(block)?;
            let before = drawn.get(&block.previous_hash).and_then(at);
            Some(Placed {
                block: *block,
                column,
                row,
                before,
            })
        })
        .collect();
    placed.sort_by_key(|placed| (placed.row, placed.column));
    Tree {
        rows: 1 + taken.len() as u32,
        columns: last - first.min(last) + 1,
        more,
        placed,
        lost,
    }
}

/// Blocks that no other one follows, the highest first, held ones before headers.
fn tips(drawn: &BTreeMap<BlockHash, BranchView>) -> Vec<BranchView> {
    let followed: BTreeSet<_> = drawn.values().map(|block| block.previous_hash).collect();
    let mut tips: Vec<_> = drawn
        .values()
        .filter(|block| block.standing != Standing::Best && !followed.contains(&block.hash))
        .copied()
        .collect();
    tips.sort_by_key(|tip| {
        (
            std::cmp::Reverse(tip.height),
            tip.standing != Standing::Stale,
            tip.hash,
        )
    });
    tips
}

/// The blocks down from `tip` that no row has yet, oldest first.
fn own_blocks(
    drawn: &BTreeMap<BlockHash, BranchView>,
    rows: &BTreeMap<BlockHash, u32>,
    tip: BranchView,
) -> Vec<BranchView> {
    let mut blocks = Vec::new();
    let mut next = Some(&tip);
    while let Some(block) = next.filter(|block| !rows.contains_key(&block.hash)) {
        blocks.push(*block);
        next = drawn.get(&block.previous_hash);
    }
    blocks.reverse();
    blocks
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::units::Timestamp;

    use super::*;

    fn hash(height: u32, branch: u8) -> BlockHash {
        let mut hash = [branch; 32];
        hash[..4].copy_from_slice(&height.to_le_bytes());
        BlockHash(hash)
    }

    /// Blocks `from + 1 ..= to` of a branch that leaves `base` at `from`.
    fn branch(base: u8, from: u32, to: u32, name: u8, standing: Standing) -> Vec<BranchView> {
        let before = |height: u32| if height == from + 1 { base } else { name };
        (from + 1..=to)
            .map(|height| BranchView {
                hash: hash(height, name),
                previous_hash: hash(height - 1, before(height)),
                height: Height(height),
                timestamp: Timestamp(height),
                standing,
            })
            .collect()
    }

    fn spine(to: u32) -> Vec<BranchView> {
        branch(0, 0, to, 0, Standing::Best)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_chain_without_forks_is_one_row_with_the_tip_at_the_left() {
        let tree = tree(100, &spine(100));
        assert_eq!((tree.rows, tree.columns), (1, HEIGHTS));
        assert!(tree.lost.is_empty());
        let tip = &tree.placed[0];
        assert_eq!((tip.block.height.0, tip.column), (100, 0));
        assert_eq!(tip.before, Some((1, 0)));
        assert_eq!(tree.placed.len() as u32, HEIGHTS);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn branches_that_do_not_overlap_share_a_row_and_others_do_not() {
        let mut known = spine(50);
        known.extend(branch(0, 40, 43, 1, Standing::Stale));
        known.extend(branch(0, 41, 42, 2, Standing::Stale));
        known.extend(branch(0, 30, 31, 3, Standing::Stale));
        let tree = tree(50, &known);
        assert_eq!(tree.rows, 3);
        let rows: Vec<_> = tree
            .lost
            .iter()
            .map(|lost| (lost.row, lost.blocks.len()))
            .collect();
        assert_eq!(rows, [(1, 3), (2, 1), (1, 1)]);
        assert_eq!(tree.lost[0].from, Some(Height(40)));
        let spots: BTreeSet<_> = tree.placed.iter().map(|p| (p.column, p.row)).collect();
        assert_eq!(
            spots.len(),
            known.iter().filter(|b| b.height.0 > 20).count()
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_branch_of_a_branch_hangs_off_it() {
        let mut known = spine(20);
        known.extend(branch(0, 10, 14, 1, Standing::Stale));
        known.extend(branch(1, 12, 13, 2, Standing::Stale));
        let tree = tree(20, &known);
        let twig = tree
            .placed
            .iter()
            .find(|p| p.block.hash == hash(13, 2))
            .unwrap();
        let stem = tree
            .placed
            .iter()
            .find(|p| p.block.hash == hash(12, 1))
            .unwrap();
        assert_eq!(twig.before, Some((stem.column, stem.row)));
        assert_ne!(twig.row, stem.row);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn headers_ahead_of_the_tip_go_on_in_its_row() {
        let mut known = spine(10);
        known.extend(branch(0, 10, 400, 0, Standing::Header));
        let tree = tree(10, &known);
        assert_eq!((tree.rows, tree.lost.len()), (1, 0));
        assert_eq!(tree.columns, 10 + 1 + AHEAD);
        assert_eq!(tree.placed[0].block.standing, Standing::Header);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_flood_of_branches_is_counted_and_not_drawn() {
        let mut known = spine(20);
        for name in 1..=100 {
            known.extend(branch(0, 15, 17, name, Standing::Header));
        }
        let tree = tree(20, &known);
        assert_eq!(
            (tree.lost.len(), tree.more),
            (BRANCHES, 100 - BRANCHES as u32)
        );
        assert_eq!(tree.placed.len(), 20 + 2 * BRANCHES);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_branch_that_began_before_what_is_drawn_hangs_off_nothing() {
        let mut known = spine(60);
        known.extend(branch(0, 20, 40, 1, Standing::Stale));
        let tree = tree(60, &known);
        assert_eq!(tree.lost[0].from, None);
        assert_eq!(tree.lost[0].blocks.len(), 10);
    }
}
