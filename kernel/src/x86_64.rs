//! What processors of x86-64 may have.

mod avx2;
mod avx512;
mod lanes;
mod sha_ni;

use crate::Kernel;

/// Those that this one has, the slowest first as a rule.
pub(crate) fn available() -> impl Iterator<Item = Kernel> {
    let all = [
        (avx2::is_here(), avx2::KERNEL),
        (sha_ni::is_here(), sha_ni::KERNEL),
        (avx512::is_here(), avx512::KERNEL),
    ];
    all.into_iter()
        .filter_map(|(here, kernel)| here.then_some(kernel))
}
