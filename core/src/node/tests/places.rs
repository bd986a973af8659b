//! Who has a place, and who gives way to whom.

use std::collections::BTreeSet;

use super::{Fed, network};
use crate::hash::PeerId;
use crate::node::{Input, Introducer, LinkEvent, LinkOrigin, Output};
use crate::units::Height;
use crate::view::LinkKind;
use crate::wire::{Hello, Message, PROTOCOL};

fn peer(number: u16) -> PeerId {
    let mut id = [7; 32];
    id[..2].copy_from_slice(&number.to_le_bytes());
    PeerId(id)
}

/// A node in a network of forty.
fn fed() -> Fed {
    let mut fed = Fed::new(&network());
    fed.feed(Input::Introduced {
        by: Introducer::Relay,
        peers: (1_000..1_040).map(peer).collect(),
    });
    fed
}

impl Fed {
    fn comes(&mut self, number: u16, origin: LinkOrigin) {
        let (peer, link) = (peer(number), LinkKind::Local);
        self.feed(Input::Link(LinkEvent::Up { peer, link, origin }));
        let hello = Hello {
            protocol: PROTOCOL,
            network: self.node.chain.network(),
            height: Height(0),
            tip: self.node.chain.network(),
            work: crate::target::Work::ZERO,
            time: self.now,
        };
        self.hear(peer, &Message::Hello(hello));
        // It and all others name each other: none seems to need this node.
        let named = self.node.peers.keys().copied().take(8).collect();
        self.hear(peer, &Message::Neighbours(named));
    }

    fn linked(&self) -> BTreeSet<PeerId> {
        self.node.peers.keys().copied().collect()
    }

    fn is_linked(&self, number: u16) -> bool {
        self.node.peers.contains_key(&peer(number))
    }

    /// Seconds in which every ping is answered; whom it parts with, and why.
    fn live(&mut self, seconds: u64) -> Vec<(PeerId, String)> {
        let mut parted = Vec::new();
        for _ in 0..seconds {
            self.pass(1_000);
            for output in self.owed() {
                match output {
                    Output::Disconnect { peer, reason } => parted.push((peer, reason)),
                    Output::Send { peer, frame } => {
                        if let Ok(Message::Ping(number)) = Message::from_frame(&frame) {
                            self.hear(peer, &Message::Pong(number));
                        }
                    }
                    _ => {}
                }
            }
        }
        parted
    }
}

const STRANGER: LinkOrigin = LinkOrigin::Inbound(None);

#[test]
fn strangers_have_four_places_and_take_none_that_was_chosen() {
    let mut fed = fed();
    for number in 10..14 {
        fed.comes(number, STRANGER);
        fed.live(1);
    }
    // Those that were chosen came last: they are the first to go by age.
    for number in 0..4 {
        fed.comes(number, LinkOrigin::Outbound);
        fed.live(1);
    }
    assert_eq!(fed.linked().len(), 8);
    let mut evicted = 0;
    for number in 100..200 {
        fed.comes(number, STRANGER);
        for (who, why) in fed.live(1) {
            let chosen = (0..4).any(|number| peer(number) == who);
            assert!(!chosen || why.contains("drawn in its place"), "{why}");
            evicted += u32::from(why.contains("makes room for a newcomer"));
        }
        assert!(fed.linked().len() <= 8);
    }
    assert!((5..=11).contains(&evicted), "{evicted} in 100 s");
}

#[test]
fn with_no_neighbour_of_its_own_a_node_keeps_four_places_free() {
    let mut fed = fed();
    for number in 0..50 {
        fed.comes(number, STRANGER);
    }
    assert_eq!(fed.linked().len(), 4);
    for number in 100..104 {
        fed.comes(number, LinkOrigin::Outbound);
    }
    assert_eq!(fed.linked().len(), 8);
}

