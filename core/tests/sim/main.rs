//! Simulation: real nodes, virtual time, one seed a run.
//!
//! `cargo xtask sim --seeds 100 --scenario NAME` runs a hundred worlds; a failure
//! prints how to run it again (docs/simulation.md).

mod agree;
mod clocks;
mod commands;
mod crashes;
mod disk;
mod faults;
mod hostile;
mod money;
mod net;
mod node;
mod partitions;
mod rooms;
mod scale;
mod seeds;
mod storm;
mod sync;
