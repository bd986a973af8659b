//! The relay over real sockets, all on loopback, every loop bounded.

mod bounds;
mod common;
mod introductions;
mod page;
mod process;
mod refusals;
mod tunnel;
mod turn;
