//! Difficulty: aserti3-2d's integer kernel, run relative to the parent and clamped.
//!
//! A room's hash rate jumps a hundredfold when the class arrives and sleeps over
//! night. An absolute ASERT schedule would repay the night with a storm of
//! blocks; so each block's base target follows from its parent's alone:
//!
//! ```text
//! base(n)   = base(n-1) * 2^((min(solve(n-1), 10 T) - T) / 8 T)
//! target(n) = base(n) * 2^((time(n) - time(n-1) - 10 T) / 2 T)   if that waits over 10 T
//! ```
//!
//! with `T` the spacing and `solve(n-1)` what the parent took. The second line,
//! the *easing*, lets a board live on when most miners leave: it is not carried
//! over into the next base.
//!
//! Kernel: ASERT by Lundeberg and Toomim, BCH upgrade of 2020-11-15; vectors:
//! Decred's DCP-0011 test data.

use ruint::aliases::U256;
use ruint::aliases::U512;

use crate::params::Params;
use crate::target::{CompactTarget, Target};
use crate::units::Timestamp;

/// Spacings in which the kernel halves or doubles the target.
const HALF_LIFE: i64 = 8;
/// A solve time counts for at most so many spacings.
const CLAMP: i64 = 10;
/// Spacings without a block after which the target eases.
const EASE_AFTER: i64 = 10;
/// Spacings in which an easing target doubles.
const EASE_DOUBLING: i64 = 2;

/// What a header's difficulty follows from: its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Time of the parent.
    pub time: Timestamp,
    /// Target of the parent before any easing.
    pub base: CompactTarget,
    /// What the parent took; one spacing for genesis and its child, because
    /// genesis has no time of its own.
    pub solve_time: i64,
    /// Genesis' child has no clock to ease by.
    pub is_genesis: bool,
}

/// The base target of the parent's child: before easing, carried on.
pub fn next_base(params: &Params, parent: &Parent) -> CompactTarget {
    if parent.is_genesis {
        return params.initial;
    }
    let spacing = i64::from(params.spacing);
    let solve = parent.solve_time.min(CLAMP * spacing);
    let base = parent
        .base
        .target()
        .expect("a base target was made by this function or checked with the parameters");
    asert(base, solve - spacing, HALF_LIFE * spacing, easiest(params)).compact()
}

/// The bits that the parent's child must carry if its time is `time`.
pub fn required_bits(params: &Params, parent: &Parent, time: Timestamp) -> CompactTarget {
    let base = next_base(params, parent);
    if parent.is_genesis {
        return base;
    }
    let spacing = i64::from(params.spacing);
    let late = i64::from(time.0) - i64::from(parent.time.0) - EASE_AFTER * spacing;
    if late <= 0 {
        return base;
    }
    let base = base.target().expect("next_base makes usable targets");
    asert(base, late, EASE_DOUBLING * spacing, easiest(params)).compact()
}

fn easiest(params: &Params) -> Target {
    params
        .easiest
        .target()
        .expect("the parameters' targets were checked when they were read")
}

