//! The native miner's kernels: a search for the nonce that brings a header's
//! SHA-256d below its target, with what the processor has.
//!
//! There is a closed set of them, [`Kernel::available`]. All give the same answer as
//! `tablon_core::miner::search`, the reference; they differ in speed alone, and
//! which is fastest depends on the processor, so it is timed, not guessed.
//!
//! What they share is what a header's hash owes to no nonce: the state after its
//! first 64 bytes and three rounds more, and the words of padding. And the last
//! three rounds cannot change the word in which all but one hash in billions fail.

mod choice;
mod constants;
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(
        dead_code,
        reason = "the sha2 crate takes no shortcut but the midstate"
    )
)]
mod job;
mod library;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use job::Job;

/// A way to search that this machine can run: there is no other way to have one.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    name: &'static str,
    search: fn(&Job, u32, u32) -> Option<u32>,
}

impl Kernel {
    /// All that this machine can run, the slowest first as a rule.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "other processors have no more")]
        let mut kernels = vec![library::KERNEL];
        #[cfg(target_arch = "x86_64")]
        kernels.extend(x86_64::available());
        kernels
    }

    /// The fastest here, by a timing of some 10 ms at the first call.
    pub fn fastest() -> Self {
        choice::fastest()
    }

    /// What it is called: `sha2 crate, midstate`, `avx2`, `sha-ni` or `avx-512`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Try `count` nonces from `first` on (wrapping): the first whose SHA-256d of
    /// `header` (the 76 bytes before the nonce) is at most `target` (32 bytes,
    /// little-endian).
    pub fn search(
        self,
        header: &[u8; 76],
        target: &[u8; 32],
        first: u32,
        count: u32,
    ) -> Option<u32> {
        (self.search)(&Job::new(header, target), first, count)
    }
}
