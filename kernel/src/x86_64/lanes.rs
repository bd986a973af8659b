//! SHA-256d of one header with several nonces at once: a word of each in a lane.
//!
//! Everything is unrolled, so the compiler folds the words of padding into the
//! round constants.

use crate::job::Job;
use crate::sha256::{DIGEST_BITS, END, HEADER_BITS, INITIAL, K};

/// One 32-bit word in each of several lanes.
pub(super) trait Lanes: Copy {
    /// How many, at most 32.
    const COUNT: u32;

    fn splat(word: u32) -> Self;
    /// `first`, `first + 1`, ..., each with its bytes turned around: nonces stand in
    /// a header lowest byte first, and SHA-256 reads highest byte first.
    fn nonces(first: u32) -> Self;
    fn add(self, other: Self) -> Self;
    /// `self` where a bit of `mask` is set, `other` elsewhere.
    fn choose(mask: Self, this: Self, other: Self) -> Self;
    fn majority(a: Self, b: Self, c: Self) -> Self;
    fn big_sigma0(self) -> Self;
    fn big_sigma1(self) -> Self;
    fn small_sigma0(self) -> Self;
    fn small_sigma1(self) -> Self;
    /// A bit for each lane, the first lowest, whose word with its bytes turned
    /// around is at most `top`.
    fn at_most(self, top: u32) -> u32;
}

#[inline(always)]
pub(super) fn search<L: Lanes>(job: &Job, first: u32, count: u32) -> Option<u32> {
    let mut offset = 0;
    while offset < count {
        let nonce = first.wrapping_add(offset);
        let hits = last_words(job, L::nonces(nonce)).at_most(job.top);
        if hits != 0
            && let Some(found) = job.confirm(hits, nonce, count - offset)
        {
            return Some(found);
        }
        offset = offset.saturating_add(L::COUNT);
    }
    None
}

/// `$step` for each `$t`, surely unrolled: the compiler keeps a loop of this length.
macro_rules! each {
    ($step:ident $state:ident $words:ident: $($t:literal)*) => {
        $( $step::<L, $t>(&mut $state, &mut $words); )*
    };
}

// The last word of each hash: the highest of the number that a target bounds.
#[inline(always)]
fn last_words<L: Lanes>(job: &Job, nonces: L) -> L {
    // Words 4 to 19: the first four are not needed after the nonce's round.
    let mut words = [L::splat(0); 16];
    words[4] = L::splat(END);
    words[15] = L::splat(HEADER_BITS);
    words[0] = L::splat(job.w16);
    words[1] = L::splat(job.w17);
    words[2] = L::splat(job.w18).add(nonces.small_sigma0());
    words[3] = L::splat(job.w19).add(nonces);
    let [b, c, d, _, f, g, h, _] = job.state3.map(L::splat);
    let a = L::splat(job.a3).add(nonces);
    let e = L::splat(job.e3).add(nonces);
    // As `place` has them before round 4.
    let mut state = [e, f, g, h, a, b, c, d];
    each!(round state words: 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    each!(scheduled state words: 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40
        41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);

    let mut words = [L::splat(0); 16];
    for ((word, value), begun) in words.iter_mut().zip(state).zip(job.midstate) {
        *word = value.add(L::splat(begun));
    }
    words[8] = L::splat(END);
    words[15] = L::splat(DIGEST_BITS);
    let mut state = INITIAL.map(L::splat);
    each!(round state words: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    each!(scheduled state words: 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
        37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60);
    // `e` of round 60 moves on to be `h` of round 63.
    state[place(61, 4)].add(L::splat(INITIAL[7]))
}

/// Where `a` (0) to `h` (7) are before round `t`: their names go around, not they.
const fn place(t: usize, name: usize) -> usize {
    (name + 8 - t % 8) % 8
}

#[inline(always)]
fn scheduled<L: Lanes, const T: usize>(state: &mut [L; 8], words: &mut [L; 16]) {
    words[T % 16] = words[T % 16]
        .add(words[(T + 1) % 16].small_sigma0())
        .add(words[(T + 9) % 16])
        .add(words[(T + 14) % 16].small_sigma1());
    round::<L, T>(state, words);
}

#[inline(always)]
fn round<L: Lanes, const T: usize>(state: &mut [L; 8], words: &mut [L; 16]) {
    let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(|name| state[place(T, name)]);
    let t1 = h
        .add(words[T % 16].add(L::splat(K[T])))
        .add(L::choose(e, f, g))
        .add(e.big_sigma1());
    state[place(T, 3)] = d.add(t1);
    state[place(T, 7)] = t1.add(a.big_sigma0().add(L::majority(a, b, c)));
}
