//! What a peer may not do, typed by rule. Each ends in disconnection and a
//! cool-off; other nodes are not told, so nobody can be slandered.

use crate::encode::DecodeError;
use crate::hash::{BlockHash, NetworkId, PeerId};
use crate::rules::RuleError;
use crate::wire::TooMany;

/// A rule of the wire protocol that a peer broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// A frame that is no message.
    #[error("a frame does not read: {0}")]
    Frame(#[from] DecodeError),
    /// A second hello.
    #[error("a hello is said once")]
    Hello,
    /// Another network.
    #[error("it is of network {received}, this node is of {required}")]
    OtherNetwork {
        /// Ours.
        required: NetworkId,
        /// The peer's.
        received: NetworkId,
    },
    /// Another protocol.
    #[error("it speaks protocol {received}, this node speaks {required}")]
    OtherProtocol {
        /// Ours.
        required: u16,
        /// The peer's.
        received: u16,
    },
    /// A list longer than the protocol allows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Headers that do not follow each other, or do not answer the request.
    #[error("header {0} does not follow what was asked for")]
    HeadersDoNotFollow(BlockHash),
    /// A header that breaks a rule of consensus.
    #[error("header {hash}: {rule}")]
    Header {
        /// Which.
        hash: BlockHash,
        /// The rule.
        rule: RuleError,
    },
    /// A header on a block known to be invalid.
    #[error("block {0} is invalid or stands on an invalid one")]
    InvalidBranch(BlockHash),
    /// A body that breaks a rule of consensus.
    #[error("block {hash}: {rule}")]
    Block {
        /// Which.
        hash: BlockHash,
        /// The rule.
        rule: RuleError,
    },
    /// A transaction that breaks a rule of consensus.
    #[error("a transaction: {0}")]
    Transaction(RuleError),
    /// A block that was not asked for.
    #[error("block {0} was not asked for")]
    UnaskedBlock(BlockHash),
    /// Headers that were not asked for.
    #[error("headers came that were not asked for")]
    UnaskedHeaders,
    /// A pong without its ping.
    #[error("a pong answers no ping")]
    UnaskedPong,
    /// A signal whose signature does not hold.
    #[error("a signal is not signed by its author")]
    UnsignedSignal,
    /// A signal larger than the relay would carry.
    #[error("a signal has {received} bytes, at most {limit} are carried")]
    LargeSignal {
        /// Carried.
        limit: usize,
        /// Received.
        received: usize,
    },
    /// A signal of this node itself, or one that people carry.
    #[error("a signal came that neighbours do not carry")]
    MisplacedSignal,
    /// Neighbours signal for themselves alone.
    #[error("it signals to another in the name of {from}")]
    SignalOfAnother {
        /// The author.
        from: PeerId,
    },
    /// A block larger than news may be.
    #[error("a new block of {received} bytes came unasked, at most {limit} are sent so")]
    LargeNews {
        /// Sent so.
        limit: usize,
        /// Received.
        received: usize,
    },
    /// More requests than the peer's bucket holds.
    #[error("it asks for more than {limit} units of work at once")]
    TooFast {
        /// Size of the bucket.
        limit: u32,
    },
    /// No answer in time, several times.
    #[error("it did not answer within {seconds} s, {times} times")]
    Silent {
        /// Time allowed.
        seconds: u64,
        /// How often.
        times: u32,
    },
}
