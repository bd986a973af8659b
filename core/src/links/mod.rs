//! Rules of opening links, which every driver carries out and the simulator with them.

mod attempts;
mod calls;
mod space;

pub use attempts::{
    Attempt, Attempts, Dialled, GaveWay, MAX_ATTEMPTS, MAX_DIALS, MAX_PROVEN, MAX_UNPROVEN, Offered,
};
pub use calls::{Announced, CallLimits, NotCalled, canonical_host};
pub use space::Space;

use crate::wire::MAX_NEIGHBOURS;

/// An offer without its answer is given up after so long, ms: the answer needs one round
/// trip by the relay or a neighbour, and of those who never answer there may be many.
pub const UNANSWERED_MS: u32 = 5_000;

/// An attempt that has both descriptions, ms: ICE itself fails at about 15 s.
pub const UNOPENED_MS: u32 = 15_000;

/// Links that a driver holds open, at most: one more than neighbours, for a newcomer for
/// whom the node parts with another.
pub const MAX_LINKS: usize = MAX_NEIGHBOURS + 1;
