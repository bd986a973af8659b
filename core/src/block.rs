//! Blocks: a header and the body that its Merkle root commits to.

use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::hash::{MerkleRoot, StateRoot};
use crate::header::Header;
use crate::keys::Address;
use crate::merkle;
use crate::transaction::Transaction;
use crate::units::Height;

/// Bytes of a block, at most: some 300 ordinary posts every 15 s, and one wire
/// message with room to spare under the 256 KiB that browsers' channels carry.
pub const MAX_BLOCK: usize = 128 * 1024;

/// A block as it came, checked or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What is hashed.
    pub header: Header,
    /// What the miner says of itself.
    pub coinbase: Coinbase,
    /// In order.
    pub transactions: Vec<Transaction>,
}

/// First leaf of a block: it makes every miner's work its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coinbase {
    /// The block's height, so that no two coinbases are alike (BIP-34).
    pub height: Height,
    /// The miner's account, which the block's reward goes to.
    pub miner: Address,
    /// Root of the ledger after this block ([`crate::ledger::state`]).
    pub state_root: StateRoot,
    /// Counts on when the header's nonce runs out.
    pub extra_nonce: u64,
}

/// Root over a coinbase and the transactions, signatures included: a body with
/// an altered signature has another root, so nobody can spoil a block's name.
pub fn merkle_root(coinbase: &Coinbase, transactions: &[Transaction]) -> MerkleRoot {
    let mut leaves = vec![encode(coinbase)];
    leaves.extend(transactions.iter().map(encode));
    merkle::root(leaves.iter().map(Vec::as_slice))
}

impl Block {
    /// Root over the body as it is.
    pub fn merkle_root(&self) -> MerkleRoot {
        merkle_root(&self.coinbase, &self.transactions)
    }
}
