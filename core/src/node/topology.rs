//! The shape of the network, as far as one node makes it: how many neighbours,
//! whom to part with, and what neighbours tell each other of theirs.

use std::collections::BTreeSet;

use super::eviction::Spare;
use super::neighbours::{Extra, Links, Room, Source};
use super::peer::{Direction, Peer};
use super::{Introducer, Node, Output};
use crate::hash::PeerId;
use crate::store::{Durability, StoreError};
use crate::units::Millis;
use crate::view::LinkKind;
use crate::wire::Message;

/// Neighbours remembered across restarts (Bitcoin Core's anchors): a node that
/// starts among liars still knows someone from before.
pub const MAX_REMEMBERED: usize = 2;
/// A neighbour is worth remembering after so long, ms.
const PROVEN: u64 = 60_000;
/// What is remembered is looked at this often, ms.
const REMEMBER_TIME: u64 = 60_000;
/// Neighbours are told of changes among the others no more often than this, ms.
const TELL_TIME: u64 = 1_000;
/// What is over is forgotten this often, ms.
const EXPIRE_TIME: u64 = 1_000;
/// A better link to a neighbour is tried this often, ms.
const UPGRADE_TIME: u64 = 60_000;
/// In a network of more nodes a link is given up once a minute for another.
const SMALL_ROOM_NODES: usize = 16;

/// What is due when.
#[derive(Debug)]
pub(super) struct Topology {
    remembered: Vec<PeerId>,
    remember_at: Millis,
    upgrade_at: Millis,
    /// Nodes known, counted when that changes.
    nodes: usize,
    expire_at: Millis,
}

impl Topology {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            remembered: Vec::new(),
            remember_at: now.plus(REMEMBER_TIME),
            upgrade_at: now.plus(UPGRADE_TIME),
            nodes: 1,
            expire_at: now,
        }
    }
}

impl Node {
    /// Nodes of the network that this one knows of, itself included. Names are
    /// cheap: a liar can make this too high, which only lifts a limit that the
    /// most of neighbours keeps.
    pub(super) fn known_nodes(&self) -> usize {
        self.topology.nodes
    }

    /// Count them anew.
    pub(super) fn count_nodes(&mut self) {
        let mut all: BTreeSet<PeerId> = self.neighbours.known().collect();
        for peer in self.peers.values() {
            all.insert(peer.id);
            all.extend(peer.linked.iter().copied());
        }
        all.insert(self.config.key.public().peer_id());
        self.topology.nodes = all.len();
    }

    pub(super) fn introduced(&mut self, by: Introducer, peers: Vec<PeerId>) {
        self.introduce(Source::Introducer(by), peers);
    }

    fn introduce(&mut self, by: Source, peers: Vec<PeerId>) {
        let own = self.config.key.public().peer_id();
        for peer in peers.into_iter().filter(|peer| *peer != own) {
            if !self.neighbours.is_punished(peer, self.now) {
                self.neighbours.introduce(peer, by, self.now, &mut self.rng);
            }
        }
        self.count_nodes();
    }

    /// Peers of before the last start come first.
    pub(super) fn recall(&mut self) -> Result<(), StoreError> {
        let remembered = self.chain.read()?.remembered()?;
        self.topology.remembered.clone_from(&remembered);
        self.introduce(Source::Remembered, remembered);
        Ok(())
    }

    /// Dial whom there is room for, ask for more, look after what there is.
    pub(super) fn maintain_topology(&mut self) -> Result<(), StoreError> {
        let (now, peers) = (self.now, &self.peers);
        if now >= self.topology.expire_at {
            self.topology.expire_at = now.plus(EXPIRE_TIME);
            for late in self.neighbours.expire(now, |id| peers.contains_key(&id)) {
                self.ways.dial_failed(late, now);
            }
            self.budgets.expire(now);
            self.count_nodes();
        }
        let room = Room::among(self.known_nodes());
        if self.peers.len() > room.most && self.neighbours.gives_way(now) {
            let reason = "there are too few nodes for so many neighbours";
            let _ = self.evict_inbound(Spare::None, reason) || self.part_with_outbound(reason);
        } else if self.count(Direction::Inbound) > room.inbound && self.neighbours.gives_way(now) {
            // They came while the room was small.
            let _ = self.evict_inbound(Spare::Proven, "it makes room for those chosen here");
        }
        let mut links = self.links();
        let redraw = !room.is_short_of(&links) && self.neighbours.redraws(now, &mut self.rng);
        let mut draws = redraw && links.chosen < room.aim;
        if redraw && links.connected.len() >= room.most && self.neighbours.can_dial(&links) {
            draws = self.part_to_redraw(room);
            links = self.links();
        }
        // Never all places: a node that has chosen all its neighbours takes no newcomer.
        let extra = if draws { Extra::One } else { Extra::None };
        let dials = (self.neighbours).dials(&links, room, extra, now, &mut self.rng);
        for (peer, tunnel) in dials {
            self.out.push(Output::Dial { peer, tunnel });
        }
        self.upgrade();
        if self.neighbours.asks(room.is_short_of(&links), now) {
            self.out.push(Output::FindPeers);
        }
        self.remember()
    }

