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
pub const RULES_VERSION: u8 = 3;

/// Coins of a block, at most: see [`Amount`].
pub const MAX_REWARD: u32 = 1_000_000;

/// Bits of a header's version that are not free (BIP-320); the top bits are
/// those of BIP-9, which miners' firmware expects.
pub const HEADER_VERSION: u32 = 0x2000_0000;

/// Bytes of encoded parameters, at most: a name and a dozen numbers are some 100, the
/// rest is room for the keys of engines to come. As a link 1,366 characters.
pub const MAX_PARAMS_BYTES: usize = 1_024;

/// Shortest target spacing, seconds. Times are whole seconds: below five of them a
/// block a second late or early is most of what difficulty sees.
const MIN_SPACING_S: u32 = 5;

/// Random bytes that tell networks of one name apart.
pub const SALT_BYTES: usize = 16;

/// What a network is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// [`RULES_VERSION`] under which the network was made.
    pub rules: u8,
    /// For people, 1 to 48 bytes.
    pub name: String,
    /// Drawn by who made it, so that two who both make a "workshop" make two
    /// networks, and nobody can work for one ahead.
    pub salt: [u8; SALT_BYTES],
    /// When it was made: no block is older.
    pub born: Timestamp,
    /// What proves a block.
    pub engine: Engine,
    /// Target spacing between blocks, seconds, 5 to 3,600.
    pub spacing: u32,
    /// Target of the first block.
    pub initial: CompactTarget,
    /// The easiest target that difficulty ever falls to.
    pub easiest: CompactTarget,
    /// Coins that each block brings its miner, at most [`MAX_REWARD`].
    pub reward: u32,
    /// Leading zero bits of a small transaction's id, 0 to 32.
    pub stamp_bits: u8,
    /// A rival chain that would undo more than an hour is taken at once only when it
    /// leads by more than this many blocks' work, at most 100, else a spacing
    /// later; 0 means strictly more work, always ([`Chain`](crate::chain::Chain)).
    pub margin: u8,
}

/// What a person chooses who makes a network; all else is the default network's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// As in [`Params`].
    pub name: String,
    /// As in [`Params`].
    pub spacing: u32,
    /// The first blocks take 2^`first_bits` hashes, the easiest ones 16 times fewer, so
    /// that a board whose miners have gone home goes on.
    pub first_bits: u32,
    /// As in [`Params`].
    pub reward: u32,
    /// As in [`Params`].
    pub stamp_bits: u8,
    /// As in [`Params`].
    pub margin: u8,
}

impl Choices {
    /// What nobody need think about: all but the name as the default network has it.
    pub fn usual(name: &str) -> Self {
        let usual = Params::default_network();
        Self {
            name: name.into(),
            spacing: usual.spacing,
            // About a second of one thread.
            first_bits: 20,
            reward: usual.reward,
            stamp_bits: usual.stamp_bits,
            margin: usual.margin,
        }
    }
}

