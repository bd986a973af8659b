//! Who to be linked to: peers known by name, dials under way, cool-offs.

mod cooling;
mod known;
mod silent;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use cooling::Cooling;
pub use cooling::MAX_COOLING;
use known::Known;
pub(super) use known::Source;
pub use known::{MAX_INTRODUCED, MAX_NAMED};
use silent::Silent;

use crate::hash::PeerId;
use crate::units::Millis;
use crate::wire;

/// Neighbours to aim for.
pub const AIM: usize = 6;
/// Neighbours, at most: what comes beyond is turned away.
pub const MAX_NEIGHBOURS: usize = wire::MAX_NEIGHBOURS;
/// A dial that came to nothing after so long is given up, ms.
const DIAL_TIME: u64 = 20_000;
/// Introducers are asked this often while there are too few neighbours, ms.
const ASK_AGAIN: u64 = 10_000;
/// With neighbours enough, introducers are asked and one more peer is dialled
/// this often, ms: two rooms that have each filled up must find each other. Not
/// all at once: of twenty nodes, one draws every three seconds.
const REDRAW: u64 = 60_000;
/// A neighbour gives way to a newcomer no more often than this, ms: a crowd that
/// dials in does not turn the others out.
const GIVE_WAY: u64 = 10_000;

/// How many neighbours to have where so many nodes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Dial while there are fewer.
    pub(super) aim: usize,
    /// Have no more. From four nodes on nobody is linked to all the others: no
    /// node sees, or can cut off, everyone.
    pub(super) most: usize,
}