/// `reference * 2^(late / half_life)` in integers, from 1 to `easiest`.
///
/// `late` is how far the chain is behind its schedule, in seconds; negative when
/// it is ahead.
pub fn asert(reference: Target, late: i64, half_life: i64, easiest: Target) -> Target {
    // Fixed point with 16 fractional bits; i128, so that no time overflows.
    let exponent = i128::from(late) * 65_536 / i128::from(half_life);
    let shifts = exponent >> 16;
    let fraction = (exponent - (shifts << 16)) as u128; // 0 to 65535
    // 2^fraction by a cubic, error below 0.013 %.
    let factor = 65_536
        + ((195_766_423_245_049 * fraction
            + 971_821_376 * fraction * fraction
            + 5_127 * fraction * fraction * fraction
            + (1 << 47))
            >> 48);
    let product: U512 = U512::from(reference.value()) * U512::from(factor);
    let shifts = shifts - 16;
    let next = if shifts <= 0 {
        let right = usize::try_from(-shifts).unwrap_or(usize::MAX);
        if right >= 512 {
            U512::ZERO
        } else {
            product >> right
        }
    } else {
        let left = usize::try_from(shifts).unwrap_or(usize::MAX);
        if left > product.leading_zeros() {
            U512::MAX
        } else {
            product << left
        }
    };
    if next > U512::from(easiest.value()) {
        return easiest;
    }
    let low: [u8; 64] = next.to_le_bytes();
    let value = U256::from_le_slice(&low[..32]);
    Target::new(value).unwrap_or_else(|| Target::new(U256::ONE).expect("one is not zero"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../tests/vectors/asert-decred.json");

    #[test]
    fn the_kernel_gives_every_bit_pattern_of_the_published_vectors() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        // One scenario's heights pass 2^63.
        let wide = |value: &serde_json::Value| value.to_string().parse::<i128>().unwrap();
        let number = |value: &serde_json::Value| i64::try_from(wide(value)).unwrap();
        let mut rows = 0;
        for scenario in vectors["scenarios"].as_array().unwrap() {
            let params = &vectors["params"][scenario["params"].as_str().unwrap()];
            let limit = params["powLimit"].as_str().unwrap();
            let limit = Target::new(U256::from_str_radix(limit, 16).unwrap()).unwrap();
            let start = CompactTarget(number(&scenario["startDiffBits"]) as u32);
            for row in scenario["tests"].as_array().unwrap() {
                let blocks = wide(&row["height"]) - wide(&scenario["startHeight"]);
                let blocks = i64::try_from(blocks).unwrap();
                let elapsed = number(&row["timestamp"]) - number(&scenario["startTime"]);
                let late = elapsed - blocks * number(&params["targetSecsPerBlock"]);
                let next = asert(
                    start.target().unwrap(),
                    late,
                    number(&params["halfLifeSecs"]),
                    limit,
                );
                assert_eq!(
                    i64::from(next.compact().0),
                    number(&row["expectedDiffBits"]),
                    "{} at height {}",
                    scenario["description"],
                    row["height"]
                );
                rows += 1;
            }
        }
        assert_eq!(rows, 1_424);
    }

    fn parent(params: &Params, solve_time: i64) -> Parent {
        Parent {
            time: Timestamp(1_000_000),
            base: CompactTarget(0x1d00_ffff),
            solve_time: solve_time * i64::from(params.spacing),
            is_genesis: false,
        }
    }

    #[test]
    fn a_night_without_miners_eases_one_block_by_no_more_than_the_clamp() {
        let params = Params::default_network();
        let on_time = next_base(&params, &parent(&params, 1));
        assert_eq!(on_time, CompactTarget(0x1d00_ffff));
        let ten = next_base(&params, &parent(&params, 10));
        assert_eq!(next_base(&params, &parent(&params, 2_000)), ten);
        assert!(ten.target().unwrap() > on_time.target().unwrap());
    }

    #[test]
    fn the_target_doubles_every_two_spacings_after_ten_and_is_not_carried_over() {
        let params = Params::default_network();
        let parent = parent(&params, 1);
        let at = |spacings: u32| {
            let time = Timestamp(parent.time.0 + spacings * params.spacing);
            required_bits(&params, &parent, time)
                .target()
                .unwrap()
                .work()
        };
        assert_eq!(at(1), at(10));
        let halved = at(12).saturating_u64() as f64 / at(10).saturating_u64() as f64;
        assert!((halved - 0.5).abs() < 0.001, "{halved}");
        let quarter = at(14).saturating_u64() as f64 / at(10).saturating_u64() as f64;
        assert!((quarter - 0.25).abs() < 0.001, "{quarter}");
        assert_eq!(next_base(&params, &parent), parent.base);
    }

    #[test]
    fn no_wait_makes_the_target_easier_than_the_network_allows() {
        let params = Params::default_network();
        let bits = required_bits(&params, &parent(&params, 1), Timestamp(u32::MAX));
        assert_eq!(bits, params.easiest);
    }
}
