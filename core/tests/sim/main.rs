//! Simulation: real nodes, virtual time, one seed a run.
//!
//! `cargo xtask sim --seeds 100 --scenario NAME` runs a hundred worlds; a failure
//! prints how to run it again (docs/simulation.md).

mod agree;
#[path = "../../../fuzz/src/bytes.rs"]
#[allow(dead_code, reason = "a fuzzer reads more kinds")]
mod bytes;
mod clocks;
mod commands;
mod crashes;
mod disk;
mod faults;
mod hostile;
#[path = "../../../fuzz/src/keys.rs"]
mod keys;
#[path = "../../../fuzz/src/lies.rs"]
#[allow(unreachable_pub, reason = "elsewhere it is public")]
mod lies;
mod money;
mod net;
mod node;
#[path = "../../../fuzz/src/pages.rs"]
#[allow(dead_code, reason = "a fuzzer opens stores that never fail, too")]
mod pages;
mod partitions;
mod rooms;
mod scale;
mod seeds;
mod storm;
mod sync;
