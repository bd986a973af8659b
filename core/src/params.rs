//! Parameters of a network, and the genesis block that follows from them alone.
//!
//! A network link (`#/n/<base64url>`) carries all parameters, so a stranger with
//! the link computes the same genesis; its hash is the network id.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::encode::{DecodeError, decode, encode};
use crate::hash::{BlockHash, NetworkId};
use crate::header::Header;
use crate::merkle;
use crate::target::{CompactTarget, NoTarget, Target};
use crate::text::{Field, TextError, check_label, nfc};
use crate::units::{Amount, Timestamp};

/// Version of the consensus rules in this file's crate. Consensus bytes change
/// only together with it.
pub const RULES_VERSION: u8 = 2;

/// Coins of a block, at most: see [`Amount`].
pub const MAX_REWARD: u32 = 1_000_000;

/// Bits of a header's version that are not free (BIP-320); the top bits are
/// those of BIP-9, which miners' firmware expects.
pub const HEADER_VERSION: u32 = 0x2000_0000;

/// Bytes of encoded parameters, at most.
const MAX_PARAMS: usize = 128;

/// What a network is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// [`RULES_VERSION`] under which the network was made.
    pub rules: u8,
    /// For people, 1 to 48 bytes.
    pub name: String,
    /// What proves a block.
    pub engine: Engine,
    /// Target spacing between blocks, seconds, 1 to 3,600.
    pub spacing: u32,
    /// Target of the first block.
    pub initial: CompactTarget,
    /// The easiest target that difficulty ever falls to.
    pub easiest: CompactTarget,
    /// Coins that each block brings its miner, at most [`MAX_REWARD`].
    pub reward: u32,
    /// Leading zero bits of a small transaction's id, 0 to 32.
    pub stamp_bits: u8,
    /// A rival chain is taken when it leads by more than this many blocks' work,
    /// at most 100; 0 means strictly more work.
    pub margin: u8,
}

/// What proves a block. The seam for other engines: each variant says how a
/// header is sealed, verified and weighed ([`crate::engine`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engine {
    /// SHA-256d of the header must meet the target.
    ProofOfWork,
}

