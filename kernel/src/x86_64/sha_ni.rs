//! The processor's own SHA-256 instructions. Each waits for the one before it, so
//! two nonces go through side by side: while one waits, the other works.
//!
//! `sha256rnds2` does two rounds on a state kept as `ABEF` and `CDGH` (the first
//! letter in the highest lane); `sha256msg1` and `sha256msg2` make four words of the
//! schedule. Where padding or the header alone decides, neither is needed.
//! Source: Intel, "Intel SHA Extensions", 2013.

#![expect(unsafe_code, reason = "what the processor has is known when it runs")]

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_cvtsi128_si32, _mm_setr_epi32,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32,
};

use crate::Kernel;
use crate::job::Job;
use crate::sha256::{DIGEST_BITS, END, HEADER_BITS, INITIAL, K, small_sigma0};

/// Nonces side by side. Three need more registers than there are.
const WAYS: usize = 2;

/// Four words of each nonce, or half a state.
type Fours = [__m128i; WAYS];

pub(super) const KERNEL: Kernel = Kernel {
    name: "sha-ni",
    search,
};

pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

fn search(job: &Job, first: u32, count: u32) -> Option<u32> {
    assert!(is_here(), "a kernel that this machine has not");
    // SAFETY: SHA, SSE4.1 and with it SSSE3 are here.
    unsafe { with_sha(job, first, count) }
}

/// All functions below are inlined into this one, and nothing else calls them. Each
/// `unsafe` in them calls an instruction of these three sets that reads and writes
/// registers alone.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn with_sha(job: &Job, first: u32, count: u32) -> Option<u32> {
    let prepared = Prepared::new(job);
    let mut offset = 0;
    while offset < count {
        let nonce = first.wrapping_add(offset);
        let mut hits = 0;
        for (way, word) in last_words(&prepared, nonce).into_iter().enumerate() {
            hits |= u32::from(word.swap_bytes() <= job.top) << way;
        }
        if hits != 0
            && let Some(found) = job.confirm(hits, nonce, count - offset)
        {
            return Some(found);
        }
        offset = offset.saturating_add(WAYS as u32);
    }
    None
}

/// A job's words as the instructions take them.
struct Prepared {
    mid_abef: __m128i,
    mid_cdgh: __m128i,
    /// After round 3, less the nonce's word in `A` and `E`.
    abef4: __m128i,
    cdgh4: __m128i,
    /// Words 16 to 19, less what the nonce adds.
    w16: __m128i,
    /// What words 20 to 23 and 28 to 31 have of the padding and of `w16`.
    part20: __m128i,
    part28: __m128i,
}

impl Prepared {
    #[inline(always)]
    fn new(job: &Job) -> Self {
        let [a, b, c, d, e, f, g, h] = job.midstate;
        let [b4, c4, d4, _, f4, g4, h4, _] = job.state3;
        let part31 = HEADER_BITS.wrapping_add(small_sigma0(job.w16));
        Self {
            mid_abef: four([f, e, b, a]),
            mid_cdgh: four([h, g, d, c]),
            abef4: four([f4, job.e3, b4, job.a3]),
            cdgh4: four([h4, g4, d4, c4]),
            w16: four([job.w16, job.w17, job.w18, job.w19]),
            part20: four([END, 0, HEADER_BITS, job.w16]),
            part28: four([0, 0, small_sigma0(HEADER_BITS), part31]),
        }
    }
}

// The last word of each hash: the highest of the number that a target bounds.
#[inline(always)]
fn last_words(job: &Prepared, nonce: u32) -> [u32; WAYS] {
    let mut state = State {
        abef: [job.abef4; WAYS],
        cdgh: [job.cdgh4; WAYS],
    };
    let mut m0 = [job.w16; WAYS];
    for (way, m0) in m0.iter_mut().enumerate() {
        let word = nonce.wrapping_add(way as u32).swap_bytes();
        state.abef[way] = add(state.abef[way], four([0, word, 0, word]));
        *m0 = add(*m0, four([0, 0, small_sigma0(word), word]));
    }
    state.padding(4, [END, 0, 0, 0]);
    state.padding(8, [0; 4]);
    state.padding(12, [0, 0, 0, HEADER_BITS]);
    state.rounds(16, m0);
    let mut m1 = [job.part20; WAYS];
    for way in 0..WAYS {
        m1[way] = finish(m1[way], m0[way]);
    }
    state.rounds(20, m1);
    // Of words 8 to 11 it has nothing: they are 0.
    let mut m2 = between(m0, m1);
    for way in 0..WAYS {
        m2[way] = finish(m2[way], m1[way]);
    }
    state.rounds(24, m2);
    let mut m3 = between(m1, m2);
    for way in 0..WAYS {
        m3[way] = finish(add(m3[way], job.part28), m2[way]);
    }
    state.rounds(28, m3);
    let [m0, m1, m2, m3] = state.sixteen(32, [m0, m1, m2, m3]);
    state.sixteen(48, [m0, m1, m2, m3]);

    let [mut m0, mut m1] = [[four([0; 4]); WAYS]; 2];
    for way in 0..WAYS {
        let abef = add(state.abef[way], job.mid_abef);
        let cdgh = add(state.cdgh[way], job.mid_cdgh);
        (m0[way], m1[way]) = in_order(abef, cdgh);
    }
    let [a, b, c, d, e, f, g, h] = INITIAL;
    let mut state = State {
        abef: [four([f, e, b, a]); WAYS],
        cdgh: [four([h, g, d, c]); WAYS],
    };
    let m2 = [four([END, 0, 0, 0]); WAYS];
    let m3 = [four([0, 0, 0, DIGEST_BITS]); WAYS];
    state.rounds(0, m0);
    state.rounds(4, m1);
    state.padding(8, [END, 0, 0, 0]);
    state.padding(12, [0, 0, 0, DIGEST_BITS]);
    let words = state.sixteen(16, [m0, m1, m2, m3]);
    let words = state.sixteen(32, words);
    let [m0, m1, m2, m3] = words;
    let n0 = scheduled(m0, m1, m2, m3);
    state.rounds(48, n0);
    let n1 = scheduled(m1, m2, m3, n0);
    state.rounds(52, n1);
    let n2 = scheduled(m2, m3, n0, n1);
    state.rounds(56, n2);
    let n3 = scheduled(m3, n0, n1, n2);
    state.last_words(n3)
}

