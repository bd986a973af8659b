//! SHA-256 for single words (FIPS 180-4), for what is computed once a job.

pub(crate) use crate::constants::{INITIAL, K};

/// Bits of a header, and of a digest: the last word of their padding.
pub(crate) const HEADER_BITS: u32 = 640;
pub(crate) const DIGEST_BITS: u32 = 256;
/// The word that ends a message: one bit, then zeros.
pub(crate) const END: u32 = 0x8000_0000;

pub(crate) const fn small_sigma0(x: u32) -> u32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

pub(crate) const fn small_sigma1(x: u32) -> u32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}

const fn big_sigma0(x: u32) -> u32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

const fn big_sigma1(x: u32) -> u32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

/// The two sums of a round: what its new `a` and `e` are, but for the word that
/// comes in.
pub(crate) fn sums(state: &[u32; 8], constant: u32) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = *state;
    let t1 = h
        .wrapping_add(big_sigma1(e))
        .wrapping_add((e & f) ^ (!e & g))
        .wrapping_add(constant);
    let t2 = big_sigma0(a).wrapping_add((a & b) ^ (a & c) ^ (b & c));
    (t1.wrapping_add(t2), d.wrapping_add(t1))
}

/// One round.
pub(crate) fn round(state: &[u32; 8], constant: u32, word: u32) -> [u32; 8] {
    let (new_a, new_e) = sums(state, constant.wrapping_add(word));
    let [a, b, c, _, e, f, g, _] = *state;
    [new_a, a, b, c, new_e, e, f, g]
}
