//! Neighbours and relays that name peers to take a node in.

use tablon_core::hash::PeerId;
use tablon_core::node::MAX_NEIGHBOURS;
use tablon_core::wire::Message;

use super::{lives, meet};
use crate::faults::only_pongs;
use crate::net::{MINUTE, World};
use crate::rooms::friendly_puppet;

fn made_up(from: u32) -> Message {
    let names = (from..from + MAX_NEIGHBOURS as u32).map(|number| {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        PeerId(id)
    });
    Message::Neighbours(names.collect())
}

#[test]
fn a_neighbour_that_names_thousands_has_a_share_of_what_is_known() {
    let mut meeting = meet(1, only_pongs());
    meeting.world.relay.up = false;
    for part in 0..400 {
        meeting.say(&made_up(part * 8));
    }
    meeting.world.run(500);
    let known = meeting.world.status(meeting.tab).known_nodes as usize;
    // With the peer itself, the node, and the last list said.
    assert!(known <= 64 + 2 + 8, "{known}");
    meeting.world.relay.up = true;
    meeting.world.run(MINUTE);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
fn a_neighbour_that_names_the_node_itself_does_not_make_it_dial_itself() {
    let mut meeting = meet(2, only_pongs());
    let own = meeting.world.id(meeting.tab);
    meeting.say(&Message::Neighbours(vec![own; 3]));
    meeting.world.run(MINUTE);
    assert!(
        meeting
            .world
            .at(meeting.tab)
            .attempts
            .iter()
            .next()
            .is_none()
    );
    assert_eq!(meeting.why(), None);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
fn a_relay_that_names_puppets_alone_does_not_take_the_places_of_those_that_a_neighbour_names() {
    surrounded(|world, puppets| {
        world.relay.names = Some(puppets.iter().map(|who| world.id(*who)).collect());
    });
}

#[test]
fn a_neighbour_that_names_puppets_alone_does_not_take_the_places_of_those_that_another_names() {
    surrounded(|world, puppets| {
        world.relay.up = false;
        let (names, liar) = (puppets[1..9].to_vec(), puppets[0]);
        let names = names.iter().map(|who| world.id(*who)).collect();
        let lie = Message::Neighbours(names);
        world.beats(liar, 2_000, Box::new(move |_| vec![lie.to_frame()]));
    });
}

// A newcomer knows one honest tab and the first of thirty puppets.
fn surrounded(arrange: impl FnOnce(&mut World, &[usize])) {
    let mut world = World::new(3);
    for _ in 0..8 {
        world.tab();
    }
    world.run(MINUTE);
    let puppets: Vec<usize> = (0..30).map(|_| friendly_puppet(&mut world)).collect();
    arrange(&mut world, &puppets);
    let newcomer = world.tab();
    world.link(newcomer, 0);
    world.link(newcomer, puppets[0]);
    world.run(3 * MINUTE);
    let linked = world.links_of(newcomer);
    let honest = linked.iter().filter(|who| **who < 8).count();
    assert!(honest >= 2, "{honest} honest ones of {linked:?}");
    world.mine(1, 60);
    world.post(5, "among puppets");
    world.run_until(10 * MINUTE, "the newcomer has the post", |world| {
        world.on_chain(newcomer).len() == 1
    });
}
