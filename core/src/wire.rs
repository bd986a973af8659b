//! What two nodes say to each other: one closed enum.
//!
//! ```text
//! both      Hello                      once, first
//! both      Ping -> Pong               liveness and round trip
//! fetching  GetHeaders -> Headers      headers first, by locator
//!           GetBlocks -> Block, Absent bodies, one message each
//! telling   Tip                        headers of a new tip, at most 8
//!           NewBlock                   a small block, whole
//!           Inventory -> GetTransactions -> Transactions
//!           Prune, Graft               whether news come whole or by name
//! meeting   Neighbours                 whom the speaker is linked to
//!           Signal -> Unreachable      opens a link to one of them
//! ```
//!
//! News travel whole along a tree and by name across it: a neighbour that gave
//! what another had given before is told to `Prune`, and one whose news by name
//! came first to `Graft` (J. Leitão et al., Epidemic Broadcast Trees, 2007).

mod bounds;

pub use bounds::TooMany;
use serde::{Deserialize, Serialize};

use crate::block::{Block, MAX_BLOCK};
use crate::encode::{DecodeError, decode, encode};
use crate::hash::{BlockHash, NetworkId, PeerId, TxId};
use crate::header::Header;
use crate::relay::SignedSignal;
use crate::target::Work;
use crate::transaction::Transaction;
use crate::units::{Height, Millis};

/// Version of this protocol.
pub const PROTOCOL: u16 = 2;

/// Bytes of a message, at most: a full block and its tag. Browsers' data
/// channels carry 256 KiB.
pub const MAX_FRAME: usize = MAX_BLOCK + 1024;

/// Headers in one message, at most: 1,000 of 80 bytes.
pub const MAX_HEADERS: usize = 1_000;
/// Headers that announce a new tip, at most (BIP-130 has 8, too).
pub const MAX_ANNOUNCED: usize = 8;
/// Hashes in a locator, at most: 10 dense, then doubling gaps over 2^32 heights.
pub const MAX_LOCATOR: usize = 48;
/// Blocks asked for in one message, at most.
pub const MAX_BLOCKS: usize = 16;
/// Ids in one inventory or request, at most: 16 KiB.
pub const MAX_IDS: usize = 512;
/// Transactions in one message, at most: as many as a peer is asked for at a time. A
/// message takes no more than some 15 ms, for a signature check and a row each.
pub const MAX_TRANSACTIONS: usize = 128;
/// Neighbours named in one message, at most: as many as a node has.
pub const MAX_NEIGHBOURS: usize = 8;
/// Bytes of a block that is sent whole and unasked, at most: about what its
/// announcement and the request for it cost in time on a slow link.
pub const SMALL_BLOCK: usize = 16 * 1024;
/// Bytes of transactions that fill one message before the next is begun.
pub const TRANSACTIONS_FILL: usize = MAX_BLOCK / 2;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// First message each way.
    Hello(Hello),
    /// To be answered by a `Pong` with the same number.
    Ping(u64),
    /// Answer to `Ping`.
    Pong(u64),
    /// Headers after the first of these hashes that is on your best chain.
    GetHeaders(Vec<BlockHash>),
    /// Answer to `GetHeaders`: in order, each the child of the one before.
    Headers(Vec<Header>),
    /// The last headers of a new best chain, in order, unasked.
    Tip(Vec<Header>),
    /// Bodies wanted.
    GetBlocks(Vec<BlockHash>),
    /// One of the blocks asked for.
    Block(Box<Block>),
    /// Blocks that were asked for and are not held.
    Absent(Vec<BlockHash>),
    /// Transactions that wait here.
    Inventory(Vec<TxId>),
    /// Transactions wanted.
    GetTransactions(Vec<TxId>),
    /// Transactions asked for, without those that no longer wait; or news.
    Transactions(Vec<Transaction>),
    /// A new block of at most [`SMALL_BLOCK`] bytes on the speaker's best chain,
    /// unasked.
    NewBlock(Box<Block>),
    /// Send me news by name: others send them sooner.
    Prune,
    /// Send me news whole: yours came sooner.
    Graft,
    /// Whom the speaker is linked to now, other than the listener.
    Neighbours(Vec<PeerId>),
    /// A signal of the speaker for one of the listener's neighbours, or of one of
    /// the speaker's neighbours for the listener.
    Signal(Box<SignedSignal>),
    /// The signal's addressee is no neighbour (any more).
    Unreachable(PeerId),
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: u16,
    /// Genesis' hash.
    pub network: NetworkId,
    /// Height of the speaker's tip.
    pub height: Height,
    /// Hash of the speaker's tip.
    pub tip: BlockHash,
    /// Work of the speaker's chain: a claim, checked by its headers.
    pub work: Work,
    /// Speaker's clock.
    pub time: Millis,
}

impl Message {
    /// The frame to send.
    pub fn to_frame(&self) -> Vec<u8> {
        encode(self)
    }

    /// Read a frame of at most [`MAX_FRAME`] bytes.
    pub fn from_frame(frame: &[u8]) -> Result<Self, DecodeError> {
        decode("a message", frame, MAX_FRAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_message_of_each_kind_fits_a_frame() {
        let header = Header::from_bytes(&[0xff; 80]);
        for message in [
            Message::GetHeaders(vec![BlockHash([0xff; 32]); MAX_LOCATOR]),
            Message::Headers(vec![header; MAX_HEADERS]),
            Message::GetBlocks(vec![BlockHash([0xff; 32]); MAX_BLOCKS]),
            Message::Inventory(vec![TxId([0xff; 32]); MAX_IDS]),
        ] {
            let frame = message.to_frame();
            assert!(frame.len() <= MAX_FRAME);
            assert_eq!(Message::from_frame(&frame).unwrap(), message);
        }
    }

    #[test]
    fn a_frame_over_the_bound_is_refused_unread() {
        let error = Message::from_frame(&vec![0; MAX_FRAME + 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} bytes, at most {MAX_FRAME} are taken", MAX_FRAME + 1)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            if let Ok(message) = Message::from_frame(&bytes) {
                proptest::prop_assert_eq!(message.to_frame(), bytes);
            }
        }
    }
}
