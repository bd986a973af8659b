//! SHA-256d and the ids made with it.
//!
//! Every id is 32 bytes. Where an id carries work (block hash, transaction id)
//! it is read as a little-endian 256-bit number and shown the way Bitcoin shows
//! it, most significant byte first, so that work is visible as leading zeros.

use core::fmt;
use core::str::FromStr;

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// SHA-256 applied twice, as in Bitcoin (no length extension).
pub fn sha256d(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

/// SHA-256 once: key fingerprints and Merkle nodes.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A text that is not an id: wrong length or not hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 64 hexadecimal digits, received {received:?}")]
pub struct NotAnId {
    /// The text received, cut to 80 characters.
    pub received: String,
}

fn parse_hex(text: &str) -> Result<[u8; 32], NotAnId> {
    let refuse = || NotAnId {
        received: text.chars().take(80).collect(),
    };
    let bytes = HEX.decode(text.as_bytes()).map_err(|_| refuse())?;
    bytes.try_into().map_err(|_| refuse())
}

macro_rules! hash_type {
    ($(#[$doc:meta])* $name:ident, shown $order:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The bytes in the order in which they are shown.
            fn shown(self) -> [u8; 32] {
                #[allow(unused_mut)]
                let mut bytes = self.0;
                hash_type!(@order $order bytes);
                bytes
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEX.encode(&self.shown()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Ok(Self($name(parse_hex(text)?).shown()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() {
                    to.collect_str(self)
                } else {
                    self.0.serialize(to)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if from.is_human_readable() {
                    String::deserialize(from)?.parse().map_err(de::Error::custom)
                } else {
                    Ok(Self(<[u8; 32]>::deserialize(from)?))
                }
            }
        }
    };
    (@order reversed $bytes:ident) => { $bytes.reverse(); };
    (@order forward $bytes:ident) => {};
}

hash_type!(
    /// SHA-256d of an 80-byte header. Genesis' hash is the network id.
    BlockHash, shown reversed
);
hash_type!(
    /// Root of the ledger's accounts ([`crate::ledger`]).
    StateRoot, shown forward
);
hash_type!(
    /// SHA-256d of a transaction's canonical bytes without its signature.
    TxId, shown reversed
);
hash_type!(
    /// Root of a block's Merkle tree (RFC 6962 manner).
    MerkleRoot, shown reversed
);
hash_type!(
    /// SHA-256 of a node's public key: who a peer is.
    PeerId, shown forward
);

/// A network is named by the hash of its genesis block.
pub type NetworkId = BlockHash;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_shows_its_most_significant_byte_first_and_reads_back() {
        let mut bytes = [0u8; 32];
        bytes[0] = 0xab;
        let hash = BlockHash(bytes);
        assert_eq!(hash.to_string(), format!("{}ab", "00".repeat(31)));
        assert_eq!(hash.to_string().parse::<BlockHash>(), Ok(hash));
        let peer = PeerId(bytes);
        assert_eq!(peer.to_string(), format!("ab{}", "00".repeat(31)));
        assert_eq!(peer.to_string().parse::<PeerId>(), Ok(peer));
    }

    #[test]
    fn a_text_that_is_no_id_is_refused_with_its_value() {
        for text in ["", "zz", &"0".repeat(63), &"g".repeat(64)] {
            let error = text.parse::<TxId>().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
