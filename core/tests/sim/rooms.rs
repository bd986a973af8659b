//! Who is linked to whom: no room is closed, and no two stay apart.

mod newcomers;
mod small;

use std::collections::BTreeSet;

use tablon_core::units::Millis;
use tablon_core::wire::Message;

use crate::agree::settle;
use crate::faults::{Forge, only_pongs};
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

#[test]
fn a_room_of_thirty_finds_itself_though_tabs_come_one_by_one() {
    let name = "a_room_of_thirty_finds_itself_though_tabs_come_one_by_one";
    seeds(name, 2, |seed| {
        let mut world = World::new(seed);
        let first = world.tab();
        world.mine(first, 60);
        for _ in 1..30 {
            world.tab();
            let pause = world.below(5_000);
            world.run(pause);
        }
        world.run_until(5 * MINUTE, "everybody has a neighbour", |world| {
            (0..30).all(|who| world.status(who).peers > 0)
        });
        for who in [3, 17, 29] {
            world.post(who, &format!("hello from {who}"));
        }
        world.run(2 * MINUTE);
        settle(&mut world);
    });
}

#[test]
fn two_rooms_that_have_each_filled_up_still_find_each_other() {
    seeds(
        "two_rooms_that_have_each_filled_up_still_find_each_other",
        2,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..16).map(|_| world.closed_tab()).collect();
            let (left, right) = tabs.split_at(8);
            world.divide(&[left, right]);
            for who in &tabs {
                world.open(*who);
            }
            world.run(MINUTE);
            // Everybody has neighbours enough; nobody need dial any more.
            assert!(tabs.iter().all(|who| world.status(*who).peers >= 6));
            world.mine(left[0], 60);
            world.mine(right[0], 40);
            world.run(2 * MINUTE);
            world.heal();
            world.run_until(6 * MINUTE, "the rooms agree", |world| world.agreed());
            settle(&mut world);
        },
    );
}

#[test]
fn a_newcomer_finds_a_place_among_tabs_that_are_all_full() {
    seeds(
        "a_newcomer_finds_a_place_among_tabs_that_are_all_full",
        2,
        |seed| {
            let mut world = World::new(seed);
            for _ in 0..12 {
                world.tab();
            }
            world.run(MINUTE);
            world.link_all_with_room();
            world.run(2_000);
            let full = (0..12).filter(|who| world.status(*who).peers == 8);
            assert!(full.count() >= 8, "{}", world.summary());
            world.mine(4, 60);
            let newcomer = world.tab();
            world.run_until(MINUTE, "the newcomer has a neighbour", |world| {
                world.status(newcomer).peers > 0
            });
            world.run(MINUTE);
            settle(&mut world);
        },
    );
}

/// A puppet in the relay's room that takes every offer, greets and tells nothing.
pub(crate) fn friendly_puppet(world: &mut World) -> usize {
    let hello = Forge::new(&world.params).hello();
    let who = world.puppet(only_pongs());
    let puppet = world.puppet_at(who);
    puppet.accepts = true;
    puppet.greeting = Some(Box::new(move |now| {
        let mut hello = hello.clone();
        hello.time = Millis(now);
        vec![Message::Hello(hello)]
    }));
    who
}

/// Whether links lead from every open tab to every other.
fn is_connected(world: &World) -> bool {
    let tabs = world.open_tabs();
    let mut reached = BTreeSet::from([tabs[0]]);
    let mut to_look_at = vec![tabs[0]];
    while let Some(who) = to_look_at.pop() {
        for other in world.links_of(who) {
            if reached.insert(other) {
                to_look_at.push(other);
            }
        }
    }
    tabs.iter().all(|who| reached.contains(who))
}
