//! Where a search finds its job in the module's memory. Words are little-endian,
//! as WebAssembly has them.

/// The state after the header's first 64 bytes, 32 bytes for each version.
pub const MIDSTATES: u32 = 0;
/// Versions, at most.
pub const MOST_VERSIONS: u32 = 4;
/// Bytes 64 to 76 of the header: three words of the second block, as SHA-256
/// reads them, big-endian.
pub const TAIL: u32 = MIDSTATES + 32 * MOST_VERSIONS;
/// The target's most significant word.
pub const TARGET: u32 = TAIL + 12;
/// What follows is the module's own.
pub const END: u32 = TARGET + 4;
