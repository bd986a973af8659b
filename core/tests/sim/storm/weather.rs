//! What can fail, and when it does.

use super::eclipse::Kind;
use crate::net::MINUTE;

/// How long faults come, ms.
pub(super) const LASTS: u64 = 3 * MINUTE;
/// A tab that is down opens again after so long, ms.
pub(super) const DOWN: u64 = 8_000;

/// One fault, or one thing that people do meanwhile.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Post { who: usize, number: usize },
    Kill { who: usize },
    CutPower { who: usize },
    FailInWrite { who: usize, operations: u64 },
    Freeze { who: usize, lasts: u64 },
    Divide { parts: Vec<Vec<usize>> },
    Unite,
    RelayDown,
    RelayUp,
}

/// All that a seed drew.
#[derive(Debug)]
pub(super) struct Weather {
    pub(super) tabs: usize,
    /// One way, ms: at least, and below.
    pub(super) latency: (u64, u64),
    /// Some link breaks once in so many ms.
    pub(super) links_break: Option<u64>,
    /// The relay carries signals twice and out of order.
    pub(super) stutters: bool,
    /// Clocks that are wrong, ms.
    pub(super) skewed: Vec<(usize, i64)>,
    /// Tabs that were refused storage.
    pub(super) forgetful: Vec<usize>,
    /// Hashes a second.
    pub(super) rates: Vec<u64>,
    /// Whom the puppets surround.
    pub(super) victim: Option<usize>,
    pub(super) puppets: Vec<Kind>,
    /// In the order of their time, ms from the beginning.
    pub(super) events: Vec<(u64, Event)>,
}