struct State {
    abef: Fours,
    cdgh: Fours,
}

impl State {
    /// Rounds `t` to `t + 3`.
    #[inline(always)]
    fn rounds(&mut self, t: usize, mut words: Fours) {
        for word in &mut words {
            *word = add(*word, constants(t));
        }
        for (way, words) in words.iter().enumerate() {
            self.cdgh[way] = two_rounds(self.cdgh[way], self.abef[way], *words);
        }
        for (way, words) in words.iter().enumerate() {
            self.abef[way] = two_rounds(self.abef[way], self.cdgh[way], upper(*words));
        }
    }

    /// Rounds `t` to `t + 3` on words that are the same for every nonce.
    #[inline(always)]
    fn padding(&mut self, t: usize, words: [u32; 4]) {
        self.rounds(t, [four(words); WAYS]);
    }

    /// Rounds `t` to `t + 15` on the words after these sixteen, which it returns.
    #[inline(always)]
    fn sixteen(&mut self, t: usize, words: [Fours; 4]) -> [Fours; 4] {
        let [m0, m1, m2, m3] = words;
        let n0 = scheduled(m0, m1, m2, m3);
        self.rounds(t, n0);
        let n1 = scheduled(m1, m2, m3, n0);
        self.rounds(t + 4, n1);
        let n2 = scheduled(m2, m3, n0, n1);
        self.rounds(t + 8, n2);
        let n3 = scheduled(m3, n0, n1, n2);
        self.rounds(t + 12, n3);
        [n0, n1, n2, n3]
    }

    /// Round 60, whose `e` moves on to be `h` of round 63, as one of a pair.
    #[inline(always)]
    fn last_words(self, words: Fours) -> [u32; WAYS] {
        let mut last = [INITIAL[7]; WAYS];
        for way in 0..WAYS {
            let words = add(words[way], constants(60));
            let abef = two_rounds(self.cdgh[way], self.abef[way], words);
            last[way] = last[way].wrapping_add(lowest(abef)); // `F`, the `e` of a round ago
        }
        last
    }
}

#[inline(always)]
fn constants(t: usize) -> __m128i {
    four([K[t], K[t + 1], K[t + 2], K[t + 3]])
}

/// The four words after sixteen.
#[inline(always)]
fn scheduled(m0: Fours, m1: Fours, m2: Fours, m3: Fours) -> Fours {
    let mut next = between(m2, m3);
    for way in 0..WAYS {
        // SAFETY: see `with_sha`.
        let begun = unsafe { _mm_sha256msg1_epu32(m0[way], m1[way]) };
        next[way] = finish(add(begun, next[way]), m3[way]);
    }
    next
}

/// Words 1 to 4 of eight.
#[inline(always)]
fn between(low: Fours, high: Fours) -> Fours {
    let mut words = low;
    for way in 0..WAYS {
        // SAFETY: see `with_sha`.
        words[way] = unsafe { _mm_alignr_epi8::<4>(high[way], low[way]) };
    }
    words
}

#[inline(always)]
fn finish(begun: __m128i, before: __m128i) -> __m128i {
    // SAFETY: see `with_sha`.
    unsafe { _mm_sha256msg2_epu32(begun, before) }
}

#[inline(always)]
fn two_rounds(cdgh: __m128i, abef: __m128i, words: __m128i) -> __m128i {
    // SAFETY: see `with_sha`.
    unsafe { _mm_sha256rnds2_epu32(cdgh, abef, words) }
}

#[inline(always)]
fn upper(words: __m128i) -> __m128i {
    // SAFETY: see `with_sha`.
    unsafe { _mm_shuffle_epi32::<0b11_10_11_10>(words) }
}

/// `ABCD` and `EFGH`, `A` and `E` lowest: a state as words.
#[inline(always)]
fn in_order(abef: __m128i, cdgh: __m128i) -> (__m128i, __m128i) {
    // SAFETY: see `with_sha`.
    unsafe {
        let abef = _mm_shuffle_epi32::<0b00_01_10_11>(abef);
        let ghcd = _mm_shuffle_epi32::<0b10_11_00_01>(cdgh);
        (
            _mm_blend_epi16::<0xf0>(abef, ghcd),
            _mm_alignr_epi8::<8>(ghcd, abef),
        )
    }
}

/// The first word lowest.
#[inline(always)]
fn four(words: [u32; 4]) -> __m128i {
    let [w0, w1, w2, w3] = words.map(u32::cast_signed);
    // SAFETY: see `with_sha`.
    unsafe { _mm_setr_epi32(w0, w1, w2, w3) }
}

#[inline(always)]
fn add(a: __m128i, b: __m128i) -> __m128i {
    // SAFETY: see `with_sha`.
    unsafe { _mm_add_epi32(a, b) }
}

#[inline(always)]
fn lowest(words: __m128i) -> u32 {
    // SAFETY: see `with_sha`.
    unsafe { _mm_cvtsi128_si32(words) }.cast_unsigned()
}
