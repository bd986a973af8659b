//! Where each node is drawn: this one in the middle, its peers around it, and
//! around these the nodes that they say they are linked to.
//!
//! Each ring has places. A node's id names the one that it would like, and it
//! takes the nearest free one; there it stays for as long as it is there, whoever
//! else comes or goes.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;

use tablon_core::hash::PeerId;
use tablon_core::node::MAX_NEIGHBOURS;
use tablon_core::view::PeerView;

/// Places for peers: half as many again as a node has at most, so that most find
/// theirs free.
const INNER: usize = MAX_NEIGHBOURS * 3 / 2;
/// Places for the peers' peers: each has room for all but this node.
const OUTER: usize = MAX_NEIGHBOURS * MAX_NEIGHBOURS;

/// Half the drawing's width and height.
pub(super) const HALF: (f64, f64) = (320.0, 285.0);
/// The rings' half axes; the outer one has two rows, every other place each.
pub(super) const INNER_RING: (f64, f64) = (158.0, 138.0);
pub(super) const OUTER_RINGS: [(f64, f64); 2] = [(246.0, 214.0), (294.0, 258.0)];

/// A point of the drawing; this node is at 0, 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    /// On an ellipse, at this part of a turn from the top.
    fn on((across, down): (f64, f64), turn: f64) -> Self {
        let angle = turn * TAU;
        Self {
            x: across * angle.sin(),
            y: -down * angle.cos(),
        }
    }

    /// The part of a turn at which one sees it from the middle.
    fn turn(self) -> f64 {
        (self.x.atan2(-self.y) / TAU).rem_euclid(1.0)
    }
}

/// Who has which place. Kept from one drawing to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    inner: [Option<PeerId>; INNER],
    outer: [Option<PeerId>; OUTER],
}

impl Default for Places {
    fn default() -> Self {
        Self {
            inner: [None; INNER],
            outer: [None; OUTER],
        }
    }
}

impl Places {
    /// Give everybody a place who has none, and free those of who has gone.
    pub(super) fn settle(&mut self, own: PeerId, peers: &[PeerView]) {
        let near: BTreeSet<PeerId> = peers.iter().map(|peer| peer.id).collect();
        let far = peers.iter().flat_map(|peer| &peer.neighbours).copied();
        let far: BTreeSet<PeerId> = far.filter(|id| *id != own && !near.contains(id)).collect();
        seat(&mut self.inner, &near, wish);
        let spots = self.spots();
        seat(&mut self.outer, &far, |id| {
            let by = peers.iter().filter(|peer| peer.neighbours.contains(&id));
            let sum =
                by.filter_map(|peer| spots.get(&peer.id))
                    .fold(Point::default(), |sum, spot| Point {
                        x: sum.x + spot.at.x,
                        y: sum.y + spot.at.y,
                    });
            // Between those that name it.
            sum.turn()
        });
    }

    /// Where everybody is drawn.
    pub(super) fn spots(&self) -> BTreeMap<PeerId, Spot> {
        let turn = |at: usize, of: usize| at as f64 / of as f64;
        let near = self.inner.iter().enumerate().filter_map(|(at, id)| {
            let at = Point::on(INNER_RING, turn(at, INNER));
            Some(((*id)?, Spot { at, near: true }))
        });
        let far = self.outer.iter().enumerate().filter_map(|(at, id)| {
            let at = Point::on(OUTER_RINGS[at % 2], turn(at, OUTER));
            Some(((*id)?, Spot { at, near: false }))
        });
        far.chain(near).collect()
    }
}

/// Where a node is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    /// Its middle.
    pub(super) at: Point,
    /// Whether it is a peer; else it is a peer's peer.
    pub(super) near: bool,
}

/// Links that peers tell of, each once, between nodes that are drawn.
pub(super) fn told(own: PeerId, peers: &[PeerView]) -> BTreeSet<(PeerId, PeerId)> {
    let pairs = peers
        .iter()
        .flat_map(|peer| peer.neighbours.iter().map(|other| (peer.id, *other)));
    pairs
        .filter(|(peer, other)| *other != own && peer != other)
        .map(|(peer, other)| (peer.min(other), peer.max(other)))
        .collect()
}

/// The bend of a line between two nodes that does not run through the middle.
pub(super) fn bend(a: Point, b: Point) -> Point {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let middle = Point {
        x: f64::midpoint(a.x, b.x),
        y: f64::midpoint(a.y, b.y),
    };
    let outward = if middle.x * -dy + middle.y * dx >= 0.0 {
        0.3
    } else {
        -0.3
    };
    Point {
        x: middle.x - dy * outward,
        y: middle.y + dx * outward,
    }
}

