//! Writes WebAssembly modules that search nonces, instruction by instruction.
//!
//! A compiler takes source code for what is to be computed and chooses the order;
//! for SHA-256 in vectors it hoists loads until the registers do not suffice, and
//! turns three operations into four where it thinks it knows better. Here each
//! instruction stands where it was put. What the modules save:
//!
//! - the first 64 of a header's 80 bytes are hashed once (the *midstate*), and the
//!   first three rounds after them, whose words no nonce changes, too;
//! - the last three rounds of the second hash: its most significant word is known
//!   before them, and what fails there is not looked at again;
//! - four nonces share an instruction, in the lanes of a `v128`; beside them the
//!   integer units, which would idle, try a fifth;
//! - headers that differ in version bits (BIP-320) share the second block, so that
//!   its schedule is expanded once for all of them.
//!
//! A module has its own memory, which is exported as `memory`, and no imports. Its
//! one function is `search(first, count)`: with a job where [`layout`] says, it
//! tries `count` nonces from `first` on, whole passes at a time, and returns how
//! far from `first` the first pass is in which the most significant word of a hash
//! is at most the target's, or -1. Whoever calls it looks at that pass again.

#[path = "../../src/constants.rs"]
mod constants;
pub mod layout;
mod module;
mod program;
mod rounds;
mod search;
pub mod wgsl;
mod word;

use search::Lane;
use word::Width;

/// A module and what it does a pass.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// For people.
    pub name: &'static str,
    /// Nonces of a pass.
    pub nonces: u32,
    /// Versions of the header, each of which is tried with each nonce.
    pub versions: u32,
    /// The module.
    pub wasm: Vec<u8>,
}

/// What turns a header's version over for each of a kernel's versions: bits of
/// BIP-320, which are free to roll.
pub const fn version_bits(version: u32) -> u32 {
    version << 13
}

/// All of them. Which is the fastest depends on processor and browser.
pub fn kernels() -> Vec<Kernel> {
    let lane = |width, offset| Lane {
        width,
        offset,
        version: 0,
    };
    let (four, next_four) = (lane(Width::Four, 0), lane(Width::Four, 4));
    vec![
        // Needs no simd128, which all the others do.
        kernel("scalar", &[lane(Width::One, 0)], false),
        kernel("simd 4", &[four], false),
        kernel("simd 4 + scalar", &[four, lane(Width::One, 4)], false),
        kernel("simd 2x4", &[four, next_four], false),
        kernel("shared 2x4", &versions(2), true),
        kernel("shared 3x4", &versions(3), true),
    ]
}

/// The same four nonces in so many versions.
fn versions(count: u32) -> Vec<Lane> {
    assert!(count <= layout::MOST_VERSIONS, "a job has no room for more");
    let lane = |version| Lane {
        width: Width::Four,
        offset: 0,
        version,
    };
    (0..count).map(lane).collect()
}

fn kernel(name: &'static str, lanes: &[Lane], shared: bool) -> Kernel {
    let search = search::search(lanes, shared);
    Kernel {
        name,
        nonces: search.nonces,
        versions: if shared { lanes.len() as u32 } else { 1 },
        wasm: search.into_module(),
    }
}
