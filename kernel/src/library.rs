//! The `sha2` crate's compression after the midstate. It finds out by itself what
//! the processor has (on aarch64, its SHA-2 instructions) and runs everywhere.
//!
//! It is the portable kernel, too: one nonce at a time with every shortcut, or arrays
//! of lanes that are left to the compiler, were no faster (docs/performance.md).

use crate::Kernel;
use crate::job::Job;

pub(crate) const KERNEL: Kernel = Kernel {
    name: "sha2 crate, midstate",
    search,
};

fn search(job: &Job, first: u32, count: u32) -> Option<u32> {
    (0..count)
        .map(|offset| first.wrapping_add(offset))
        .find(|nonce| job.meets(*nonce))
}
