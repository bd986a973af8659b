//! The shape of the network, as far as one node makes it: how many neighbours,
//! whom to part with, and what neighbours tell each other of theirs.

use std::collections::BTreeSet;

use super::neighbours::{MAX_NEIGHBOURS, Room, Source};
use super::peer::Peer;
use super::{Introducer, Node, Output};
use crate::hash::PeerId;
use crate::store::{Keep, StoreError};
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
/// In a network of so many nodes a link may be given up though no other neighbour
/// has it: there are other ways around.
const MANY: usize = 16;

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
    pub(super) fn mind_the_topology(&mut self) -> Result<(), StoreError> {
        let (now, peers) = (self.now, &self.peers);
        if now >= self.topology.expire_at {
            self.topology.expire_at = now.plus(EXPIRE_TIME);
            self.neighbours.expire(now, |id| peers.contains_key(&id));
            self.count_nodes();
        }
        let room = Room::among(self.known_nodes());
        if self.peers.len() > room.most && self.neighbours.gives_way(now) {
            let _ = self.part_with_one("there are too few nodes for so many neighbours", false);
        }
        let redraw = self.peers.len() >= room.aim && self.neighbours.redraws(now, &mut self.rng);
        // Whoever has all places taken for good would be easy to surround.
        if redraw && self.peers.len() >= room.most && self.known_nodes() > MANY {
            let _ = self.part_with_one("another is drawn in its place", false);
        }
        let connected: Vec<PeerId> = self.peers.keys().copied().collect();
        let dials = (self.neighbours).dials(&connected, room, redraw, now, &mut self.rng);
        for (peer, tunnel) in dials {
            self.out.push(Output::Dial { peer, tunnel });
        }
        self.upgrade();
        if self.neighbours.asks(self.peers.len(), room, now) {
            self.out.push(Output::FindPeers);
        }
        self.remember()
    }

    /// Whether a peer that is not a neighbour yet finds a place, somebody else's
    /// if need be: were every node full for good, none could join.
    pub(super) fn admits(&mut self) -> Result<(), String> {
        let room = Room::among(self.known_nodes());
        if self.peers.len() < room.most {
            return Ok(());
        }
        let last_place = self.peers.len() >= MAX_NEIGHBOURS;
        if self.neighbours.gives_way(self.now)
            && self.part_with_one("it makes room for a newcomer", last_place)
        {
            return Ok(());
        }
        Err(format!(
            "{} neighbours are the most among {} nodes",
            room.most,
            self.known_nodes()
        ))
    }

    // Part with a neighbour that stays linked without this node, one that has most
    // other links; as a last resort with any that came by itself, so that whoever
    // dials in all the time does not choose this node's neighbours. Not with one
    // that is just giving what it was asked for.
    fn part_with_one(&mut self, reason: &str, last_resort: bool) -> bool {
        let many = self.known_nodes() > MANY;
        let idle = |peer: &&Peer| peer.blocks_asked.is_empty() && peer.headers_asked.is_none();
        let stays_linked = |peer: &Peer| {
            let others = self.peers.values().filter(|other| other.id != peer.id);
            let shared = others
                .into_iter()
                .any(|other| other.linked.contains(&peer.id));
            shared || (many && peer.linked.len() > 2)
        };
        let victim = (self.peers.values())
            .filter(idle)
            .filter(|peer| stays_linked(peer) || (last_resort && !peer.dialled))
            .max_by_key(|peer| {
                (
                    stays_linked(peer),
                    !peer.dialled,
                    peer.linked.len(),
                    peer.since,
                )
            })
            .map(|peer| peer.id);
        let Some(victim) = victim else { return false };
        self.neighbours.down(victim, self.now);
        self.disconnect(victim, reason);
        true
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
        proven.sort_by_key(|peer| (!peer.dialled, peer.since));
        proven.truncate(MAX_REMEMBERED);
        let remembered: Vec<PeerId> = proven.into_iter().map(|peer| peer.id).collect();
        // A node that is alone keeps those that it knew.
        if remembered.is_empty() || remembered == self.topology.remembered {
            return Ok(());
        }
        (self.chain.store()).write(Keep::WithNext, |tables| tables.remember(&remembered))?;
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

    pub(super) fn neighbours_told(&mut self, id: PeerId, linked: Vec<PeerId>) {
        self.peer(id).linked.clone_from(&linked);
        self.introduce(Source::Neighbour(id), linked);
        self.show_peer(id);
    }
}
