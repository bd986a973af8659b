//! Eight nonces at once, with AVX2.

#![expect(unsafe_code, reason = "what the processor has is known when it runs")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi256_ps, _mm256_cmpeq_epi32,
    _mm256_min_epu32, _mm256_movemask_ps, _mm256_or_si256, _mm256_set1_epi32, _mm256_setr_epi8,
    _mm256_setr_epi32, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_xor_si256,
};

use super::lanes::{self, Lanes};
use crate::Kernel;
use crate::job::Job;

pub(super) const KERNEL: Kernel = Kernel {
    name: "avx2",
    search,
};

pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("avx2")
}

fn search(job: &Job, first: u32, count: u32) -> Option<u32> {
    assert!(is_here(), "a kernel that this machine has not");
    // SAFETY: AVX2 is here.
    unsafe { with_avx2(job, first, count) }
}

#[target_feature(enable = "avx2")]
fn with_avx2(job: &Job, first: u32, count: u32) -> Option<u32> {
    lanes::search::<Eight>(job, first, count)
}

/// Lives in [`with_avx2`] alone, into which all its functions are inlined. Each
/// `unsafe` below calls an instruction of AVX2 or older that reads and writes
/// registers alone.
#[derive(Clone, Copy)]
struct Eight(__m256i);

#[inline(always)]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: see `Eight`.
    unsafe { _mm256_xor_si256(a, b) }
}

#[inline(always)]
fn right<const BITS: i32>(x: __m256i) -> __m256i {
    // SAFETY: see `Eight`.
    unsafe { _mm256_srli_epi32::<BITS>(x) }
}

// `LEFT` is `32 - RIGHT`, which the language cannot say yet.
#[inline(always)]
fn rotate<const RIGHT: i32, const LEFT: i32>(x: __m256i) -> __m256i {
    const { assert!(RIGHT + LEFT == 32, "a rotation turns all 32 bits") };
    // SAFETY: see `Eight`.
    unsafe { _mm256_or_si256(_mm256_srli_epi32::<RIGHT>(x), _mm256_slli_epi32::<LEFT>(x)) }
}

// Turns the bytes of each word around.
#[inline(always)]
fn turned(x: __m256i) -> __m256i {
    // SAFETY: see `Eight`.
    unsafe {
        let order = _mm256_setr_epi8(
            3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, // one half
            3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
        );
        _mm256_shuffle_epi8(x, order)
    }
}

impl Lanes for Eight {
    const COUNT: u32 = 8;

    #[inline(always)]
    fn splat(word: u32) -> Self {
        // SAFETY: see `Eight`.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn nonces(first: u32) -> Self {
        // SAFETY: see `Eight`.
        let each = Self(unsafe { _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7) });
        Self(turned(Self::splat(first).add(each).0))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see `Eight`.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn choose(mask: Self, this: Self, other: Self) -> Self {
        // SAFETY: see `Eight`.
        let chosen = unsafe { _mm256_and_si256(xor(this.0, other.0), mask.0) };
        Self(xor(chosen, other.0))
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, c: Self) -> Self {
        // The next round's `b ^ c` is this one's `a ^ b`, which the compiler keeps.
        // SAFETY: see `Eight`.
        let differ = unsafe { _mm256_and_si256(xor(a.0, b.0), xor(b.0, c.0)) };
        Self(xor(differ, b.0))
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        let x = self.0;
        Self(xor(
            xor(rotate::<2, 30>(x), rotate::<13, 19>(x)),
            rotate::<22, 10>(x),
        ))
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        let x = self.0;
        Self(xor(
            xor(rotate::<6, 26>(x), rotate::<11, 21>(x)),
            rotate::<25, 7>(x),
        ))
    }

    #[inline(always)]
    fn small_sigma0(self) -> Self {
        let x = self.0;
        Self(xor(
            xor(rotate::<7, 25>(x), rotate::<18, 14>(x)),
            right::<3>(x),
        ))
    }

    #[inline(always)]
    fn small_sigma1(self) -> Self {
        let x = self.0;
        Self(xor(
            xor(rotate::<17, 15>(x), rotate::<19, 13>(x)),
            right::<10>(x),
        ))
    }

    #[inline(always)]
    fn at_most(self, top: u32) -> u32 {
        let words = turned(self.0);
        // SAFETY: see `Eight`.
        let lanes = unsafe {
            // The smaller of both is the word itself: AVX2 compares signed numbers alone.
            let least = _mm256_min_epu32(words, Self::splat(top).0);
            _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(least, words)))
        };
        lanes.cast_unsigned()
    }
}
