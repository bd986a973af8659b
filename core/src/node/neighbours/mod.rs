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
use crate::links::MAX_DIALS;
use crate::units::Millis;
use crate::wire;

/// Neighbours to aim for.
pub const AIM: usize = 6;
/// Neighbours, at most: what comes beyond is turned away.
pub const MAX_NEIGHBOURS: usize = wire::MAX_NEIGHBOURS;
/// Places for neighbours that this node chooses, which nothing that strangers do
/// takes from it.
const OUTBOUND_PLACES: usize = 4;
/// Places, at most, for those that come by themselves.
const INBOUND_PLACES: usize = MAX_NEIGHBOURS - OUTBOUND_PLACES;
/// A dial that came to nothing after so long is given up, ms.
const DIAL_TIME: u64 = 20_000;
/// A node that reaches nobody no longer waits for a dial after so long, ms, and dials
/// another beside it: of those that are named most may be names and nothing more.
const HEDGE_TIME: u64 = 1_000;
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
    /// Places among these for those that this node chooses.
    pub(super) outbound: usize,
    /// Places for those that come by themselves.
    pub(super) inbound: usize,
}

impl Room {
    pub(super) fn among(nodes: usize) -> Self {
        let most = match nodes {
            0..4 => MAX_NEIGHBOURS,
            nodes => MAX_NEIGHBOURS.min(nodes - 2),
        };
        let outbound = OUTBOUND_PLACES.min(most / 2);
        Self {
            // One below the most, so that an odd node out finds a place; two at least,
            // so that no loss of one neighbour cuts a node off.
            aim: AIM.min(most.saturating_sub(1).max(2)),
            most,
            outbound,
            // In a small room those who dialled first may have dialled all. No more than
            // in a large one: a crowd makes a room small or large by coming and going.
            inbound: most.min(INBOUND_PLACES),
        }
    }

    /// Whether another is dialled at once, rather than in its turn.
    pub(super) fn is_short_of(&self, links: &Links) -> bool {
        self.is_short(links.connected.len(), links.chosen)
    }

    // The last outbound place waits for a redraw: were all nodes to insist on it, every
    // place of every node would be taken, and each newcomer would set off a row of
    // evictions.
    fn is_short(&self, all: usize, chosen: usize) -> bool {
        all < self.most && (all < self.aim || chosen + 1 < self.outbound)
    }
}

/// The neighbours that there are.
#[derive(Debug, Clone)]
pub(super) struct Links {
    pub(super) connected: Vec<PeerId>,
    /// So many of them were chosen here.
    pub(super) chosen: usize,
}

