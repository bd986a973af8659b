//! Difficulty: aserti3-2d's integer kernel, run relative to the parent and clamped.
//!
//! A room's hash rate jumps a hundredfold when the class arrives and sleeps over
//! night. An absolute ASERT schedule would repay the night with a storm of
//! blocks; so each block's base target follows from its parent's alone:
//!
//! ```text
//! base(n)   = base(n-1) * 2^((counted(solve(n-1)) - T) / 48 T)
//! counted(s) = min(s, 10 T) + 6 * max(0, min(s, 18 T) - 10 T)
//! target(n) = base(n) * 2^((time(n) - time(n-1) - 10 T) / 1.5 T)  if that waits over 10 T
//! time(n)   >= time(n-2) + T / 2
//! ```
//!
//! with `T` the spacing and `solve(n-1)` what the parent took. The third line,
//! the *easing*, lets a board live on when most miners leave: it is not carried
//! over into the next base, but waits above ten spacings, which luck alone makes
//! rarely, count six times, so that the base follows in a few blocks.
//!
//! Hardening is slow on purpose. Who mines in private stamps its blocks as close
//! together as the rules let it, so that each is heavier than the one before; with
//! quick hardening the last few blocks are most of a private chain's work for ever,
//! and luck never evens out (Bahack 2013, "Theoretical Bitcoin attacks with less
//! than half of the computational power"). With at most 2^(0.75 / 48) a block, 1.1 %,
//! it does. What bounds a storm while hardening is slow is the fourth line, the
//! *shortest spacing* of two blocks: four blocks a spacing. It is over two, not one,
//! so that a block stamped ahead of the clock does not stop the next (ADR 14).
//!
//! Kernel: ASERT by Lundeberg and Toomim, BCH upgrade of 2020-11-15; vectors:
//! Decred's DCP-0011 test data.

use ruint::aliases::U256;
use ruint::aliases::U512;

use crate::params::Params;
use crate::target::{CompactTarget, Target};
use crate::units::Timestamp;

/// Spacings in which the kernel halves or doubles the target: the slowest hardening
/// under which a hundredfold class is taken in within half an hour of 15 s blocks,
/// and 40 % in private rewrite 100 blocks in 2 % of nights (3 % at 36, 28 % at 8).
const HALF_LIFE: i64 = 48;
/// Spacings without a block after which the target eases, and after which a solve
/// time counts [`LONG_WAIT_WEIGHT`] times in the next base. One block in 22,000
/// takes as long by luck.
const EASE_AFTER: i64 = 10;
/// Halves of a spacing in which an easing target doubles. With
/// a hundredth of the miners left no wait of 2,000 boards passes 24 spacings.
const EASE_DOUBLING_HALVES: i64 = 3;
/// Spacings above [`EASE_AFTER`] that count in the next base, so that a night
/// asleep halves the difficulty and no more.
const LONG_WAIT: i64 = 8;
/// How often each of them counts: the half-life of easing is 48 / 6 = 8.
const LONG_WAIT_WEIGHT: i64 = 6;

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
    let late = counted(parent.solve_time, spacing) - spacing;
    let base = parent
        .base
        .target()
        .expect("a base target was made by this function or checked with the parameters");
    asert(base, late, HALF_LIFE * spacing, easiest(params)).compact()
}

// What of a solve time counts in the next base.
fn counted(solve_time: i64, spacing: i64) -> i64 {
    let usual = solve_time.min(EASE_AFTER * spacing);
    let long = (solve_time - usual).min(LONG_WAIT * spacing);
    usual + LONG_WAIT_WEIGHT * long
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
    asert(
        base,
        2 * late,
        EASE_DOUBLING_HALVES * spacing,
        easiest(params),
    )
    .compact()
}

