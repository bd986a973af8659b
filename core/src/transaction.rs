//! Transactions: what an author signs and stamps.
//!
//! Canonical bytes end with the stamp (8 bytes) and the signature (64 bytes).
//! The id is SHA-256d of all but the signature; it starts with as many zero bits
//! as the stamp's rule asks for, and the signature covers it. Nobody but the
//! author can therefore give a transaction another id (see ADR 1).

use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::hash::{NetworkId, TxId, sha256d};
use crate::keys::{Address, Batch, PublicKey, SecretKey, Signature};
use crate::units::{Amount, Timestamp};

/// Bytes of a stamp.
pub const STAMP_BYTES: usize = 8;
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Bytes of a transaction, at most: body 4,096, name and topic 48 each, lengths
/// and ids 200, rounded up.
pub const MAX_TRANSACTION: usize = 4608;

/// A transaction as it came, checked or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The network it is for: it cannot be replayed on another.
    pub network: NetworkId,
    /// Who speaks.
    pub author: PublicKey,
    /// How many transactions of the author came before it on the chain: order,
    /// and no replay.
    pub seq: u32,
    /// Author's clock.
    pub time: Timestamp,
    /// What is done.
    pub action: Action,
    /// Proof of work.
    pub stamp: Stamp,
    /// Of the author over the id.
    pub signature: Signature,
}

/// What a transaction does. New actions are added at the end only: the place is
/// the number on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A post on the board.
    Post(Post),
    /// Become a participant, or take another name.
    Join(Join),
    /// Be a participant no longer: what follows is refused until the next `Join`.
    Leave,
    /// Pay.
    Transfer(Transfer),
    /// A message that only its reader can open.
    Secret(Secret),
}

/// Publishes an account's key under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// 1 to 48 bytes. A claim: others may have the same.
    pub name: String,
}

/// Moves coins from the author's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who gets them; the account need not exist yet.
    pub to: Address,
    /// At least one.
    pub amount: Amount,
    /// The post that is tipped, if it is a tip.
    pub tip: Option<TxId>,
}

/// A message sealed to a reader's key ([`crate::sealed`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Who can open it.
    pub to: Address,
    /// Nonce, ciphertext and tag.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
}

/// A post on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Self-claimed name of the author; empty for none.
    pub name: String,
    /// Topic; empty for none.
    pub topic: String,
    /// The text.
    pub body: String,
    /// The post that this one answers.
    pub reply_to: Option<TxId>,
}

/// Eight free bytes inside a transaction, chosen so that its id starts with zero bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub [u8; STAMP_BYTES]);

/// Work for a stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampJob {
    /// Canonical bytes before the stamp.
    #[serde(with = "serde_bytes")]
    pub prefix: Vec<u8>,
    /// Leading zero bits wanted.
    pub bits: u32,
}

/// A transaction that waits for its stamp and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft(Transaction);

impl Draft {
    /// Begin a transaction.
    pub fn new(
        network: NetworkId,
        author: PublicKey,
        seq: u32,
        time: Timestamp,
        action: Action,
    ) -> Self {
        Self(Transaction {
            network,
            author,
            seq,
            time,
            action,
            stamp: Stamp::default(),
            signature: Signature([0; SIGNATURE_BYTES]),
        })
    }

    /// As it stands, unstamped and unsigned.
    pub fn get(&self) -> &Transaction {
        &self.0
    }

    /// What must be hashed for the stamp.
    pub fn stamp_job(&self, bits_for_size: impl Fn(usize) -> u32) -> StampJob {
        let mut prefix = encode(&self.0);
        let bits = bits_for_size(prefix.len());
        prefix.truncate(prefix.len() - STAMP_BYTES - SIGNATURE_BYTES);
        StampJob { prefix, bits }
    }

    /// The finished transaction.
    pub fn finish(mut self, stamp: Stamp, key: &SecretKey) -> Transaction {
        self.0.stamp = stamp;
        self.0.signature = key.sign(&signed_bytes(self.0.id()));
        self.0
    }
}

impl Transaction {
    /// SHA-256d of the canonical bytes without the signature.
    pub fn id(&self) -> TxId {
        id_of(&encode(self))
    }

    /// Whether the author signed it.
    pub fn is_signed(&self, id: TxId) -> bool {
        self.author.verify(&signed_bytes(id), &self.signature)
    }

    /// Put the signature into a batch.
    pub(crate) fn add_to(&self, batch: &mut Batch, id: TxId) {
        batch.add(&self.author, &signed_bytes(id), &self.signature);
    }
}

/// The id of a transaction's canonical bytes.
pub(crate) fn id_of(bytes: &[u8]) -> TxId {
    TxId(sha256d(&bytes[..bytes.len() - SIGNATURE_BYTES]))
}

fn signed_bytes(id: TxId) -> Vec<u8> {
    [b"tablon transaction 1\0".as_slice(), &id.0].concat()
}
