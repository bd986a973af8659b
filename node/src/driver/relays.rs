//! The relays, as the driver knows them: which are there, and by which of them
//! which peer is reached.

use std::collections::VecDeque;

use tablon_core::hash::PeerId;
use tablon_core::node::{Input, Introducer};
use tablon_core::relay::{SignedSignal, ToRelay};

use super::Driver;
use crate::relay::{Line, Said};

/// Peers of whom it is known which relay has them: as many as core knows by name.
const MAX_SEEN: usize = 256;

/// The relays.
#[derive(Debug)]
pub(super) struct Relays {
    lines: Vec<Line>,
    here: Vec<bool>,
    /// Oldest first.
    seen: VecDeque<(PeerId, usize)>,
}

impl Relays {
    pub(super) fn new(lines: Vec<Line>) -> Self {
        Self {
            here: vec![false; lines.len()],
            lines,
            seen: VecDeque::new(),
        }
    }

    /// A peer is in that relay's room.
    fn note(&mut self, peer: PeerId, relay: usize) {
        self.seen.retain(|(seen, _)| *seen != peer);
        self.seen.push_back((peer, relay));
        if self.seen.len() > MAX_SEEN {
            self.seen.pop_front();
        }
    }

    /// The relay by which a peer is reached: the one that named it last, or the first
    /// that is there.
    fn of(&self, peer: PeerId) -> Option<usize> {
        let seen = self.seen.iter().find(|(seen, _)| *seen == peer);
        let seen = seen.map(|(_, relay)| *relay);
        seen.filter(|relay| self.here[*relay])
            .or_else(|| self.here.iter().position(|here| *here))
    }

    /// Ask all of them for others.
    pub(super) fn find_peers(&self) {
        for (line, _) in self.lines.iter().zip(&self.here).filter(|(_, here)| **here) {
            // One that has so much to read is asked again by the next wish.
            let _ = line.say(ToRelay::Peers);
        }
    }

    /// Have a signal carried; false when no relay can.
    pub(super) fn carry(&self, signed: SignedSignal) -> bool {
        let relay = self.of(signed.signal.to);
        relay.is_some_and(|relay| self.lines[relay].say(ToRelay::Signal(signed)))
    }
}

impl Driver {
    pub(super) fn relay_said(&mut self, relay: usize, said: Said) {
        match said {
            Said::Here => self.relays.here[relay] = true,
            Said::Away => self.relays.here[relay] = false,
            Said::Peers(peers) => {
                for peer in &peers {
                    self.relays.note(*peer, relay);
                }
                let by = Introducer::Relay;
                self.feed(Input::Introduced { by, peers });
            }
            Said::Signal(signed) => {
                // Unverified: a false name costs the true one its place among those
                // seen, until the true one is named again.
                self.relays.note(signed.signal.from.peer_id(), relay);
                self.feed(Input::Signalled(signed));
            }
            Said::Unreachable(peer) => {
                if self.relays.of(peer) == Some(relay) || self.relays.of(peer).is_none() {
                    self.feed(Input::Unreachable { peer });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u32) -> PeerId {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        PeerId(id)
    }

    #[test]
    fn each_peer_is_reached_by_the_relay_that_has_it() {
        let (lines, _orders): (Vec<_>, Vec<_>) = (0..2).map(|_| Line::new()).unzip();
        let mut relays = Relays::new(lines);
        relays.note(peer(1), 0);
        relays.note(peer(2), 1);
        assert_eq!(relays.of(peer(1)), None, "none is there");
        relays.here = vec![true, true];
        assert_eq!(relays.of(peer(1)), Some(0));
        assert_eq!(relays.of(peer(2)), Some(1));
        assert_eq!(relays.of(peer(3)), Some(0), "the first that is there");
        relays.here = vec![false, true];
        assert_eq!(relays.of(peer(1)), Some(1), "the other may have it");
        relays.note(peer(2), 0);
        relays.here = vec![true, true];
        assert_eq!(relays.of(peer(2)), Some(0), "named there last");
    }

    #[test]
    fn a_flood_of_names_is_remembered_in_part() {
        let mut relays = Relays::new(vec![Line::new().0]);
        for number in 0..10_000 {
            relays.note(peer(number), 0);
        }
        assert_eq!(relays.seen.len(), MAX_SEEN);
    }
}
