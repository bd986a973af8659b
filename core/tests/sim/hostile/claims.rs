//! Liars about height and work. A claim costs nothing: what rests a miner is headers
//! that prove it, and those for as long as their bodies come.

use tablon_core::view::MiningState;
use tablon_core::wire::Message;

use super::SECONDS;
use crate::faults::{Bodies, Forge, boast, headers_alone, only_pongs};
use crate::net::World;

/// Of 600 s, looked at four times a second: the share in which a tab mines, percent.
fn mines(world: &mut World, tab: usize, mut each_second: impl FnMut(&mut World, u64)) -> u64 {
    let (mut on, mut looks) = (0, 0);
    for second in 0..600 {
        each_second(world, second);
        for _ in 0..4 {
            world.run(250);
            looks += 1;
            on += u64::from(world.status(tab).mining.state == MiningState::On);
        }
    }
    on * 100 / looks
}

/// A miner that is slow and a neighbour that is quick: blocks come all the time.
fn miner_and_neighbour(seed: u64) -> (World, usize) {
    let mut world = World::new(seed);
    let (tab, neighbour) = (world.tab(), world.tab());
    world.run_until(60_000, "the tabs find each other", |world| {
        world.linked(tab, neighbour)
    });
    world.relay.up = false;
    world.run(15_000);
    world.mine(neighbour, 20);
    world.mine(tab, 5);
    (world, tab)
}

#[test]
fn names_that_claim_a_heavy_chain_and_give_none_rest_no_miner() {
    let (mut world, tab) = miner_and_neighbour(1);
    let mut forge = Forge::new(&world.params);
    forge.grow(5, SECONDS - 5);
    let mut hello = forge.hello();
    boast(&mut hello);
    let mut before = None;
    let share = mines(&mut world, tab, |world, second| {
        // Another name each 5 s: one that is dropped would be no liar any more.
        if second % 5 == 0 {
            if let Some(before) = before {
                world.cut(before, tab);
            }
            let liar = world.puppet(only_pongs());
            world.link(liar, tab);
            world.send_as(liar, tab, Message::Hello(hello.clone()).to_frame());
            before = Some(liar);
        }
        assert!(
            world.status(tab).sync.want.0 < 1_000,
            "a claim is not shown"
        );
    });
    assert!(share >= 98, "it mines {share} % of the time");
    assert!(world.status(tab).height.0 > 20, "blocks came meanwhile");
}

#[test]
fn headers_whose_bodies_are_withheld_rest_a_miner_once_however_many_names_bring_them() {
    let (mut world, tab) = miner_and_neighbour(2);
    // Heavier than the honest chain will be in ten minutes.
    let mut forge = Forge::new(&world.params);
    let withheld = forge.grow(150, SECONDS - 5);
    let hello = forge.hello();
    let mut before = None;
    let share = mines(&mut world, tab, |world, second| {
        if second % 20 == 0 {
            if let Some(before) = before {
                world.cut(before, tab);
            }
            let liar = world.puppet(headers_alone(&withheld, Bodies::Silent));
            world.link(liar, tab);
            world.send_as(liar, tab, Message::Hello(hello.clone()).to_frame());
            before = Some(liar);
        }
    });
    // Half a minute of ten is five percent.
    assert!(share >= 92, "it mines {share} % of the time");
}
