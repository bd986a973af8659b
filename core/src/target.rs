//! Targets and work: how hard a block was to find.
//!
//! A hash read as a little-endian 256-bit number meets a target when it is not
//! above it. Headers carry the target in Bitcoin's compact form; the work of a
//! block is the number of hashes that its target takes on average.

use core::fmt;

use ruint::aliases::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hash::BlockHash;

/// Bitcoin's compact form of a target ("nBits"): one byte of exponent, 23 bits
/// of mantissa, a sign bit that must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompactTarget(pub u32);

/// Compact bits that name no usable target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bits 0x{bits:08x} name no target: it must lie from 1 to 2^256 - 1")]
pub struct NoTarget {
    /// The bits received.
    pub bits: u32,
}

/// The highest hash that a block may have; never 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(U256);

/// Hashes tried on average; the sum along a chain decides between chains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Work(U256);

impl CompactTarget {
    /// The target named, as Bitcoin's `arith_uint256::SetCompact` reads it.
    pub fn target(self) -> Result<Target, NoTarget> {
        let refuse = NoTarget { bits: self.0 };
        let exponent = self.0 >> 24;
        let mantissa = self.0 & 0x007f_ffff;
        if self.0 & 0x0080_0000 != 0 {
            return Err(refuse);
        }
        let value = if exponent <= 3 {
            U256::from(mantissa >> (8 * (3 - exponent)))
        } else {
            let shift = 8 * (exponent - 3);
            let value = U256::from(mantissa);
            if shift > 255 || value.leading_zeros() < shift as usize {
                return Err(refuse);
            }
            value << shift
        };
        Target::new(value).ok_or(refuse)
    }
}

impl Target {
    /// A target from 1 on.
    pub(crate) fn new(value: U256) -> Option<Self> {
        (!value.is_zero()).then_some(Self(value))
    }

    /// The easiest target: every hash meets it.
    pub const MAX: Self = Self(U256::MAX);

    /// The easiest target below which every hash starts with so many zero bits,
    /// at most 255.
    pub fn with_zero_bits(bits: u32) -> Self {
        Self(U256::MAX >> bits.min(255) as usize)
    }

    /// The value, for the difficulty kernel.
    pub(crate) fn value(self) -> U256 {
        self.0
    }

    /// The compact form, cut (never rounded up) to its 23 bits.
    pub fn compact(self) -> CompactTarget {
        let mut size = (256 - self.0.leading_zeros()).div_ceil(8);
        let mut mantissa = if size <= 3 {
            self.0 << (8 * (3 - size))
        } else {
            self.0 >> (8 * (size - 3))
        };
        // The mantissa's top bit is a sign bit: move it to a larger exponent.
        if mantissa.bit(23) {
            mantissa >>= 8;
            size += 1;
        }
        let mantissa = u32::try_from(mantissa).expect("24 bits fit in 32");
        CompactTarget(mantissa | ((size as u32) << 24))
    }

    /// Whether `hash` meets the target.
    pub fn is_met_by(self, hash: BlockHash) -> bool {
        U256::from_le_bytes(hash.0) <= self.0
    }

    /// Hashes that it takes on average: 2^256 / (target + 1), as Bitcoin's
    /// `GetBlockProof` computes it without 257 bits.
    pub fn work(self) -> Work {
        if self.0 == U256::MAX {
            return Work(U256::ONE);
        }
        Work((!self.0 / (self.0 + U256::ONE)) + U256::ONE)
    }

    /// Leading zero bits that every hash below it has.
    pub fn zero_bits(self) -> u32 {
        self.0.leading_zeros() as u32
    }

    /// 32 bytes, little-endian like a hash, for the miner.
    pub fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl Work {
    /// No work at all.
    pub const ZERO: Self = Self(U256::ZERO);

    /// The sum; saturates at 2^256 - 1, which no chain reaches.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// `count` times as much, saturating.
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(U256::from(count)))
    }

    /// For people and estimates: saturates at 2^64 - 1.
    pub fn saturating_u64(self) -> u64 {
        u64::try_from(self.0).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work({self})")
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Work {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.to_le_bytes::<32>().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Work {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(U256::from_le_bytes(<[u8; 32]>::deserialize(from)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_forms_read_as_bitcoin_reads_them() {
        // Bitcoin Core, arith_uint256_tests.cpp, `bignum_SetCompact`.
        for (bits, target) in [
            (0x0112_3456, "12"),
            (0x0200_8000, "80"),
            (0x0500_9234, "92340000"),
            (0x0412_3456, "12345600"),
        ] {
            let read = CompactTarget(bits).target().unwrap();
            assert_eq!(read.0, U256::from_str_radix(target, 16).unwrap());
        }
        for bits in [
            0,
            0x0012_3456,
            0x0100_3456,
            0x0300_0000,
            0x0400_0000,
            0x0492_3456,
            0x01fe_dcba,
            0xff12_3456,
            0x2300_ffff,
        ] {
            assert_eq!(CompactTarget(bits).target(), Err(NoTarget { bits }));
        }
    }

    #[test]
    fn work_of_bitcoins_first_target_is_its_well_known_chainwork() {
        let target = CompactTarget(0x1d00_ffff).target().unwrap();
        assert_eq!(target.work().to_string(), "4295032833"); // 0x100010001
        assert_eq!(target.zero_bits(), 32);
        assert_eq!(target.compact(), CompactTarget(0x1d00_ffff));
        assert_eq!(Target::MAX.work().to_string(), "1");
    }

    proptest::proptest! {
        #[test]
        fn a_target_cut_to_compact_form_is_never_easier_and_cuts_to_itself(bytes: [u8; 32]) {
            let Some(target) = Target::new(U256::from_le_bytes(bytes)) else { return Ok(()) };
            let cut = target.compact().target().unwrap();
            proptest::prop_assert!(cut <= target);
            proptest::prop_assert_eq!(cut.compact(), target.compact());
        }

        #[test]
        fn a_harder_target_never_has_less_work(a: [u8; 32], b: [u8; 32]) {
            let (Some(a), Some(b)) =
                (Target::new(U256::from_le_bytes(a)), Target::new(U256::from_le_bytes(b)))
            else { return Ok(()) };
            let (low, high) = (a.min(b), a.max(b));
            proptest::prop_assert!(low.work() >= high.work());
        }
    }
}
