//! The rules of consensus. Each is one function and one variant of
//! [`RuleError`]: the enum is the list of the rules.

mod block;
mod header;
mod ledger;
mod signatures;
#[cfg(test)]
mod tests;
mod transaction;

pub use block::{CheckedBlock, WellFormedBlock, check_block, well_formed_block};
pub use header::{check_header, time_not_ahead};
pub use ledger::{affordable, in_sequence, is_participant, may_act, state_root};
pub use signatures::{Unsound, verify};
pub use transaction::{CheckedTransaction, check_action, check_transaction};

use crate::hash::{BlockHash, MerkleRoot, NetworkId, StateRoot, TxId};
use crate::keys::{Address, PublicKey};
use crate::target::{CompactTarget, NoTarget};
use crate::text::TextError;
use crate::units::{Amount, Height, Timestamp};

/// A rule of consensus that was broken, with what it requires and what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Header: version bits that are not free.
    #[error("the header's version 0x{received:08x} lacks 0x{required:08x} outside the rolled bits")]
    Version {
        /// Bits required.
        required: u32,
        /// Version received.
        received: u32,
    },
    /// Header: difficulty.
    #[error("the header's bits are 0x{:08x}, its parent and time require 0x{:08x}", .received.0, .required.0)]
    Bits {
        /// By the schedule.
        required: CompactTarget,
        /// In the header.
        received: CompactTarget,
    },
    /// Header: bits that name no target.
    #[error(transparent)]
    NoTarget(#[from] NoTarget),
    /// Header: proof.
    #[error("the block hash {hash} is above its target {target}")]
    Proof {
        /// Hexadecimal target.
        target: String,
        /// The hash.
        hash: BlockHash,
    },
    /// Header: later than the parent.
    #[error("the header's time {received} is not after its parent's {parent}")]
    TimeNotAfterParent {
        /// Parent's time.
        parent: Timestamp,
        /// Header's time.
        received: Timestamp,
    },
    /// Header: it and its parent took half a spacing.
    #[error(
        "the header's time {received} is before {earliest}: two blocks take at least half a spacing"
    )]
    ShortestSpacing {
        /// Earliest time taken on this parent.
        earliest: Timestamp,
        /// Header's time.
        received: Timestamp,
    },
    /// Header: not older than the network.
    #[error("the header's time {received} is before {born}, when the network was made")]
    TimeBeforeBirth {
        /// The network's.
        born: Timestamp,
        /// Header's time.
        received: Timestamp,
    },
    /// Header: not too far ahead of this node's clock. Held until due.
    #[error("the header's time {received} is after {limit}, two spacings ahead of this clock")]
    TimeAhead {
        /// Latest time taken now.
        limit: Timestamp,
        /// Header's time.
        received: Timestamp,
    },
    /// Block: size.
    #[error("the block is {received} bytes, at most {limit} are taken")]
    BlockTooLarge {
        /// Bytes taken.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// Block: the body is the one that the header commits to.
    #[error("the body's Merkle root is {body}, the header says {header}")]
    MerkleRoot {
        /// In the header.
        header: MerkleRoot,
        /// Of the body.
        body: MerkleRoot,
    },
    /// Block: the coinbase states the height.
    #[error("the coinbase says height {received}, the block stands at {required}")]
    CoinbaseHeight {
        /// By the chain.
        required: Height,
        /// In the coinbase.
        received: Height,
    },
    /// Transaction: size.
    #[error("the transaction is {received} bytes, at most {limit} are taken")]
    TransactionTooLarge {
        /// Bytes taken.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// Transaction: network.
    #[error("the transaction is for network {received}, this is {required}")]
    OtherNetwork {
        /// This network.
        required: NetworkId,
        /// In the transaction.
        received: NetworkId,
    },
    /// Transaction: text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Transaction: stamp.
    #[error(
        "the transaction's id {id} starts with {received} zero bits, its size requires {required}"
    )]
    Stamp {
        /// The id.
        id: TxId,
        /// Bits required.
        required: u32,
        /// Bits received.
        received: u32,
    },
    /// Transaction: signature.
    #[error("the signature of transaction {id} is not by its author {author}")]
    Signature {
        /// The id.
        id: TxId,
        /// The author.
        author: PublicKey,
    },
    /// Transaction: a transfer moves something.
    #[error("a transfer moves at least 1 coin, transaction {id} moves 0")]
    NothingTransferred {
        /// The id.
        id: TxId,
    },
    /// Transaction: a secret is as long as one can be.
    #[error("a sealed message has {least} to {most} bytes, received {received}")]
    SecretSize {
        /// Bytes, at least.
        least: usize,
        /// Bytes, at most.
        most: usize,
        /// Bytes received.
        received: usize,
    },
    /// Ledger: whoever has left does nothing but join again.
    #[error("{author} left in block {since}: whoever has left must join again first")]
    HasLeft {
        /// The author.
        author: Address,
        /// Block in which it left.
        since: Height,
    },
    /// Ledger: only a participant can leave.
    #[error("{author} is no participant, so it cannot leave")]
    NotAParticipant {
        /// The author.
        author: Address,
    },
    /// Ledger: nobody spends more than they have.
    #[error("{author} has {balance} coins to spend, {amount} are asked for")]
    Overspent {
        /// Who spends.
        author: Address,
        /// What there is.
        balance: Amount,
        /// What is spent.
        amount: Amount,
    },
    /// Ledger: the coinbase commits to the ledger after the block.
    #[error("the coinbase says state root {received}, the ledger's is {required}")]
    StateRoot {
        /// Of the ledger.
        required: StateRoot,
        /// In the coinbase.
        received: StateRoot,
    },
    /// Ledger: an author's transactions come in order, each once.
    #[error("transaction {id} has number {received}, its author's next is {required}")]
    Sequence {
        /// The id.
        id: TxId,
        /// The author's next number.
        required: u32,
        /// In the transaction.
        received: u32,
    },
}