/// The part of a turn that an id names: ids are hashes.
fn wish(id: PeerId) -> f64 {
    f64::from(u16::from_le_bytes([id.0[0], id.0[1]])) / 65_536.0
}

fn seat<const N: usize>(
    places: &mut [Option<PeerId>; N],
    there: &BTreeSet<PeerId>,
    wish: impl Fn(PeerId) -> f64,
) {
    for place in places.iter_mut() {
        *place = place.filter(|id| there.contains(id));
    }
    let seated: BTreeSet<PeerId> = places.iter().flatten().copied().collect();
    for id in there.difference(&seated) {
        let first = (wish(*id) * N as f64).round() as usize % N;
        // First itself, then one after, one before, two after, and so on.
        let nearest = (0..N).map(|step| match step % 2 {
            1 => (first + step.div_ceil(2)) % N,
            _ => (first + N - step / 2) % N,
        });
        let mut free = nearest.filter(|at| places[*at].is_none());
        if let Some(at) = free.next() {
            places[at] = Some(*id);
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::view::{LinkKind, PeerState};

    use super::*;

    fn id(number: u32) -> PeerId {
        // Spread over the ring as hashes are.
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_le_bytes());
        PeerId(bytes)
    }

    fn peer(number: u32, linked: impl IntoIterator<Item = u32>) -> PeerView {
        PeerView {
            id: id(number),
            link: LinkKind::Webrtc,
            state: PeerState::Connected,
            height: None,
            round_trip: None,
            clock_offset: None,
            sent: 0,
            received: 0,
            neighbours: linked.into_iter().map(id).collect(),
        }
    }

    fn settled(peers: &[PeerView]) -> BTreeMap<PeerId, Spot> {
        let mut places = Places::default();
        places.settle(id(0), peers);
        places.spots()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn everybody_has_a_spot_of_their_own_inside_the_drawing() {
        for n in [0, 1, 2, 3, 8] {
            let peers: Vec<_> = (1..=n)
                .map(|number| peer(number, (0..7).map(|other| number * 100 + other)))
                .collect();
            let spots = settled(&peers);
            assert_eq!(spots.len() as u32, n * 8);
            let all: Vec<_> = spots.values().collect();
            for (at, spot) in all.iter().enumerate() {
                let Point { x, y } = spot.at;
                assert!(x.abs() + 12.0 < HALF.0 && y.abs() + 12.0 < HALF.1);
                assert!(x.hypot(y) > 100.0, "none lies on this node");
                for other in &all[at + 1..] {
                    let apart = (x - other.at.x).hypot(y - other.at.y);
                    let least = if spot.near && other.near { 60.0 } else { 24.0 };
                    assert!(apart > least, "{apart} apart among {n}");
                }
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn nobody_moves_when_others_come_or_go() {
        let mut places = Places::default();
        let mut peers: Vec<_> = (1..=6).map(|n| peer(n, [n * 10, 99])).collect();
        places.settle(id(0), &peers);
        let before = places.spots();
        peers.retain(|peer| peer.id != id(3));
        peers.push(peer(7, [70]));
        places.settle(id(0), &peers);
        let after = places.spots();
        for (id, spot) in before.iter().filter(|(id, _)| after.contains_key(id)) {
            assert_eq!(after[id], *spot);
        }
        assert!(!after.contains_key(&id(3)) && !after.contains_key(&id(30)));
        assert!(after[&id(7)].near);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_node_is_drawn_once_and_a_link_told_by_both_ends_too() {
        // Two peers that name each other, this node, and a third one in common.
        let peers = [peer(1, [0, 2, 9]), peer(2, [1, 9])];
        let spots = settled(&peers);
        assert_eq!(spots.len(), 3);
        assert!(spots[&id(1)].near && spots[&id(2)].near && !spots[&id(9)].near);
        assert_eq!(told(id(0), &peers).len(), 3);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_link_between_opposite_peers_does_not_run_through_the_middle() {
        let (a, b) = (Point { x: -150.0, y: 0.0 }, Point { x: 150.0, y: 0.0 });
        let Point { x, y } = bend(a, b);
        // The curve goes half as far out as its bend.
        assert!(x.hypot(y) / 2.0 > 40.0);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_same_ids_are_drawn_in_the_same_way() {
        let peers: Vec<_> = (1..=5).map(|n| peer(n, [n + 50])).collect();
        let reversed: Vec<_> = peers.iter().rev().cloned().collect();
        assert_eq!(settled(&peers), settled(&reversed));
    }
}
