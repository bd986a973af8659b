//! Tests that need the machine for themselves: they run one at a time, after all
//! others, which share it in lanes (`xtask/src/test.rs`).

mod kills;
mod twenty;
