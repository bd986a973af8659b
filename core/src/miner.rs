//! The miner's kernel: SHA-256d over a header, one nonce after another.
//!
//! The first 64 of the 80 bytes do not depend on the nonce, so their state (the
//! *midstate*) is computed once: two compressions a hash instead of three.

use sha2::block_api::compress256;

use crate::transaction::{Stamp, StampJob};

const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Try `count` nonces from `first` on (wrapping): the first whose SHA-256d of
/// `header` (the 76 bytes before the nonce) is at most `target` (32 bytes,
/// little-endian).
///
/// # Panics
/// If `header` is not 76 bytes: the node makes it, never a peer.
pub fn search(header: &[u8], target: &[u8; 32], first: u32, count: u32) -> Option<u32> {
    let header: &[u8; 76] = header
        .try_into()
        .expect("a mining job's header is 76 bytes");
    let midstate = midstate(header[..64].try_into().expect("64 bytes"));

    // Second block: the last 16 bytes of the header, padding, 640 bits.
    let mut tail = [0u8; 64];
    tail[..12].copy_from_slice(&header[64..]);
    tail[16] = 0x80;
    tail[62..].copy_from_slice(&640u16.to_be_bytes());
    let mut outer = digest_block();

    for offset in 0..count {
        let nonce = first.wrapping_add(offset);
        tail[12..16].copy_from_slice(&nonce.to_le_bytes());
        let mut inner = midstate;
        compress256(&mut inner, &[tail]);
        let hash = outer_hash(&mut outer, &inner);
        if at_most(&hash, target) {
            return Some(nonce);
        }
    }
    None
}

/// The state after the first 64 bytes, from which kernels that are not this one
/// begin, too.
pub fn midstate(block: &[u8; 64]) -> [u32; 8] {
    let mut midstate = INITIAL;
    compress256(&mut midstate, &[*block]);
    midstate
}

/// Try `count` stamps from `first` on: the first that gives the transaction's
/// id `bits` leading zero bits.
pub fn search_stamp(work: &StampJob, first: u64, count: u64) -> Option<Stamp> {
    let whole = work.prefix.len() / 64 * 64;
    let mut midstate = INITIAL;
    for block in work.prefix[..whole].chunks_exact(64) {
        compress256(&mut midstate, &[block.try_into().expect("64 bytes")]);
    }
    let rest = &work.prefix[whole..];
    let message = rest.len() + 8;
    let length = (message + 9).div_ceil(64) * 64;
    // At most 63 + 8 + 9 bytes: two blocks.
    let mut tail = [0u8; 128];
    tail[..rest.len()].copy_from_slice(rest);
    tail[message] = 0x80;
    let bits = (work.prefix.len() as u64 + 8) * 8;
    tail[length - 8..length].copy_from_slice(&bits.to_be_bytes());
    let mut outer = digest_block();

    for offset in 0..count {
        let stamp = first.wrapping_add(offset).to_le_bytes();
        tail[rest.len()..message].copy_from_slice(&stamp);
        let mut inner = midstate;
        for block in tail[..length].chunks_exact(64) {
            compress256(&mut inner, &[block.try_into().expect("64 bytes")]);
        }
        if leading_zero_bits(&outer_hash(&mut outer, &inner)) >= work.bits {
            return Some(Stamp(stamp));
        }
    }
    None
}

/// Leading zero bits of a hash as it is shown (its last byte first).
pub fn leading_zero_bits(hash: &[u8; 32]) -> u32 {
    let mut bits = 0;
    for byte in hash.iter().rev() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

// A block that holds a 32-byte digest, its padding and its length, 256 bits.
fn digest_block() -> [u8; 64] {
    let mut block = [0u8; 64];
    block[32] = 0x80;
    block[62..].copy_from_slice(&256u16.to_be_bytes());
    block
}

fn outer_hash(block: &mut [u8; 64], inner: &[u32; 8]) -> [u8; 32] {
    for (to, word) in block.chunks_exact_mut(4).zip(inner) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    let mut state = INITIAL;
    compress256(&mut state, &[*block]);
    let mut hash = [0u8; 32];
    for (to, word) in hash.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

fn at_most(hash: &[u8; 32], target: &[u8; 32]) -> bool {
    hash.iter().rev().le(target.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256d;

    #[test]
    fn a_found_nonce_is_what_sha256d_says_for_any_header() {
        let mut target = [0xff; 32];
        target[31] = 0;
        for seed in 0..20u8 {
            let header: Vec<u8> = (0..76).map(|i| seed.wrapping_mul(31) ^ i).collect();
            let nonce = search(&header, &target, 0, 1 << 16).expect("one in 256 meets it");
            let reference = (0..1u32 << 16).find(|nonce| {
                let bytes = [header.as_slice(), &nonce.to_le_bytes()].concat();
                sha256d(&bytes)[31] == 0
            });
            assert_eq!(Some(nonce), reference);
        }
    }

    #[test]
    fn a_found_stamp_gives_the_zero_bits_at_every_prefix_length() {
        for length in 0..200 {
            let work = StampJob {
                prefix: vec![length as u8; length],
                bits: 6,
            };
            let stamp = search_stamp(&work, 0, 1 << 16).expect("one in 64 meets it");
            let hash = sha256d(&[work.prefix.as_slice(), &stamp.0].concat());
            assert!(leading_zero_bits(&hash) >= 6);
        }
    }
}
