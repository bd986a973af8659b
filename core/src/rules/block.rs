//! Rules that a block's body must keep under its header, without a ledger.

use std::sync::Arc;

use super::transaction::{WellFormedTransaction, well_formed};
use super::{CheckedTransaction, RuleError};
use crate::block::{Block, Coinbase, MAX_BLOCK};
use crate::encode::encode;
use crate::hash::{BlockHash, NetworkId};
use crate::header::{HEADER_BYTES, Header};
use crate::merkle;
use crate::params::Params;
use crate::units::Height;

/// A block whose body keeps every rule that can be checked without the ledger.
/// Only [`check_block`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBlock {
    /// The header, whose own rules the header tree has checked.
    header: Header,
    hash: BlockHash,
    coinbase: Coinbase,
    /// Shared: a block is handed on to whoever follows the chain.
    transactions: Arc<[CheckedTransaction]>,
}

impl CheckedBlock {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its hash.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    /// The coinbase.
    pub fn coinbase(&self) -> &Coinbase {
        &self.coinbase
    }

    /// The transactions, in order.
    pub fn transactions(&self) -> &[CheckedTransaction] {
        &self.transactions
    }

    /// The block, no longer known to be checked.
    pub fn to_block(&self) -> Block {
        Block {
            header: self.header,
            coinbase: self.coinbase,
            transactions: self
                .transactions
                .iter()
                .map(|checked| checked.get().clone())
                .collect(),
        }
    }
}

/// A block that keeps every rule that can be checked without the ledger, if its
/// signatures hold, which nobody has looked at yet. Only [`well_formed_block`]
/// makes one; [`verify`](super::verify) makes it a [`CheckedBlock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WellFormedBlock {
    header: Header,
    hash: BlockHash,
    coinbase: Coinbase,
    transactions: Vec<WellFormedTransaction>,
}

impl WellFormedBlock {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its hash.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    /// Signatures in it.
    pub fn signatures(&self) -> usize {
        self.transactions.len()
    }

    pub(super) fn transactions(&self) -> &[WellFormedTransaction] {
        &self.transactions
    }

    /// The caller has seen every signature verified, by itself or in a batch, or
    /// before the body was put into the store that it came from.
    pub(crate) fn verified(self) -> CheckedBlock {
        let transactions = self.transactions.into_iter();
        CheckedBlock {
            header: self.header,
            hash: self.hash,
            coinbase: self.coinbase,
            transactions: transactions.map(WellFormedTransaction::verified).collect(),
        }
    }
}

/// Check a body. `height` is the header's place in the tree.
pub fn check_block(
    params: &Params,
    network: NetworkId,
    height: Height,
    block: Block,
) -> Result<CheckedBlock, RuleError> {
    let well_formed = well_formed_block(params, network, height, block)?;
    (well_formed.transactions.iter()).try_for_each(WellFormedTransaction::verify)?;
    Ok(well_formed.verified())
}

/// Check all of a body but its signatures.
pub fn well_formed_block(
    params: &Params,
    network: NetworkId,
    height: Height,
    block: Block,
) -> Result<WellFormedBlock, RuleError> {
    // Every part is encoded once: the root, the size and the ids follow from it.
    let coinbase = encode(&block.coinbase);
    let parts: Vec<Vec<u8>> = block.transactions.iter().map(encode).collect();
    // First: a body that is not the header's own says nothing about the header.
    merkle_root(&block.header, &coinbase, &parts)?;
    size(block_size(coinbase.len(), &parts))?;
    coinbase_height(height, &block)?;
    let transactions = (block.transactions.into_iter().zip(&parts))
        .map(|(transaction, bytes)| well_formed(params, network, transaction, bytes))
        .collect::<Result<_, _>>()?;
    Ok(WellFormedBlock {
        hash: block.header.hash(),
        header: block.header,
        coinbase: block.coinbase,
        transactions,
    })
}

// Canonical bytes of a block with these parts: header, coinbase, how many
// transactions as a varint, transactions.
fn block_size(coinbase: usize, transactions: &[Vec<u8>]) -> usize {
    let count = encode(&(transactions.len() as u64)).len();
    let all: usize = transactions.iter().map(Vec::len).sum();
    HEADER_BYTES + coinbase + count + all
}

fn merkle_root(
    header: &Header,
    coinbase: &[u8],
    transactions: &[Vec<u8>],
) -> Result<(), RuleError> {
    let leaves = [coinbase].into_iter();
    let body = merkle::root(leaves.chain(transactions.iter().map(Vec::as_slice)));
    if header.merkle_root != body {
        return Err(RuleError::MerkleRoot {
            header: header.merkle_root,
            body,
        });
    }
    Ok(())
}

fn size(received: usize) -> Result<(), RuleError> {
    if received > MAX_BLOCK {
        return Err(RuleError::BlockTooLarge {
            limit: MAX_BLOCK,
            received,
        });
    }
    Ok(())
}

fn coinbase_height(required: Height, block: &Block) -> Result<(), RuleError> {
    if block.coinbase.height != required {
        return Err(RuleError::CoinbaseHeight {
            required,
            received: block.coinbase.height,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Tree;
    use crate::testing::{author, block_on, easy_network, post};

    #[test]
    fn the_size_of_a_block_is_that_of_its_canonical_bytes() {
        let params = easy_network();
        let tree = Tree::new(params.clone());
        for posts in [0, 1, 127, 128, 130] {
            let posts = (0..posts).map(|seq| post(&params, &author(1), seq, "hola"));
            let block = block_on(&params, tree.heaviest(), 10, posts.collect());
            let parts: Vec<_> = block.transactions.iter().map(encode).collect();
            let size = block_size(encode(&block.coinbase).len(), &parts);
            assert_eq!(size, encode(&block).len());
        }
    }
}
