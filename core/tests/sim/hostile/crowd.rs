//! A crowd that knocks beside honest neighbours, and says of them what suits it.

use std::collections::BTreeSet;

use tablon_core::units::Millis;
use tablon_core::wire::{Hello, Message};

use crate::faults::{Forge, only_pongs};
use crate::net::{MINUTE, World};
use crate::rooms::friendly_puppet;
use crate::seeds::seeds;

/// Tabs of honest people.
const HONEST: usize = 10;

/// Honest tabs that a tab has dialled and is linked to.
fn honest_outbound(world: &World, who: usize) -> usize {
    let chosen = world.links_of(who).into_iter();
    chosen
        .filter(|other| *other < HONEST && world.dialled(who, *other))
        .count()
}

fn room(seed: u64) -> (World, Hello) {
    let mut world = World::new(seed);
    for _ in 0..HONEST {
        world.tab();
    }
    let honest = (0..HONEST).map(|who| world.id(who)).collect();
    world.relay.names = Some(honest);
    world.run(3 * MINUTE);
    let hello = Forge::new(&world.params).hello();
    (world, hello)
}

/// A name that nobody has seen links to `victim`, greets it and says that it is linked
/// to two others: when these are the victim's neighbours, they seem not to need it, and
/// the stranger seems to have few other links.
fn knock(world: &mut World, victim: usize, hello: &Hello, names: &[usize]) -> usize {
    let puppet = world.puppet(only_pongs());
    world.link(puppet, victim);
    let mut hello = hello.clone();
    hello.time = Millis(world.now);
    world.send_as(puppet, victim, Message::Hello(hello).to_frame());
    let first = world.below(names.len().max(1) as u64) as usize;
    let named = names.iter().cycle().skip(first).take(names.len().min(2));
    let named = named.map(|who| world.id(*who)).collect();
    world.send_as(puppet, victim, Message::Neighbours(named).to_frame());
    puppet
}

#[test]
fn a_thousand_names_in_an_hour_beside_honest_neighbours() {
    let name = "a_thousand_names_in_an_hour_beside_honest_neighbours";
    seeds(name, 1, |seed| {
        let (mut world, hello) = room(seed);
        let victim = 0;
        world.mine(5, 25);
        let accepting: Vec<usize> = (0..8).map(|_| friendly_puppet(&mut world)).collect();
        let mut least = usize::MAX;
        let mut worst_lag = 0;
        for number in 0..1_000 {
            // Every other one names neighbours of the victim, the others name puppets
            // that take every offer.
            let neighbours = world.links_of(victim);
            match number % 2 {
                0 => knock(&mut world, victim, &hello, &neighbours),
                _ => knock(&mut world, victim, &hello, &accepting),
            };
            for _ in 0..4 {
                world.run(900);
                least = least.min(honest_outbound(&world, victim));
            }
            let best = world.tip(5).0.0;
            worst_lag = worst_lag.max(best - world.tip(victim).0.0.min(best));
        }
        assert!(least >= 2, "{least} honest links of its own at the worst");
        assert!(worst_lag <= 2, "{worst_lag} blocks behind at the worst");
        let height = world.tip(victim).0.0;
        assert!(height > 200, "the honest chain grew to {height}");
        world.mine(5, 0);
        world.run_until(MINUTE, "the victim has the honest tip", |world| {
            world.tip(victim) == world.tip(5)
        });
        assert!(world.links_of(victim).len() <= 8);
        world.no_honest_tab_was_punished();
    });
}

#[test]
fn two_names_a_second_for_two_minutes_turn_out_no_neighbour_that_was_chosen() {
    let (mut world, hello) = room(2);
    let victim = 3;
    let chosen: BTreeSet<usize> = (world.links_of(victim).into_iter())
        .filter(|other| world.dialled(victim, *other))
        .collect();
    assert!(chosen.len() >= 3, "{chosen:?}");
    let before = world.closed.len();
    for _ in 0..240 {
        let neighbours = world.links_of(victim);
        knock(&mut world, victim, &hello, &neighbours);
        world.run(500);
    }
    // It may draw another in the place of one, once a minute, of its own will.
    let mut drawn = 0;
    for closed in &world.closed[before..] {
        // One that parted with the victim may have come back by itself, and been refused.
        let refused = closed.reason.contains("neighbours are the most");
        if closed.by == victim && chosen.contains(&closed.whom) && !refused {
            assert!(closed.reason.contains("drawn in its place"), "{closed:?}");
            drawn += 1;
        }
    }
    assert!(drawn <= 3, "{drawn}");
    let strangers = world.links_of(victim).into_iter();
    let strangers = strangers.filter(|other| !world.dialled(victim, *other));
    assert!(strangers.count() <= 4, "{}", world.summary());
}