impl RuleError {
    /// A stable name of the rule, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "version",
            Self::Bits { .. } => "bits",
            Self::NoTarget(_) => "no_target",
            Self::Proof { .. } => "proof",
            Self::TimeNotAfterParent { .. } => "time_not_after_parent",
            Self::ShortestSpacing { .. } => "shortest_spacing",
            Self::TimeBeforeBirth { .. } => "time_before_birth",
            Self::TimeAhead { .. } => "time_ahead",
            Self::BlockTooLarge { .. } => "block_too_large",
            Self::MerkleRoot { .. } => "merkle_root",
            Self::CoinbaseHeight { .. } => "coinbase_height",
            Self::TransactionTooLarge { .. } => "transaction_too_large",
            Self::OtherNetwork { .. } => "other_network",
            Self::Text(error) => match error {
                TextError::Empty(_) => "text_empty",
                TextError::TooLong { .. } => "text_too_long",
                TextError::ControlCharacter { .. } => "text_control_character",
                TextError::DirectionChange { .. } => "text_direction_change",
                TextError::Untrimmed(_) => "text_untrimmed",
                TextError::NotComposed(_) => "text_not_composed",
                TextError::Invisible { .. } => "text_invisible",
                TextError::Unassigned { .. } => "text_unassigned",
                TextError::SpecialSpace { .. } => "text_special_space",
                TextError::DoubledSpace { .. } => "text_doubled_space",
                TextError::LooseMark { .. } => "text_loose_mark",
                TextError::RepeatedMark { .. } => "text_repeated_mark",
                TextError::TooManyMarks { .. } => "text_too_many_marks",
                TextError::MixedScripts { .. } => "text_mixed_scripts",
            },
            Self::Stamp { .. } => "stamp",
            Self::Signature { .. } => "signature",
            Self::NothingTransferred { .. } => "nothing_transferred",
            Self::SecretSize { .. } => "secret_size",
            Self::HasLeft { .. } => "has_left",
            Self::NotAParticipant { .. } => "not_a_participant",
            Self::Overspent { .. } => "overspent",
            Self::StateRoot { .. } => "state_root",
            Self::Sequence { .. } => "sequence",
        }
    }
}
