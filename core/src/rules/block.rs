//! Rules that a block's body must keep under its header, without a ledger.

use super::{CheckedTransaction, RuleError, check_transaction};
use crate::block::{Block, Coinbase, MAX_BLOCK};
use crate::encode::encode;
use crate::hash::{BlockHash, NetworkId};
use crate::header::Header;
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
    transactions: Vec<CheckedTransaction>,
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

/// Check a body. `height` is the header's place in the tree.
pub fn check_block(
    params: &Params,
    network: NetworkId,
    height: Height,
    block: Block,
) -> Result<CheckedBlock, RuleError> {
    // First: a body that is not the header's own says nothing about the header.
    merkle_root(&block)?;
    size(encode(&block).len())?;
    coinbase_height(height, &block)?;
    let transactions = block
        .transactions
        .into_iter()
        .map(|transaction| check_transaction(params, network, transaction))
        .collect::<Result<_, _>>()?;
    Ok(CheckedBlock {
        header: block.header,
        hash: block.header.hash(),
        coinbase: block.coinbase,
        transactions,
    })
}

fn merkle_root(block: &Block) -> Result<(), RuleError> {
    let body = block.merkle_root();
    if block.header.merkle_root != body {
        return Err(RuleError::MerkleRoot {
            header: block.header.merkle_root,
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