/// Dials beyond what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    /// One, to draw another neighbour.
    One,
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

    /// Forget what is over. Returns those whose dials took too long.
    pub(super) fn expire(&mut self, now: Millis, there: impl Fn(PeerId) -> bool) -> Vec<PeerId> {
        self.cooling.expire(now);
        self.silent.expire(now);
        self.known.expire(now, there);
        let late: Vec<PeerId> = self
            .dialling
            .iter()
            .filter(|(_, since)| now.since(**since) > DIAL_TIME)
            .map(|(peer, _)| *peer)
            .collect();
        for peer in &late {
            self.failed(*peer, now);
        }
        late
    }

    /// Whom to dial now; whether through the relay's tunnel.
    pub(super) fn dials(
        &mut self,
        links: &Links,
        room: Room,
        extra: Extra,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) -> Vec<(PeerId, bool)> {
        let mut chosen = Vec::new();
        let is_alone = links.connected.is_empty();
        while self.dialling.len() < MAX_DIALS {
            let counts = |since: &&Millis| !is_alone || now.since(**since) < HEDGE_TIME;
            let dialling = self.dialling.values().filter(counts).count();
            let (all, ours) = (links.connected.len() + dialling, links.chosen + dialling);
            let draws = extra == Extra::One && chosen.is_empty() && all < room.most;
            if !draws && !room.is_short(all, ours) {
                break;
            }
            let mut taken = links.connected.clone();
            taken.extend(self.dialling.keys());
            let free = |peer| self.is_free(peer, &links.connected);
            let Some(peer) = self.known.choose(free, &taken, rng) else {
                break;
            };
            // A node that reaches nobody takes the worst of links, every other time.
            let tunnel = links.connected.is_empty() && self.known.failures(peer) % 2 == 1;
            self.dialling.insert(peer, now);
            chosen.push((peer, tunnel));
        }
        chosen
    }

    /// Whether there is somebody to dial.
    pub(super) fn can_dial(&self, links: &Links) -> bool {
        let mut known = self.known.peers();
        known.any(|peer| self.is_free(peer, &links.connected))
    }

    fn is_free(&self, peer: PeerId, connected: &[PeerId]) -> bool {
        !connected.contains(&peer)
            && !self.dialling.contains_key(&peer)
            && !self.cooling.contains(peer)
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
    pub(super) fn asks(&mut self, is_short: bool, now: Millis) -> bool {
        let again = if is_short { ASK_AGAIN } else { REDRAW };
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

    fn nobody() -> Links {
        Links {
            connected: Vec::new(),
            chosen: 0,
        }
    }

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
        let four = Room::among(4);
        assert_eq!((four.aim, four.most), (2, 2));
        assert_eq!(Room::among(2).most, MAX_NEIGHBOURS);
    }

    #[test]
    fn from_ten_nodes_on_four_places_are_kept_from_those_that_come_by_themselves() {
        for nodes in 10..300 {
            let room = Room::among(nodes);
            assert_eq!((room.outbound, room.inbound), (4, 4), "{nodes}");
        }
        for nodes in 4..10 {
            let room = Room::among(nodes);
            assert!(room.outbound >= 1 && room.inbound <= nodes - 2, "{nodes}");
            assert!(room.inbound <= 4, "{nodes}");
        }
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
        assert_eq!(neighbours.cooling.len(), 256);
        let room = Room::among(50);
        assert_eq!(
            neighbours
                .dials(&nobody(), room, Extra::None, now, &mut rng)
                .len(),
            6
        );
        assert!(
            neighbours
                .dials(&nobody(), room, Extra::None, now, &mut rng)
                .is_empty()
        );
    }

    #[test]
    fn a_node_that_reaches_nobody_dials_six_more_each_second_and_twenty_four_at_most() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        for number in 0..100 {
            neighbours.introduce(peer(number), RELAY, Millis(0), &mut rng);
        }
        let room = Room::among(50);
        let mut dials = |links: &Links, ms| {
            let dials = neighbours.dials(links, room, Extra::None, Millis(ms), &mut rng);
            dials.len()
        };
        assert_eq!(dials(&nobody(), 0), 6);
        assert_eq!(dials(&nobody(), 999), 0);
        let somebody = Links {
            connected: vec![peer(200)],
            chosen: 1,
        };
        assert_eq!(dials(&somebody, 1_000), 0);
        for second in 1..=3 {
            assert_eq!(dials(&nobody(), 1_000 * second), 6);
        }
        assert_eq!(dials(&nobody(), 10_000), 0);
    }

    #[test]
    fn a_failed_dial_is_tried_again_and_a_punished_peer_is_not_for_minutes() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut neighbours = Neighbours::default();
        let now = Millis(1_000_000);
        let room = Room::among(2);
        neighbours.introduce(peer(1), RELAY, now, &mut rng);
        let dials = neighbours.dials(&nobody(), room, Extra::None, now, &mut rng);
        assert_eq!(dials, [(peer(1), false)]);
        neighbours.failed(peer(1), now);
        assert!(
            neighbours
                .dials(&nobody(), room, Extra::None, now, &mut rng)
                .is_empty()
        );
        assert!(!neighbours.is_punished(peer(1), now));
        let later = now.plus(DIAL_AGAIN + 1);
        neighbours.expire(later, |_| false);
        // Nothing direct opened and there is nobody else: the tunnel then.
        let dials = neighbours.dials(&nobody(), room, Extra::None, later, &mut rng);
        assert_eq!(dials, [(peer(1), true)]);
        neighbours.punish(peer(1), later);
        assert!(neighbours.is_punished(peer(1), later));
        assert!(!neighbours.is_punished(peer(1), later.plus(COOL_OFF)));
    }
}
