//! Peers that are left alone for a while.

use std::collections::BTreeMap;

use crate::hash::PeerId;
use crate::units::Millis;

/// Peers in cool-off that are remembered, at most.
pub const MAX_COOLING: usize = 256;
/// After misbehaving a peer is not talked to for so long, ms.
pub(super) const COOL_OFF: u64 = 5 * 60_000;
/// After a dial that failed a peer is left alone for so long, ms.
pub(super) const DIAL_AGAIN: u64 = 10_000;

/// Until when each is left alone.
#[derive(Debug, Default)]
pub(super) struct Cooling(BTreeMap<PeerId, Millis>);

impl Cooling {
    pub(super) fn failed(&mut self, peer: PeerId, now: Millis) {
        self.cool(peer, now.plus(DIAL_AGAIN));
    }

    pub(super) fn misbehaved(&mut self, peer: PeerId, now: Millis) {
        self.cool(peer, now.plus(COOL_OFF));
    }

    /// Not for a failed dial, only for misbehaviour.
    pub(super) fn is_punished(&self, peer: PeerId, now: Millis) -> bool {
        let until = self.0.get(&peer);
        until.is_some_and(|until| until.since(now) > DIAL_AGAIN)
    }

    pub(super) fn contains(&self, peer: PeerId) -> bool {
        self.0.contains_key(&peer)
    }

    pub(super) fn expire(&mut self, now: Millis) {
        self.0.retain(|_, until| *until > now);
    }

    /// Failed dials may be tried again at once.
    pub(super) fn forgive_failures(&mut self, now: Millis) {
        self.0.retain(|_, until| until.since(now) > DIAL_AGAIN);
    }

    // Beyond the bound the one that is over first is forgotten.
    fn cool(&mut self, peer: PeerId, until: Millis) {
        let until = self.0.get(&peer).copied().unwrap_or(until).max(until);
        self.0.insert(peer, until);
        if self.0.len() > MAX_COOLING {
            let first = self.0.iter().min_by_key(|(_, until)| **until);
            if let Some(peer) = first.map(|(peer, _)| *peer) {
                self.0.remove(&peer);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