impl Room {
    pub(super) fn among(nodes: usize) -> Self {
        let most = match nodes {
            0..4 => MAX_NEIGHBOURS,
            nodes => MAX_NEIGHBOURS.min(nodes - 2),
        };
        // One below the most, so that an odd node out finds a place; two at least,
        // so that no loss of one neighbour cuts a node off.
        Self {
            aim: AIM.min(most.saturating_sub(1).max(2)),
            most,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Neighbours {
    known: Known,
    dialling: BTreeMap<PeerId, Millis>,
    cooling: Cooling,
    silent: Silent,
    asked: Option<Millis>,
    redrawn: Option<Millis>,
    gave_way: Option<Millis>,
}

impl Neighbours {
    /// Somebody names a peer.
    pub(super) fn introduce(
        &mut self,
        peer: PeerId,
        by: Source,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) {
        self.known.introduce(peer, by, now, rng);
    }

    /// Peers known by name.
    pub(super) fn known(&self) -> impl Iterator<Item = PeerId> {
        self.known.peers()
    }

    /// The link is open; says whether it was dialled from here.
    pub(super) fn up(&mut self, peer: PeerId) -> bool {
        self.known.reached(peer);
        self.dialling.remove(&peer).is_some()
    }

    /// The link broke.
    pub(super) fn down(&mut self, peer: PeerId, now: Millis) {
        self.dialling.remove(&peer);
        self.cooling.failed(peer, now);
    }

    /// The dial came to nothing.
    pub(super) fn failed(&mut self, peer: PeerId, now: Millis) {
        self.down(peer, now);
        self.known.failed(peer);
    }

    /// The peer did not answer and is dropped. That is no malice: there is no
    /// cool-off beyond that of a failed dial.
    pub(super) fn fell_silent(&mut self, peer: PeerId, now: Millis) {
        self.down(peer, now);
        self.silent.note(peer, now);
    }

    /// It did not answer a while ago.
    pub(super) fn was_silent(&self, peer: PeerId) -> bool {
        self.silent.contains(peer)
    }

    /// The peer misbehaved.
    pub(super) fn punish(&mut self, peer: PeerId, now: Millis) {
        self.known.forget(peer);
        self.cooling.misbehaved(peer, now);
    }

    /// Peers are not turned away for a failed dial, only for misbehaviour.
    pub(super) fn is_punished(&self, peer: PeerId, now: Millis) -> bool {
        self.cooling.is_punished(peer, now)
    }

    /// Forget what is over.
    pub(super) fn expire(&mut self, now: Millis, there: impl Fn(PeerId) -> bool) {
        self.cooling.expire(now);
        self.silent.expire(now);
        self.known.expire(now, there);
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

    /// Whom to dial now, one more than the aim to `redraw`; whether through the
    /// relay's tunnel.
    pub(super) fn dials(
        &mut self,
        connected: &[PeerId],
        room: Room,
        redraw: bool,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) -> Vec<(PeerId, bool)> {
        let aim = if redraw { room.most } else { room.aim };
        let mut chosen = Vec::new();
        while connected.len() + self.dialling.len() < aim && (chosen.is_empty() || !redraw) {
            let free = |peer: PeerId| {
                !connected.contains(&peer)
                    && !self.dialling.contains_key(&peer)
                    && !self.cooling.contains(peer)
            };
            let mut taken = connected.to_vec();
            taken.extend(self.dialling.keys());
            let Some(peer) = self.known.choose(free, &taken, rng) else {
                break;
            };
            // A node that reaches nobody takes the worst of links, every other time.
            let tunnel = connected.is_empty() && self.known.failures(peer) % 2 == 1;
            self.dialling.insert(peer, now);
            chosen.push((peer, tunnel));
        }
        chosen
    }

    /// Whether it is time for another neighbour though there are enough.
    pub(super) fn redraws(&mut self, now: Millis, rng: &mut ChaCha8Rng) -> bool {
        // Nodes that started together do not draw together.
        let first = || Millis(now.0.saturating_sub(rng.next_u64() % REDRAW));
        let last = *self.redrawn.get_or_insert_with(first);
        if now.since(last) < REDRAW {
            return false;
        }
        self.redrawn = Some(now);
        true
    }

    /// Whether a neighbour may be parted with now to make room.
    pub(super) fn gives_way(&mut self, now: Millis) -> bool {
        let may = self.gave_way.is_none_or(|at| now.since(at) >= GIVE_WAY);
        if may {
            self.gave_way = Some(now);
        }
        may
    }

    /// Whether to ask introducers now.
    pub(super) fn asks(&mut self, count: usize, room: Room, now: Millis) -> bool {
        let again = if count < room.aim { ASK_AGAIN } else { REDRAW };
        if self.asked.is_some_and(|asked| now.since(asked) < again) {
            return false;
        }
        self.asked = Some(now);
        true
    }

    /// Ask again at the next occasion.
    pub(super) fn ask_soon(&mut self, now: Millis) {
        self.asked = None;
        self.cooling.forgive_failures(now);
    }
}

#[cfg(test)]
mod tests {
    use super::cooling::{COOL_OFF, DIAL_AGAIN};
    use super::*;
    use crate::node::Introducer;
    use rand_chacha::rand_core::SeedableRng;

    const RELAY: Source = Source::Introducer(Introducer::Relay);

    pub(super) fn peer(number: u32) -> PeerId {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        PeerId(id)
    }

    #[test]
    fn from_four_nodes_on_nobody_is_linked_to_all_the_others() {
        for nodes in 4..100 {
            let room = Room::among(nodes);
            assert!(room.most <= nodes - 2 && room.most <= MAX_NEIGHBOURS);
            assert!(room.aim <= room.most && room.aim <= AIM);
        }
        assert_eq!(Room::among(100).aim, AIM);
        assert_eq!(Room::among(4), Room { aim: 2, most: 2 });
        assert_eq!(Room::among(2).most, MAX_NEIGHBOURS);
    }

    #[test]
    fn thousands_that_misbehave_are_remembered_in_part_and_no_more_than_six_dialled() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        let now = Millis(0);
        for number in 0..5_000 {
            neighbours.introduce(peer(number), RELAY, now, &mut rng);
            neighbours.punish(peer(number + 10_000), Millis(u64::from(number)));
        }
        assert_eq!(neighbours.cooling.len(), MAX_COOLING);
        let room = Room::among(50);
        assert_eq!(neighbours.dials(&[], room, false, now, &mut rng).len(), AIM);
        assert!(neighbours.dials(&[], room, false, now, &mut rng).is_empty());
    }

    #[test]
    fn a_failed_dial_is_tried_again_and_a_punished_peer_is_not_for_minutes() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        let now = Millis(1_000_000);
        let room = Room::among(2);
        neighbours.introduce(peer(1), RELAY, now, &mut rng);
        let dials = neighbours.dials(&[], room, false, now, &mut rng);
        assert_eq!(dials, [(peer(1), false)]);
        neighbours.failed(peer(1), now);
        assert!(neighbours.dials(&[], room, false, now, &mut rng).is_empty());
        assert!(!neighbours.is_punished(peer(1), now));
        let later = now.plus(DIAL_AGAIN + 1);
        neighbours.expire(later, |_| false);
        // Nothing direct opened and there is nobody else: the tunnel then.
        let dials = neighbours.dials(&[], room, false, later, &mut rng);
        assert_eq!(dials, [(peer(1), true)]);
        neighbours.punish(peer(1), later);
        assert!(neighbours.is_punished(peer(1), later));
        assert!(!neighbours.is_punished(peer(1), later.plus(COOL_OFF)));
    }
}
