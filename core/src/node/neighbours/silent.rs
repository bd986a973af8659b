//! Peers that were dropped because they did not answer, and may come back.

use std::collections::BTreeMap;

use crate::hash::PeerId;
use crate::units::Millis;

/// Such peers that are remembered, at most.
const MAX_SILENT: usize = 256;
/// For so long, ms. Somebody whose network failed has long been heard again.
const REMEMBERED: u64 = 10 * 60_000;

/// When each was dropped.
#[derive(Debug, Default)]
pub(super) struct Silent(BTreeMap<PeerId, Millis>);

impl Silent {
    /// Beyond the bound the oldest is forgotten.
    pub(super) fn note(&mut self, peer: PeerId, now: Millis) {
        self.0.insert(peer, now);
        if self.0.len() > MAX_SILENT {
            let oldest = self.0.iter().min_by_key(|(_, since)| **since);
            if let Some(peer) = oldest.map(|(peer, _)| *peer) {
                self.0.remove(&peer);
            }
        }
    }

    pub(super) fn contains(&self, peer: PeerId) -> bool {
        self.0.contains_key(&peer)
    }

    pub(super) fn expire(&mut self, now: Millis) {
        self.0.retain(|_, since| now.since(*since) < REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u16) -> PeerId {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        PeerId(id)
    }

    #[test]
    fn of_a_thousand_silent_peers_the_last_are_remembered_and_for_minutes() {
        let mut silent = Silent::default();
        for number in 0..1_000 {
            silent.note(peer(number), Millis(number.into()));
        }
        assert_eq!(silent.0.len(), MAX_SILENT);
        assert!(silent.contains(peer(999)) && !silent.contains(peer(0)));
        silent.expire(Millis(REMEMBERED));
        assert!(silent.contains(peer(999)));
        silent.expire(Millis(REMEMBERED + 999));
        assert!(!silent.contains(peer(999)));
    }
}
