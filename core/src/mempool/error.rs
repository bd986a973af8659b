//! Why a transaction does not enter the pool.

use crate::hash::TxId;
use crate::units::Timestamp;

/// Why a transaction does not enter the pool. Not a rule of consensus: another
/// node may take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// It waits already.
    #[error("transaction {0} waits already")]
    Known(TxId),
    /// Its number was used on the chain.
    #[error("transaction {id} has number {received}, its author's next is {next}")]
    Used {
        /// The id.
        id: TxId,
        /// Author's next number.
        next: u32,
        /// In the transaction.
        received: u32,
    },
    /// Another waiting transaction of the author has the number.
    #[error("transaction {id} has number {number}, which {other} of the same author has already")]
    Taken {
        /// The id.
        id: TxId,
        /// The number.
        number: u32,
        /// Which has it.
        other: TxId,
    },
    /// Too far ahead of the chain or too many of one author.
    #[error(
        "transaction {id} has number {received}, at most {limit} of one author may wait from {next} on"
    )]
    TooMany {
        /// The id.
        id: TxId,
        /// Author's next number.
        next: u32,
        /// Most that may wait.
        limit: usize,
        /// In the transaction.
        received: u32,
    },
    /// The author's waiting transactions would fill more than a block.
    #[error(
        "with transaction {id} {received} bytes of one author would wait, at most {limit} fit into a block"
    )]
    TooLarge {
        /// The id.
        id: TxId,
        /// Bytes that a block has room for.
        limit: usize,
        /// Bytes with the transaction.
        received: usize,
    },
    /// The pool is full of transactions that cost more per byte.
    #[error(
        "the pool is full ({limit} bytes) and transaction {id} ({stamp_bits} bits on {size} bytes) cost no more per byte than the cheapest in it"
    )]
    Full {
        /// The id.
        id: TxId,
        /// Bytes that the pool takes.
        limit: usize,
        /// Bits of its stamp.
        stamp_bits: u32,
        /// Its bytes.
        size: u32,
    },
    /// It cannot be mined yet, and no more such are kept.
    #[error(
        "transaction {id} has number {received}, its author's next is {next}: {limit} such wait already, at most {per_author} of one author"
    )]
    Gapped {
        /// The id.
        id: TxId,
        /// The first number that is missing.
        next: u32,
        /// In the transaction.
        received: u32,
        /// Most that are kept.
        limit: usize,
        /// Most of one author.
        per_author: usize,
    },
    /// It says that it was written too long ago, or far in the future.
    #[error(
        "transaction {id} says that it was written at {received}; from {earliest} to {latest} is taken now"
    )]
    Time {
        /// The id.
        id: TxId,
        /// Earliest time taken.
        earliest: Timestamp,
        /// Latest time taken.
        latest: Timestamp,
        /// In the transaction.
        received: Timestamp,
    },
}

impl PoolError {
    /// A stable name of the rule, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Known(_) => "pool_known",
            Self::Used { .. } => "pool_used",
            Self::Taken { .. } => "pool_taken",
            Self::TooMany { .. } => "pool_too_many",
            Self::TooLarge { .. } => "pool_too_large",
            Self::Full { .. } => "pool_full",
            Self::Gapped { .. } => "pool_gapped",
            Self::Time { .. } => "pool_time",
        }
    }
}
