//! What mining costs without a kernel: SHA-256d of all 80 bytes, nonce by nonce,
//! by the same library. The base that the tab's kernels are compared with.
//!
//! `cargo build --release -p tablon-core --example naive --target wasm32-unknown-unknown`

// The one function must keep its name, and `no_mangle` counts as unsafe because
// two of a name would clash; there is one.
#![allow(unsafe_code)]

use tablon_core::hash::sha256d;

/// Try `count` nonces from `first` on; gives how many hashes end in a zero word,
/// so that none is left out.
#[unsafe(no_mangle)]
pub extern "C" fn naive(first: u32, count: u32) -> u32 {
    let mut header = [7; 80];
    let mut hits = 0;
    for offset in 0..count {
        header[76..].copy_from_slice(&first.wrapping_add(offset).to_le_bytes());
        hits += u32::from(sha256d(&header)[28..] == [0; 4]);
    }
    hits
}
