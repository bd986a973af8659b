//! Simulation: real nodes, virtual time, one seed a run.
//!
//! `TABLON_SIM_SEEDS=100 cargo test --release -p tablon-core --test sim` runs
//! every scenario with a hundred seeds; a failure prints how to run it again.

mod agree;
mod clocks;
mod commands;
mod crashes;
mod faults;
mod hostile;
mod money;
mod net;
mod node;
mod partitions;
mod rooms;
mod seeds;
