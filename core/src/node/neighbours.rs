//! Who to be linked to: known peers, dials under way, cool-offs.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::hash::PeerId;
use crate::units::Millis;

/// Neighbours to aim for.
pub const AIM: usize = 6;
/// Neighbours, at most: what comes beyond is turned away.
pub const MAX_NEIGHBOURS: usize = 8;
/// Peers known by introduction, at most.
pub const MAX_INTRODUCED: usize = 256;
/// Peers in cool-off that are remembered, at most.
pub const MAX_COOLING: usize = 256;
/// A dial that came to nothing after so long is given up, ms.
const DIAL_TIME: u64 = 20_000;
/// After misbehaving a peer is not talked to for so long, ms.
const COOL_OFF: u64 = 5 * 60_000;
/// After a dial that failed a peer is left alone for so long, ms.
const DIAL_AGAIN: u64 = 10_000;
/// Introducers are asked this often while there are too few neighbours, ms.
const ASK_AGAIN: u64 = 10_000;
/// Dials in a row that may fail before a peer is forgotten: introducers name
/// those who are there.
const MAX_FAILURES: u8 = 3;
/// With neighbours enough, introducers are asked and one more peer is dialled
/// this often, ms: two rooms that have each filled up must find each other.
const REDRAW: u64 = 2 * 60_000;
/// A node stays full no longer than this, ms.
const FULL_TIME: u64 = 10_000;

#[derive(Debug, Default)]
pub(super) struct Neighbours {
    /// Known peers, each with its dials that failed in a row.
    introduced: BTreeMap<PeerId, u8>,
    dialling: BTreeMap<PeerId, Millis>,
    cooling: BTreeMap<PeerId, Millis>,
    asked: Option<Millis>,
    redrawn: Option<Millis>,
    full_since: Option<Millis>,
}

impl Neighbours {
    /// An introducer names a peer. Beyond the bound a random one is forgotten.
    pub(super) fn introduce(&mut self, peer: PeerId, rng: &mut ChaCha8Rng) {
        self.introduced.insert(peer, 0);
        if self.introduced.len() > MAX_INTRODUCED
            && let Some(victim) = pick(self.introduced.keys(), rng)
        {
            self.introduced.remove(&victim);
        }
    }

    /// The link is open; says whether it was dialled from here.
    pub(super) fn up(&mut self, peer: PeerId) -> bool {
        self.dialling.remove(&peer).is_some()
    }

    /// The link broke.
    pub(super) fn down(&mut self, peer: PeerId, now: Millis) {
        self.dialling.remove(&peer);
        self.cool(peer, now.plus(DIAL_AGAIN));
    }

    /// The dial came to nothing.
    pub(super) fn failed(&mut self, peer: PeerId, now: Millis) {
        self.down(peer, now);
        if let Some(failures) = self.introduced.get_mut(&peer) {
            *failures += 1;
            if *failures >= MAX_FAILURES {
                self.introduced.remove(&peer);
            }
        }
    }

    /// The peer misbehaved.
    pub(super) fn punish(&mut self, peer: PeerId, now: Millis) {
        self.introduced.remove(&peer);
        self.cool(peer, now.plus(COOL_OFF));
    }

    /// Peers are not turned away for a failed dial, only for misbehaviour.
    pub(super) fn is_punished(&self, peer: PeerId, now: Millis) -> bool {
        self.cooling
            .get(&peer)
            .is_some_and(|until| until.since(now) > DIAL_AGAIN)
    }

    fn cool(&mut self, peer: PeerId, until: Millis) {
        let until = self.cooling.get(&peer).copied().unwrap_or(until).max(until);
        self.cooling.insert(peer, until);
        if self.cooling.len() > MAX_COOLING {
            let first = self.cooling.iter().min_by_key(|(_, until)| **until);
            if let Some(peer) = first.map(|(peer, _)| *peer) {
                self.cooling.remove(&peer);
            }
        }
    }

    /// Forget what is over.
    pub(super) fn expire(&mut self, now: Millis) {
        self.cooling.retain(|_, until| *until > now);
        let late: Vec<PeerId> = self
            .dialling
            .iter()
            .filter(|(_, since)| now.since(**since) > DIAL_TIME)
            .map(|(peer, _)| *peer)
            .collect();
        for peer in late {
            self.failed(peer, now);
        }
    }