    fn links(&self) -> Links {
        Links {
            connected: self.peers.keys().copied().collect(),
            chosen: self.chosen_count(),
        }
    }

    // All places taken for good would be easy to surround. Parts with somebody whatever
    // anybody says of it; a small room, where everybody knows everybody, comes to rest.
    fn part_to_redraw(&mut self, room: Room) -> bool {
        let reason = "another is drawn in its place";
        if self.chosen_count() < room.outbound {
            self.evict_inbound(Spare::None, reason)
        } else if self.known_nodes() > SMALL_ROOM_NODES {
            self.part_with_outbound(reason)
        } else {
            false
        }
    }

    // The side with the lower id tries for both.
    fn upgrade(&mut self) {
        if self.now < self.topology.upgrade_at {
            return;
        }
        self.topology.upgrade_at = self.now.plus(UPGRADE_TIME);
        let own = self.config.key.public().peer_id();
        for peer in self.peers.values() {
            if peer.link == LinkKind::Tunnel && own < peer.id {
                self.out.push(Output::Dial {
                    peer: peer.id,
                    tunnel: false,
                });
            }
        }
    }

    pub(super) fn link_is(&mut self, id: PeerId, link: LinkKind) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.link = link;
            self.show_peer(id);
        }
    }

    // The two that have been neighbours longest, those chosen from here first.
    fn remember(&mut self) -> Result<(), StoreError> {
        let now = self.now;
        if now < self.topology.remember_at || self.store_failed() {
            return Ok(());
        }
        self.topology.remember_at = now.plus(REMEMBER_TIME);
        let proven = |peer: &&Peer| peer.is_connected() && now.since(peer.since) >= PROVEN;
        let mut proven: Vec<&Peer> = self.peers.values().filter(proven).collect();
        proven.sort_by_key(|peer| (peer.direction == Direction::Inbound, peer.since));
        proven.truncate(MAX_REMEMBERED);
        let remembered: Vec<PeerId> = proven.into_iter().map(|peer| peer.id).collect();
        // A node that is alone keeps those that it knew.
        if remembered.is_empty() || remembered == self.topology.remembered {
            return Ok(());
        }
        (self.chain.store()).write(Durability::Deferred, |tables| tables.remember(&remembered))?;
        self.topology.remembered = remembered;
        Ok(())
    }

    /// Tell each neighbour who the others are: it may reach them through here.
    pub(super) fn tell_neighbours(&mut self) {
        let now = self.now;
        let connected: Vec<PeerId> = (self.peers.values())
            .filter(|peer| peer.is_connected())
            .map(|peer| peer.id)
            .collect();
        let mut news = Vec::new();
        for peer in self.peers.values_mut().filter(|peer| peer.is_connected()) {
            let others = || connected.iter().filter(|other| **other != peer.id);
            if peer.told_linked.iter().eq(others()) || now.since(peer.told_linked_at) < TELL_TIME {
                continue;
            }
            let others: Vec<PeerId> = others().copied().collect();
            peer.told_linked.clone_from(&others);
            peer.told_linked_at = now;
            news.push((peer.id, others));
        }
        for (id, others) in news {
            self.send(id, &Message::Neighbours(others));
        }
    }

    pub(super) fn on_neighbours(&mut self, id: PeerId, linked: Vec<PeerId>) {
        self.peer(id).linked.clone_from(&linked);
        // Names cost nothing: all that came by themselves are one introducer together.
        let by = match self.peer(id).direction {
            Direction::Inbound => Source::Stranger,
            Direction::Outbound | Direction::Kept => Source::Neighbour(id),
        };
        self.introduce(by, linked);
        self.show_peer(id);
    }
}
