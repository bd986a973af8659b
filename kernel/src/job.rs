//! What is computed once for all nonces of a header.

use sha2::block_api::compress256;

use crate::sha256::{END, HEADER_BITS, INITIAL, K, round, small_sigma0, small_sigma1, sums};

/// A header and a target, prepared.
///
/// Words `w0`..`w15` are those of the header's second block: three that are left of
/// it, the nonce in `w3`, padding. `w16` and `w17` come from the first three and
/// the padding alone.
#[derive(Debug)]
pub(crate) struct Job {
    /// After the first block.
    pub(crate) midstate: [u32; 8],
    /// `w0`, `w1`, `w2`.
    pub(crate) words: [u32; 3],
    /// After rounds 0 to 2 of the second block, which know no nonce. `d` and `h`,
    /// used up by round 3, are in `a3` and `e3`.
    pub(crate) state3: [u32; 8],
    /// `a` and `e` after round 3, less the nonce's word.
    pub(crate) a3: u32,
    pub(crate) e3: u32,
    pub(crate) w16: u32,
    pub(crate) w17: u32,
    /// `w18` less the nonce's `small_sigma0`, `w19` less the nonce's word.
    pub(crate) w18: u32,
    pub(crate) w19: u32,
    /// The target's highest 32 bits: all but one hash in billions fail there when
    /// blocks are hard to find.
    pub(crate) top: u32,
    target: [u8; 32],
}

impl Job {
    pub(crate) fn new(header: &[u8; 76], target: &[u8; 32]) -> Self {
        let (blocks, rest) = header.as_chunks::<64>();
        let mut midstate = INITIAL;
        compress256(&mut midstate, blocks);
        let (rest, _) = rest.as_chunks::<4>();
        let words = [rest[0], rest[1], rest[2]].map(u32::from_be_bytes);
        let [w0, w1, w2] = words;
        let mut state3 = midstate;
        for (word, constant) in words.into_iter().zip(K) {
            state3 = round(&state3, constant, word);
        }
        let (a3, e3) = sums(&state3, K[3]);
        let w16 = small_sigma0(w1).wrapping_add(w0);
        let w17 = small_sigma1(HEADER_BITS)
            .wrapping_add(small_sigma0(w2))
            .wrapping_add(w1);
        Self {
            midstate,
            words,
            state3,
            a3,
            e3,
            w16,
            w17,
            w18: small_sigma1(w16).wrapping_add(w2),
            w19: small_sigma1(w17).wrapping_add(small_sigma0(END)),
            top: u32::from_le_bytes(*target.last_chunk().expect("32 bytes end with 4")),
            target: *target,
        }
    }

    /// The first of the nonces from `nonce` on whose bit is set in `lanes` and that
    /// meets the whole target, among `left`.
    #[cold]
    pub(crate) fn confirm(&self, lanes: u32, nonce: u32, left: u32) -> Option<u32> {
        (0..left.min(u32::BITS))
            .filter(|lane| lanes >> lane & 1 == 1)
            .map(|lane| nonce.wrapping_add(lane))
            .find(|nonce| self.meets(*nonce))
    }

    /// Whether the hash with this nonce is at most the target.
    pub(crate) fn meets(&self, nonce: u32) -> bool {
        let hash = self.hash(nonce);
        hash.iter().rev().le(self.target.iter().rev())
    }

    fn hash(&self, nonce: u32) -> [u8; 32] {
        let mut block = [0; 64];
        let [w0, w1, w2] = self.words;
        put(&mut block, &[w0, w1, w2, nonce.swap_bytes(), END]);
        block[60..].copy_from_slice(&HEADER_BITS.to_be_bytes());
        let mut inner = self.midstate;
        compress256(&mut inner, &[block]);

        let mut block = [0; 64];
        put(&mut block, &inner);
        block[32..36].copy_from_slice(&END.to_be_bytes());
        block[60..].copy_from_slice(&crate::sha256::DIGEST_BITS.to_be_bytes());
        let mut outer = INITIAL;
        compress256(&mut outer, &[block]);
        let mut hash = [0; 32];
        put(&mut hash, &outer);
        hash
    }
}

fn put(bytes: &mut [u8], words: &[u32]) {
    for (to, word) in bytes.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&word.to_be_bytes());
    }
}
