//! Each kernel against the `sha2` crate, hit by hit. A kernel that skips a hash loses
//! a block now and then, and nobody would notice.

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tablon_kernel::Kernel;

/// Twice the most lanes that a kernel has, and some.
const WINDOW: u32 = 40;

fn hash(header: &[u8; 76], nonce: u32) -> [u8; 32] {
    let mut whole = [0; 80];
    whole[..76].copy_from_slice(header);
    whole[76..].copy_from_slice(&nonce.to_le_bytes());
    Sha256::digest(Sha256::digest(whole)).into()
}

fn at_most(hash: &[u8; 32], target: &[u8; 32]) -> bool {
    hash.iter().rev().le(target.iter().rev())
}

fn reference(header: &[u8; 76], target: &[u8; 32], first: u32, count: u32) -> Option<u32> {
    (0..count)
        .map(|offset| first.wrapping_add(offset))
        .find(|nonce| at_most(&hash(header, *nonce), target))
}

fn one_less(mut number: [u8; 32]) -> [u8; 32] {
    for byte in &mut number {
        let (less, borrow) = byte.overflowing_sub(1);
        *byte = less;
        if !borrow {
            break;
        }
    }
    number
}

fn agree(header: &[u8; 76], target: &[u8; 32], first: u32, count: u32) {
    let expected = reference(header, target, first, count);
    for kernel in Kernel::available() {
        assert_eq!(
            kernel.search(header, target, first, count),
            expected,
            "{} on {header:02x?}, target {target:02x?}, {count} nonces from {first}",
            kernel.name()
        );
    }
}

// A header for which the hash at `first + lane` is lower than all `WINDOW` others.
fn header_with_lowest_at(first: u32, lane: u32) -> ([u8; 76], [u8; 32]) {
    (0u32..)
        .find_map(|seed| {
            let mut header = [(lane % 256) as u8; 76];
            header[..4].copy_from_slice(&seed.to_le_bytes());
            header[70..74].copy_from_slice(&seed.to_be_bytes());
            let planted = hash(&header, first.wrapping_add(lane));
            let lowest = reference(&header, &one_less(planted), first, WINDOW).is_none();
            lowest.then_some((header, planted))
        })
        .expect("one header in forty is such")
}

#[test]
fn a_hit_is_found_in_every_lane_and_at_every_edge_of_a_count() {
    // The lowest nonces, those around the wrap, and one whose bytes all differ.
    for first in [0, 1, u32::MAX - 20, u32::MAX, 0x1234_5678] {
        for lane in 0..WINDOW {
            let (header, planted) = header_with_lowest_at(first, lane);
            let nonce = first.wrapping_add(lane);
            for kernel in Kernel::available() {
                let search = |target, count| kernel.search(&header, target, first, count);
                let found = |count| search(&planted, count);
                let name = kernel.name();
                assert_eq!(found(WINDOW), Some(nonce), "{name}, lane {lane}");
                // As the last of all, and as the first that is not asked for.
                assert_eq!(found(lane + 1), Some(nonce), "{name}, lane {lane}");
                assert_eq!(found(lane), None, "{name}, lane {lane}");
                // A target that only the lowest byte fails.
                assert_eq!(search(&one_less(planted), WINDOW), None, "{name}");
                // As the first nonce, alone and before others.
                assert_eq!(kernel.search(&header, &planted, nonce, 1), Some(nonce));
                assert_eq!(kernel.search(&header, &planted, nonce, WINDOW), Some(nonce));
            }
        }
    }
}

#[test]
fn of_several_hits_the_first_is_told() {
    let header = [9; 76];
    for top in [0x01, 0x10, 0x80, 0xff] {
        let mut target = [0xff; 32];
        target[31] = top;
        for first in 0..WINDOW {
            agree(&header, &target, first, WINDOW);
        }
    }
}

#[test]
fn nothing_meets_a_target_of_zero_and_everything_the_highest() {
    for kernel in Kernel::available() {
        assert_eq!(kernel.search(&[1; 76], &[0; 32], 5, 10_000), None);
        assert_eq!(kernel.search(&[1; 76], &[0xff; 32], 5, 10_000), Some(5));
        assert_eq!(kernel.search(&[1; 76], &[0xff; 32], 5, 0), None);
    }
}

struct BitcoinBlock {
    previous: &'static str,
    merkle_root: &'static str,
    time: u32,
    bits: u32,
    nonce: u32,
    hash: &'static str,
}

/// Blocks 0 and 125552 of Bitcoin's chain; hashes as they are shown.
const BITCOIN: [BitcoinBlock; 2] = [
    BitcoinBlock {
        previous: "0000000000000000000000000000000000000000000000000000000000000000",
        merkle_root: "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        time: 1_231_006_505,
        bits: 0x1d00_ffff,
        nonce: 2_083_236_893,
        hash: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
    },
    BitcoinBlock {
        previous: "00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81",
        merkle_root: "2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3",
        time: 1_305_998_791,
        bits: 0x1a44_b9f2,
        nonce: 2_504_433_986,
        hash: "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d",
    },
];

// As it is shown, the highest byte first.
fn number(shown: &str) -> [u8; 32] {
    let mut number = [0; 32];
    for (place, byte) in number.iter_mut().rev().enumerate() {
        *byte = u8::from_str_radix(&shown[2 * place..2 * place + 2], 16).expect("digits");
    }
    number
}

fn target(bits: u32) -> [u8; 32] {
    let mut target = [0; 32];
    let size = (bits >> 24) as usize;
    target[size - 3..size].copy_from_slice(&bits.to_le_bytes()[..3]);
    target
}

#[test]
fn bitcoins_own_blocks_are_found_again() {
    for block in BITCOIN {
        let header = [
            1u32.to_le_bytes().as_slice(),
            &number(block.previous),
            &number(block.merkle_root),
            &block.time.to_le_bytes(),
            &block.bits.to_le_bytes(),
        ]
        .concat();
        let header: [u8; 76] = header.try_into().expect("76 bytes");
        assert_eq!(hash(&header, block.nonce), number(block.hash));
        for kernel in Kernel::available() {
            for before in 0..33 {
                let first = block.nonce - 1_000 - before;
                let found = kernel.search(&header, &target(block.bits), first, 2_000);
                assert_eq!(found, Some(block.nonce), "{}", kernel.name());
            }
        }
    }
}

#[test]
fn the_fastest_is_one_of_those_that_run_here_and_stays_so() {
    let fastest = Kernel::fastest().name();
    let mut available = Kernel::available().into_iter();
    assert!(available.any(|kernel| kernel.name() == fastest));
    assert_eq!(Kernel::fastest().name(), fastest);
}

proptest! {
    // Targets from `none meets it` to `all do`, so that hits are in all places.
    #[test]
    fn random_headers_and_targets_are_answered_as_sha2_does(
        header: [u8; 76],
        low: [u8; 28],
        top: u32,
        ease in 0u32..12,
        first: u32,
        count in 0u32..200,
    ) {
        let mut target = [0; 32];
        target[..28].copy_from_slice(&low);
        target[28..].copy_from_slice(&(top >> ease).to_le_bytes());
        agree(&header, &target, first, count);
    }
}
