//! Sixteen nonces at once, with AVX-512: it rotates, and computes any function of
//! three bits, in one instruction.

#![expect(unsafe_code, reason = "what the processor has is known when it runs")]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_cmple_epu32_mask, _mm512_ror_epi32, _mm512_set1_epi32,
    _mm512_set4_epi32, _mm512_setr_epi32, _mm512_shuffle_epi8, _mm512_srli_epi32,
    _mm512_ternarylogic_epi32,
};

use super::lanes::{self, Lanes};
use crate::Kernel;
use crate::job::Job;

/// Truth tables of three bits, the first argument's the highest.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

pub(super) const KERNEL: Kernel = Kernel {
    name: "avx-512",
    search,
};

pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
}

fn search(job: &Job, first: u32, count: u32) -> Option<u32> {
    assert!(is_here(), "a kernel that this machine has not");
    // SAFETY: AVX-512F and BW are here.
    unsafe { with_avx512(job, first, count) }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn with_avx512(job: &Job, first: u32, count: u32) -> Option<u32> {
    lanes::search::<Sixteen>(job, first, count)
}

/// Lives in [`with_avx512`] alone, into which all its functions are inlined. Each
/// `unsafe` below calls an instruction of AVX-512F or BW that reads and writes
/// registers alone.
#[derive(Clone, Copy)]
struct Sixteen(__m512i);

#[inline(always)]
fn of_three<const TABLE: i32>(a: __m512i, b: __m512i, c: __m512i) -> Sixteen {
    // SAFETY: see `Sixteen`.
    Sixteen(unsafe { _mm512_ternarylogic_epi32::<TABLE>(a, b, c) })
}

#[inline(always)]
fn rotate<const BITS: i32>(x: __m512i) -> __m512i {
    // SAFETY: see `Sixteen`.
    unsafe { _mm512_ror_epi32::<BITS>(x) }
}

#[inline(always)]
fn right<const BITS: u32>(x: __m512i) -> __m512i {
    // SAFETY: see `Sixteen`.
    unsafe { _mm512_srli_epi32::<BITS>(x) }
}

// Turns the bytes of each word around.
#[inline(always)]
fn turned(x: __m512i) -> __m512i {
    // SAFETY: see `Sixteen`.
    unsafe {
        let order = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
        _mm512_shuffle_epi8(x, order)
    }
}

impl Lanes for Sixteen {
    const COUNT: u32 = 16;

    #[inline(always)]
    fn splat(word: u32) -> Self {
        // SAFETY: see `Sixteen`.
        Self(unsafe { _mm512_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn nonces(first: u32) -> Self {
        // SAFETY: see `Sixteen`.
        let each = Self(unsafe {
            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        });
        Self(turned(Self::splat(first).add(each).0))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see `Sixteen`.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn choose(mask: Self, this: Self, other: Self) -> Self {
        of_three::<CHOOSE>(mask.0, this.0, other.0)
    }

    #[inline(always)]
    fn majority(a: Self, b: Self, c: Self) -> Self {
        of_three::<MAJORITY>(a.0, b.0, c.0)
    }

    #[inline(always)]
    fn big_sigma0(self) -> Self {
        let x = self.0;
        of_three::<XOR>(rotate::<2>(x), rotate::<13>(x), rotate::<22>(x))
    }

    #[inline(always)]
    fn big_sigma1(self) -> Self {
        let x = self.0;
        of_three::<XOR>(rotate::<6>(x), rotate::<11>(x), rotate::<25>(x))
    }

    #[inline(always)]
    fn small_sigma0(self) -> Self {
        let x = self.0;
        of_three::<XOR>(rotate::<7>(x), rotate::<18>(x), right::<3>(x))
    }

    #[inline(always)]
    fn small_sigma1(self) -> Self {
        let x = self.0;
        of_three::<XOR>(rotate::<17>(x), rotate::<19>(x), right::<10>(x))
    }

    #[inline(always)]
    fn at_most(self, top: u32) -> u32 {
        // SAFETY: see `Sixteen`.
        let lanes = unsafe { _mm512_cmple_epu32_mask(turned(self.0), Self::splat(top).0) };
        lanes.into()
    }
}