/// What the driver draws for a network that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birth {
    /// Random bytes.
    pub salt: [u8; SALT_BYTES],
    /// Now.
    pub born: Timestamp,
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
    #[error(
        "the network was made under rules version {received}, this program has {RULES_VERSION}: \
         make it anew and share the new link"
    )]
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
            // Drawn for these rules: nobody knew this network before.
            salt: [
                0xb4, 0x11, 0x09, 0xbf, 0xa2, 0x05, 0xea, 0xe8, 0x5c, 0xfa, 0xc6, 0x25, 0x4b, 0x0d,
                0x58, 0xce,
            ],
            // 14 November 2023, before any program had it.
            born: Timestamp(1_700_000_000),
            engine: Engine::ProofOfWork,
            spacing: 15,
            initial: CompactTarget(0x1e0f_ffff),
            easiest: CompactTarget(0x1f00_ffff),
            reward: 50,
            stamp_bits: 14,
            margin: 0,
        }
    }

    /// A network of one's own.
    pub fn custom(choices: &Choices, birth: Birth) -> Result<Self, LinkError> {
        let first_bits = choices.first_bits;
        bound("the first difficulty in bits", 1, 60, first_bits)?;
        let target = |bits| Target::with_zero_bits(bits).compact();
        let params = Self {
            name: nfc(choices.name.chars()).trim().into(),
            salt: birth.salt,
            born: birth.born,
            spacing: choices.spacing,
            initial: target(first_bits),
            easiest: target(first_bits.saturating_sub(4).max(1)),
            reward: choices.reward,
            stamp_bits: choices.stamp_bits,
            margin: choices.margin,
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
        // Parameters of other rules have other fields, but all begin with the version.
        if let Some(received @ 1..=15) = bytes.first().copied()
            && received != RULES_VERSION
        {
            return Err(LinkError::OtherRules { received });
        }
        let params: Self = decode("network parameters", &bytes, MAX_PARAMS_BYTES)?;
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
        bound("the spacing in seconds", MIN_SPACING_S, 3_600, self.spacing)?;
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
    const GOLDEN_NETWORK: &str = "c4427eb617dbd1d1eafa74c895de4075f3a8595f51349d63580174bfb15ec2a7";

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
            refuse(|p| p.spacing = 4),
            "the spacing in seconds must lie from 5 to 3600, received 4"
        );
        assert_eq!(
            refuse(|p| p.stamp_bits = 33),
            "the stamp in bits must lie from 0 to 32, received 33"
        );
        assert_eq!(
            refuse(|p| p.rules = 9),
            "the network was made under rules version 9, this program has 3: \
             make it anew and share the new link"
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
        assert!(Params::from_link(&"AwAA".repeat(400)).is_err());
        assert!(Params::from_link("").is_err());
    }

    // The default network's link under rules version 2.
    const LINK_OF_RULES_2: &str = "AgdUYWJsw7NuAA___7_wAf__g_gBMg4A";

    #[test]
    fn a_link_of_the_rules_before_is_refused_by_their_version() {
        let refused = Params::from_link(LINK_OF_RULES_2).unwrap_err();
        assert_eq!(refused, LinkError::OtherRules { received: 2 });
    }

    fn choices(name: &str) -> Choices {
        Choices {
            name: name.into(),
            spacing: 5,
            first_bits: 16,
            reward: 7,
            stamp_bits: 10,
            margin: 1,
        }
    }

    const BIRTH: Birth = Birth {
        salt: [7; 16],
        born: Timestamp(1_800_000_000),
    };

    #[test]
    fn two_who_make_a_workshop_make_two_networks() {
        let made = |salt, born| {
            let birth = Birth {
                salt: [salt; 16],
                born: Timestamp(born),
            };
            Params::custom(&choices("workshop"), birth).unwrap()
        };
        let one = made(1, 1_800_000_000);
        assert_ne!(made(2, 1_800_000_000).network_id(), one.network_id());
        assert_ne!(made(1, 1_800_000_001).network_id(), one.network_id());
        // Whoever has the link has the network.
        let read = Params::from_link(&one.to_link()).unwrap();
        assert_eq!((read.salt, read.born), ([1; 16], Timestamp(1_800_000_000)));
        assert_eq!(read.network_id(), one.network_id());
    }

    #[test]
    fn a_network_of_ones_own_keeps_the_same_bounds() {
        let custom = |change: fn(&mut Choices)| {
            let mut choices = choices(" Aula 3 ");
            change(&mut choices);
            let params = Params::custom(&choices, BIRTH)?;
            // Its link is as good as it is.
            Params::from_link(&params.to_link())
        };
        let made = custom(|_| {}).unwrap();
        assert_eq!(made.name, "Aula 3");
        assert_eq!(made.initial.target().unwrap().zero_bits(), 16);
        assert_eq!(made.easiest.target().unwrap().zero_bits(), 12);
        assert_eq!(
            (made.spacing, made.reward(), made.margin),
            (5, Amount(7), 1)
        );
        for first_bits in 1..=60 {
            let choices = Choices {
                first_bits,
                ..choices("bits")
            };
            Params::custom(&choices, BIRTH).unwrap();
        }
        let says = |change| custom(change).unwrap_err().to_string();
        assert_eq!(
            says(|wish| wish.first_bits = 61),
            "the first difficulty in bits must lie from 1 to 60, received 61"
        );
        assert_eq!(
            says(|wish| wish.reward = 1_000_001),
            "the reward in coins must lie from 0 to 1000000, received 1000001"
        );
        assert!(says(|wish| wish.name = String::new()).contains("empty"));
        assert!(says(|wish| wish.spacing = 4).contains("the spacing"));
        assert!(says(|wish| wish.stamp_bits = 33).contains("the stamp"));
        assert!(says(|wish| wish.margin = 101).contains("the margin"));
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