/// The earliest time that the parent's child may have: after its parent's, and
/// together with the parent half a spacing after its grandparent's, rounded up.
pub fn earliest_time(params: &Params, parent: &Parent) -> Timestamp {
    let time = i64::from(parent.time.0);
    let two_blocks = i64::from(params.spacing.div_ceil(2));
    let earliest = (time + 1).max(time - parent.solve_time + two_blocks);
    Timestamp(u32::try_from(earliest).unwrap_or(u32::MAX))
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

    // Hashes that a target takes, as a multiple of those of another.
    fn times(bits: CompactTarget, other: CompactTarget) -> f64 {
        let hashes = |bits: CompactTarget| bits.target().unwrap().work().saturating_u64() as f64;
        hashes(bits) / hashes(other)
    }

    #[track_caller]
    fn near(value: f64, wanted: f64) {
        assert!(
            (value / wanted - 1.0).abs() < 0.001,
            "{value}, not {wanted}"
        );
    }

    #[test]
    fn a_night_without_miners_halves_the_next_base_and_no_more() {
        let params = Params::default_network();
        let after = |spacings| next_base(&params, &parent(&params, spacings));
        let on_time = after(1);
        assert_eq!(on_time, CompactTarget(0x1d00_ffff));
        near(times(after(10), on_time), (-9.0_f64 / 48.0).exp2());
        near(times(after(14), on_time), (-33.0_f64 / 48.0).exp2());
        near(times(after(18), on_time), (-57.0_f64 / 48.0).exp2());
        assert_eq!(after(2_000), after(18));
    }

    #[test]
    fn blocks_as_close_as_allowed_harden_by_a_hundredth_each() {
        let params = Params::default_network();
        let mut tip = parent(&params, 1);
        let start = tip;
        for _ in 0..200 {
            let base = next_base(&params, &tip);
            let time = earliest_time(&params, &tip);
            tip.solve_time = i64::from(time.0 - tip.time.0);
            (tip.time, tip.base) = (time, base);
        }
        // Two blocks in half a spacing, 7.5 s, rounded up.
        assert_eq!(tip.time.0 - start.time.0, 100 * 8);
        // 100 times 14 s and 99 times 8 s are what the first 199 lack of 15 s; compact
        // forms are cut, so a little harder.
        let all = times(tip.base, start.base);
        let wanted = ((100.0 * 14.0 + 99.0 * 8.0) / (48.0 * 15.0_f64)).exp2();
        assert!((all / wanted - 1.0).abs() < 0.01, "{all}, not {wanted}");
        assert!(all.powf(1.0 / 199.0) < 1.011);
    }

    #[test]
    fn two_blocks_take_half_a_spacing_whatever_each_takes() {
        let mut params = Params::default_network();
        for (spacing, solve_time, after) in [
            (15, 1, 7),
            (15, 7, 1),
            (15, 8, 1),
            (15, 15, 1),
            (15, 300, 1),
            (5, 1, 2),
            (5, 2, 1),
            (3_600, 1, 1_799),
            (3_600, 1_000, 800),
            (3_600, 1_800, 1),
        ] {
            params.spacing = spacing;
            let parent = Parent {
                solve_time,
                ..parent(&params, 1)
            };
            let earliest = earliest_time(&params, &parent);
            assert_eq!(earliest.0 - parent.time.0, after, "{spacing} {solve_time}");
        }
        let last = Parent {
            time: Timestamp(u32::MAX),
            ..parent(&params, 1)
        };
        assert_eq!(earliest_time(&params, &last), Timestamp(u32::MAX));
    }

    #[test]
    fn the_target_doubles_every_spacing_and_a_half_after_ten_and_is_not_carried_over() {
        let params = Params {
            spacing: 10,
            ..Params::default_network()
        };
        let parent = parent(&params, 1);
        let at = |halves: u32| {
            let time = Timestamp(parent.time.0 + halves * params.spacing / 2);
            required_bits(&params, &parent, time)
        };
        assert_eq!(at(2), at(20));
        near(times(at(23), at(20)), 0.5);
        near(times(at(26), at(20)), 0.25);
        assert_eq!(next_base(&params, &parent), parent.base);
    }

    #[test]
    fn no_wait_makes_the_target_easier_than_the_network_allows() {
        let params = Params::default_network();
        let bits = required_bits(&params, &parent(&params, 1), Timestamp(u32::MAX));
        assert_eq!(bits, params.easiest);
    }
}
