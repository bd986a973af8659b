//! The signatures of many blocks at once.

use super::{CheckedBlock, RuleError, WellFormedBlock};
use crate::hash::BlockHash;
use crate::keys::Batch;

/// Signatures in a batch, about: a block more than fills it. Larger ones gain a few
/// percent; one unsound block costs those beside it a second look.
const BATCH_SIGNATURES: usize = 1_024;

/// A block with an unsound signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsound {
    /// Which block.
    pub hash: BlockHash,
    /// Which signature.
    pub rule: RuleError,
}

/// Verify the signatures of blocks, many in a batch, and tell of each block whether
/// they hold, as if they were verified one by one. `seed` is the node's: see
/// [`Batch`].
pub fn verify(seed: &[u8; 32], blocks: Vec<WellFormedBlock>) -> Vec<Result<CheckedBlock, Unsound>> {
    let mut verdicts = Vec::with_capacity(blocks.len());
    let mut run = Vec::new();
    let mut signatures = 0;
    for block in blocks {
        signatures += block.signatures();
        run.push(block);
        if signatures >= BATCH_SIGNATURES {
            verdicts.extend(verify_run(seed, std::mem::take(&mut run)));
            signatures = 0;
        }
    }
    verdicts.extend(verify_run(seed, run));
    verdicts
}

fn verify_run(
    seed: &[u8; 32],
    blocks: Vec<WellFormedBlock>,
) -> impl Iterator<Item = Result<CheckedBlock, Unsound>> {
    let all = hold(seed, &blocks);
    blocks.into_iter().map(move |block| {
        if all || hold(seed, std::slice::from_ref(&block)) {
            return Ok(block.verified());
        }
        // One by one decides, and says which it is.
        let hash = block.hash();
        match (block.transactions().iter()).find_map(|one| one.verify().err()) {
            Some(rule) => Err(Unsound { hash, rule }),
            None => Ok(block.verified()),
        }
    })
}

fn hold(seed: &[u8; 32], blocks: &[WellFormedBlock]) -> bool {
    // The equation of a batch costs as much as a signature, and most blocks are empty.
    if blocks.iter().all(|block| block.signatures() == 0) {
        return true;
    }
    let mut batch = Batch::new(seed);
    for transaction in blocks.iter().flat_map(WellFormedBlock::transactions) {
        transaction.add_to(&mut batch);
    }
    batch.verify()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::chain::Tree;
    use crate::rules::{check_block, well_formed_block};
    use crate::testing::{author, block_on, easy_network, post, seal};
    use crate::units::Height;

    #[test]
    fn each_unsound_block_of_a_run_is_told_with_its_transaction_and_the_others_pass() {
        let params = easy_network();
        let network = params.network_id();
        let tree = Tree::new(params.clone());
        let mut blocks: Vec<Block> = (1..=40)
            .map(|who| {
                let posts = (0..5).map(|seq| post(&params, &author(who), seq, "hola"));
                block_on(&params, tree.heaviest(), who.into(), posts.collect())
            })
            .collect();
        for (number, place) in [(0, 0), (17, 4), (18, 2), (39, 1)] {
            blocks[number].transactions[place].signature.0[7] ^= 1;
            seal(&mut blocks[number]);
        }
        let one_by_one: Vec<_> = (blocks.iter())
            .map(|block| check_block(&params, network, Height(1), block.clone()))
            .collect();
        let well_formed = blocks.iter().map(|block| {
            let block = well_formed_block(&params, network, Height(1), block.clone());
            block.expect("all but its signatures keeps the rules")
        });
        let together = verify(&[3; 32], well_formed.collect());
        let mut unsound = Vec::new();
        for ((together, one_by_one), block) in together.into_iter().zip(one_by_one).zip(&blocks) {
            if let Err(told) = &together {
                assert_eq!(told.hash, block.header.hash());
                unsound.push(block.header.hash());
            }
            assert_eq!(together.map_err(|told| told.rule), one_by_one);
        }
        let spoiled = [0, 17, 18, 39].map(|number: usize| blocks[number].header.hash());
        assert_eq!(unsound, spoiled);
    }
}
