//! What is fuzzed, in one place: the libFuzzer targets in `fuzz_targets` and the
//! test that replays the corpus (`core/tests/rules/corpus`) run the same functions.
//!
//! Each takes any bytes and panics when something is wrong with the core.

mod bytes;
mod decoders;
mod keys;
mod lies;
mod node;
mod pages;
mod world;

pub use decoders::*;
pub use lies::store_lies;
pub use node::{moves, node_step};
pub use world::World;

/// A function that must stand any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folder in `corpus`.
pub const TARGETS: [(&str, Target); 17] = [
    ("account_proof", account_proof),
    ("block", block),
    ("header", header),
    ("ids", ids),
    ("link", link),
    ("message", message),
    ("node_step", node_step),
    ("proof", proof),
    ("relay_frame", relay_frame),
    ("sealed", sealed),
    ("signal", signal),
    ("store_lies", store_lies),
    ("store_row", store_row),
    ("text", text),
    ("transaction", transaction),
    ("tunnel", tunnel),
    ("wallet", wallet),
];