/// Parameters that make no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not base64url.
    #[error("a network link is base64url text, received {received:?}")]
    NotBase64 {
        /// The text, cut to 80 characters.
        received: String,
    },
    /// Not parameters.
    #[error("the network link does not read: {0}")]
    Malformed(#[from] DecodeError),
    /// Made under other rules.
    #[error("the network has rules version {received}, this program has {RULES_VERSION}")]
    OtherRules {
        /// The network's version.
        received: u8,
    },
    /// The name breaks a rule for names.
    #[error("the network's name is refused: {0}")]
    Name(TextError),
    /// A number out of bounds.
    #[error("{what} must lie from {least} to {most}, received {received}")]
    OutOfBounds {
        /// Which number.
        what: &'static str,
        /// Least.
        least: u32,
        /// Most.
        most: u32,
        /// Received.
        received: u32,
    },
    /// Bits that name no target.
    #[error("a target of the network is refused: {0}")]
    Target(#[from] NoTarget),
    /// The first target is easier than the easiest.
    #[error("the first target 0x{initial:08x} is easier than the easiest 0x{easiest:08x}")]
    InitialTooEasy {
        /// Compact bits.
        initial: u32,
        /// Compact bits.
        easiest: u32,
    },
}

impl Params {
    /// The network that a tab joins without a link: a block every 15 s. It
    /// starts at 20 bits, a second or less for one laptop thread, so that the
    /// first newcomer sees blocks at once, and never falls below 16 bits.
    pub fn default_network() -> Self {
        Self {
            rules: RULES_VERSION,
            name: "Tablón".into(),
            engine: Engine::ProofOfWork,
            spacing: 15,
            initial: CompactTarget(0x1e0f_ffff),
            easiest: CompactTarget(0x1f00_ffff),
            reward: 50,
            stamp_bits: 14,
            margin: 0,
        }
    }

    /// A network of one's own. Its first blocks take 2^`first_bits` hashes, its
    /// easiest ones 16 times fewer, so that a board whose miners have gone home
    /// goes on.
    pub fn custom(
        name: &str,
        spacing: u32,
        first_bits: u32,
        reward: u32,
        stamp_bits: u8,
        margin: u8,
    ) -> Result<Self, LinkError> {
        bound("the first difficulty in bits", 1, 60, first_bits)?;
        let target = |bits| Target::with_zero_bits(bits).compact();
        let params = Self {
            name: nfc(name.chars()).trim().into(),
            spacing,
            initial: target(first_bits),
            easiest: target(first_bits.saturating_sub(4).max(1)),
            reward,
            stamp_bits,
            margin,
            ..Self::default_network()
        };
        params.check()?;
        Ok(params)
    }

    /// Coins that each block brings its miner.
    pub fn reward(&self) -> Amount {
        Amount(self.reward.into())
    }

    /// All parameters as base64url text.
    pub fn to_link(&self) -> String {
        BASE64URL_NOPAD.encode(&encode(self))
    }

    /// Read a link and check every bound.
    pub fn from_link(link: &str) -> Result<Self, LinkError> {
        let bytes = BASE64URL_NOPAD
            .decode(link.trim().as_bytes())
            .map_err(|_| LinkError::NotBase64 {
                received: link.chars().take(80).collect(),
            })?;
        let params: Self = decode("network parameters", &bytes, MAX_PARAMS)?;
        params.check()?;
        Ok(params)
    }

    pub(crate) fn check(&self) -> Result<(), LinkError> {
        if self.rules != RULES_VERSION {
            return Err(LinkError::OtherRules {
                received: self.rules,
            });
        }
        check_label(Field::Name, &self.name).map_err(LinkError::Name)?;
        if self.name.is_empty() {
            return Err(LinkError::Name(TextError::Empty(Field::Name)));
        }
        bound("the spacing in seconds", 1, 3_600, self.spacing)?;
        bound("the reward in coins", 0, MAX_REWARD, self.reward)?;
        bound("the stamp in bits", 0, 32, self.stamp_bits.into())?;
        bound("the margin in blocks", 0, 100, self.margin.into())?;
        if self.initial.target()? > self.easiest.target()? {
            return Err(LinkError::InitialTooEasy {
                initial: self.initial.0,
                easiest: self.easiest.0,
            });
        }
        Ok(())
    }

    /// The genesis header: index 0, time 0, no posts; its Merkle root commits
    /// to the parameters.
    pub fn genesis(&self) -> Header {
        let bytes = encode(self);
        Header {
            version: HEADER_VERSION,
            previous: BlockHash::default(),
            merkle_root: merkle::root([bytes.as_slice()]),
            time: Timestamp(0),
            bits: self.initial,
            nonce: 0,
        }
    }

    /// Genesis' hash.
    pub fn network_id(&self) -> NetworkId {
        self.genesis().hash()
    }

    /// Leading zero bits that a transaction of `size` bytes needs in its id:
    /// one more for each doubling above 256 bytes, so that work per byte stays.
    pub fn required_stamp_bits(&self, size: usize) -> u32 {
        let units = size.div_ceil(256).max(1);
        u32::from(self.stamp_bits) + units.next_power_of_two().trailing_zeros()
    }
}

fn bound(what: &'static str, least: u32, most: u32, received: u32) -> Result<(), LinkError> {
    if (least..=most).contains(&received) {
        Ok(())
    } else {
        Err(LinkError::OutOfBounds {
            what,
            least,
            most,
            received,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_every_parameter_and_the_same_genesis() {
        let params = Params::default_network();
        let read = Params::from_link(&params.to_link()).unwrap();
        assert_eq!(read, params);
        assert_eq!(read.network_id(), params.network_id());
        let mut other = params.clone();
        other.stamp_bits += 1;
        assert_ne!(other.network_id(), params.network_id());
    }

    #[test]
    fn the_default_network_is_the_one_that_everybody_knows() {
        // Golden: a change here is another network.
        assert_eq!(
            Params::default_network().network_id().to_string(),
            GOLDEN_NETWORK
        );
    }
    const GOLDEN_NETWORK: &str = "a62fa70d0075602f258af6748484a18a1538ecd7fd8284ada75bf4bbed05be68";

    #[test]
    fn bad_links_are_refused_with_the_rule_and_the_values() {
        let refuse = |change: fn(&mut Params)| {
            let mut params = Params::default_network();
            change(&mut params);
            Params::from_link(&params.to_link())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refuse(|p| p.spacing = 0),
            "the spacing in seconds must lie from 1 to 3600, received 0"
        );
        assert_eq!(
            refuse(|p| p.stamp_bits = 33),
            "the stamp in bits must lie from 0 to 32, received 33"
        );
        assert_eq!(
            refuse(|p| p.rules = 9),
            "the network has rules version 9, this program has 2"
        );
        assert_eq!(
            refuse(|p| p.initial = CompactTarget(0x207f_ffff)),
            "the first target 0x207fffff is easier than the easiest 0x1f00ffff"
        );
        assert!(refuse(|p| p.name = String::new()).contains("empty"));
        assert!(refuse(|p| p.initial = CompactTarget(0)).contains("no target"));
        assert!(
            Params::from_link("!")
                .unwrap_err()
                .to_string()
                .contains("base64url")
        );
        assert!(Params::from_link(&"A".repeat(400)).is_err());
        assert!(Params::from_link("").is_err());
    }

    #[test]
    fn a_network_of_ones_own_keeps_the_same_bounds() {
        let custom = |name: &str, spacing, bits, reward, stamp, margin| {
            let params = Params::custom(name, spacing, bits, reward, stamp, margin)?;
            // Its link is as good as it is.
            Params::from_link(&params.to_link())
        };
        let made = custom(" Aula 3 ", 5, 16, 7, 10, 1).unwrap();
        assert_eq!(made.name, "Aula 3");
        assert_eq!(made.initial.target().unwrap().zero_bits(), 16);
        assert_eq!(made.easiest.target().unwrap().zero_bits(), 12);
        assert_eq!(
            (made.spacing, made.reward(), made.margin),
            (5, Amount(7), 1)
        );
        for bits in 1..=60 {
            custom("bits", 5, bits, 0, 0, 0).unwrap();
        }
        let says = |result: Result<Params, LinkError>| result.unwrap_err().to_string();
        assert_eq!(
            says(custom("a", 5, 61, 7, 10, 1)),
            "the first difficulty in bits must lie from 1 to 60, received 61"
        );
        assert_eq!(
            says(custom("a", 5, 20, 1_000_001, 10, 1)),
            "the reward in coins must lie from 0 to 1000000, received 1000001"
        );
        assert!(says(custom("", 5, 20, 7, 10, 1)).contains("empty"));
        assert!(says(custom("a", 0, 20, 7, 10, 1)).contains("the spacing"));
        assert!(says(custom("a", 5, 20, 7, 33, 1)).contains("the stamp"));
        assert!(says(custom("a", 5, 20, 7, 10, 101)).contains("the margin"));
    }

    #[test]
    fn stamps_grow_by_a_bit_for_each_doubling() {
        let params = Params::default_network();
        for (size, bits) in [
            (0, 14),
            (256, 14),
            (257, 15),
            (512, 15),
            (513, 16),
            (4_608, 19),
        ] {
            assert_eq!(params.required_stamp_bits(size), bits, "{size}");
        }
    }
}
