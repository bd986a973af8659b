//! Who gives way. Links that this node chose have places of their own; only links that
//! others opened are evicted for others. What a peer says of itself and of its
//! neighbours counts for nothing here: names are free (E. Heilman et al., Eclipse
//! Attacks on Bitcoin's Peer-to-Peer Network, 2015; Bitcoin Core's
//! `SelectNodeToEvict`).

use std::collections::BTreeSet;

use super::Node;
use super::neighbours::{MAX_NEIGHBOURS, Room};
use super::peer::{Direction, Peer};
use crate::hash::PeerId;

/// Who of those that came by themselves may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spare {
    /// Not the one that has been here longest, not the quickest to answer, and not the
    /// last to give a block: each is hard to be for somebody who has just come.
    Proven,
    /// Nobody is spared; those that have proven nothing go first.
    None,
}

impl Node {
    pub(super) fn count(&self, direction: Direction) -> usize {
        let same = |peer: &&Peer| peer.direction == direction;
        self.peers.values().filter(same).count()
    }

    /// Neighbours that this node, or its host, chose.
    pub(super) fn chosen_count(&self) -> usize {
        self.count(Direction::Outbound) + self.count(Direction::Kept)
    }

    /// Whether a peer that is not a neighbour yet finds a place, another's if need be:
    /// were every node full for good, none could join.
    pub(super) fn admits(&mut self, direction: Direction) -> Result<(), String> {
        let room = Room::among(self.known_nodes());
        let has_room = self.peers.len() < room.most;
        let makes_room = match direction {
            // All but those that the host named give way to one that it named.
            Direction::Kept => {
                self.peers.len() < MAX_NEIGHBOURS
                    || self.evict_inbound(Spare::None, "it makes room for one that is kept")
                    || self.part_with_outbound("it makes room for one that is kept")
            }
            Direction::Outbound => {
                has_room
                    || (self.chosen_count() < room.outbound
                        && self.evict_inbound(Spare::None, "it makes room for one that was chosen"))
            }
            Direction::Inbound => {
                // Where they have fewer places than four, since the room is small or those
                // chosen here hold some of theirs, all may be proven, and a newcomer would
                // stay outside.
                let spare = match room.most {
                    MAX_NEIGHBOURS if self.count(Direction::Inbound) >= room.inbound => {
                        Spare::Proven
                    }
                    _ => Spare::None,
                };
                let free = self.count(Direction::Inbound) < room.inbound;
                // Of those chosen here, all beyond their own places stand in others'.
                let surplus = free && self.chosen_count() > room.outbound;
                let reason = "it makes room for a newcomer";
                (has_room && free)
                    || (self.neighbours.gives_way(self.now)
                        && ((surplus && self.part_with_outbound(reason))
                            || self.evict_inbound(spare, reason)))
            }
        };
        if makes_room {
            return Ok(());
        }
        Err(format!(
            "{} neighbours are the most among {} nodes, {} of them by their own wish",
            room.most,
            self.known_nodes(),
            room.inbound
        ))
    }

    /// Part with one that came by itself, the youngest that is not spared; false when
    /// there is none.
    pub(super) fn evict_inbound(&mut self, spare: Spare, reason: &str) -> bool {
        let proven = self.proven_inbound();
        let inbound = (self.peers.values()).filter(|peer| peer.direction == Direction::Inbound);
        let victim = inbound
            .filter(|peer| spare == Spare::None || !proven.contains(&peer.id))
            .max_by_key(|peer| (!proven.contains(&peer.id), peer.is_idle(), peer.since))
            .map(|peer| peer.id);
        self.part_with(victim, reason)
    }

    /// Part with one that this node chose, whichever: who could say which has a claim to
    /// stay, would stay.
    pub(super) fn part_with_outbound(&mut self, reason: &str) -> bool {
        let outbound: Vec<&Peer> = (self.peers.values())
            .filter(|peer| peer.direction == Direction::Outbound)
            .collect();
        // One that is just giving what it was asked for finishes, if another can go.
        let idle: Vec<PeerId> = (outbound.iter().filter(|peer| peer.is_idle()))
            .map(|peer| peer.id)
            .collect();
        let all: Vec<PeerId> = outbound.iter().map(|peer| peer.id).collect();
        let from = if idle.is_empty() { all } else { idle };
        let at = self.random().checked_rem(from.len() as u64);
        let victim = at.and_then(|at| from.get(at as usize).copied());
        self.part_with(victim, reason)
    }

    fn part_with(&mut self, victim: Option<PeerId>, reason: &str) -> bool {
        let Some(victim) = victim else { return false };
        self.neighbours.down(victim, self.now);
        self.disconnect(victim, reason);
        true
    }

    // Three at most.
    fn proven_inbound(&self) -> BTreeSet<PeerId> {
        let inbound = || {
            let all = self.peers.values();
            all.filter(|peer| peer.direction == Direction::Inbound && peer.is_connected())
        };
        let longest = inbound().min_by_key(|peer| peer.since);
        let quickest = inbound()
            .filter(|peer| peer.round_trip.is_some())
            .min_by_key(|peer| peer.round_trip);
        let last_to_give = inbound()
            .filter(|peer| peer.gave_news.is_some())
            .max_by_key(|peer| peer.gave_news);
        let proven = [longest, quickest, last_to_give].into_iter().flatten();
        proven.map(|peer| peer.id).collect()
    }
}