    /// Whom to dial now, at random.
    pub(super) fn dials(
        &mut self,
        connected: impl Fn(PeerId) -> bool,
        count: usize,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) -> Vec<PeerId> {
        let redraw = count >= AIM && self.redraws(now);
        let aim = if redraw { MAX_NEIGHBOURS } else { AIM };
        let mut chosen = Vec::new();
        while count + self.dialling.len() < aim && (chosen.is_empty() || !redraw) {
            let candidates = self.introduced.keys().filter(|peer| {
                !connected(**peer)
                    && !self.dialling.contains_key(peer)
                    && !self.cooling.contains_key(peer)
            });
            let Some(peer) = pick(candidates, rng) else {
                break;
            };
            self.dialling.insert(peer, now);
            chosen.push(peer);
        }
        chosen
    }

    // Whether it is time for another neighbour though there are enough.
    fn redraws(&mut self, now: Millis) -> bool {
        let last = *self.redrawn.get_or_insert(now);
        if now.since(last) < REDRAW {
            return false;
        }
        self.redrawn = Some(now);
        true
    }

    /// Whom of those that came to part with, when every place has been taken for
    /// a while.
    pub(super) fn parts_with(
        &mut self,
        came: &BTreeSet<PeerId>,
        full: bool,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) -> Option<PeerId> {
        if !full {
            self.full_since = None;
            return None;
        }
        let since = *self.full_since.get_or_insert(now);
        if now.since(since) < FULL_TIME {
            return None;
        }
        self.full_since = None;
        pick(came.iter(), rng)
    }

    /// Whether to ask introducers now.
    pub(super) fn asks(&mut self, count: usize, now: Millis) -> bool {
        let again = if count < AIM { ASK_AGAIN } else { REDRAW };
        if self.asked.is_some_and(|asked| now.since(asked) < again) {
            return false;
        }
        self.asked = Some(now);
        true
    }

    /// Ask again at the next occasion.
    pub(super) fn ask_soon(&mut self) {
        self.asked = None;
        self.cooling.clear();
    }
}

fn pick<'a>(
    from: impl Iterator<Item = &'a PeerId> + Clone,
    rng: &mut ChaCha8Rng,
) -> Option<PeerId> {
    let count = from.clone().count() as u64;
    // The bias of a remainder over 256 at most is below 2^-56.
    let at = rng.next_u64().checked_rem(count)?;
    from.copied().nth(at as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn peer(number: u32) -> PeerId {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        PeerId(id)
    }

    #[test]
    fn an_introducer_that_names_thousands_is_remembered_in_part() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        for number in 0..5_000 {
            neighbours.introduce(peer(number), &mut rng);
            neighbours.punish(peer(number + 10_000), Millis(u64::from(number)));
        }
        assert_eq!(neighbours.introduced.len(), MAX_INTRODUCED);
        assert_eq!(neighbours.cooling.len(), MAX_COOLING);
        let dials = neighbours.dials(|_| false, 0, Millis(0), &mut rng);
        assert_eq!(dials.len(), AIM);
        assert!(
            neighbours
                .dials(|_| false, 0, Millis(0), &mut rng)
                .is_empty()
        );
    }

    #[test]
    fn a_failed_dial_is_tried_again_and_a_punished_peer_is_not_for_minutes() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        neighbours.introduce(peer(1), &mut rng);
        let now = Millis(1_000_000);
        assert_eq!(neighbours.dials(|_| false, 0, now, &mut rng), [peer(1)]);
        neighbours.down(peer(1), now);
        assert!(neighbours.dials(|_| false, 0, now, &mut rng).is_empty());
        assert!(!neighbours.is_punished(peer(1), now));
        let later = now.plus(DIAL_AGAIN + 1);
        neighbours.expire(later);
        assert_eq!(neighbours.dials(|_| false, 0, later, &mut rng), [peer(1)]);
        neighbours.punish(peer(1), later);
        assert!(neighbours.is_punished(peer(1), later));
        assert!(!neighbours.is_punished(peer(1), later.plus(COOL_OFF)));
    }
}
