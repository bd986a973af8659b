//! What the relay and the headless node do alike as programs: take connections at an
//! address, and stop on a signal.

mod listener;
mod shutdown;

pub use listener::listen;
pub use shutdown::{StopSignals, until_stopped};