#[test]
fn of_those_that_came_by_themselves_the_longest_the_quickest_and_the_last_giver_are_spared() {
    let mut fed = fed();
    for number in 0..4 {
        fed.comes(number, STRANGER);
        fed.live(2);
    }
    let trip = [300, 200, 100, 250];
    for (number, trip) in (0..4).zip(trip) {
        let peer = fed.node.peers.get_mut(&peer(number)).unwrap();
        peer.round_trip = Some(trip);
    }
    let giver = fed.node.peers.get_mut(&peer(3)).unwrap();
    giver.gave_news = Some(fed.now);
    fed.comes(50, STRANGER);
    assert!(fed.is_linked(50), "the newcomer finds a place");
    assert!(fed.is_linked(0), "the longest-lived");
    assert!(fed.is_linked(2), "the quickest");
    assert!(fed.is_linked(3), "the last to give a block");
    assert!(!fed.is_linked(1));
}

// Two siblings that dial each other at once have both dialled: of three, each has chosen
// the two others, and nobody came by himself.
#[test]
fn the_fourth_of_four_is_taken_in_by_nodes_that_have_chosen_all_their_neighbours() {
    let mut fed = Fed::new(&network());
    fed.feed(Input::Introduced {
        by: Introducer::Siblings,
        peers: (0..3).map(peer).collect(),
    });
    for number in 0..2 {
        fed.comes(number, LinkOrigin::Outbound);
    }
    fed.comes(2, STRANGER);
    assert!(fed.is_linked(2));
    assert_eq!(fed.linked().len(), 2);
}

#[test]
fn of_six_that_were_chosen_strangers_take_the_places_of_two() {
    let mut fed = fed();
    for number in 0..6 {
        fed.comes(number, LinkOrigin::Outbound);
        fed.live(1);
    }
    for number in 100..400 {
        fed.comes(number, STRANGER);
        fed.live(2);
        let chosen = (0..6).filter(|number| fed.is_linked(*number)).count();
        assert!(chosen >= 3, "{chosen}, one may have been drawn anew");
        assert!(fed.linked().len() <= 8);
    }
}

#[test]
fn a_peer_that_the_host_named_is_never_turned_away_nor_evicted() {
    let mut fed = fed();
    for number in 0..4 {
        fed.comes(number, LinkOrigin::Outbound);
    }
    for number in 10..14 {
        fed.comes(number, STRANGER);
    }
    for number in 20..28 {
        fed.comes(number, LinkOrigin::Host);
        assert!(fed.is_linked(number), "{number}");
        assert_eq!(fed.linked().len(), 8);
    }
    fed.comes(30, LinkOrigin::Host);
    assert!(!fed.is_linked(30), "a ninth");
    for number in 100..200 {
        fed.comes(number, STRANGER);
        fed.live(2);
    }
    let kept = (20..28).filter(|number| fed.is_linked(*number));
    assert_eq!(kept.count(), 8);
}

#[test]
fn a_redraw_parts_with_one_that_was_chosen_whatever_is_said_of_it() {
    let mut fed = fed();
    for number in 0..4 {
        fed.comes(number, LinkOrigin::Outbound);
    }
    for number in 10..14 {
        fed.comes(number, STRANGER);
    }
    // None of them says of another that they are linked.
    for peer in fed.node.peers.values_mut() {
        peer.linked.clear();
    }
    let before = fed.linked();
    fed.live(70);
    let parted: Vec<_> = before.difference(&fed.linked()).copied().collect();
    assert_eq!(parted.len(), 1, "{parted:?}");
    assert!((0..4).map(peer).any(|chosen| chosen == parted[0]));
}

#[test]
fn a_claim_of_work_rests_a_miner_for_two_seconds_after_the_start_and_never_later() {
    let mut fed = fed();
    let rests = |fed: &Fed| fed.node.is_syncing();
    let easiest = network().easiest.target().expect("the easiest target");
    let heavy = easiest.work();
    fed.meet(peer(1), heavy.times(1_000));
    assert!(rests(&fed), "it may be true");
    fed.pass(2_500);
    assert!(!rests(&fed), "no headers came");
    fed.pass(10_000);
    fed.meet(peer(2), heavy.times(2_000));
    assert!(!rests(&fed), "its start is long ago");
}
