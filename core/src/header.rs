//! The block header: Bitcoin's 80 bytes, so that Bitcoin's test vectors and
//! miners apply.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::{BlockHash, MerkleRoot, sha256d};
use crate::target::CompactTarget;
use crate::units::Timestamp;

/// Bytes of a header.
pub const HEADER_BYTES: usize = 80;

/// The version bits that miners may roll freely (BIP-320).
pub const ROLLED_BITS: u32 = 0x1fff_e000;

/// A header as it came, checked or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Header {
    /// Rules version; the bits of [`ROLLED_BITS`] mean nothing.
    pub version: u32,
    /// Hash of the parent.
    pub previous: BlockHash,
    /// Root over the block's body.
    pub merkle_root: MerkleRoot,
    /// Seconds since 1970, strictly after the parent's.
    pub time: Timestamp,
    /// Compact target.
    pub bits: CompactTarget,
    /// The number that the miner looks for.
    pub nonce: u32,
}

impl Header {
    /// The 80 bytes, little-endian: what is hashed.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&self.version.to_le_bytes());
        bytes[4..36].copy_from_slice(&self.previous.0);
        bytes[36..68].copy_from_slice(&self.merkle_root.0);
        bytes[68..72].copy_from_slice(&self.time.0.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.bits.0.to_le_bytes());
        bytes[76..].copy_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    /// Read 80 bytes; every such string is a header.
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes(
                bytes[at..at + 4]
                    .try_into()
                    .expect("four bytes make a word"),
            )
        };
        let hash = |at: usize| bytes[at..at + 32].try_into().expect("32 bytes make a hash");
        Self {
            version: word(0),
            previous: BlockHash(hash(4)),
            merkle_root: MerkleRoot(hash(36)),
            time: Timestamp(word(68)),
            bits: CompactTarget(word(72)),
            nonce: word(76),
        }
    }

    /// SHA-256d of the 80 bytes.
    pub fn hash(&self) -> BlockHash {
        BlockHash(sha256d(&self.to_bytes()))
    }
}

// As its 80 bytes in five 16-byte pieces (serde derives arrays up to 32 only);
// a fixed width, so no length prefix.
impl Serialize for Header {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes = self.to_bytes();
        let mut pieces = [[0u8; 16]; 5];
        for (piece, from) in pieces.iter_mut().zip(bytes.chunks_exact(16)) {
            piece.copy_from_slice(from);
        }
        pieces.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pieces = <[[u8; 16]; 5]>::deserialize(from)?;
        let bytes = pieces.concat();
        let bytes = bytes
            .as_slice()
            .try_into()
            .map_err(|_| de::Error::custom("a header is 80 bytes"))?;
        Ok(Self::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(hex: &str) -> Header {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        Header::from_bytes(&bytes.try_into().unwrap())
    }

    // Bitcoin's blocks 0, 1 and 125,552 (the field's worked example).
    const REAL: [(&str, &str); 3] = [
        (
            "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
            "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
        ),
        (
            "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
            "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
        ),
        (
            "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695",
            "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d",
        ),
    ];

    #[test]
    fn real_bitcoin_headers_hash_validate_and_link() {
        for (hex, hash) in REAL {
            let header = header(hex);
            assert_eq!(header.hash().to_string(), hash);
            assert!(header.bits.target().unwrap().is_met_by(header.hash()));
            let mut changed = header;
            changed.nonce ^= 1;
            assert!(!changed.bits.target().unwrap().is_met_by(changed.hash()));
        }
        assert_eq!(header(REAL[1].0).previous, header(REAL[0].0).hash());
    }

    #[test]
    fn the_miner_finds_the_nonce_of_real_bitcoin_headers() {
        for (hex, _) in REAL {
            let header = header(hex);
            let target = header.bits.target().unwrap().to_le_bytes();
            let first = header.nonce - 5;
            let found = crate::miner::search(&header.to_bytes()[..76], &target, first, 10);
            assert_eq!(found, Some(header.nonce));
        }
    }
}
